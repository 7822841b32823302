"""The one interface of every model, and the masking and top-k that score-based ones share."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from genrec.types import NO_ITEM, Query, Rankings


class Recommender(Protocol):
    """Recommends items."""

    def recommend(self, queries: Sequence[Query], *, k: int) -> Rankings:
        """The best k items for each query, none of its unwanted ones, only its candidates."""
        ...


def top_k(scores: NDArray[np.float32], *, k: int) -> Rankings:
    """The best k of each row of `scores` `[n, n_items]`; -inf never enters; ties by item index.

    Exact at any tie: everything above the k-th score is taken, then items at that score by index.
    """
    n, n_items = scores.shape
    out = Rankings.empty(n, k)
    take = min(k, n_items)
    if take == 0:
        return out
    threshold = np.partition(scores, n_items - take, axis=1)[:, n_items - take]
    for row in range(n):
        pool = np.flatnonzero(scores[row] >= threshold[row])
        pool = pool[scores[row, pool] > -np.inf]
        best = pool[np.lexsort((pool, -scores[row, pool]))][:take]
        out.items[row, : len(best)] = best
        out.scores[row, : len(best)] = scores[row, best]
    return out


def mask_unwanted(scores: NDArray[np.float32], queries: Sequence[Query]) -> None:
    """Set to -inf, in place, what each query may not be shown: `scores` `[n, n_items]`."""
    for row, query in enumerate(queries):
        unwanted = query.unwanted
        scores[row, unwanted[unwanted != NO_ITEM]] = -np.inf
        if query.candidates is not None:
            scores[row, ~query.candidates] = -np.inf
