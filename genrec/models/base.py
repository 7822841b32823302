"""The one interface of every model, and what those that score the whole catalogue share."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file
from scipy.sparse import csr_array

from genrec.data.catalogue import Catalogue
from genrec.data.dataset import Dataset
from genrec.data.splits import Holdout
from genrec.models.settings import ModelSettings
from genrec.types import NO_ITEM, Mask, Query, Rankings, ScoreArray, no_items

ARRAYS_FILE = "arrays.safetensors"
BLOCK_BYTES = 64 * 2**20
"""Scores are made in blocks of queries no larger than this, so memory does not grow with users x items."""


class Recommender(Protocol):
    """Recommends items."""

    def recommend(self, queries: Sequence[Query], *, k: int) -> Rankings:
        """The best k items for each query, none of its unwanted ones, only its candidates."""
        ...


@dataclass(frozen=True, eq=False)
class Fitting:
    """What fitting may use beside the training data.

    `validation` steers early stopping of what is trained by steps; where it is None those train for all their
    epochs. `checkpoints`, where given, is a folder to save in and to go on from after a kill.
    """

    seed: int = 0
    validation: Holdout | None = None
    checkpoints: Path | None = None
    device: str = "auto"
    is_quiet: bool = False


class Fitted(Recommender, Protocol):
    """A recommender that is fitted to a dataset and kept in a folder."""

    @property
    def settings(self) -> ModelSettings:
        """What it was fitted with."""
        ...

    @classmethod
    def fit(cls, settings: Any, dataset: Dataset, fitting: Fitting) -> Self:
        """Fit to the history events of a dataset."""
        ...

    def settled(self) -> ModelSettings:
        """The settings to fit with again on more data: what early stopping found stands in them."""
        ...

    def save(self, folder: Path) -> None:
        """Write all that was learnt into an existing folder."""
        ...

    @classmethod
    def load(cls, settings: Any, folder: Path, catalogue: Catalogue) -> Self:
        """Read what `save` wrote, for a catalogue that may have grown or lost items since."""
        ...


class ScoreModel(ABC):
    """A model with a score for every item it was fitted on: subclass, and write the four abstract methods.

    A query it knows nothing of (see `knows`) gets the most chosen items.
    """

    def __init__(self, settings: ModelSettings, counts: ScoreArray, alive: Mask) -> None:
        """Of each item `[n_items]`, how often it was chosen and whether it may still be shown."""
        self.settings = settings
        self.counts, self.alive = counts, alive

    @classmethod
    @abstractmethod
    def fit(cls, settings: Any, dataset: Dataset, fitting: Fitting) -> Self:
        """Fit to the history events of a dataset."""

    @abstractmethod
    def score(self, queries: Sequence[Query]) -> ScoreArray:
        """Scores `[len(queries), n_items]`, a new array; those of unwanted items do not matter."""

    @abstractmethod
    def arrays(self) -> Mapping[str, NDArray[Any]]:
        """All that was learnt, as it is saved; `counts` and `alive` apart."""

    @classmethod
    @abstractmethod
    def restored(
        cls, settings: Any, arrays: Mapping[str, NDArray[Any]], *, counts: ScoreArray, alive: Mask
    ) -> Self:
        """The model again from what `arrays` gave."""

    def save(self, folder: Path) -> None:
        """Write what was learnt into an existing folder."""
        arrays = {"counts": self.counts, **self.arrays()}
        save_file({name: np.ascontiguousarray(each) for name, each in arrays.items()}, folder / ARRAYS_FILE)

    @classmethod
    def load(cls, settings: Any, folder: Path, catalogue: Catalogue) -> Self:
        """Read what `save` wrote; of a catalogue that has grown, the items that were fitted are ranked."""
        arrays = load_file(folder / ARRAYS_FILE)
        counts = arrays.pop("counts")
        return cls.restored(settings, arrays, counts=counts, alive=catalogue.alive[: len(counts)].copy())

    def knows(self, query: Query) -> bool:
        """Whether the query has something to go on; here, any item of the history it was fitted on."""
        return bool((query.history < len(self.counts)).any())

    @property
    def width(self) -> int:
        """Numbers that scoring one query takes in memory; it decides how many are scored at once."""
        return len(self.counts)

    def recommend(self, queries: Sequence[Query], *, k: int) -> Rankings:
        """The best k items for each query, none of its unwanted ones, only its candidates."""
        rankings = Rankings.empty(len(queries), k)
        for start, block in self.blocks(queries):
            best = top_k(self.shown_scores(block), k=k)
            rankings.items[start : start + len(block)] = best.items
            rankings.scores[start : start + len(block)] = best.scores
        return rankings

    def shown_scores(self, queries: Sequence[Query]) -> ScoreArray:
        """Scores `[len(queries), n_items]`, -inf where an item may not be shown."""
        scores = self.score(queries)
        for row, query in enumerate(queries):
            if not self.knows(query):
                scores[row] = self.counts
        scores[:, ~self.alive] = -np.inf
        mask_unwanted(scores, queries)
        return scores

    def settled(self) -> ModelSettings:
        """The settings to fit with again on more data: what early stopping found stands in them."""
        return self.settings

    def blocks(self, queries: Sequence[Query]) -> Iterator[tuple[int, Sequence[Query]]]:
        """Parts of the queries whose scores fit into `BLOCK_BYTES`, each with the place of its first."""
        size = max(1, BLOCK_BYTES // (4 * max(1, self.width)))
        for start in range(0, len(queries), size):
            yield start, queries[start : start + size]


def fill_unscored(scores: ScoreArray, counts: ScoreArray) -> None:
    """Order, in place, items of score 0 below all others, by how often they were chosen.

    For models of counted pairs, whose scores are positive or nothing at all: `scores` `[n, n_items]`.
    """
    scores += (scores == 0) * (-1 / (1 + counts))


def user_item_matrix(dataset: Dataset) -> csr_array:
    """Which items each user chose: float32 CSR `[n_users, n_items]`, 1 however often one was chosen."""
    events = dataset.positives
    matrix = csr_array(
        (np.ones(len(events), np.float32), events.items, events.indptr),
        shape=(events.n_users, len(dataset.catalogue)),
        copy=True,  # duplicates are summed in place
    )
    matrix.sum_duplicates()
    matrix.data[:] = 1
    return matrix


def history_matrix(queries: Sequence[Query], n_items: int, *, recency: float = 1) -> csr_array:
    """The histories as float32 CSR `[len(queries), n_items]`.

    An item weighs `recency` to the power of its age, 0 for the newest event; one chosen again weighs as its
    newest event does.
    """
    histories = [known_history(query, n_items)[::-1] for query in queries]
    newest = [np.unique(each, return_index=True) for each in histories]
    indptr = np.concatenate([[0], np.cumsum([len(items) for items, _ in newest])])
    items = np.concatenate([no_items(), *(items for items, _ in newest)])
    ages = np.concatenate([no_items(), *(ages for _, ages in newest)])
    return csr_array(
        (np.float32(recency) ** ages.astype(np.float32), items, indptr), shape=(len(queries), n_items)
    )


def known_history(query: Query, n_items: int) -> NDArray[np.int32]:
    """The history without items that came after the model was fitted, oldest first."""
    return query.history[query.history < n_items]


def top_k(scores: ScoreArray, *, k: int) -> Rankings:
    """The best k of each row of `scores` `[n, n_items]`; -inf never enters; ties by item index.

    Exact at any tie. A score that is not a number is a fault of the model, refused by its contract test.
    """
    from genrec.heaps import best_of_rows

    out = Rankings.empty(len(scores), k)
    if out.items.size:
        best_of_rows(np.ascontiguousarray(scores, np.float32), out.items, out.scores)
    return out


def mask_unwanted(scores: ScoreArray, queries: Sequence[Query]) -> None:
    """Set to -inf, in place, what each query may not be shown: `scores` `[n, n_items]`.

    Queries may know more items than were scored: those that came after the model was fitted.
    """
    n_items = scores.shape[1]
    for row, query in enumerate(queries):
        unwanted = query.unwanted
        scores[row, unwanted[(unwanted != NO_ITEM) & (unwanted < n_items)]] = -np.inf
        if query.candidates is not None:
            scores[row, ~query.candidates[:n_items]] = -np.inf
