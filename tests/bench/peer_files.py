"""What passes between a bench and a peer that runs in a Python of its own: logs there, lists back."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from genrec.config import LeaveOneOut
from genrec.data.catalogue import Catalogue
from genrec.data.dataset import Dataset
from genrec.data.interactions import Interactions
from genrec.data.splits import Holdout, Split, split
from genrec.types import NO_ITEM, ItemArray

PEERS = Path(__file__).parent / "peers"


def parted(folder: Path, *, share: float = 1) -> Split:
    """Leave-one-out, ties stable, of a share of the users; every event counts as history."""
    ids = pl.col("user_id", "item_id").cast(pl.String)
    log = pl.read_parquet(folder / "interactions.parquet").with_columns(
        ids, event=pl.lit("like"), value=pl.lit(None, pl.Float64), text=pl.lit(None, pl.String)
    )
    users = log["user_id"].unique().sort()
    drawn = np.random.default_rng(0).permutation(len(users))[: round(share * len(users))]
    log = log.filter(pl.col("user_id").is_in(users.gather(np.sort(drawn)).implode()))
    items = log["item_id"].unique(maintain_order=True)
    catalogue = Catalogue(pl.DataFrame({"item_id": items, "title": items}))
    return split(Dataset(catalogue, Interactions.from_frame(log, catalogue.ids)), LeaveOneOut())


def run_peer(python: str, script: str, *arguments: object) -> dict[str, Any]:
    """What a peer's script prints in its last line, on one thread."""
    environment = {name: each for name, each in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [python, str(PEERS / script), *map(str, arguments)],
        env=environment | {"OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    printed: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return printed


def write_log(users: NDArray[np.int32], items: ItemArray, path: Path) -> None:
    place = np.arange(len(users)) - np.searchsorted(users, users)  # a user's events stand together
    pl.DataFrame({"user_id": users, "item_id": items, "datetime": 10**9 + 60 * place}).write_csv(path)


def write_histories(test: Holdout, path: Path) -> None:
    histories = [each.history for each in test.queries()]
    users = np.repeat(test.users, [len(each) for each in histories])
    write_log(users, np.concatenate(histories), path)


def read_lists(path: Path, test: Holdout) -> ItemArray:
    """Lists of ten for the users of the test, in its order; those of others are left out."""
    recs = pl.read_csv(path).filter(pl.col("user_id").is_in(test.users.tolist()))
    lists = np.full((len(test), 10), NO_ITEM, np.int32)
    rows, places = np.searchsorted(test.users, recs["user_id"].to_numpy()), recs["rank"].to_numpy() - 1
    lists[rows, places] = recs["item_id"].to_numpy()
    return lists


def with_error(each: NDArray[np.float64]) -> str:
    """The mean over users with its standard error."""
    return f"{each.mean():.4f} ± {each.std() / np.sqrt(len(each)):.4f}"
