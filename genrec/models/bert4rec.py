"""BERT4Rec: self-attention in both directions fills gaps in the history; the next item is a gap at its end.

Sun et al. (CIKM 2019), with the loss over the whole catalogue.
"""

import math
from collections.abc import Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from genrec.data.dataset import Dataset
from genrec.models.learned import LearnedModel
from genrec.models.sasrec import Layer
from genrec.models.sequential import last_states, newest, next_item_loss
from genrec.models.settings import BERT4RecSettings
from genrec.training.loop import Batch, Epoch, Network
from genrec.training.sequences import Stretches, grouped
from genrec.types import Query

LAST_ALONE = 0.1
"""Share of histories of which the last event alone is hidden, as it is when the model is asked."""


class BERT4RecNetwork(Network):
    """As SASRec's, but every place looks at all that count; item `n_items` is the gap."""

    def __init__(self, settings: BERT4RecSettings, n_items: int) -> None:
        super().__init__()
        self.settings, self.n_items = settings, n_items
        size = settings.embedding_size
        self.items = nn.Embedding(n_items + 1, size)
        self.positions = nn.Embedding(settings.max_length + 1, size)
        self.layers = nn.ModuleList(
            Layer(size, settings.n_heads, settings.dropout) for _ in range(settings.n_layers)
        )
        self.norm = nn.LayerNorm(size)
        self.dropout = nn.Dropout(settings.dropout)
        for table in (self.items, self.positions):
            nn.init.normal_(table.weight, std=0.02)

    def forward(self, inputs: Tensor, valid: Tensor) -> Tensor:
        """What each place of `inputs` `[n, length]` says of its item, `[n, length, size]`.

        Places that are not `valid` `[n, length]` are padding, at which no place looks.
        """
        positions = self.positions.weight[: inputs.shape[1]]
        x = self.dropout(self.items(inputs) * math.sqrt(self.settings.embedding_size) + positions)
        for layer in self.layers:
            x = layer(x, valid)
        out: Tensor = self.norm(x)
        return out

    def loss(self, *batch: Tensor) -> Tensor:
        """Over the gaps."""
        inputs, valid, gaps, targets = batch
        items = self.items.weight[: self.n_items]
        return next_item_loss(self.settings, self(inputs, valid)[gaps], items, targets)


def gaps_of(valid: NDArray[np.bool_], rng: np.random.Generator, share: float) -> NDArray[np.bool_]:
    """Which places of `valid` `[n, length]`, padded on the right, are hidden: at least one a row."""
    last = np.arange(valid.shape[1]) == valid.sum(axis=1, keepdims=True) - 1
    gaps = (rng.random(valid.shape) < share) & valid
    alone = (rng.random(len(valid)) < LAST_ALONE) | ~gaps.any(axis=1)
    chosen: NDArray[np.bool_] = np.where(alone[:, None], last, gaps)
    return chosen


class BERT4Rec(LearnedModel):
    """The network in the template of learned models."""

    settings: BERT4RecSettings
    network: BERT4RecNetwork

    @classmethod
    def untrained(
        cls, settings: BERT4RecSettings, *, user_counts: NDArray[np.int64], n_items: int
    ) -> BERT4RecNetwork:
        """The network as torch's generator draws it."""
        return BERT4RecNetwork(settings, n_items)

    def epoch(self, dataset: Dataset) -> Epoch:
        """Stretches of the histories with gaps, about `batch_size` of them a step."""
        stretches, settings = Stretches.of(dataset.positives, self.settings.max_length), self.settings
        events = round(settings.batch_size / settings.masked)

        def drawn(rng: np.random.Generator) -> Iterator[Batch]:
            for rows in grouped(stretches.lengths + 1, rng, events):
                items, valid = stretches.whole(rows)
                gaps = gaps_of(valid, rng, settings.masked)
                inputs = np.where(gaps, len(self.counts), items)
                yield tuple(torch.from_numpy(each) for each in (inputs, valid, gaps, items[gaps]))

        return drawn

    def scores(self, queries: Sequence[Query]) -> Tensor:
        """The products of what stands in a gap after the history and the item vectors."""
        n_items = len(self.counts)
        gap = np.full(1, n_items, np.int32)
        known = newest(queries, n_items=n_items, max_length=self.settings.max_length)
        histories = [np.concatenate([each, gap]) for each in known]
        return last_states(self._read, histories) @ self.network.items.weight[:n_items].T

    def _read(self, inputs: Tensor, last: Tensor) -> Tensor:
        device = self.network.items.weight.device
        valid = torch.arange(inputs.shape[1]) <= last[:, None]
        said: Tensor = self.network(inputs.to(device), valid.to(device))
        return said
