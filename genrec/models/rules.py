"""Sequential rules: what others chose soon after, or soon before, the items of the history.

After Ludewig & Jannach, "Evaluation of session-based recommendation algorithms" (UMUAI 2018), section 3.1.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array

from genrec.data.dataset import Dataset, popularity
from genrec.data.interactions import Interactions
from genrec.models import pairs
from genrec.models.base import Fitting, ScoreModel, fill_unscored, history_matrix
from genrec.models.settings import RulesSettings
from genrec.types import Mask, Query, ScoreArray


class Rules(ScoreModel):
    """Scores are the summed `weights` `[from item, to item]` of the history, newest weighted most."""

    def __init__(self, settings: RulesSettings, counts: ScoreArray, alive: Mask, weights: csr_array) -> None:
        super().__init__(settings, counts, alive)
        self.settings: RulesSettings = settings
        self.weights = weights

    @classmethod
    def fit(cls, settings: RulesSettings, dataset: Dataset, fitting: Fitting) -> Self:
        """Count pairs, a pair counting for 1 / gap; then damp those of popular items."""
        n_items = len(dataset.catalogue)
        counts = popularity(dataset.positives, n_items)
        forward = transitions(dataset.positives, n_items, window=settings.window)
        weights = forward + settings.backward * forward.T
        from_damping, to_damping = (
            diags_array((1 + counts) ** -power) for power in (settings.from_power, settings.to_power)
        )
        weights = csr_array(from_damping @ weights @ to_damping, dtype=np.float32)
        weights.eliminate_zeros()
        return cls(settings, counts, dataset.catalogue.alive, weights)

    def score(self, queries: Sequence[Query]) -> ScoreArray:
        """The histories times the rules; what no rule leads to stands below."""
        histories = history_matrix(queries, len(self.counts), recency=self.settings.recency)
        scores = pairs.product(histories, self.weights)
        fill_unscored(scores, self.counts)
        return scores

    def arrays(self) -> Mapping[str, NDArray[Any]]:
        """The rules."""
        return pairs.to_arrays(self.weights)

    @classmethod
    def restored(
        cls, settings: RulesSettings, arrays: Mapping[str, NDArray[Any]], *, counts: ScoreArray, alive: Mask
    ) -> Self:
        """The model again."""
        return cls(settings, counts, alive, pairs.from_arrays(arrays, n_columns=len(counts)))


def transitions(events: Interactions, n_items: int, *, window: int) -> csr_array:
    """The sum of 1 / gap over all pairs of a user's events at most `window` apart: float32 `[from, to]`."""
    users, items = events.user_of, events.items
    total = csr_array((n_items, n_items), dtype=np.float32)
    for gap in range(1, window + 1):
        same = users[gap:] == users[:-gap]
        first, then = items[:-gap][same], items[gap:][same]
        weights = np.full(len(first), 1 / gap, np.float32)
        total += csr_array((weights, (first, then)), shape=(n_items, n_items))
    return total
