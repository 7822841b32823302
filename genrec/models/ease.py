"""EASE: one linear map from the items a user has to all items, in closed form (Steck, WWW 2019)."""

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
import scipy.linalg
from numpy.typing import NDArray
from scipy.sparse import csr_array

from genrec.data.dataset import Dataset, popularity
from genrec.errors import UsageError
from genrec.models.base import Fitting, ScoreModel, history_matrix, user_item_matrix
from genrec.models.settings import EASESettings
from genrec.types import Mask, Query, ScoreArray

MOST_ITEMS = 40_000
"""The map has `n_items` squared entries: 6.4 GB at this size."""


_BAND = 1024  # rows mirrored at once


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
            UsageError: the catalogue is too large for a dense square matrix, or the regularization too small.
        """
        n_items = len(dataset.catalogue)
        if n_items > MOST_ITEMS:
            raise UsageError(
                f"EASE needs {4 * n_items**2 / 2**30:.0f} GiB for {n_items:,} items",
                why=f"its map is items x items; it is refused above {MOST_ITEMS:,}",
                next_step="fit item-knn, which keeps the nearest neighbours alone",
            )
        weights = closed_form(user_item_matrix(dataset), regularization=settings.regularization)
        return cls(settings, popularity(dataset.positives, n_items), dataset.catalogue.alive, weights)

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


def closed_form(x: csr_array, *, regularization: float) -> NDArray[np.float32]:
    """The map of a user-item matrix, made in the memory of one dense `[n_items, n_items]`.

    Raises:
        UsageError: the regularization is too small to invert the Gram matrix.
    """
    gram = (x.T @ x).toarray().astype(np.float32, copy=False)
    np.fill_diagonal(gram, gram.diagonal() + regularization)
    # LAPACK works in place on columns, and a symmetric matrix by columns is its transpose
    factor, fault = scipy.linalg.lapack.spotrf(gram.T, lower=True, clean=False, overwrite_a=True)
    if fault:
        raise UsageError(
            f"the Gram matrix cannot be inverted with a regularization of {regularization}",
            why="it is too small beside the counts for single precision",
            next_step="fit with a larger regularization",
        )
    inverse, _ = scipy.linalg.lapack.spotri(factor, lower=True, overwrite_c=True)
    weights: NDArray[np.float32] = inverse.T
    for start in range(0, len(weights), _BAND):
        band = slice(start, start + _BAND)
        weights[band, :start] = weights[:start, band].T
        weights[band, band] = np.triu(weights[band, band]) + np.triu(weights[band, band], 1).T
    weights /= -weights.diagonal().copy()
    np.fill_diagonal(weights, 0)
    return weights
