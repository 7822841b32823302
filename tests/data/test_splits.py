import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genrec.config import (
    ByUser,
    GlobalTime,
    HistorySettings,
    LeaveOneOut,
    Ratio,
    Settings,
    SplitSettings,
    parse_settings,
)
from genrec.data.catalogue import Catalogue
from genrec.data.dataset import Dataset
from genrec.data.interactions import INTERACTION_SCHEMA, NO_TIME, Interactions, TiePolicy
from genrec.data.splits import TEST, TRAIN, VALIDATION, Holdout, Split, check_leakage, split
from genrec.errors import DataError, UsageError
from genrec.testing.data import toy_dataset
from genrec.types import Query

ITEMS = Catalogue(
    pl.DataFrame({"item_id": [str(each) for each in range(6)], "title": [f"t{each}" for each in range(6)]})
)
EVERY = [
    LeaveOneOut(),
    LeaveOneOut(ties="shuffle", seed=3),
    GlobalTime(validation=0.2, test=0.2),
    GlobalTime(validation_from=3, test_from=6, ties="shuffle"),
    Ratio(train=0.5, validation=0.25, test=0.25),
    Ratio(ties="shuffle", seed=1),
    ByUser(train=0.5, validation=0.25, test=0.25, seed=2),
    ByUser(train=0.5, validation=0.25, test=0.25, seed=2, max_history=2),
]


def dataset_of(rows: list[tuple[str, str | None, int | None, str]]) -> Dataset:
    frame = pl.DataFrame(
        [(*row, None, None) for row in rows],
        schema=INTERACTION_SCHEMA,
        orient="row",
    )
    return Dataset(ITEMS, Interactions.from_frame(frame, ITEMS.ids))


logs = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", "c", "d"]),
        st.sampled_from([str(each) for each in range(6)]),
        st.integers(0, 8),
        st.sampled_from(["view", "view", "view", "dislike", "search"]),
    ),
    min_size=1,
    max_size=40,
)


def split_or_none(dataset: Dataset, how: SplitSettings) -> Split | None:
    """None where the log holds nothing to train on, which is refused."""
    try:
        return split(dataset, how)
    except DataError:
        return None


@pytest.mark.slow
@pytest.mark.parametrize("how", EVERY, ids=lambda how: f"{how.kind}-{how.ties}")
@settings(max_examples=60, deadline=None)
@given(rows=logs)
def test_the_parts_part_the_events_and_nothing_leaks(how: SplitSettings, rows: list) -> None:
    dataset = dataset_of(rows)
    parted = split_or_none(dataset, how)
    if parted is None:
        return
    check_leakage(parted)
    events, kind = parted.whole.interactions, parted.whole.is_history
    falls = np.diff(parted.part) < 0
    assert not (falls & (np.diff(events.user_of) == 0)).any()
    assert len(parted.train.interactions) == (parted.part == TRAIN).sum() == parted.report.events[0]
    assert sum(parted.report.events) == len(events)
    if not (isinstance(how, ByUser) and how.max_history):
        assert len(events) == len(dataset.interactions)
    assert len(parted.train_and_validation.interactions) == (parted.part <= VALIDATION).sum()
    for holdout, part in ((parted.validation, VALIDATION), (parted.test, TEST)):
        assert (parted.part[holdout.rows] == part).all()
        assert kind[holdout.rows].all()
        assert (np.diff(holdout.rows) > 0).all()
        if not isinstance(how, ByUser):
            assert len(holdout.rows) == (kind & (parted.part == part)).sum()


