"""EASE: one linear map from the items a user has to all items, in closed form (Steck, WWW 2019)."""

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

from genrec.data.dataset import Dataset, popularity
from genrec.errors import UsageError
from genrec.models.base import Fitting, ScoreModel, history_matrix, user_item_matrix
from genrec.models.settings import EASESettings
from genrec.types import Mask, Query, ScoreArray

MOST_ITEMS = 40_000
"""The map has `n_items` squared entries: 6.4 GB at this size, and as much again while it is fitted."""


class EASE(ScoreModel):
    """Scores are `x B`: x the user's history, B the item-item map `weights` float32 `[n_items, n_items]`."""

    def __init__(
        self, settings: EASESettings, counts: ScoreArray, alive: Mask, weights: NDArray[np.float32]
    ) -> None:
        super().__init__(settings, counts, alive)
        self.settings: EASESettings = settings
        self.weights = weights

    @classmethod
    def fit(cls, settings: EASESettings, dataset: Dataset, fitting: Fitting) -> Self:
        """B = I - P / diag(P), P the inverse of the regularised Gram matrix (equation 8).

        Raises:
            UsageError: the catalogue is too large for a dense square matrix.
        """
        n_items = len(dataset.catalogue)
        if n_items > MOST_ITEMS:
            raise UsageError(
                f"EASE needs {4 * n_items**2 / 2**30:.0f} GiB for {n_items:,} items",
                why=f"its map is items x items; it is refused above {MOST_ITEMS:,}",
                next_step="fit item-knn, which keeps the nearest neighbours alone",
            )
        x = user_item_matrix(dataset)
        gram = (x.T @ x).toarray().astype(np.float32, copy=False)
        gram[np.diag_indices(n_items)] += settings.regularization
        factor = scipy.linalg.cholesky(gram, lower=True, overwrite_a=True, check_finite=False)
        inverse, _ = scipy.linalg.lapack.spotri(factor, lower=True, overwrite_c=True)
        del factor, gram
        inverse = np.tril(inverse)
        inverse += np.tril(inverse, -1).T
        inverse /= -np.diag(inverse).copy()
        np.fill_diagonal(inverse, 0)
        return cls(settings, popularity(dataset.positives, n_items), dataset.catalogue.alive, inverse)

    def score(self, queries: Sequence[Query]) -> ScoreArray:
        """The histories, newest weighted most, times the map."""
        histories = history_matrix(queries, len(self.counts), recency=self.settings.recency)
        scores: ScoreArray = histories @ self.weights
        return scores

    def arrays(self) -> Mapping[str, NDArray[Any]]:
        """The map."""
        return {"weights": self.weights}

    @classmethod
    def restored(
        cls, settings: EASESettings, arrays: Mapping[str, NDArray[Any]], *, counts: ScoreArray, alive: Mask
    ) -> Self:
        """The model again."""
        return cls(settings, counts, alive, arrays["weights"])
