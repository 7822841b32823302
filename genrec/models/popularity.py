"""The most chosen items, the same for everyone: the floor any model must clear, and the fallback of all."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from genrec.data.dataset import Dataset, popularity
from genrec.types import ItemArray, Query, Rankings, no_items


class Popularity:
    """Ranks items by their number of history events over all time; one never chosen scores 0."""

    def __init__(self) -> None:
        self.counts: NDArray[np.float32] = np.empty(0, np.float32)
        """History events of each item, `[n_items]`."""
        self.order: ItemArray = no_items()
        """Living items, most chosen first, ties by index."""

    def fit(self, dataset: Dataset) -> "Popularity":
        """Count the history events of each item."""
        self.counts = popularity(dataset.positives, len(dataset.catalogue))
        order = np.argsort(-self.counts, kind="stable").astype(np.int32)
        self.order = order[dataset.catalogue.alive[order]]
        return self

    def recommend(self, queries: Sequence[Query], *, k: int) -> Rankings:
        """The most chosen items that each query may be shown, scored by their count."""
        rankings = Rankings.empty(len(queries), k)
        allowed: dict[int, ItemArray] = {}  # by the identity of a filter, which queries of a batch share
        for row, query in enumerate(queries):
            order = self.order
            if query.candidates is not None:
                order = allowed.setdefault(id(query.candidates), order[query.candidates[order]])
            unwanted = query.unwanted
            head = order[: k + len(unwanted)]
            best = head[~np.isin(head, unwanted)][:k]
            rankings.items[row, : len(best)] = best
            rankings.scores[row, : len(best)] = self.counts[best]
        return rankings