@settings(max_examples=60, deadline=None)
@given(rows=logs, seed=st.integers(0, 5) | st.none())
def test_leave_one_out_holds_the_last_two_of_each_user(rows: list, seed: int | None) -> None:
    how = LeaveOneOut() if seed is None else LeaveOneOut(ties="shuffle", seed=seed)
    parted = split_or_none(dataset_of(rows), how)
    if parted is None:
        return
    whole, asked = parted.whole, {}
    for name, holdout in (("validation", parted.validation), ("test", parted.test)):
        for row, query in enumerate(holdout.queries()):
            asked[name, query.user] = (query.history.tolist(), holdout.targets(row).tolist())
    for user in range(whole.interactions.n_users):
        events = whole.interactions.rows(user)
        history = whole.interactions.items[events][whole.is_history[events]].tolist()
        trained = parted.train.query(user).history.tolist()
        if len(history) < 3:
            assert trained == history
            assert ("test", user) not in asked
        else:
            assert trained == history[:-2]
            assert asked["validation", user] == (history[:-2], [history[-2]])
            assert asked["test", user] == (history[:-1], [history[-1]])


def test_leave_one_out_on_the_toy_data() -> None:
    parted = split(toy_dataset(), LeaveOneOut())
    assert parted.test.items.tolist() == [4, 0, 5]
    assert parted.validation.items.tolist() == [3, 1, 4]
    assert parted.report.test.without_target == 1
    # bob bought m2, the validation target, after he viewed it
    assert parted.report.validation.unreachable == 1
    # training is at 100, 200, 300, 150, 170, 120, 120, 330; later than targets (300, 250, 120) are 1, 2, 5
    assert parted.report.validation.future_share == pytest.approx((1 + 2 + 5) / (3 * 8))
    # bob's dislike of m8 came before the test target, and after the validation target
    assert [query.exclude.tolist() for query in parted.test.queries()] == [[], [7], []]
    assert [query.exclude.tolist() for query in parted.validation.queries([1])] == [[]]
    assert "leave-one-out, ties stable: 9 events for training" in str(parted.report)


def test_low_ratings_are_never_targets() -> None:
    dataset = replace(toy_dataset(), history=HistorySettings(min_rating=3.5))
    parted = split(dataset, LeaveOneOut())
    assert parted.test.items.tolist() == [5, 0, 4]
    assert parted.test.queries()[0].exclude.tolist() == []
    assert parted.report.test.without_target == 1


def test_global_time_cuts_as_close_to_the_shares_as_ties_allow() -> None:
    times = [0, 1, 2, 3, 4, 5, 5, 5, 5, 9]
    dataset = dataset_of([("ab"[time % 2], "1", time, "view") for time in times])
    parted = split(dataset, GlobalTime(validation=0.2, test=0.3))
    # 7 of 10 before the test cut is not to be had: 5 (cut at 5) and 9 (cut at 9) are as far, the earlier wins
    assert parted.report.cuts == (5, 5)
    assert parted.report.events == (5, 0, 5)
    parted = split(dataset, GlobalTime(validation=0.2, test=0.1))
    assert parted.report.cuts == (5, 9)
    assert parted.report.events == (5, 4, 1)


def test_global_time_shows_no_future_and_counts_the_unseen() -> None:
    dataset = dataset_of(
        [("a", "0", 0, "view"), ("a", "1", 1, "view"), ("b", "0", 5, "view"), ("b", "5", 6, "view"),
         ("a", "5", 7, "view"), ("a", "0", 8, "view")]
    )  # fmt: skip
    parted = split(dataset, GlobalTime(validation_from=5, test_from=7))
    assert parted.report.validation.unseen_users == 1
    assert parted.report.validation.unseen_items == 1
    assert parted.report.test.unreachable == 1
    assert parted.report.test.future_share == 0
    assert [query.history.tolist() for query in parted.validation.queries()] == [[]]
    assert parted.test.targets(0).tolist() == [5, 0]


def test_a_split_by_time_needs_times() -> None:
    dataset = dataset_of([("a", "0", None, "view"), ("a", "1", 3, "view")])
    with pytest.raises(DataError, match="1 of 2 have none"):
        split(dataset, GlobalTime())
    assert split(dataset, GlobalTime(validation_from=2, test_from=4)).report.events == (1, 1, 0)


