"""Merging the lists of the queries that were written for one user into one list."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from genrec.types import NO_ITEM, FillSource, ItemArray, Rankings, ScoreArray, no_items

Merge = Literal["k-over-m", "weighted"]
RANK_CONSTANT = 60.0
"""Of reciprocal rank fusion: how much a first place is worth beside a tenth (Cormack et al., SIGIR 2009)."""


@dataclass(frozen=True, slots=True, eq=False)
class Fused:
    """One merged list without padding, best first; `scores` never rise, and ties stand by item index.

    `query_ids[i]` are the queries whose list holds item i, and `filled[i]` is "query" where the item came by
    its query's own share, "next-best" where it made up for a query that ran dry.
    """

    items: ItemArray
    scores: ScoreArray
    query_ids: tuple[tuple[int, ...], ...]
    filled: tuple[FillSource, ...]

    def __len__(self) -> int:
        return len(self.items)


def fuse(
    rankings: Rankings,
    log_probabilities: Sequence[float],
    *,
    merge: Merge,
    k: int,
    depth: int,
    exclude: ItemArray | None = None,
    shared: int | None = None,
) -> Fused:
    """Merge the lists of m queries into at most k items.

    Args:
        rankings: `[m, at least depth]`, a row a query. To merge as if the excluded items did not exist,
            search `depth` plus their number deep.
        log_probabilities: of each query, per token, so that a long query is not a weak one; not used by
            k-over-m.
        merge: which of `k_over_m` and `weighted`.
        k: the longest the list may be.
        depth: how much of each list counts, once the excluded items are dropped from it.
        exclude: items that may not stand in the list.
        shared: the K of K/m, where it is not `k`.
    """
    lists = without(rankings, no_items() if exclude is None else exclude, depth=depth)
    return (
        k_over_m(lists, k=k, shared=shared)
        if merge == "k-over-m"
        else weighted(lists, log_probabilities, k=k)
    )


def without(rankings: Rankings, exclude: ItemArray, *, depth: int) -> Rankings:
    """The lists without the excluded items, closed up and cut to `depth`."""
    keep = (rankings.items != NO_ITEM) & ~np.isin(rankings.items, exclude)
    place = np.cumsum(keep, axis=1) - 1
    keep &= place < depth
    out = Rankings.empty(len(rankings), depth)
    rows = np.nonzero(keep)[0]
    out.items[rows, place[keep]] = rankings.items[keep]
    out.scores[rows, place[keep]] = rankings.scores[keep]
    return out


def k_over_m(rankings: Rankings, *, k: int, shared: int | None = None) -> Fused:
    """GPT4Rec's merge (arXiv 2304.03879): K/m items a query, none twice, in the order of the queries.

    Each query in turn gives its best items that no earlier one gave: `K // m` of them, the first `K % m` one
    more, K being `shared`, or else `k`. While the list is short of k, the queries then go round giving their
    next best. An item's score is one over its place in the list: the order is all that this merge knows.
    """
    shared = min(shared or k, k)
    shares = [shared // len(rankings) + (row < shared % len(rankings)) for row in range(len(rankings))]
    rest = [iter(rankings.row(row)[0].tolist()) for row in range(len(rankings))]
    taken: dict[int, FillSource] = {}
    for each, share in zip(rest, shares, strict=True):
        _take(each, share, taken, "query")
    while rest and len(taken) < k:
        rest = [each for each in rest if len(taken) < k and _take(each, 1, taken, "next-best")]
    items = np.fromiter(taken, np.int32, len(taken))
    scores = (1 / np.arange(1, len(taken) + 1)).astype(np.float32)
    return Fused(items, scores, _found_by(rankings, items), tuple(taken.values()))


def weighted(rankings: Rankings, log_probabilities: Sequence[float], *, k: int) -> Fused:
    """Reciprocal rank fusion (Cormack et al., SIGIR 2009), likelier queries weighing more.

    An item's score is the sum over the lists that hold it of weight / (60 + rank), rank from 1, the weights
    being the softmax of the queries' log-probabilities.
    """
    items, scores = reciprocal_rank(rankings.items, softmax(log_probabilities), rank_constant=RANK_CONSTANT)
    items, scores = items[:k], scores[:k]
    filled: list[FillSource] = ["query"] * len(items)
    return Fused(items, scores, _found_by(rankings, items), tuple(filled))


def reciprocal_rank(
    lists: ItemArray, weights: NDArray[np.float64], *, rank_constant: float
) -> tuple[ItemArray, ScoreArray]:
    """All items of `lists` `[m, depth]` by falling sum of weight / (rank_constant + rank), ties by index."""
    worth = weights[:, None] / (rank_constant + np.arange(1, lists.shape[1] + 1))
    present = (lists != NO_ITEM) & (weights[:, None] > 0)
    items, place = np.unique(lists[present], return_inverse=True)
    scores = np.bincount(place, worth[present], minlength=len(items)).astype(np.float32)
    order = np.lexsort((items, -scores))
    return items[order].astype(np.int32), scores[order]


def softmax(log_probabilities: Sequence[float]) -> NDArray[np.float64]:
    """Weights that sum to 1; equal ones where no query has a log-probability above -inf."""
    logs = np.asarray(log_probabilities, np.float64)
    if not len(logs) or logs.max() == -np.inf:
        return np.full(len(logs), 1 / max(len(logs), 1))
    weights = np.exp(logs - logs.max())
    return np.asarray(weights / weights.sum())


def _take(items: Iterator[int], share: int, taken: dict[int, FillSource], source: FillSource) -> int:
    """Move up to `share` new items from one list into `taken`; how many it had."""
    new = list(itertools.islice((each for each in items if each not in taken), share))
    taken.update(dict.fromkeys(new, source))
    return len(new)


def _found_by(rankings: Rankings, items: ItemArray) -> tuple[tuple[int, ...], ...]:
    """The rows that hold each item."""
    found: dict[int, list[int]] = {item: [] for item in items.tolist()}
    for row, column in zip(
        *np.nonzero(np.isin(rankings.items, items) & (rankings.items != NO_ITEM)), strict=True
    ):
        found[int(rankings.items[row, column])].append(int(row))
    return tuple(tuple(rows) for rows in found.values())
