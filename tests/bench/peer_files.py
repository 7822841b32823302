"""What passes between a bench and a peer that runs in a Python of its own: logs there, lists back."""

from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from genrec.data.splits import Holdout
from genrec.types import NO_ITEM, ItemArray


def write_log(users: NDArray[np.int32], items: ItemArray, path: Path) -> None:
    place = np.arange(len(users)) - np.searchsorted(users, users)  # a user's events stand together
    pl.DataFrame({"user_id": users, "item_id": items, "datetime": 10**9 + 60 * place}).write_csv(path)


def write_histories(test: Holdout, path: Path) -> None:
    histories = [each.history for each in test.queries()]
    users = np.repeat(test.users, [len(each) for each in histories])
    write_log(users, np.concatenate(histories), path)


def read_lists(path: Path, test: Holdout) -> ItemArray:
    recs = pl.read_csv(path)
    lists = np.full((len(test), 10), NO_ITEM, np.int32)
    rows, places = np.searchsorted(test.users, recs["user_id"].to_numpy()), recs["rank"].to_numpy() - 1
    lists[rows, places] = recs["item_id"].to_numpy()
    return lists
