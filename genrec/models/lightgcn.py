"""LightGCN: BPR on vectors averaged over the graph of who chose what (He et al., SIGIR 2020)."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Self

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from scipy.sparse import block_array, csr_array
from torch import Tensor, nn

from genrec.data.dataset import Dataset
from genrec.models.base import user_item_matrix
from genrec.models.known_users import is_known, known_users, pair_epoch
from genrec.models.learned import LearnedModel
from genrec.models.settings import LightGCNSettings
from genrec.training.loop import Epoch, Network
from genrec.types import Mask, Query, ScoreArray


class Graph(NamedTuple):
    """Who chose what, over users and then items: of each node the neighbours and their weights.

    `starts` int64 `[n_nodes + 1]`; `neighbours` int64 and `weights` float32 `[2 n_edges]`.
    """

    starts: Tensor
    neighbours: Tensor
    weights: Tensor

    @staticmethod
    def of(matrix: csr_array) -> "Graph":
        """From the entries of `[n_users, n_items]`.

        An edge weighs one over the root of the numbers of edges at its ends (equation 3).
        """
        both = block_array([[None, matrix], [matrix.T, None]], format="csr")
        degrees = np.diff(both.indptr)
        nodes = np.repeat(np.arange(len(degrees)), degrees)
        weights = 1 / np.sqrt(degrees[nodes] * degrees[both.indices])
        return Graph(
            torch.from_numpy(both.indptr.astype(np.int64)),
            torch.from_numpy(both.indices.astype(np.int64)),
            torch.from_numpy(weights.astype(np.float32)),
        )

    def spread(self, vectors: Tensor) -> Tensor:
        """The weighted sum over the neighbours of each node, `[n_nodes, size]`."""
        spread: Tensor = _Spread.apply(vectors, *self)  # type: ignore[no-untyped-call]
        return spread


class _Spread(torch.autograd.Function):
    """Sums of bags of neighbours, 13 times as fast as torch's sparse product on a CPU.

    The graph is symmetric, so the gradient is spread as the vectors are.
    """

    @staticmethod
    def forward(ctx: Any, vectors: Tensor, starts: Tensor, neighbours: Tensor, weights: Tensor) -> Tensor:
        ctx.graph = starts, neighbours, weights
        return _sum_bags(vectors, starts, neighbours, weights)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None, None]:
        return _sum_bags(grad.contiguous(), *ctx.graph), None, None, None


def _sum_bags(vectors: Tensor, starts: Tensor, neighbours: Tensor, weights: Tensor) -> Tensor:
    return F.embedding_bag(
        neighbours, vectors, starts, mode="sum", per_sample_weights=weights, include_last_offset=True
    )


class LightGCNNetwork(Network):
    """Vectors of users, then of items, and the mean of what the graph makes of them layer by layer.

    `graph` is set before use, see `Graph.of`; it is data, not a weight.
    """

    user_counts: Tensor
    graph: Graph

    def __init__(self, settings: LightGCNSettings, user_counts: NDArray[np.int64], n_items: int) -> None:
        super().__init__()
        self.settings, self.n_users = settings, len(user_counts)
        self.register_buffer("user_counts", torch.from_numpy(user_counts))
        self.vectors = nn.Parameter(torch.empty(self.n_users + n_items, settings.embedding_size))
        nn.init.normal_(self.vectors, std=0.1)

    def forward(self) -> tuple[Tensor, Tensor]:
        """Vectors of users `[n_users, size]` and items `[n_items, size]` (equations 7 and 8)."""
        layers: list[Tensor] = [self.vectors]
        for _ in range(self.settings.n_layers):
            layers.append(self.graph.spread(layers[-1]))
        mean = torch.stack(layers).mean(dim=0)
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
        device = self.network.vectors.device
        self.network.graph = Graph(*(each.to(device) for each in Graph.of(user_item_matrix(dataset))))
        return pair_epoch(self.settings, dataset)

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
        graph = {f"graph.{name}": each.cpu().numpy() for name, each in self.network.graph._asdict().items()}
        return {**super().arrays(), **graph}

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
        learnt = {name: each for name, each in arrays.items() if not name.startswith("graph.")}
        model = super().restored(settings, learnt, counts=counts, alive=alive)
        model.network.graph = Graph(*(torch.from_numpy(arrays[f"graph.{name}"]) for name in Graph._fields))
        return model
