"""LightGCN: BPR on vectors averaged over the graph of who chose what (He et al., SIGIR 2020)."""

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from scipy.sparse import csr_array
from torch import Tensor, nn

from genrec.data.dataset import Dataset
from genrec.models.base import user_item_matrix
from genrec.models.known_users import is_known, known_users
from genrec.models.learned import LearnedModel
from genrec.models.settings import LightGCNSettings
from genrec.training.loop import Epoch, Network
from genrec.training.pairs import Pairs
from genrec.types import Mask, Query, ScoreArray


class _Spread(torch.autograd.Function):
    """A symmetric sparse matrix times `x`; so its gradient is the same product."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, graph: Tensor) -> Tensor:
        ctx.graph = graph
        with torch.autocast(x.device.type, enabled=False):
            out: Tensor = torch.sparse.mm(graph, x)
            return out

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        return torch.sparse.mm(ctx.graph, grad.contiguous()), None


class LightGCNNetwork(Network):
    """Vectors of users, then of items, and the mean of what the graph makes of them layer by layer.

    `graph` is set before use, see `graph_of`; it is data, not a weight.
    """

    user_counts: Tensor
    graph: Tensor

    def __init__(self, settings: LightGCNSettings, user_counts: NDArray[np.int64], n_items: int) -> None:
        super().__init__()
        self.settings, self.n_users = settings, len(user_counts)
        self.register_buffer("user_counts", torch.from_numpy(user_counts))
        self.vectors = nn.Parameter(torch.empty(self.n_users + n_items, settings.embedding_size))
        nn.init.normal_(self.vectors, std=0.1)

    def forward(self) -> tuple[Tensor, Tensor]:
        """Vectors of users `[n_users, size]` and items `[n_items, size]` (equations 7 and 8)."""
        layer, total = self.vectors, self.vectors
        for _ in range(self.settings.n_layers):
            layer = _Spread.apply(layer, self.graph)  # type: ignore[no-untyped-call]
            total = total + layer
        mean = total / (self.settings.n_layers + 1)
        return mean[: self.n_users], mean[self.n_users :]

    def loss(self, *batch: Tensor) -> Tensor:
        """BPR on the spread vectors, and a prior on those before (equation 15)."""
        users, items, negatives = batch
        user_vectors, item_vectors = self()
        user = user_vectors[users]
        positive = (user * item_vectors[items]).sum(dim=-1)  # [n]
        negative = torch.einsum("nd,nmd->nm", user, item_vectors[negatives])  # [n, n_negatives]
        drawn = (users, items + self.n_users, negatives + self.n_users)
        prior = sum((self.vectors[each] ** 2).sum() for each in drawn) / len(users)
        ranked = F.softplus(negative - positive[:, None]).mean()
        return ranked + self.settings.regularization * prior


def graph_of(matrix: csr_array) -> Tensor:
    """Who chose what `[n_users, n_items]` as the symmetric graph over both, sparse, `[n, n]`.

    An edge weighs one over the root of the numbers of edges at its ends (equation 3).
    """
    n_users, n_items = matrix.shape
    users = np.repeat(np.arange(n_users), np.diff(matrix.indptr))
    items = matrix.indices + n_users
    at_users, at_items = np.diff(matrix.indptr), np.bincount(matrix.indices, minlength=n_items)
    weights = 1 / np.sqrt(at_users[users] * at_items[matrix.indices])
    ends = np.stack([np.concatenate([users, items]), np.concatenate([items, users])])
    both = np.concatenate([weights, weights]).astype(np.float32)
    size = n_users + n_items
    return torch.sparse_coo_tensor(
        torch.from_numpy(ends), torch.from_numpy(both), (size, size), check_invariants=True
    ).coalesce()


class LightGCN(LearnedModel):
    """The network in the template of learned models; a stranger gets the most chosen items."""

    settings: LightGCNSettings
    network: LightGCNNetwork

    @classmethod
    def untrained(
        cls, settings: LightGCNSettings, *, user_counts: NDArray[np.int64], n_items: int
    ) -> LightGCNNetwork:
        """The network as torch's generator draws it, without its graph."""
        return LightGCNNetwork(settings, user_counts, n_items)

    def epoch(self, dataset: Dataset) -> Epoch:
        """Each pair once, with its negatives."""
        matrix, settings = user_item_matrix(dataset), self.settings
        self.network.graph = graph_of(matrix).to(self.network.vectors.device)
        pairs = Pairs.of(matrix)
        return lambda rng: pairs.batches(rng, settings.batch_size, n_negatives=settings.n_negatives)

    def knows(self, query: Query) -> bool:
        """Whether the user was there when the model was fitted."""
        return is_known(query, self.network.user_counts)

    def scores(self, queries: Sequence[Query]) -> Tensor:
        """Of the users' vectors with all items."""
        users, items = self.network()
        scores: Tensor = users[known_users(queries, self.network.user_counts)] @ items.T
        return scores

    def arrays(self) -> Mapping[str, NDArray[Any]]:
        """The vectors and the graph."""
        return {
            **super().arrays(),
            "edges": self.network.graph.indices().cpu().numpy(),
            "weights": self.network.graph.values().cpu().numpy(),
        }

    @classmethod
    def restored(
        cls,
        settings: LightGCNSettings,
        arrays: Mapping[str, NDArray[Any]],
        *,
        counts: ScoreArray,
        alive: Mask,
    ) -> Self:
        """The model again, on the CPU."""
        graph = torch.sparse_coo_tensor(
            torch.from_numpy(arrays["edges"]),
            torch.from_numpy(arrays["weights"]),
            (len(arrays["vectors"]),) * 2,
            is_coalesced=True,
            check_invariants=True,
        )
        learnt = {name: each for name, each in arrays.items() if name not in ("edges", "weights")}
        model = super().restored(settings, learnt, counts=counts, alive=alive)
        model.network.graph = graph
        return model
