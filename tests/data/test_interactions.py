import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from genrec.data.ids import IdMap
from genrec.data.interactions import EVENT_TYPES, INTERACTION_SCHEMA, NO_TIME, Interactions, TiePolicy

Row = tuple[str, str | None, int | None, str, float | None, str | None]
ITEMS = IdMap("xyz")
rows = st.lists(
    st.tuples(
        st.sampled_from("abc"),
        st.sampled_from(["x", "y", "z", "unknown", None]),
        st.integers(0, 3) | st.none(),
        st.sampled_from(EVENT_TYPES),
        st.sampled_from([1.0, 4.5, None]),
        st.sampled_from(["nice", "", None]),
    ),
    max_size=25,
)


def frame_of(rows: list[Row]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=INTERACTION_SCHEMA, orient="row")


def unpacked(events: Interactions) -> list[tuple[object, ...]]:
    texts = [None] * len(events) if events.texts is None else events.texts.to_list()
    users = (events.users[user] for user in events.user_of)
    return list(
        zip(users, events.items.tolist(), events.times.tolist(), events.events.tolist(), texts, strict=True)
    )


def expected(rows: list[Row]) -> list[tuple[object, ...]]:
    """Known rows by user, then time, then line."""
    order = list(dict.fromkeys(row[0] for row in rows))
    kept = [row for row in rows if row[1] != "unknown"]
    kept.sort(key=lambda row: (order.index(row[0]), NO_TIME if row[2] is None else row[2]))
    return [
        (row[0], -1 if row[1] is None else ITEMS.get(row[1]), NO_TIME if row[2] is None else row[2],
         EVENT_TYPES.index(row[3]), row[5])
        for row in kept
    ]  # fmt: skip


@settings(deadline=None)
@given(rows)
def test_events_stand_by_user_time_and_line(rows: list[Row]) -> None:
    events = Interactions.from_frame(frame_of(rows), ITEMS)
    wanted = expected(rows)
    if events.texts is None:
        wanted = [(*row[:4], None) for row in wanted]
    assert unpacked(events) == wanted
    assert events.n_users == len({row[0] for row in rows})
    types = (events.items, events.times, events.events, events.values, events.indptr)
    assert [each.dtype for each in types] == [np.int32, np.int64, np.int8, np.float32, np.int64]


@settings(deadline=None)
@given(rows, st.integers(0, 3))
def test_shuffled_ties_are_the_same_events_in_order_of_time(rows: list[Row], seed: int) -> None:
    stable = Interactions.from_frame(frame_of(rows), ITEMS)
    shuffled = Interactions.from_frame(frame_of(rows), ITEMS, ties=TiePolicy("shuffle", seed))
    assert sorted(map(repr, unpacked(stable))) == sorted(map(repr, unpacked(shuffled)))
    assert (stable.times == shuffled.times).all()
    assert (stable.indptr == shuffled.indptr).all()
    untimed = stable.times == NO_TIME
    assert (stable.items[untimed] == shuffled.items[untimed]).all()
    again = stable.reordered(TiePolicy("shuffle", seed))
    assert unpacked(again) == unpacked(shuffled)


@settings(deadline=None)
@given(rows, st.data())
def test_selecting_keeps_users_and_order(rows: list[Row], data: st.DataObject) -> None:
    events = Interactions.from_frame(frame_of(rows), ITEMS)
    keep = np.array(
        data.draw(st.lists(st.booleans(), min_size=len(events), max_size=len(events))), dtype=np.bool_
    )
    kept = events.select(keep)
    assert unpacked(kept) == [row for row, wanted in zip(unpacked(events), keep, strict=True) if wanted]
    assert kept.n_users == events.n_users
    assert kept.users is events.users
    for user in range(kept.n_users):
        assert (kept.user_of[kept.rows(user)] == user).all()


def test_known_users_come_first_even_without_events() -> None:
    users = IdMap(["q", "a"])
    events = Interactions.from_frame(frame_of([("a", "x", 1, "view", None, None)]), ITEMS, users=users)
    assert list(events.users) == ["q", "a"]
    assert events.indptr.tolist() == [0, 0, 1]


def test_a_user_of_unknown_items_alone_has_no_events() -> None:
    events = Interactions.from_frame(frame_of([("a", "gone", 1, "view", None, None)]), ITEMS)
    assert events.n_users == 1
    assert len(events) == 0


def test_a_search_has_no_item_and_keeps_its_words() -> None:
    events = Interactions.from_frame(frame_of([("a", None, 1, "search", None, "space")]), ITEMS)
    assert events.items.tolist() == [-1]
    assert events.texts is not None
    assert events.texts.to_list() == ["space"]
    assert np.isnan(events.values).all()


def test_a_tie_policy_names_itself() -> None:
    assert [str(TiePolicy()), str(TiePolicy("shuffle", 3))] == ["stable", "shuffle(3)"]
