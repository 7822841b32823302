"""An epoch of SASRec in CPU-seconds on one thread, beside RecTools' where a Python that has it is given.

    python tests/bench/bench_sasrec.py [DATA/amazon-beauty-2014] [--rectools PYTHON] [--share 0.125]

Both train with the same size and loss (full softmax; ours with 256 shared negatives too) on the training part
of leave-one-out, ties stable. `--share` takes a part of the users, since RecTools needs minutes an epoch; the
catalogue is then what those users chose. Sides take turns; medians are printed.
"""

import argparse
import json
import os
import subprocess
import tempfile
from pathlib import Path
from statistics import median

import numpy as np
import polars as pl
import torch

from genrec.config import LeaveOneOut
from genrec.data.catalogue import Catalogue
from genrec.data.dataset import Dataset
from genrec.data.interactions import Interactions
from genrec.data.splits import split
from genrec.models.base import Fitting
from genrec.models.sasrec import SASRec
from genrec.models.settings import SASRecSettings

SIZE, LAYERS, HEADS, LENGTH, DROPOUT = 64, 2, 2, 50, 0.2
PEER = Path(__file__).parent / "peers" / "rectools_sasrec.py"


def training_part(folder: Path, *, share: float) -> Dataset:
    ids = pl.col("user_id", "item_id").cast(pl.String)
    log = pl.read_parquet(folder / "interactions.parquet").with_columns(
        ids, event=pl.lit("like"), value=pl.lit(None, pl.Float64), text=pl.lit(None, pl.String)
    )
    users = log["user_id"].unique().sort()
    drawn = np.random.default_rng(0).permutation(len(users))[: round(share * len(users))]
    log = log.filter(pl.col("user_id").is_in(users.gather(np.sort(drawn)).implode()))
    items = log["item_id"].unique(maintain_order=True)
    catalogue = Catalogue(pl.DataFrame({"item_id": items, "title": items}))
    return split(Dataset(catalogue, Interactions.from_frame(log, catalogue.ids)), LeaveOneOut()).train


def own(train: Dataset, loss: str) -> float:
    settings = SASRecSettings.model_validate(
        {
            "loss": loss,
            "epochs": 1,
            "embedding_size": SIZE,
            "n_layers": LAYERS,
            "n_heads": HEADS,
            "max_length": LENGTH,
            "dropout": DROPOUT,
        }
    )
    course = SASRec.fit(settings, train, Fitting(device="cpu", is_quiet=True)).course
    assert course is not None
    return course.cpu_seconds


def rectools(python: str, log: Path) -> float:
    settings = {
        "n_factors": SIZE,
        "n_blocks": LAYERS,
        "n_heads": HEADS,
        "session_max_len": LENGTH,
        "dropout_rate": DROPOUT,
        "epochs": 1,
        "loss": "softmax",
    }
    environment = {name: each for name, each in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [python, str(PEER), str(log), json.dumps(settings)],
        env=environment | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    return float(json.loads(done.stdout.splitlines()[-1])["cpu_s"])


def write_log(train: Dataset, path: Path) -> None:
    events = train.positives
    order = np.arange(len(events)) - events.indptr[events.user_of]
    pl.DataFrame(
        {"user_id": events.user_of, "item_id": events.items, "datetime": 10**9 + 60 * order}
    ).write_csv(path)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path, nargs="?", default=os.environ.get("GENREC_DATA", ""))
    parser.add_argument("--rectools", help="a Python that has rectools[torch]")
    parser.add_argument("--share", type=float, default=1.0)
    parser.add_argument("--rounds", type=int, default=1)
    args = parser.parse_args()
    folder = args.data if (args.data / "interactions.parquet").exists() else args.data / "amazon-beauty-2014"
    if not folder.is_dir():
        print("no data: give the folder of Amazon Beauty, or set GENREC_DATA")
        return
    torch.set_num_threads(1)
    train = training_part(folder, share=args.share)
    n_users, n_items = train.interactions.n_users, len(train.catalogue)
    print(f"{n_users:,} users, {n_items:,} items, {len(train.positives):,} events")
    times: dict[str, list[float]] = {"ours, ce": [], "ours, sampled": [], "RecTools, softmax": []}
    with tempfile.TemporaryDirectory() as folder_of_log:
        log = Path(folder_of_log) / "log.csv"
        write_log(train, log)
        for _ in range(args.rounds):
            times["ours, ce"].append(own(train, "ce"))
            times["ours, sampled"].append(own(train, "sampled"))
            if args.rectools:
                times["RecTools, softmax"].append(rectools(args.rectools, log))
    for name, each in times.items():
        if each:
            ratio = (
                f", {median(each) / median(times['ours, ce']):.1f} x ours, ce" if name != "ours, ce" else ""
            )
            print(f"{name}: {median(each):.1f} CPU-seconds an epoch{ratio}")


if __name__ == "__main__":
    main()
