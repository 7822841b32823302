"""Parting a dataset for training, validation and testing, and the proof that nothing leaks.

Every event falls in exactly one part. A user's events up to the first one held out are training, whatever
their type; only history events are targets, so negatives and searches of a held-out stretch are nobody's
target.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from genrec.config import ByUser, GlobalTime, LeaveOneOut, Ratio, SplitSettings
from genrec.data.dataset import Dataset
from genrec.data.interactions import NO_TIME, Interactions, TiePolicy
from genrec.errors import DataError
from genrec.types import ItemArray, Mask, Query

TRAIN, VALIDATION, TEST = 0, 1, 2


@dataclass(frozen=True, eq=False)
class Holdout:
    """What a model is asked, and the answers to it.

    Query i has targets `items[indptr[i]:indptr[i + 1]]`. `users` int32 `[n]`; `indptr` int64 `[n + 1]`;
    `items` int32 and `rows` int64 `[n_targets]`, oldest first, the targets and their rows in the
    interactions of `source`.
    """

    source: Dataset
    users: NDArray[np.int32]
    indptr: NDArray[np.int64]
    items: ItemArray
    rows: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.users)

    @property
    def starts(self) -> NDArray[np.int64]:
        """The row of each user's first target, `[n]`: what comes before is known."""
        return self.rows[self.indptr[:-1]]

    def targets(self, row: int) -> ItemArray:
        """The targets of one query, an item that was chosen twice standing twice."""
        return self.items[self.indptr[row] : self.indptr[row + 1]]

    def queries(self, rows: Sequence[int] | None = None) -> list[Query]:
        """The queries, all or those of some rows: what comes before the first target is known."""
        wanted = range(len(self)) if rows is None else rows
        starts = self.starts
        return [self.source.query(int(self.users[row]), until=int(starts[row])) for row in wanted]


@dataclass(frozen=True, slots=True)
class HoldoutReport:
    """What stands in a holdout, and how much of it no model could find.

    `without_target` users have history but no target here. `unseen_users` have no history event in training,
    `unseen_items` are targets' items without one. `unreachable` targets may not be shown: they stand in
    their own query already (a repeat), were turned down before, or are removed. `future_share` is the mean
    share of training events later than the target: what the split lets a model know of the future.
    """

    users: int
    targets: int
    without_target: int
    unseen_users: int
    unseen_items: int
    unreachable: int
    future_share: float

    def __str__(self) -> str:
        return (
            f"{self.targets:,} targets of {self.users:,} users ({self.without_target:,} users without one, "
            f"{self.unseen_users:,} users and {self.unseen_items:,} items unseen in training, "
            f"{self.unreachable:,} targets unreachable, "
            f"{self.future_share:.1%} of training later than a target)"
        )


@dataclass(frozen=True, slots=True)
class SplitReport:
    """How a split came out; `events` counts training, validation and testing, `cuts` are unix seconds."""

    settings: SplitSettings
    ties: TiePolicy
    events: tuple[int, int, int]
    cuts: tuple[int, int] | None
    validation: HoldoutReport
    test: HoldoutReport

    def __str__(self) -> str:
        train, validation, test = self.events
        return (
            f"{self.settings.kind}, ties {self.ties}: {train:,} events for training, {validation:,} for "
            f"validation, {test:,} for testing\nvalidation: {self.validation}\ntest: {self.test}"
        )


@dataclass(frozen=True, eq=False)
class Split:
    """A parted dataset; `part` int8 is 0, 1 or 2 for every event of `whole`, which is in the ties' order."""

    whole: Dataset
    part: NDArray[np.int8]
    train: Dataset
    validation: Holdout
    test: Holdout
    report: SplitReport

    @property
    def train_and_validation(self) -> Dataset:
        """The wider fit scope: everything but the test part."""
        return _part_of(self.whole, self.part <= VALIDATION)


def split(dataset: Dataset, settings: SplitSettings) -> Split:
    """Part a dataset.

    Raises:
        DataError: no history at all, none left for training, or a split by time of events without one.
    """
    if not dataset.is_history.any():
        raise DataError("there is no history event to split", next_step="see which events count as history")
    ties = TiePolicy(settings.ties, settings.seed)
    whole = _cut(replace(dataset, interactions=dataset.interactions.reordered(ties)), settings)
    cuts = _cuts(whole, settings) if isinstance(settings, GlobalTime) else None
    part = _parts(whole, settings, cuts=cuts)
    train = _part_of(whole, part == TRAIN)
    if not train.is_history.any():
        raise DataError("the split leaves no history event for training", why=f"settings: {settings}")
    validation, test = (_holdout(whole, settings, part == each) for each in (VALIDATION, TEST))
    report = SplitReport(
        settings,
        ties,
        events=(int((part == TRAIN).sum()), int((part == VALIDATION).sum()), int((part == TEST).sum())),
        cuts=cuts,
        validation=_report(train, validation, active=_active(whole, settings, part == VALIDATION)),
        test=_report(train, test, active=_active(whole, settings, part == TEST)),
    )
    return Split(whole, part, train, validation, test, report)


