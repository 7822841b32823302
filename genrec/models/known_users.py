"""What models share that know users, not histories: their batches, and whom they know."""

from collections.abc import Sequence

import torch
from torch import Tensor

from genrec.data.dataset import Dataset
from genrec.models.base import user_item_matrix
from genrec.models.settings import PairSettings
from genrec.training.loop import Epoch
from genrec.training.pairs import Pairs
from genrec.types import Query


def pair_epoch(settings: PairSettings, dataset: Dataset) -> Epoch:
    """Batches of pairs, each once an epoch, with their negatives."""
    pairs = Pairs.of(user_item_matrix(dataset))
    return lambda rng: pairs.batches(rng, settings.batch_size, n_negatives=settings.n_negatives)


def is_known(query: Query, user_counts: Tensor) -> bool:
    """Whether the user has an event among `user_counts` `[n_users]`."""
    return query.user is not None and query.user < len(user_counts) and int(user_counts[query.user]) > 0


def known_users(queries: Sequence[Query], user_counts: Tensor) -> Tensor:
    """The user of each query, int64 `[len(queries)]`, on the device of the counts; 0 for a stranger."""
    users = [query.user if is_known(query, user_counts) else 0 for query in queries]
    return torch.tensor(users, dtype=torch.int64, device=user_counts.device)
