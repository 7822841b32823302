"""User-KNN: what users with a history like this one chose (Resnick et al., CSCW 1994)."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from genrec.data.dataset import Dataset, popularity
from genrec.models import pairs
from genrec.models.base import Fitting, ScoreModel, fill_unscored, history_matrix, top_k, user_item_matrix
from genrec.models.settings import UserKNNSettings
from genrec.types import NO_ITEM, Mask, Query, ScoreArray


class UserKNN(ScoreModel):
    """Scores are the summed similarities of the nearest users who chose an item.

    Neighbours are found from the query's history, so a stranger has them too. `histories` 0/1
    `[n_users, n_items]` are those of the users fitted on. A user's own row adds nothing: it only has items
    of the query.
    """

    def __init__(
        self, settings: UserKNNSettings, counts: ScoreArray, alive: Mask, histories: csr_array
    ) -> None:
        super().__init__(settings, counts, alive)
        self.settings: UserKNNSettings = settings
        self.histories = histories

    @classmethod
    def fit(cls, settings: UserKNNSettings, dataset: Dataset, fitting: Fitting) -> Self:
        """Keep the histories."""
        counts = popularity(dataset.positives, len(dataset.catalogue))
        return cls(settings, counts, dataset.catalogue.alive, user_item_matrix(dataset))

    def score(self, queries: Sequence[Query]) -> ScoreArray:
        """The nearest users times their histories; what none of them chose stands below."""
        scores = pairs.product(self._nearest(queries), self.histories)
        fill_unscored(scores, self.counts)
        return scores

    @property
    def width(self) -> int:
        """As many numbers as there are users, or items where these are more."""
        return max(len(self.counts), len(self._lengths))

    def _nearest(self, queries: Sequence[Query]) -> csr_array:
        """Similarities to the nearest users, `[len(queries), n_users]`: a shrunk cosine."""
        asked = history_matrix(queries, len(self.counts), recency=self.settings.recency)
        own = np.sqrt(asked.multiply(asked).sum(axis=1))
        alike = pairs.product(asked, self._users_of_items)
        alike /= np.maximum(np.outer(own, self._lengths), _TINY) + self.settings.shrinkage
        near = top_k(alike, k=min(self.settings.neighbours, len(self._lengths)))
        row, place = np.nonzero(near.items != NO_ITEM)
        return csr_array((near.scores[row, place], (row, near.items[row, place])), shape=alike.shape)

    @cached_property
    def _users_of_items(self) -> csr_array:
        return self.histories.T.tocsr()

    @cached_property
    def _lengths(self) -> NDArray[np.float32]:
        lengths: NDArray[np.float32] = np.sqrt(self.histories.sum(axis=1))
        return lengths

    def arrays(self) -> Mapping[str, NDArray[Any]]:
        """The histories."""
        return pairs.to_arrays(self.histories)

    @classmethod
    def restored(
        cls, settings: UserKNNSettings, arrays: Mapping[str, NDArray[Any]], *, counts: ScoreArray, alive: Mask
    ) -> Self:
        """The model again."""
        return cls(settings, counts, alive, pairs.from_arrays(arrays, n_columns=len(counts)))


_TINY = np.float32(1e-12)
