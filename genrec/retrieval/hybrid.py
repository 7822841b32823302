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
        weighted = ((bm25, settings.bm25_weight), (dense, settings.dense_weight))
        self.parts = tuple(retriever for retriever, weight in weighted if weight > 0)
        self.weights = np.array([weight for _, weight in weighted if weight > 0])
        self.settings = settings

    def search(self, queries: Sequence[str], *, k: int, candidates: Mask | None = None) -> Rankings:
        """The best k items of each query; see `Retriever.search`."""
        check_k(k)
        depth = self.depth(k)
        return self.fuse([each.search(queries, k=depth, candidates=candidates) for each in self.parts], k=k)

    def depth(self, k: int) -> int:
        """How deep the list of each part must be for k items."""
        return max(k, self.settings.depth)

    def fuse(self, found: Sequence[Rankings], *, k: int) -> Rankings:
        """One list of k items for each query, from those of the parts, `[n, depth(k)]` each."""
        out = Rankings.empty(len(found[0]), k)
        for row in range(len(out)):
            together = np.stack([each.items[row] for each in found])
            items, scores = reciprocal_rank(together, self.weights, rank_constant=self.settings.rank_constant)
            out.items[row, : len(items)], out.scores[row, : len(items)] = items[:k], scores[:k]
        return out
