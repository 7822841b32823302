"""The most chosen items, the same for everyone: the floor any model must clear, and the fallback of all."""

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from genrec.data.dataset import Dataset, popularity
from genrec.data.interactions import NO_TIME
from genrec.models.base import Fitting, ScoreModel
from genrec.models.settings import PopularitySettings
from genrec.types import Mask, Query, ScoreArray

DAY = 86_400


class Popularity(ScoreModel):
    """Ranks items by their number of history events; with a half-life, a recent one counts more."""

    @classmethod
    def fit(cls, settings: PopularitySettings, dataset: Dataset, fitting: Fitting) -> Self:
        """Count the history events of each item."""
        events, n_items = dataset.positives, len(dataset.catalogue)
        counts = popularity(events, n_items)
        if settings.half_life_days is not None and len(events):
            timed = events.times[events.times != NO_TIME]
            oldest = timed.min() if len(timed) else 0  # what has no time counts as old as can be
            times = np.where(events.times == NO_TIME, oldest, events.times)
            age = (times.max() - times) / (DAY * settings.half_life_days)
            counts = np.bincount(events.items, weights=0.5**age, minlength=n_items).astype(np.float32)
        return cls(settings, counts, dataset.catalogue.alive)

    def score(self, queries: Sequence[Query]) -> ScoreArray:
        """The counts, for everyone."""
        return np.tile(self.counts, (len(queries), 1))

    def arrays(self) -> Mapping[str, NDArray[Any]]:
        """Nothing but the counts, which every model saves."""
        return {}

    @classmethod
    def restored(
        cls,
        settings: PopularitySettings,
        arrays: Mapping[str, NDArray[Any]],
        *,
        counts: ScoreArray,
        alive: Mask,
    ) -> Self:
        """The model again."""
        return cls(settings, counts, alive)
