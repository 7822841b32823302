"""What models share that know users, not histories."""

from collections.abc import Sequence

import torch
from torch import Tensor

from genrec.types import Query


def is_known(query: Query, user_counts: Tensor) -> bool:
    """Whether the user has an event among `user_counts` `[n_users]`."""
    return query.user is not None and query.user < len(user_counts) and int(user_counts[query.user]) > 0


def known_users(queries: Sequence[Query], user_counts: Tensor) -> Tensor:
    """The user of each query, int64 `[len(queries)]`, on the device of the counts; 0 for a stranger."""
    users = [query.user if is_known(query, user_counts) else 0 for query in queries]
    return torch.tensor(users, dtype=torch.int64, device=user_counts.device)
