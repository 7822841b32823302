"""Proof that an evaluation does not see its answers: what must score at chance is measured to do so."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

from genrec.config import GlobalTime, LeaveOneOut, SplitSettings
from genrec.data.dataset import Dataset
from genrec.data.interactions import EVENT_CODE, NO_TIME, Interactions
from genrec.data.splits import Holdout, Split, check_leakage, split
from genrec.errors import DataError
from genrec.models.base import Recommender
from genrec.types import ItemArray, Query

IMPROBABLE = 1e-4
"""A count of hits that chance gives more rarely than this is a leak."""

Fit = Callable[[Split], Recommender]
"""Fits a model to the training part of a split."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Hits of lists whose targets nothing can know; `expected` by chance, `p` of so many or more."""

    check: str
    hits: int
    expected: float
    p: float

    @property
    def is_leak(self) -> bool:
        """Whether there are more hits than chance gives."""
        return self.p < IMPROBABLE

    def __str__(self) -> str:
        verdict = "LEAKS" if self.is_leak else "at chance"
        chance = f"{self.expected:.1f} expected by chance (p {self.p:.2g})"
        return f"{self.check}: {self.hits} hits, {chance}: {verdict}"


def audit(
    dataset: Dataset, settings: SplitSettings, fit: Fit, *, k: int = 10, seed: int = 0
) -> list[Finding]:
    """All checks of one kind of model on one split.

    Raises:
        DataError: an event of the test part stands in training.
    """
    check_leakage(split(dataset, settings))
    return [
        planted(dataset, settings, fit, k=k, seed=seed),
        shuffled(split(dataset, settings), fit, k=k, seed=seed),
    ]


def planted(dataset: Dataset, settings: SplitSettings, fit: Fit, *, k: int = 10, seed: int = 0) -> Finding:
    """Give every user one more event, of a random item never had, and ask for it.

    Nothing tells that item from others, so each query is hit with k over the items that may be shown. In a
    split by time all of them come at one moment after the log, from which on is the test part.

    Raises:
        DataError: the split does not test the last event, so that planted ones cannot be told.
    """
    rng = np.random.default_rng(seed)
    if isinstance(settings, LeaveOneOut):
        with_plants = _with_last(dataset, rng)
    elif isinstance(settings, GlobalTime):
        moment = int(dataset.interactions.times.max()) + 1
        settings = _testing_from(moment, dataset, settings)
        with_plants = _with_last(dataset, rng, moment=moment)
    else:
        raise DataError("planted items are for leave-one-out and global-time", next_step="audit such a split")
    parted = split(with_plants, settings)
    check_leakage(parted)
    test = parted.test
    found = fit(parted).recommend(test.queries(), k=k).items
    alive = with_plants.catalogue.alive
    chances = [min(1, k / max(1, alive.sum() - alive[query.unwanted].sum())) for query in test.queries()]
    return _judged("planted random next items", found, test.items, np.array(chances))


def _testing_from(moment: int, dataset: Dataset, settings: GlobalTime) -> GlobalTime:
    """The same training part; validation up to the moment, and testing from it on."""
    cuts = split(dataset, settings).report.cuts
    assert cuts is not None
    return settings.model_copy(update={"validation_from": cuts[0], "test_from": moment})


def shuffled(parted: Split, fit: Fit, *, k: int = 10, seed: int = 0) -> Finding:
    """Deal the targets of all users out at random and measure against those.

    A list of popular items still hits by chance: as often as its items are targets of anybody.
    """
    test = parted.test
    found = fit(parted).recommend(test.queries(), k=k).items
    firsts = test.items[test.indptr[:-1]]
    dealt = firsts[np.random.default_rng(seed).permutation(len(firsts))]
    shares = np.bincount(firsts, minlength=len(test.source.catalogue)) / len(firsts)
    chances = np.where(found >= 0, shares[found], 0).sum(axis=1)
    return _judged("shuffled targets", found, dealt, np.minimum(chances, 1))


def _judged(check: str, lists: ItemArray, targets: ItemArray, chances: NDArray[np.float64]) -> Finding:
    """The binomial of the mean chance bounds the tail of unequal chances above its mean."""
    hits = int((lists == targets[:, None]).sum())
    p = float(binom.sf(hits - 1, len(targets), chances.mean())) if len(targets) else 1.0
    return Finding(check, hits, float(chances.sum()), p)


def _with_last(dataset: Dataset, rng: np.random.Generator, *, moment: int | None = None) -> Dataset:
    """The dataset with one more event a user at the end, of a living item that the user never had.

    It comes at the moment, or where there is none right after the user's last event.
    """
    events = dataset.interactions
    kind = EVENT_CODE[dataset.history.events[0]]
    value = np.float32(5) if dataset.history.min_rating is not None else np.float32("nan")
    ends, items, times = [], [], []
    for user in range(events.n_users):
        rows = events.rows(user)
        free = dataset.catalogue.alive.copy()
        own = events.items[rows]
        free[own[own >= 0]] = False
        if rows.stop > rows.start and free.any():
            ends.append(rows.stop)
            items.append(int(rng.choice(np.flatnonzero(free))))
            last = int(events.times[rows.stop - 1])
            after = last if last == NO_TIME else last + 1
            times.append(after if moment is None else moment)
    counts = np.bincount(np.searchsorted(events.indptr, ends) - 1, minlength=events.n_users)
    planted_events = Interactions(
        events.users,
        events.indptr + np.concatenate([[0], np.cumsum(counts)]),
        np.insert(events.items, ends, np.array(items, np.int32)),
        np.insert(events.times, ends, np.array(times, np.int64)),
        np.insert(events.events, ends, np.int8(kind)),
        np.insert(events.values, ends, value),
    )
    return replace(dataset, interactions=planted_events)


def told_targets(prompts: Sequence[str], holdout: Holdout, queries: Sequence[Query]) -> list[int]:
    """Rows whose prompt tells the title of a target that the history does not have; none where none leaks."""
    titles = holdout.source.catalogue.titles
    leaks = []
    for row, (prompt, query) in enumerate(zip(prompts, queries, strict=True)):
        own = {titles[item] for item in query.history.tolist()}
        targets = {titles[item] for item in holdout.targets(row).tolist()} - own
        rest = prompt
        for title in own:  # "Alien" may stand within "Aliens", which is the user's own
            rest = rest.replace(title, "")
        if any(target in rest for target in targets):
            leaks.append(row)
    return leaks
