"""BPR-MF: user and item vectors that rank what was chosen above what was not (Rendle et al., UAI 2009)."""

from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from genrec.data.dataset import Dataset
from genrec.models.known_users import is_known, known_users, pair_epoch
from genrec.models.learned import LearnedModel
from genrec.models.settings import BPRMFSettings
from genrec.training.loop import Epoch, Network
from genrec.types import Query


class BPRMFNetwork(Network):
    """A pair's score is the product of its vectors, and the item's bias."""

    user_counts: Tensor

    def __init__(self, settings: BPRMFSettings, user_counts: NDArray[np.int64], n_items: int) -> None:
        super().__init__()
        self.settings = settings
        self.register_buffer("user_counts", torch.from_numpy(user_counts))
        self.users = nn.Embedding(len(user_counts), settings.embedding_size)
        self.items = nn.Embedding(n_items, settings.embedding_size)
        self.bias = nn.Parameter(torch.zeros(n_items))
        for each in (self.users, self.items):
            nn.init.normal_(each.weight, std=0.1)

    def loss(self, *batch: Tensor) -> Tensor:
        """Minus the log-likelihood that each pair is above the drawn one (equation 4.1), and its prior."""
        users, items, negatives = batch
        user, chosen, other = self.users(users), self.items(items), self.items(negatives)
        positive = (user * chosen).sum(dim=-1) + self.bias[items]  # [n]
        negative = torch.einsum("nd,nmd->nm", user, other) + self.bias[negatives]  # [n, n_negatives]
        prior = sum((each**2).sum() for each in (user, chosen, other)) / len(users)
        ranked = F.softplus(negative - positive[:, None]).mean()
        loss: Tensor = ranked + self.settings.regularization * prior
        return loss

    def forward(self, users: Tensor) -> Tensor:
        """Scores `[len(users), n_items]`."""
        scores: Tensor = self.users(users) @ self.items.weight.T + self.bias
        return scores


class BPRMF(LearnedModel):
    """The network in the template of learned models; a stranger gets the most chosen items."""

    settings: BPRMFSettings
    network: BPRMFNetwork

    @classmethod
    def untrained(
        cls, settings: BPRMFSettings, *, user_counts: NDArray[np.int64], n_items: int
    ) -> BPRMFNetwork:
        """The network as torch's generator draws it."""
        return BPRMFNetwork(settings, user_counts, n_items)

    def epoch(self, dataset: Dataset) -> Epoch:
        """Each pair once, with its negatives."""
        return pair_epoch(self.settings, dataset)

    def knows(self, query: Query) -> bool:
        """Whether the user was there when the model was fitted."""
        return is_known(query, self.network.user_counts)

    def scores(self, queries: Sequence[Query]) -> Tensor:
        """Of the users' vectors with all items."""
        scores: Tensor = self.network(known_users(queries, self.network.user_counts))
        return scores