def test_by_user_holds_whole_users_out() -> None:
    rows = [(f"u{user}", str(item), item, "view") for user in range(20) for item in range(1 + user % 4)]
    parted = split(dataset_of(rows), ByUser(seed=5))
    tested = [user for user in range(20) if (parted.part[parted.whole.interactions.rows(user)] == TEST).all()]
    assert len(tested) == 2
    assert not np.isin(parted.train.interactions.user_of, tested).any()
    assert len(parted.test) + parted.report.test.without_target == 2
    assert parted.report.test.unseen_users == len(parted.test)
    for row, query in enumerate(parted.test.queries()):
        assert query.history.tolist() == list(range(len(query.history)))
        assert parted.test.targets(row).tolist() == [len(query.history)]
    for seed in range(10):
        held = split(dataset_of(rows), ByUser(seed=seed))
        assert all(len(query.history) for query in held.test.queries() + held.validation.queries())
        assert len(held.validation) + held.report.validation.without_target == 2
    assert (split(dataset_of(rows), ByUser(seed=6)).part != parted.part).any()
    assert (split(dataset_of(rows), ByUser(seed=5)).part == parted.part).all()


def test_by_user_cuts_long_histories_for_all() -> None:
    rows = [(f"u{user}", str(item), item, "view") for user in range(20) for item in range(6)]
    parted = split(dataset_of(rows), ByUser(seed=5, max_history=2))
    assert {tuple(query.history.tolist()) for query in parted.test.queries()} == {(3, 4)}
    assert parted.test.items.tolist() == [5, 5]
    events = parted.train.interactions
    assert {tuple(events.items[events.rows(user)].tolist()) for user in range(20)} == {(), (3, 4, 5)}
    check_leakage(parted)


def test_shuffling_moves_ties_and_nothing_else() -> None:
    rows = [("a", str(item), time, "view") for time in range(3) for item in range(6)]
    rows += [("b", str(item), None, "view") for item in range(6)]
    events = dataset_of(rows).interactions
    moved = events.reordered(TiePolicy("shuffle", 7))
    assert (moved.times == events.times).all()
    assert moved.items[:18].tolist() != events.items[:18].tolist()
    assert moved.items[18:].tolist() == list(range(6))
    assert (moved.times[18:] == NO_TIME).all()
    assert events.reordered(TiePolicy()) is events
    assert (events.reordered(TiePolicy("shuffle", 7)).items == moved.items).all()


def test_texts_move_with_their_events() -> None:
    frame = pl.DataFrame(
        [("a", str(item), 0, "view", float(item), f"text {item}") for item in range(6)],
        schema=INTERACTION_SCHEMA,
        orient="row",
    )
    moved = Interactions.from_frame(frame, ITEMS.ids, ties=TiePolicy("shuffle", 1))
    assert moved.items.tolist() != list(range(6))
    assert moved.texts is not None
    assert moved.texts.to_list() == [f"text {item}" for item in moved.items]
    assert moved.values.tolist() == moved.items.tolist()


class Seer(Holdout):
    """A holdout whose queries know everything."""

    def queries(self, rows: object = None) -> list[Query]:
        return [self.source.query(int(user)) for user in self.users]


def planted() -> dict[str, Split]:
    loo = split(toy_dataset(), LeaveOneOut())
    timed = split(toy_dataset(), GlobalTime(validation_from=250, test_from=350))
    by_user = split(toy_dataset(), ByUser(train=0.5, validation=0.25, test=0.25))
    whole = loo.whole
    seer = Seer(whole, loo.test.users, loo.test.indptr, loo.test.items, loo.test.rows)
    moved = replace(loo.train.interactions, times=loo.train.interactions.times + 300)
    return {
        "target\\(s\\) stand in training": replace(loo, train=whole),
        "3 test target\\(s\\) stand in training": replace(loo, part=np.zeros_like(loo.part)),
        "training event\\(s\\) after the user's": replace(loo, train=replace(whole, interactions=moved)),
        "quer\\(ies\\) hold events from their target on": replace(loo, test=seer),
        "training event\\(s\\) from the cut on": replace(
            timed,
            train=replace(whole, interactions=whole.interactions.select(timed.part <= VALIDATION)),
        ),
        "of held-out users": replace(
            by_user, train=replace(whole, interactions=whole.interactions.select(np.arange(16) < 12))
        ),
    }


