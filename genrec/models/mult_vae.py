"""Mult-VAE: an autoencoder of whole histories with a multinomial likelihood (Liang et al., WWW 2018)."""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from scipy.sparse import csr_array
from torch import Tensor, nn

from genrec.data.dataset import Dataset
from genrec.models.base import history_matrix, user_item_matrix
from genrec.models.learned import LearnedModel
from genrec.models.settings import MultVAESettings
from genrec.training.loop import Batch, Epoch, Network
from genrec.types import Query


class MultVAENetwork(Network):
    """A history to a normal distribution over codes, a code to a distribution over items.

    A batch of histories is given as a sparse matrix: the items of all, int64 `[n_entries]`; where each
    history starts and the end, int64 `[n + 1]`; the weight of each entry.
    """

    steps: Tensor

    def __init__(self, settings: MultVAESettings, n_items: int) -> None:
        super().__init__()
        self.settings = settings
        hidden, size = settings.hidden_size, settings.embedding_size
        self.read = nn.EmbeddingBag(n_items, hidden, mode="sum", include_last_offset=True)
        self.read_bias = nn.Parameter(torch.zeros(hidden))
        self.to_code = nn.Linear(hidden, 2 * size)
        self.write = nn.Linear(size, hidden)
        self.to_items = nn.Linear(hidden, n_items)
        self.register_buffer("steps", torch.zeros((), dtype=torch.int64))
        for each in (self.read, self.to_code, self.write, self.to_items):
            nn.init.xavier_normal_(each.weight)

    def encode(self, items: Tensor, starts: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and logarithm of the variance of the codes, each `[n, size]`."""
        rows = _rows(starts)
        squares = weights.new_zeros(len(starts) - 1).index_add(0, rows, weights**2)
        shares = F.dropout(weights / squares.sqrt()[rows], self.settings.dropout, self.training)
        hidden = torch.tanh(self.read(items, starts, per_sample_weights=shares) + self.read_bias)
        mean, log_variance = self.to_code(hidden).chunk(2, dim=1)
        return mean, log_variance

    def decode(self, codes: Tensor) -> Tensor:
        """Logits `[n, n_items]`."""
        logits: Tensor = self.to_items(torch.tanh(self.write(codes)))
        return logits

    @property
    def anneal(self) -> float:
        """The weight of the KL term now: from 0 to its cap, in even steps."""
        return self.settings.kl_cap * min(1.0, int(self.steps) / self.settings.kl_steps)

    def loss(self, *batch: Tensor) -> Tensor:
        """The negative evidence lower bound, its KL term annealed (equations 4 and 7)."""
        items, starts, weights = batch
        mean, log_variance = self.encode(items, starts, weights)
        codes = mean + torch.randn_like(mean) * (0.5 * log_variance).exp()
        logits = self.decode(codes).float()
        likelihood = logits.log_softmax(dim=1)[_rows(starts), items].sum()
        divergence = 0.5 * (mean**2 + log_variance.exp() - 1 - log_variance).sum()
        loss: Tensor = (self.anneal * divergence - likelihood) / len(mean)
        self.steps += 1
        return loss


class MultVAE(LearnedModel):
    """The network in the template of learned models."""

    settings: MultVAESettings
    network: MultVAENetwork

    @classmethod
    def untrained(
        cls, settings: MultVAESettings, *, user_counts: NDArray[np.int64], n_items: int
    ) -> MultVAENetwork:
        """The network as torch's generator draws it."""
        return MultVAENetwork(settings, n_items)

    def epoch(self, dataset: Dataset) -> Epoch:
        """Whole histories, `batch_size` users a step."""
        matrix = user_item_matrix(dataset)
        users = np.flatnonzero(np.diff(matrix.indptr))

        def drawn(rng: np.random.Generator) -> Iterator[Batch]:
            order = rng.permutation(users)
            for start in range(0, len(order), self.settings.batch_size):
                yield _entries(matrix[order[start : start + self.settings.batch_size]])

        return drawn

    def scores(self, queries: Sequence[Query]) -> Tensor:
        """The logits of the mean code."""
        device = self.network.read_bias.device
        histories = history_matrix(queries, len(self.counts), recency=self.settings.recency)
        mean, _ = self.network.encode(*(each.to(device) for each in _entries(histories)))
        return self.network.decode(mean)


def _rows(starts: Tensor) -> Tensor:
    """The history of each entry."""
    lengths = torch.diff(starts)
    return torch.arange(len(lengths), device=starts.device).repeat_interleave(lengths)


def _entries(matrix: csr_array) -> Batch:
    return (
        torch.from_numpy(matrix.indices.astype(np.int64)),
        torch.from_numpy(matrix.indptr.astype(np.int64)),
        torch.from_numpy(matrix.data),
    )