def _cut(whole: Dataset, settings: SplitSettings) -> Dataset:
    """The dataset without the older events of long histories, where a split by user asks for that."""
    if not isinstance(settings, ByUser) or settings.max_history is None:
        return whole
    _, from_end = _places(whole)
    return _part_of(whole, from_end <= settings.max_history)


def _part_of(whole: Dataset, keep: Mask) -> Dataset:
    return replace(whole, interactions=whole.interactions.select(keep))


def _parts(whole: Dataset, settings: SplitSettings, *, cuts: tuple[int, int] | None) -> NDArray[np.int8]:
    """The part of every event, never falling within a user."""
    events = whole.interactions
    if cuts is not None:
        return (events.times >= cuts[0]).astype(np.int8) + (events.times >= cuts[1]).astype(np.int8)
    if isinstance(settings, ByUser):
        return _drawn(whole, settings)[events.user_of]
    counts, from_end = _places(whole)
    if isinstance(settings, LeaveOneOut):
        n_test = n_validation = (counts >= 3).astype(np.int64)
    else:
        assert isinstance(settings, Ratio)
        n_test, n_validation = (_share(counts, each) for each in (settings.test, settings.validation))
    users = events.user_of
    tested = from_end < n_test[users]
    validated = from_end < (n_test + n_validation)[users]
    return tested.astype(np.int8) + validated.astype(np.int8)


def _share(counts: NDArray[np.int64], share: float) -> NDArray[np.int64]:
    """Whole events in a share of each user's, rounded down but for float dust."""
    whole: NDArray[np.int64] = np.floor(counts * share + 1e-9).astype(np.int64)
    return whole


def _places(whole: Dataset) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """History events of each user `[n_users]`; and, for each event, how many history events follow it.

    An event that is no history falls so in the part of the history event before it, or in training.
    """
    events = whole.interactions
    before = np.concatenate([[0], np.cumsum(whole.is_history)])
    counts = np.diff(before[events.indptr])
    up_to = before[1:] - before[events.indptr[:-1]][events.user_of]
    return counts, counts[events.user_of] - up_to


def _drawn(whole: Dataset, settings: ByUser) -> NDArray[np.int8]:
    """The part of every user, `[n_users]`; those without history are for training."""
    counts, _ = _places(whole)
    drawn = np.random.default_rng(settings.seed).permutation(np.flatnonzero(counts))
    n_test, n_validation = (round(len(drawn) * share) for share in (settings.test, settings.validation))
    part = np.full(len(counts), TRAIN, np.int8)
    part[drawn[:n_test]] = TEST
    part[drawn[n_test : n_test + n_validation]] = VALIDATION
    return part


def _cuts(whole: Dataset, settings: GlobalTime) -> tuple[int, int]:
    """The times from which events are for validation and for testing."""
    if settings.validation_from is not None and settings.test_from is not None:
        return settings.validation_from, settings.test_from
    times = whole.interactions.times[whole.is_history]
    untimed = int((times == NO_TIME).sum())
    if untimed:
        raise DataError(
            "a split by time needs a time for every history event",
            why=f"{untimed:,} of {len(times):,} have none",
            next_step="split by leave-one-out, ratio or by-user, or give validation_from and test_from",
        )
    distinct, before = np.unique(np.sort(times), return_index=True)
    wanted = (1 - settings.validation - settings.test, 1 - settings.test)
    nearest = [int(np.abs(before - round(share * len(times))).argmin()) for share in wanted]
    return int(distinct[nearest[0]]), int(distinct[nearest[1]])


def _holdout(whole: Dataset, settings: SplitSettings, inside: Mask) -> Holdout:
    events = whole.interactions
    target = whole.is_history & inside
    if isinstance(settings, ByUser):
        counts, from_end = _places(whole)
        target &= (from_end == 0) & (counts >= 2)[events.user_of]
    rows = np.flatnonzero(target)
    users, first = np.unique(events.user_of[rows], return_index=True)
    indptr = np.append(first, len(rows)).astype(np.int64)
    return Holdout(whole, users.astype(np.int32), indptr, events.items[rows], rows)


