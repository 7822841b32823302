"""NeuMF, neural collaborative filtering: a product and a small network of user and item vectors, fused.

He et al. (WWW 2017): GMF, MLP and their fusion, binary cross-entropy against sampled negatives.
"""

from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from genrec.data.dataset import Dataset
from genrec.models.known_users import is_known, known_users, pair_epoch
from genrec.models.learned import LearnedModel
from genrec.models.settings import NeuMFSettings
from genrec.training.loop import Epoch, Network
from genrec.types import Query

SCORED_BYTES = 4 * 2**20
"""The network's first layer for users times items is made in parts no larger than this."""


class NeuMFNetwork(Network):
    """Scores pairs; `part` in the settings leaves one half out."""

    user_counts: Tensor

    def __init__(self, settings: NeuMFSettings, user_counts: NDArray[np.int64], n_items: int) -> None:
        super().__init__()
        self.settings = settings
        size, n_users = settings.embedding_size, len(user_counts)
        self.register_buffer("user_counts", torch.from_numpy(user_counts))
        self.gmf_users, self.gmf_items = nn.Embedding(n_users, size), nn.Embedding(n_items, size)
        self.mlp_users, self.mlp_items = nn.Embedding(n_users, size), nn.Embedding(n_items, size)
        self.from_user, self.from_item = nn.Linear(size, size), nn.Linear(size, size, bias=False)
        self.deeper = nn.Linear(size, size // 2)
        self.to_score = nn.Linear(size + size // 2, 1)
        self.dropout = nn.Dropout(settings.dropout)
        for each in (self.gmf_users, self.gmf_items, self.mlp_users, self.mlp_items):
            nn.init.normal_(each.weight, std=size**-0.5)
        keep = {"gmf": (1, 0), "mlp": (0, 1), "fusion": (1, 1)}[settings.part]
        self.keep_gmf, self.keep_mlp = (float(each) for each in keep)

    def forward(self, users: Tensor, items: Tensor) -> Tensor:
        """The logit of each pair; `users` and `items` int64 of shapes that broadcast."""
        product = self.gmf_users(users) * self.gmf_items(items)
        # one layer over both vectors side by side is the sum of a layer over each
        first = F.relu(self.from_user(self.mlp_users(users)) + self.from_item(self.mlp_items(items)))
        second = F.relu(self.deeper(self.dropout(first)))
        both = torch.cat(
            [self.dropout(product) * self.keep_gmf, self.dropout(second) * self.keep_mlp], dim=-1
        )
        logits: Tensor = self.to_score(both).squeeze(-1)
        return logits

    def catalogue(self, users: Tensor) -> Tensor:
        """The logits `[n, n_items]` of users int64 `[n]` with every item, as `forward` gives them."""
        weight, size = self.to_score.weight[0], self.settings.embedding_size
        of_product, of_network = weight[:size], weight[size:]
        product = self.gmf_users(users) * of_product * self.keep_gmf
        first = F.relu(self.from_user(self.mlp_users(users))[:, None] + self.from_item(self.mlp_items.weight))
        second = F.relu(self.deeper(first)) @ of_network * self.keep_mlp
        logits: Tensor = product @ self.gmf_items.weight.T + second + self.to_score.bias
        return logits

    def loss(self, *batch: Tensor) -> Tensor:
        """Binary cross-entropy, one for the pairs that were and nought for those drawn."""
        users, items, negatives = batch
        asked = torch.cat([items[:, None], negatives], dim=1)
        labels = torch.zeros(asked.shape, device=asked.device)
        labels[:, 0] = 1
        return F.binary_cross_entropy_with_logits(self(users[:, None], asked), labels)


class NeuMF(LearnedModel):
    """The network in the template of learned models; a stranger gets the most chosen items."""

    settings: NeuMFSettings
    network: NeuMFNetwork

    @classmethod
    def untrained(
        cls, settings: NeuMFSettings, *, user_counts: NDArray[np.int64], n_items: int
    ) -> NeuMFNetwork:
        """The network as torch's generator draws it."""
        return NeuMFNetwork(settings, user_counts, n_items)

    def epoch(self, dataset: Dataset) -> Epoch:
        """Each pair once, with its negatives."""
        return pair_epoch(self.settings, dataset)

    def knows(self, query: Query) -> bool:
        """Whether the user was there when the model was fitted."""
        return is_known(query, self.network.user_counts)

    def scores(self, queries: Sequence[Query]) -> Tensor:
        """The logits of every item, a few users at a time."""
        users = known_users(queries, self.network.user_counts)
        at_once = max(1, SCORED_BYTES // (4 * len(self.counts) * self.settings.embedding_size))
        return torch.cat([self.network.catalogue(each) for each in torch.split(users, at_once)])
