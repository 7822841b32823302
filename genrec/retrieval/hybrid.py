"""Several retrievers as one."""

from collections.abc import Sequence

import numpy as np

from genrec.config import HybridSettings
from genrec.errors import UsageError
from genrec.retrieval.base import Retriever
from genrec.retrieval.batch import check_k
from genrec.retrieval.fusion import reciprocal_rank
from genrec.types import Mask, Rankings


class Hybrid:
    """Weighted reciprocal rank fusion of BM25 and dense (Cormack et al., SIGIR 2009).

    An item scores the sum of weight / (rank_constant + rank) over the lists that hold it, rank from 1; each
    list is `depth` deep, or k where that is more.
    """

    def __init__(self, bm25: Retriever, dense: Retriever, *, settings: HybridSettings) -> None:
        if settings.bm25_weight == settings.dense_weight == 0:
            raise UsageError(
                "a hybrid of no weight finds nothing", next_step="give bm25_weight or dense_weight above 0"
            )
        self.bm25, self.dense, self.settings = bm25, dense, settings

    def search(self, queries: Sequence[str], *, k: int, candidates: Mask | None = None) -> Rankings:
        """The best k items of each query; see `Retriever.search`."""
        check_k(k)
        depth = max(k, self.settings.depth)
        weighted = ((self.bm25, self.settings.bm25_weight), (self.dense, self.settings.dense_weight))
        used = [(retriever, weight) for retriever, weight in weighted if weight > 0]
        lists = [each.search(queries, k=depth, candidates=candidates).items for each, _ in used]
        weights = np.array([weight for _, weight in used])
        out = Rankings.empty(len(queries), k)
        for row in range(len(queries)):
            together = np.stack([items[row] for items in lists])
            items, scores = reciprocal_rank(together, weights, rank_constant=self.settings.rank_constant)
            out.items[row, : len(items)], out.scores[row, : len(items)] = items[:k], scores[:k]
        return out