def _active(whole: Dataset, settings: SplitSettings, inside: Mask) -> int:
    """Users that could have a target: with history, and for a split by user drawn for the part."""
    counted = whole.is_history & inside if isinstance(settings, ByUser) else whole.is_history
    return len(np.unique(whole.interactions.user_of[counted]))


def _report(train: Dataset, holdout: Holdout, *, active: int) -> HoldoutReport:
    trained = train.positives
    times = np.sort(trained.times)
    later = len(times) - np.searchsorted(times, holdout.source.interactions.times[holdout.rows], side="right")
    return HoldoutReport(
        users=len(holdout),
        targets=len(holdout.rows),
        without_target=active - len(holdout),
        unseen_users=int((~np.isin(holdout.users, trained.user_of)).sum()),
        unseen_items=len(np.setdiff1d(holdout.items, trained.items)),
        unreachable=int(_unreachable(holdout).sum()),
        future_share=float(later.mean() / len(times)) if len(later) else 0.0,
    )


def _unreachable(holdout: Holdout) -> Mask:
    """Which targets may not be shown for their query, `[n_targets]`."""
    whole, events = holdout.source, holdout.source.interactions
    n_items = len(whole.catalogue)
    counted = np.flatnonzero(whole.is_history | whole.is_negative)
    pairs = events.user_of[counted].astype(np.int64) * n_items + events.items[counted]
    known, first = np.unique(pairs, return_index=True)
    users = np.repeat(holdout.users, np.diff(holdout.indptr)).astype(np.int64)
    starts = np.repeat(holdout.starts, np.diff(holdout.indptr))
    earliest = counted[first[np.searchsorted(known, users * n_items + holdout.items)]]
    unreachable: Mask = (earliest < starts) | ~whole.catalogue.alive[holdout.items]
    return unreachable


def check_leakage(split: Split) -> None:
    """Prove from the parts themselves that training holds nothing of the answers.

    A target item that stands in its query because the user chose it before is no leak: the report counts it
    as unreachable. What fails is an event on two sides, training later than the cut or than the user's own
    target, a held-out user in training, and a query that holds events from its target on.

    Raises:
        DataError: naming the leak and how many events it is of.
    """
    if split.report.cuts is not None:
        late = split.train.interactions.times >= split.report.cuts[0]
        _refuse(int(late.sum()), "training event(s) from the cut on")
    if isinstance(split.report.settings, ByUser):
        held = np.concatenate([split.validation.users, split.test.users])
        _refuse(
            int(np.isin(split.train.interactions.user_of, held).sum()), "training event(s) of held-out users"
        )
    for fitted, holdout, name in (
        (split.train, split.validation, "validation"),
        (split.train, split.test, "test"),
        (split.train_and_validation, split.test, "test"),
    ):
        events = fitted.interactions
        _refuse(_also_fitted(events, holdout), f"{name} target(s) stand in training")
        _refuse(_after_target(events, holdout), f"training event(s) after the user's {name} target")
    for holdout in (split.validation, split.test):
        _refuse(_future_known(holdout), "quer(ies) hold events from their target on")


def _refuse(count: int, what: str) -> None:
    if count:
        raise DataError(f"the split leaks: {count:,} {what}")


def _also_fitted(fitted: Interactions, holdout: Holdout) -> int:
    """Targets that training holds too, by content: together they are more than the source has of the kind."""
    every = _keys(holdout.source.interactions)
    kinds = [each.group_by(_KEY).len() for each in (every[holdout.rows], _keys(fitted), every)]
    counted = kinds[0].join(kinds[1], on=_KEY, suffix="_fitted").join(kinds[2], on=_KEY, suffix="_every")
    return counted.filter(pl.col("len") + pl.col("len_fitted") > pl.col("len_every")).height


_KEY = ["user", "item", "time", "event"]


def _keys(events: Interactions) -> pl.DataFrame:
    return pl.DataFrame([events.user_of, events.items, events.times, events.events], schema=_KEY)


def _after_target(train: Interactions, holdout: Holdout) -> int:
    """Training events later than the first target of their user."""
    first = np.full(train.n_users, np.iinfo(np.int64).max)
    first[holdout.users] = holdout.source.interactions.times[holdout.starts]
    return int((train.times > first[train.user_of]).sum())


def _future_known(holdout: Holdout) -> int:
    """Queries with more, or later, history than their user has before the first target."""
    whole = holdout.source
    before = np.concatenate([[0], np.cumsum(whole.is_history)])
    expected = before[holdout.starts] - before[whole.interactions.indptr[holdout.users]]
    given = [len(query.history) for query in holdout.queries()]
    return int((np.array(given, np.int64) > expected).sum())
