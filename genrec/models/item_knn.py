"""Item-KNN: items like those of the history (Sarwar et al., WWW 2001)."""

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from genrec.data.dataset import Dataset, popularity
from genrec.models import pairs
from genrec.models.base import Fitting, ScoreModel, fill_unscored, history_matrix, user_item_matrix
from genrec.models.settings import ItemKNNSettings
from genrec.types import Mask, Query, ScoreArray


class ItemKNN(ScoreModel):
    """Scores are the summed similarities to the history, newest weighted most: `[n_items, n_items]`."""

    def __init__(
        self, settings: ItemKNNSettings, counts: ScoreArray, alive: Mask, weights: csr_array
    ) -> None:
        super().__init__(settings, counts, alive)
        self.settings: ItemKNNSettings = settings
        self.weights = weights

    @classmethod
    def fit(cls, settings: ItemKNNSettings, dataset: Dataset, fitting: Fitting) -> Self:
        """Similarity is common users / (sqrt(users of one * users of the other) + shrinkage)."""
        x = user_item_matrix(dataset)
        weights = similarities(x, shrinkage=settings.shrinkage)
        if settings.neighbours is not None:
            weights = pairs.strongest(weights, k=settings.neighbours)
        counts = popularity(dataset.positives, len(dataset.catalogue))
        return cls(settings, counts, dataset.catalogue.alive, weights)

    def score(self, queries: Sequence[Query]) -> ScoreArray:
        """The histories times the similarities; what is like nothing of a history stands below."""
        histories = history_matrix(queries, len(self.counts), recency=self.settings.recency)
        scores = pairs.product(histories, self.weights)
        fill_unscored(scores, self.counts)
        return scores

    def arrays(self) -> Mapping[str, NDArray[Any]]:
        """The similarities."""
        return pairs.to_arrays(self.weights)

    @classmethod
    def restored(
        cls, settings: ItemKNNSettings, arrays: Mapping[str, NDArray[Any]], *, counts: ScoreArray, alive: Mask
    ) -> Self:
        """The model again."""
        return cls(settings, counts, alive, pairs.from_arrays(arrays, n_columns=len(counts)))


def similarities(x: csr_array, *, shrinkage: float) -> csr_array:
    """Shrunk cosine of the columns of a 0/1 matrix, float32 `[n_items, n_items]`, none with itself."""
    common = (x.T @ x).tocoo()
    one, other = common.coords
    lengths = np.sqrt(common.diagonal())
    values = common.data / (lengths[one] * lengths[other] + shrinkage)
    apart = one != other
    return csr_array((values[apart], (one[apart], other[apart])), shape=common.shape, dtype=np.float32)
