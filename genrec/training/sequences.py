"""Histories as training batches: bounded stretches, batches of like length, every place a target."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from genrec.data.interactions import Interactions
from genrec.training.loop import Batch
from genrec.types import ItemArray, Mask

POOL = 32
"""Stretches are sorted by length within pools of this many batches: little padding, yet mixed batches."""


@dataclass(frozen=True, eq=False)
class Stretches:
    """Parts of histories: `starts` and `lengths` int64 `[n]` into `items`; a target follows each place."""

    items: ItemArray
    starts: NDArray[np.int64]
    lengths: NDArray[np.int64]

    @staticmethod
    def of(events: Interactions, max_length: int) -> "Stretches":
        """Every history cut from its end into stretches of at most `max_length` places.

        Each event but a user's first is a target exactly once.
        """
        targets = np.maximum(np.diff(events.indptr) - 1, 0)
        pieces = -(-targets // max_length)
        users = np.repeat(np.arange(len(targets)), pieces)
        nth = np.arange(len(users)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
        ends = events.indptr[users + 1] - 1 - nth * max_length
        starts = np.maximum(events.indptr[users], ends - max_length)
        return Stretches(events.items, starts, ends - starts)

    def batches(self, rng: np.random.Generator, batch_size: int) -> Iterator[Batch]:
        """Batches of about `batch_size` targets, as `padded` gives them."""
        for rows in grouped(self.lengths, rng, batch_size):
            yield self.padded(rows)

    def padded(self, rows: NDArray[np.int64]) -> Batch:
        """Inputs int64 `[n, length]` padded on the right with 0, which places count `[n, length]`, and the
        target of each that does, int64 `[n_targets]`.
        """
        items, inside = self.whole(rows)
        valid = inside[:, 1:]  # a place counts where another follows
        inputs, targets = np.where(valid, items[:, :-1], 0), items[:, 1:][valid]
        return torch.from_numpy(inputs), torch.from_numpy(valid), torch.from_numpy(targets)

    def whole(self, rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], Mask]:
        """Items and last target, int64 `[n, length + 1]`, padded on the right with 0; and which count."""
        lengths = self.lengths[rows, None] + 1
        places = np.arange(lengths.max())
        valid = places < lengths
        index = self.starts[rows, None] + np.minimum(places, lengths - 1)
        return np.where(valid, self.items[index], 0).astype(np.int64), valid


def grouped(lengths: NDArray[np.int64], rng: np.random.Generator, size: int) -> list[NDArray[np.int64]]:
    """Indices of `lengths` in groups of like length that sum to about `size`, in random order."""
    order = rng.permutation(len(lengths))
    pools = np.cumsum(lengths[order]) // (POOL * size)
    order = order[np.lexsort((lengths[order], pools))]
    group = np.cumsum(lengths[order]) // size
    groups = np.split(order, np.flatnonzero(np.diff(group)) + 1) if len(order) else []
    return [groups[each] for each in rng.permutation(len(groups))]


def padded(histories: Sequence[ItemArray]) -> tuple[Tensor, Tensor]:
    """Histories int64 `[n, length]`, padded on the right with 0, and `[n]`, the place of the last item.

    An empty one is a single item 0.
    """
    lengths = np.array([max(1, len(each)) for each in histories], np.int64)
    inputs = np.zeros((len(histories), lengths.max(initial=1)), np.int64)
    for row, each in enumerate(histories):
        inputs[row, : len(each)] = each
    return torch.from_numpy(inputs), torch.from_numpy(lengths - 1)
