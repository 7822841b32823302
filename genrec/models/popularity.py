"""The most chosen items, the same for everyone: the floor any model must clear, and the fallback of all."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genrec.data.dataset import Dataset, popularity
from genrec.types import ItemArray, Query, Rankings


@dataclass(frozen=True, eq=False)
class Popularity:
    """Ranks items by their number of history events over all time; one never chosen scores 0.

    `counts` float32 `[n_items]`; `order` int32, the living items, most chosen first, ties by index.
    """

    counts: NDArray[np.float32]
    order: ItemArray

    @staticmethod
    def fit(dataset: Dataset) -> "Popularity":
        """Count the history events of each item."""
        counts = popularity(dataset.positives, len(dataset.catalogue))
        order = np.argsort(-counts, kind="stable").astype(np.int32)
        return Popularity(counts, order[dataset.catalogue.alive[order]])

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
