"""Histories as training batches: bounded stretches, batches of like length, every place a target."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from genrec.data.interactions import Interactions
from genrec.training.loop import Batch
from genrec.types import ItemArray

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
        lengths = self.lengths[rows, None]
        places = np.arange(lengths.max())
        valid = places < lengths
        index = self.starts[rows, None] + np.minimum(places, lengths - 1)
        inputs = np.where(valid, self.items[index], 0).astype(np.int64)
        targets = self.items[index[valid] + 1].astype(np.int64)
        return torch.from_numpy(inputs), torch.from_numpy(valid), torch.from_numpy(targets)


def grouped(lengths: NDArray[np.int64], rng: np.random.Generator, size: int) -> list[NDArray[np.int64]]:
    """Indices of `lengths` in groups of like length that sum to about `size`, in random order."""
    order = rng.permutation(len(lengths))
    pools = np.cumsum(lengths[order]) // (POOL * size)
    order = order[np.lexsort((lengths[order], pools))]
    group = np.cumsum(lengths[order]) // size
    groups = np.split(order, np.flatnonzero(np.diff(group)) + 1) if len(order) else []
    return [groups[each] for each in rng.permutation(len(groups))]


def padded_histories(histories: Sequence[ItemArray], max_length: int) -> tuple[Tensor, Tensor]:
    """The newest `max_length` items of each, int64 `[n, length]`, padded on the right with 0; and `[n]`, the
    place of the last one. An empty history is one item 0.
    """
    newest = [each[-max_length:] if len(each) else np.zeros(1, np.int32) for each in histories]
    lengths = np.array([len(each) for each in newest], np.int64)
    valid = np.arange(lengths.max(initial=1)) < lengths[:, None]
    inputs = np.zeros(valid.shape, np.int64)
    inputs[valid] = np.concatenate([np.zeros(0, np.int32), *newest])
    return torch.from_numpy(inputs), torch.from_numpy(lengths - 1)
