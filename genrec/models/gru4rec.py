"""GRU4Rec: a recurrent network reads the history and predicts the next item at every step.

Hidasi et al. (ICLR 2016), with item vectors shared by input and output and, by default, the loss over the
whole catalogue.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from genrec.data.dataset import Dataset
from genrec.models.learned import LearnedModel
from genrec.models.sequential import next_item_epoch, next_item_loss, next_item_scores
from genrec.models.settings import GRU4RecSettings
from genrec.training.loop import Epoch, Network
from genrec.types import Query


class GRU4RecNetwork(Network):
    """Items in, gated recurrent layers, back to the size of an item vector; the same vectors out."""

    def __init__(self, settings: GRU4RecSettings, n_items: int) -> None:
        super().__init__()
        self.settings = settings
        size, hidden = settings.embedding_size, settings.hidden_size
        self.items = nn.Embedding(n_items, size)
        self.gru = nn.GRU(size, hidden, settings.n_layers, batch_first=True)
        self.back = nn.Linear(hidden, size)
        self.norm = nn.LayerNorm(size)
        self.dropout = nn.Dropout(settings.dropout)
        nn.init.normal_(self.items.weight, std=size**-0.5)

    def forward(self, inputs: Tensor) -> Tensor:
        """What each place of `inputs` `[n, length]` says of the next item, `[n, length, size]`.

        Padding stands on the right, after all that counts.
        """
        states, _ = self.gru(self.dropout(self.items(inputs)))
        out: Tensor = self.norm(self.back(self.dropout(states)))
        return out

    def loss(self, *batch: Tensor) -> Tensor:
        """Over the places that are no padding."""
        inputs, valid, targets = batch
        return next_item_loss(self.settings, self(inputs)[valid], self.items.weight, targets)


class GRU4Rec(LearnedModel):
    """The network in the template of learned models."""

    settings: GRU4RecSettings
    network: GRU4RecNetwork

    @classmethod
    def untrained(
        cls, settings: GRU4RecSettings, *, user_counts: NDArray[np.int64], n_items: int
    ) -> GRU4RecNetwork:
        """The network as torch's generator draws it."""
        return GRU4RecNetwork(settings, n_items)

    def epoch(self, dataset: Dataset) -> Epoch:
        """Stretches of the histories."""
        return next_item_epoch(self.settings, dataset.positives)

    def scores(self, queries: Sequence[Query]) -> Tensor:
        """The products of what the last step says and the item vectors."""
        return next_item_scores(self.network, self.network.items.weight, queries, self.settings.max_length)
