"""Implicit ALS: factors by alternating least squares (Hu, Koren & Volinsky, ICDM 2008)."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, csr_matrix

from genrec.data.dataset import Dataset, popularity
from genrec.errors import UsageError
from genrec.models.base import Fitting, ScoreModel, history_matrix, user_item_matrix
from genrec.models.settings import ALSSettings
from genrec.types import Mask, Query, ScoreArray


class ALS(ScoreModel):
    """Scores are `u Y'`: Y the item `factors` `[n_items, n_factors]`, u folded in from the history."""

    def __init__(
        self, settings: ALSSettings, counts: ScoreArray, alive: Mask, factors: NDArray[np.float32]
    ) -> None:
        super().__init__(settings, counts, alive)
        self.settings: ALSSettings = settings
        self.factors = factors

    @classmethod
    def fit(cls, settings: ALSSettings, dataset: Dataset, fitting: Fitting) -> Self:
        """Factors by the package `implicit`.

        Raises:
            UsageError: the package is not installed.
        """
        x = user_item_matrix(dataset)
        factors = _item_factors(x, settings, fitting)
        return cls(settings, popularity(dataset.positives, x.shape[1]), dataset.catalogue.alive, factors)

    @property
    def width(self) -> int:
        """As many numbers as a user's equations have, or items where these are more."""
        return max(len(self.counts), int(self.factors.shape[1]) ** 2)

    def score(self, queries: Sequence[Query]) -> ScoreArray:
        """The factors of the queries times those of the items."""
        histories = history_matrix(queries, len(self.counts), recency=self.settings.recency)
        scores: ScoreArray = self.folded_in(histories) @ self.factors.T
        return scores

    def folded_in(self, histories: csr_array) -> NDArray[np.float32]:
        """User factors by equation 4 of the paper, `[n, n_factors]`, for weighted histories `[n, n_items]`.

        A confidence is `weight` times that of `histories`; that of an item not chosen is 1.
        """
        n_factors = self.factors.shape[1]
        left = np.tile(self._gram, (histories.shape[0], 1, 1))
        right = np.zeros((histories.shape[0], n_factors, 1), np.float32)
        for row in range(len(left)):
            chosen = slice(*histories.indptr[row : row + 2])
            y = self.factors[histories.indices[chosen]]
            confidence = self.settings.weight * histories.data[chosen]
            left[row] += (y.T * (confidence - 1)) @ y
            right[row, :, 0] = confidence @ y
        return np.linalg.solve(left, right)[:, :, 0]

    @cached_property
    def _gram(self) -> NDArray[np.float32]:
        """`Y' Y`, regularised."""
        ridge = self.settings.regularization * np.eye(self.factors.shape[1], dtype=np.float32)
        return np.asarray(self.factors.T @ self.factors + ridge, np.float32)

    def arrays(self) -> Mapping[str, NDArray[Any]]:
        """The item factors."""
        return {"factors": self.factors}

    @classmethod
    def restored(
        cls, settings: ALSSettings, arrays: Mapping[str, NDArray[Any]], *, counts: ScoreArray, alive: Mask
    ) -> Self:
        """The model again; this needs no `implicit`."""
        return cls(settings, counts, alive, arrays["factors"])


def _item_factors(x: csr_array, settings: ALSSettings, fitting: Fitting) -> NDArray[np.float32]:
    try:
        from implicit.cpu.als import AlternatingLeastSquares
        from threadpoolctl import threadpool_limits
    except ImportError as error:
        raise UsageError(
            "ALS needs the package implicit",
            why=str(error),
            next_step="pip install 'genrec[als]'",
        ) from error
    with threadpool_limits(1, "blas"):  # implicit has threads of its own, and warns of those of BLAS
        model = AlternatingLeastSquares(
            factors=settings.factors,
            regularization=settings.regularization,
            alpha=settings.weight,
            iterations=settings.epochs,
            random_state=fitting.seed,
        )
        model.fit(csr_matrix(x), show_progress=not fitting.is_quiet)
    return np.ascontiguousarray(model.item_factors, np.float32)
