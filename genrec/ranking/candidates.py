"""What several sources found for each query: every item once, with each source's score and rank of it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genrec.types import NO_ITEM, ItemArray, Mask, Rankings, ScoreArray

Longs = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Candidates:
    """Pairs of query and item: those of query i are `indptr[i]` to `indptr[i + 1]`, by item index.

    `items` int32 `[n_pairs]`; `scores` and `ranks` float32 `[n_pairs, n_sources]`, ranks from 1, both NaN
    where the source has not listed the item.
    """

    indptr: Longs
    items: ItemArray
    scores: ScoreArray
    ranks: ScoreArray

    def __len__(self) -> int:
        return len(self.items)

    @property
    def rows(self) -> Longs:
        """The query of each pair, `[n_pairs]`."""
        return np.repeat(np.arange(len(self.indptr) - 1), np.diff(self.indptr))

    @staticmethod
    def of(lists: Sequence[Rankings | None]) -> "Candidates":
        """The union of lists for the same queries, one a source; None of a source that is missing."""
        n_queries = next(len(each) for each in lists if each is not None)
        found = [_listed(each) for each in lists]
        keys, places = np.unique(np.concatenate([key for key, _, _ in found]), return_inverse=True)
        scores = np.full((len(keys), len(lists)), np.nan, np.float32)
        ranks = scores.copy()
        ends = np.cumsum([len(key) for key, _, _ in found])
        for source, ((_, score, rank), at) in enumerate(zip(found, np.split(places, ends[:-1]), strict=True)):
            scores[at, source] = score
            ranks[at, source] = rank
        indptr = np.searchsorted(keys >> 32, np.arange(n_queries + 1))
        return Candidates(indptr, (keys & 0xFFFFFFFF).astype(np.int32), scores, ranks)

    def only(self, wanted: Mask) -> "Candidates":
        """The pairs for which `wanted` `[n_pairs]` is True; a query may be left with none."""
        before = np.concatenate([[0], np.cumsum(wanted)])
        return Candidates(before[self.indptr], self.items[wanted], self.scores[wanted], self.ranks[wanted])


def _listed(lists: Rankings | None) -> tuple[Longs, ScoreArray, ScoreArray]:
    """Of every item of a source's lists the key (query, item), score and rank."""
    if lists is None:
        return np.empty(0, np.int64), np.empty(0, np.float32), np.empty(0, np.float32)
    rows, places = np.nonzero(lists.items != NO_ITEM)
    keys = (rows.astype(np.int64) << 32) | lists.items[rows, places]
    return keys, lists.scores[rows, places], (places + 1).astype(np.float32)


def best_pairs(candidates: Candidates, scores: ScoreArray, *, k: int) -> tuple[Rankings, Longs]:
    """The best k of each query, and their places in `candidates`, int64 `[n_queries, k]`, padded with -1.

    Args:
        candidates: what is ranked.
        scores: of each pair, `[n_pairs]`; ties by item index.
        k: how long the lists are.
    """
    rows = candidates.rows
    order = np.lexsort((candidates.items, -scores, rows))
    place = np.arange(len(order)) - candidates.indptr[rows]
    inside = place < k
    out = Rankings.empty(len(candidates.indptr) - 1, k)
    at = np.full(out.items.shape, -1, np.int64)
    kept, where = order[inside], (rows[inside], place[inside])  # rows are sorted, so those of `order` too
    out.items[where], out.scores[where], at[where] = candidates.items[kept], scores[kept], kept
    return out, at
