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

    Exact at any tie: everything above the k-th score is taken, then items at that score by index. A score
    that is not a number is a fault of the model, and is refused by its contract test.
    """
    n, n_items = scores.shape
    out = Rankings.empty(n, k)
    take = min(k, n_items)
    if take == 0:
        return out
    threshold = np.partition(scores, n_items - take, axis=1)[:, n_items - take]
    for row, line in enumerate(scores):
        above = np.flatnonzero(line > threshold[row])
        above = above[np.argsort(-line[above], kind="stable")]
        tied = np.flatnonzero((line == threshold[row]) & (line > -np.inf))[: take - len(above)]
        best = np.concatenate([above, tied])
        out.items[row, : len(best)] = best
        out.scores[row, : len(best)] = line[best]
    return out


def mask_unwanted(scores: NDArray[np.float32], queries: Sequence[Query]) -> None:
    """Set to -inf, in place, what each query may not be shown: `scores` `[n, n_items]`.

    Queries may know more items than were scored: those that came after the model was fitted.
    """
    n_items = scores.shape[1]
    for row, query in enumerate(queries):
        unwanted = query.unwanted
        scores[row, unwanted[(unwanted != NO_ITEM) & (unwanted < n_items)]] = -np.inf
        if query.candidates is not None:
            scores[row, ~query.candidates[:n_items]] = -np.inf