@pytest.mark.parametrize("message", planted())
def test_a_planted_leak_is_found(message: str) -> None:
    with pytest.raises(DataError, match=message):
        check_leakage(planted()[message])


class Recipe(Settings):
    split: SplitSettings


def test_settings_are_closed_and_checked() -> None:
    parsed = parse_settings(
        Recipe, {"split": {"kind": "ratio", "ties": "shuffle", "seed": 4}}, where="recipe"
    )
    assert parsed.split == Ratio(ties="shuffle", seed=4)
    for wrong, message in [
        ({"kind": "random"}, "leave-one-out"),
        ({"kind": "ratio", "train": 0.5}, "do not add up to 1"),
        ({"kind": "global-time", "validation": 0.6, "test": 0.6}, "nothing to train on"),
        ({"kind": "global-time", "test_from": 5}, "go together"),
        ({"kind": "global-time", "validation_from": 6, "test_from": 5}, "after test_from"),
        ({"kind": "leave-one-out", "tie": "stable"}, "ties"),
        ({"kind": "leave-one-out", "ties": "random"}, "shuffle"),
    ]:
        with pytest.raises(UsageError, match=message):
            parse_settings(Recipe, {"split": wrong}, where="recipe")


def test_no_training_is_an_error() -> None:
    with pytest.raises(DataError, match="leaves no history event for training"):
        split(dataset_of([("a", "1", 5, "view")]), GlobalTime(validation_from=1, test_from=2))


def real(name: str) -> tuple[Dataset, pl.DataFrame]:
    folder = Path(os.environ.get("GENREC_DATA", "/nonexistent")) / name
    if not folder.is_dir():
        pytest.skip(f"GENREC_DATA has no {name}")
    log = pl.read_parquet(folder / "interactions.parquet").with_columns(
        pl.col("user_id", "item_id").cast(pl.String)
    )
    items = pl.read_parquet(folder / "items.parquet").select(pl.col("item_id").cast(pl.String), "title")
    frame = log.select(
        "user_id",
        "item_id",
        "timestamp",
        event=pl.lit("rating" if "rating" in log.columns else "view"),
        value=pl.col("rating").cast(pl.Float64) if "rating" in log.columns else pl.lit(None, pl.Float64),
        text=pl.lit(None, pl.String),
    )
    catalogue = Catalogue(items)
    return Dataset(catalogue, Interactions.from_frame(frame, catalogue.ids)), log


@pytest.mark.parametrize("name", ["ml-100k", "amazon-beauty-2014"])
def test_leave_one_out_is_that_of_the_published_splits(name: str) -> None:
    dataset, log = real(name)
    parted = split(dataset, LeaveOneOut())
    check_leakage(parted)
    users, items = dataset.interactions.users, dataset.catalogue.ids
    for holdout, label in ((parted.validation, "valid"), (parted.test, "test")):
        wanted = log.filter(pl.col("split_loo") == label)
        assert len(wanted) == len(holdout) == dataset.interactions.n_users
        ours = {users[user]: items[item] for user, item in zip(holdout.users, holdout.items, strict=True)}
        assert ours == dict(zip(wanted["user_id"], wanted["item_id"], strict=True))
    shuffled = split(dataset, LeaveOneOut(ties="shuffle", seed=1))
    assert (shuffled.test.items != parted.test.items).mean() > 0.15


def test_global_time_shares_hold_on_real_data() -> None:
    dataset, _ = real("ml-100k")
    parted = split(dataset, GlobalTime())
    check_leakage(parted)
    assert np.array(parted.report.events) == pytest.approx([80_000, 10_000, 10_000], abs=100)
