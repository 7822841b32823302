"""What all models share whose weights are learnt by steps. Importing this module imports torch."""

import hashlib
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from genrec.data.dataset import Dataset, popularity
from genrec.data.splits import Holdout
from genrec.metrics import Hits, ndcg
from genrec.models.base import Fitting, ScoreModel
from genrec.models.settings import LearnedSettings, ModelSettings
from genrec.training.loop import Course, Epoch, Network, seeded, train
from genrec.training.memory import halved, reporting_memory
from genrec.types import Mask, Query, ScoreArray

CUTOFF = 10
"""Early stopping looks at NDCG at this length."""


class LearnedModel(ScoreModel):
    """A model around a network: subclass, and write `untrained`, `epoch` and `scores`.

    `course` says how the training went; None for a model that was loaded.
    """

    def __init__(self, settings: Any, counts: ScoreArray, alive: Mask, network: Any) -> None:
        super().__init__(settings, counts, alive)
        self.network = network
        self.course: Course | None = None

    @classmethod
    @abstractmethod
    def untrained(cls, settings: Any, *, user_counts: NDArray[np.int64], n_items: int) -> Network:
        """The network as torch's generator draws it, for users with so many events, `[n_users]`.

        One that needs its users keeps the counts as a buffer of that name.
        """

    @abstractmethod
    def epoch(self, dataset: Dataset) -> Epoch:
        """How the batches of an epoch are drawn from the history events of a dataset."""

    @abstractmethod
    def scores(self, queries: Sequence[Query]) -> Tensor:
        """Scores `[len(queries), n_items]`; the network is in evaluation mode."""

    @classmethod
    def fit(cls, settings: LearnedSettings, dataset: Dataset, fitting: Fitting) -> Self:
        """Train on the history events of a dataset.

        Raises:
            DataError: there is nothing to learn from.
            UsageError: training diverged, memory is used up, or the checkpoints are of another training.
        """
        events, n_items = dataset.positives, len(dataset.catalogue)
        with seeded(fitting.seed):
            network = cls.untrained(settings, user_counts=np.diff(events.indptr), n_items=n_items)
        model = cls(
            settings, popularity(events, n_items), dataset.catalogue.alive, network.to(_device(fitting))
        )
        with reporting_memory(halved("batch_size", settings.batch_size)):
            model.course = train(
                network,
                model.epoch(dataset),
                schedule=settings,
                seed=fitting.seed,
                validate=model._validation(fitting.validation),
                checkpoints=fitting.checkpoints,
                run=_run(settings, dataset, fitting),
                is_quiet=fitting.is_quiet,
            )
        return model

    def settled(self) -> ModelSettings:
        """The settings with the epochs after which validation was best."""
        if self.course is None:
            return self.settings
        return self.settings.model_copy(update={"epochs": self.course.best_epoch})

    def score(self, queries: Sequence[Query]) -> ScoreArray:
        """What the network says."""
        self.network.eval()
        with torch.inference_mode():
            scores: ScoreArray = self.scores(queries).float().cpu().numpy()
        return scores

    def arrays(self) -> Mapping[str, NDArray[Any]]:
        """The weights of the network."""
        return {name: each.cpu().numpy() for name, each in self.network.state_dict().items()}

    @classmethod
    def restored(
        cls, settings: Any, arrays: Mapping[str, NDArray[Any]], *, counts: ScoreArray, alive: Mask
    ) -> Self:
        """The model again, on the CPU."""
        user_counts = arrays.get("user_counts", np.zeros(0, np.int64))
        with seeded(0):
            network = cls.untrained(settings, user_counts=user_counts, n_items=len(counts))
        network.load_state_dict({name: torch.from_numpy(each) for name, each in arrays.items()})
        return cls(settings, counts, alive, network)

    def _validation(self, holdout: Holdout | None) -> Callable[[], float] | None:
        if holdout is None or not len(holdout):
            return None
        queries = holdout.queries()

        def mean_ndcg() -> float:
            lists = self.recommend(queries, k=CUTOFF).items
            return float(ndcg(Hits.of(lists, holdout.indptr, holdout.items), CUTOFF).mean())

        return mean_ndcg


def _device(fitting: Fitting) -> torch.device:
    if fitting.device != "auto":
        return torch.device(fitting.device)
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def _run(settings: LearnedSettings, dataset: Dataset, fitting: Fitting) -> str:
    """What tells one training from another: settings, data, seed, and what it is validated on."""
    digest = hashlib.sha256(settings.model_dump_json().encode())
    digest.update(dataset.fingerprint.encode())
    digest.update(str(fitting.seed).encode())
    if fitting.validation is not None:
        digest.update(np.ascontiguousarray(fitting.validation.rows).tobytes())
    return digest.hexdigest()
