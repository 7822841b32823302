"""PureSVD: the user-item matrix by its largest singular values (Cremonesi et al., RecSys 2010)."""

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.linalg import svds

from genrec.data.dataset import Dataset, popularity
from genrec.models.base import Fitting, ScoreModel, history_matrix, user_item_matrix
from genrec.models.settings import SVDSettings
from genrec.types import Mask, Query, ScoreArray


class SVD(ScoreModel):
    """Scores are `x V V'`: x the history, V the right singular vectors `factors` `[n_items, n_factors]`.

    So a stranger is folded in as a known user is.
    """

    def __init__(
        self, settings: SVDSettings, counts: ScoreArray, alive: Mask, factors: NDArray[np.float32]
    ) -> None:
        super().__init__(settings, counts, alive)
        self.settings: SVDSettings = settings
        self.factors = factors

    @classmethod
    def fit(cls, settings: SVDSettings, dataset: Dataset, fitting: Fitting) -> Self:
        """The singular vectors, fewer where there are not as many users or items."""
        x = user_item_matrix(dataset)
        factors = right_vectors(x, n=min(settings.factors, *x.shape), seed=fitting.seed)
        return cls(settings, popularity(dataset.positives, x.shape[1]), dataset.catalogue.alive, factors)

    def score(self, queries: Sequence[Query]) -> ScoreArray:
        """The histories, newest weighted most, projected onto the factors."""
        histories = history_matrix(queries, len(self.counts), recency=self.settings.recency)
        scores: ScoreArray = (histories @ self.factors) @ self.factors.T
        return scores

    def arrays(self) -> Mapping[str, NDArray[Any]]:
        """The factors."""
        return {"factors": self.factors}

    @classmethod
    def restored(
        cls, settings: SVDSettings, arrays: Mapping[str, NDArray[Any]], *, counts: ScoreArray, alive: Mask
    ) -> Self:
        """The model again."""
        return cls(settings, counts, alive, arrays["factors"])


def right_vectors(x: csr_array, *, n: int, seed: int) -> NDArray[np.float32]:
    """The right singular vectors of the n largest singular values, `[columns of x, n]`, largest first."""
    if n >= min(x.shape):  # more than the iteration can find
        _, _, vectors = np.linalg.svd(x.toarray(), full_matrices=False)
        return np.ascontiguousarray(vectors[:n].T, np.float32)
    start = np.random.default_rng(seed).standard_normal(min(x.shape)).astype(np.float32)
    _, _, vectors = svds(x, k=n, v0=start, return_singular_vectors="vh")
    return np.ascontiguousarray(vectors[::-1].T, np.float32)
