"""Pairs of a user and a chosen item, with items the user did not choose drawn beside them."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse import csr_array

from genrec.training.loop import Batch
from genrec.types import Mask

REDRAWS = 10
"""So often a negative that was chosen after all is drawn again; then the user has nearly everything."""


@dataclass(frozen=True, eq=False)
class Pairs:
    """`users` and `items` int64 `[n]`, each pair once, sorted by user, then item."""

    users: NDArray[np.int64]
    items: NDArray[np.int64]
    n_items: int

    @staticmethod
    def of(matrix: csr_array) -> "Pairs":
        """The entries of `[n_users, n_items]`."""
        keys = np.sort(
            np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr)) * matrix.shape[1] + matrix.indices
        )
        return Pairs(*np.divmod(keys, matrix.shape[1]), matrix.shape[1])

    def batches(self, rng: np.random.Generator, batch_size: int, *, n_negatives: int) -> Iterator[Batch]:
        """`batch_size` pairs in random order: users and items int64 `[n]`, negatives `[n, n_negatives]`."""
        order = rng.permutation(len(self.users))
        for start in range(0, len(order), batch_size):
            rows = order[start : start + batch_size]
            users = self.users[rows]
            negatives = self.negatives(users, rng, n_negatives=n_negatives)
            yield torch.from_numpy(users), torch.from_numpy(self.items[rows]), torch.from_numpy(negatives)

    def negatives(
        self, users: NDArray[np.int64], rng: np.random.Generator, *, n_negatives: int
    ) -> NDArray[np.int64]:
        """Items drawn evenly from those each user did not choose, `[n, n_negatives]`."""
        drawn = rng.integers(self.n_items, size=(len(users), n_negatives))
        owners = np.repeat(users[:, None], n_negatives, axis=1)
        for _ in range(REDRAWS):
            wrong = self._chosen(owners, drawn)
            if not wrong.any():
                break
            drawn[wrong] = rng.integers(self.n_items, size=int(wrong.sum()))
        return drawn

    def _chosen(self, users: NDArray[np.int64], items: NDArray[np.int64]) -> Mask:
        keys, wanted = self.users * self.n_items + self.items, users * self.n_items + items
        places = np.searchsorted(keys, wanted)
        found: Mask = keys[np.minimum(places, len(keys) - 1)] == wanted
        return found
