"""The newest events of each user taken back, so that a ranker learns from lists made without them."""

import numpy as np
from numpy.typing import NDArray

from genrec.data.dataset import Dataset

SHARE = 3
"""At most every so manieth event of a user is taken back, so that the sources keep most of the log."""


def held_back(dataset: Dataset, *, most: int) -> tuple[Dataset, NDArray[np.int64]]:
    """What came before each user's newest history events, and the rows of those in `dataset.interactions`.

    Args:
        dataset: what a ranker may see.
        most: events taken back of one user; fewer of users with a short history, none of those with two.
    """
    events = dataset.interactions
    rows = np.flatnonzero(dataset.is_history)
    users = events.user_of[rows]
    counts = np.bincount(users, minlength=events.n_users)
    before = np.concatenate([[0], np.cumsum(counts)])
    place = np.arange(len(rows)) - before[users]
    taken = place >= (counts - np.minimum(most, counts // SHARE))[users]
    first = events.indptr[1:].copy()  # of each user, from where on nothing is kept
    np.minimum.at(first, users[taken], rows[taken])
    keep = np.arange(len(events)) < first[events.user_of]
    return Dataset(dataset.catalogue, events.select(keep), dataset.users, dataset.history), rows[taken]
