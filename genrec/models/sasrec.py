"""SASRec: causal self-attention over the history predicts the next item at every place.

Kang and McAuley (ICDM 2018), with the loss over the whole catalogue that makes it strong (Klenitskiy and
Vasilev, RecSys 2023), or gSASRec's (Petrov and Macdonald, RecSys 2023).
"""

import math
from collections.abc import Sequence

import numpy as np
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from genrec.data.dataset import Dataset
from genrec.models.learned import LearnedModel
from genrec.models.sequential import next_item_epoch, next_item_loss, next_item_scores
from genrec.models.settings import SASRecSettings
from genrec.training.loop import Epoch, Network
from genrec.types import Query


class Layer(nn.Module):
    """Attention, then a feed-forward step, each normalised before and added after."""

    def __init__(self, size: int, n_heads: int, dropout: float) -> None:
        super().__init__()
        self.n_heads = n_heads
        self.before_attention, self.before_step = nn.LayerNorm(size), nn.LayerNorm(size)
        self.to_qkv, self.from_heads = nn.Linear(size, 3 * size), nn.Linear(size, size)
        self.widen, self.narrow = nn.Linear(size, 4 * size), nn.Linear(4 * size, size)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, seen: Tensor | None = None) -> Tensor:
        """The same shape, `[n, length, size]`.

        Args:
            x: `[n, length, size]`.
            seen: `[n, length]`, the places that every place looks at; None is itself and those before.
        """
        x = x + self.dropout(self.attend(self.before_attention(x), seen))
        x = x + self.dropout(self.narrow(F.gelu(self.widen(self.before_step(x)))))
        return x

    def attend(self, x: Tensor, seen: Tensor | None) -> Tensor:
        """What each place takes from those it looks at."""
        q, k, v = (
            each.unflatten(-1, (self.n_heads, -1)).transpose(1, 2)  # [n, heads, length, size / heads]
            for each in self.to_qkv(x).chunk(3, dim=-1)
        )
        mask = None if seen is None else seen[:, None, None]  # [n, heads, looking, looked at]
        taken = F.scaled_dot_product_attention(q, k, v, attn_mask=mask, is_causal=mask is None)
        mixed: Tensor = self.from_heads(taken.transpose(1, 2).flatten(2))
        return mixed


class SASRecNetwork(Network):
    """Items and learned positions in, layers, a norm; the same item vectors out."""

    def __init__(self, settings: SASRecSettings, n_items: int) -> None:
        super().__init__()
        self.settings = settings
        size = settings.embedding_size
        self.items = nn.Embedding(n_items, size)
        self.positions = nn.Embedding(settings.max_length, size)
        self.layers = nn.ModuleList(
            Layer(size, settings.n_heads, settings.dropout) for _ in range(settings.n_layers)
        )
        self.norm = nn.LayerNorm(size)
        self.dropout = nn.Dropout(settings.dropout)
        for table in (self.items, self.positions):
            nn.init.normal_(table.weight, std=0.02)

    def forward(self, inputs: Tensor) -> Tensor:
        """What each place of `inputs` `[n, length]` says of the next item, `[n, length, size]`.

        Padding stands on the right, where no place looks.
        """
        positions = self.positions.weight[: inputs.shape[1]]
        x = self.dropout(self.items(inputs) * math.sqrt(self.settings.embedding_size) + positions)
        for layer in self.layers:
            x = layer(x)
        out: Tensor = self.norm(x)
        return out

    def loss(self, *batch: Tensor) -> Tensor:
        """Over the places that are no padding."""
        inputs, valid, targets = batch
        return next_item_loss(self.settings, self(inputs)[valid], self.items.weight, targets)


class SASRec(LearnedModel):
    """The network around which the template is put."""

    settings: SASRecSettings
    network: SASRecNetwork

    @classmethod
    def untrained(
        cls, settings: SASRecSettings, *, user_counts: NDArray[np.int64], n_items: int
    ) -> SASRecNetwork:
        """The network as torch's generator draws it."""
        return SASRecNetwork(settings, n_items)

    def epoch(self, dataset: Dataset) -> Epoch:
        """Stretches of the histories."""
        return next_item_epoch(self.settings, dataset.positives)

    def scores(self, queries: Sequence[Query]) -> Tensor:
        """The products of what the last place says and the item vectors."""
        return next_item_scores(self.network, self.network.items.weight, queries, self.settings.max_length)
