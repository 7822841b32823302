"""SASRec's CPU-seconds an epoch on one thread, beside RecTools' and RecBole's, and what each has learnt.

    python tests/bench/bench_sasrec.py [DATA/amazon-beauty-2014] [--rectools PYTHON] [--recbole PYTHON]
        [--share 0.125] [--rounds 3] [--epochs 15 --quality] [--length 20] [--batch 256]

All train with the same size and loss (full softmax; ours with 256 shared negatives too) for the same number
of epochs on the training part of leave-one-out, ties stable; no side stops early. Learning rates are each
side's default, and so are batches without `--batch`. Only the epochs are timed. `--share` takes a part of the
users, since the peers need minutes an epoch; the catalogue is then what those users chose. Sides take turns;
medians are printed. `--quality` has each side list ten items for every test user from all that the user chose
before, and scores the lists of all alike, with the mean's standard error.
"""

import argparse
import json
import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch
from peer_files import parted, read_lists, run_peer, with_error, write_histories, write_log

from genrec.data.splits import Holdout, Split
from genrec.metrics import Hits, ndcg, recall
from genrec.models.base import Fitting
from genrec.models.sasrec import SASRec
from genrec.models.settings import SASRecSettings
from genrec.types import ItemArray

SIZE, LAYERS, HEADS, DROPOUT = 64, 2, 2, 0.2
Trained = tuple[float, ItemArray]
"""CPU-seconds of the epochs alone; a list of ten items for each test user, none where none were wanted."""


@dataclass(frozen=True)
class Bench:
    """Each side trains as long, on batches of as many targets where `batch` is given, and lists if wanted."""

    parts: Split
    folder: Path
    epochs: int
    length: int
    batch: int | None
    with_lists: bool

    def ours(self, loss: str) -> Trained:
        settings: dict[str, Any] = {
            "loss": loss,
            "epochs": self.epochs,
            "embedding_size": SIZE,
            "n_layers": LAYERS,
            "n_heads": HEADS,
            "max_length": self.length,
            "dropout": DROPOUT,
        }
        if self.batch:
            settings["batch_size"] = self.batch
        fitting = Fitting(device="cpu", is_quiet=True)
        model = SASRec.fit(SASRecSettings.model_validate(settings), self.parts.train, fitting)
        assert model.course is not None
        queries = self.parts.test.queries() if self.with_lists else []
        return model.course.cpu_seconds, model.recommend(queries, k=10).items

    def rectools(self, python: str) -> Trained:
        settings: dict[str, Any] = {
            "loss": "softmax",
            "epochs": self.epochs,
            "n_factors": SIZE,
            "n_blocks": LAYERS,
            "n_heads": HEADS,
            "session_max_len": self.length,
            "dropout_rate": DROPOUT,
        }
        if self.batch:  # a batch of users there
            targets = np.clip(np.diff(self.parts.train.positives.indptr) - 1, 0, self.length)
            settings["batch_size"] = max(1, round(self.batch / targets.mean()))
        log, histories = self.folder / "log.csv", self.folder / "histories.csv"
        write_log(self.parts.train.positives.user_of, self.parts.train.positives.items, log)
        write_histories(self.parts.test, histories)
        lists = [histories, *self.recs()] if self.with_lists else []
        return self.peer(python, "rectools_sasrec.py", log, json.dumps(settings), *lists)

    def recbole(self, python: str) -> Trained:
        settings: dict[str, Any] = {
            "loss_type": "CE",
            "train_neg_sample_args": None,
            "epochs": self.epochs,
            "hidden_size": SIZE,
            "inner_size": 4 * SIZE,
            "n_layers": LAYERS,
            "n_heads": HEADS,
            "MAX_ITEM_LIST_LENGTH": self.length,
            "hidden_dropout_prob": DROPOUT,
            "attn_dropout_prob": DROPOUT,
        }
        if self.batch:
            settings["train_batch_size"] = self.batch
        known, log = self.parts.train_and_validation.positives, self.folder / "log.csv"
        write_log(known.user_of, known.items, log)  # RecBole holds out the last event of each user
        return self.peer(python, "recbole_model.py", "SASRec", log, json.dumps(settings), *self.recs())

    def recs(self) -> list[Path]:
        return [self.folder / "recs.csv"] if self.with_lists else []

    def peer(self, python: str, script: str, *arguments: object) -> Trained:
        seconds = float(run_peer(python, script, *arguments)["cpu_s"])
        recs = self.recs()
        return seconds, read_lists(recs[0], self.parts.test) if recs else np.empty((0, 10), np.int32)


def quality(lists: ItemArray, test: Holdout) -> str:
    found = Hits.of(lists, test.indptr, test.items)
    shown = []
    for name, metric in (("NDCG@10", ndcg), ("R@10", recall)):
        each = metric(found, 10)
        shown.append(f"{name} {with_error(each)}")
    return ", " + ", ".join(shown)


def measure(sides: Mapping[str, Callable[[], Trained]], bench: Bench, *, rounds: int) -> None:
    times: dict[str, list[float]] = {name: [] for name in sides}
    scored = dict.fromkeys(sides, "")
    for _ in range(rounds):
        for name, train in sides.items():
            seconds, lists = train()
            times[name].append(seconds / bench.epochs)
            if bench.with_lists:
                scored[name] = quality(lists, bench.parts.test)
    base = median(times["ours, ce"])
    for name, each in times.items():
        ratio = f" ({median(each) / base:.1f} x ours, ce)" if name != "ours, ce" else ""
        print(f"{name}: {median(each):.2f} CPU-seconds an epoch{ratio}{scored[name]}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path, nargs="?", default=os.environ.get("GENREC_DATA", ""))
    parser.add_argument("--rectools", help="a Python that has rectools[torch]")
    parser.add_argument("--recbole", help="a Python that has recbole")
    parser.add_argument("--share", type=float, default=1.0)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--length", type=int, default=50, help="of a history, for all sides")
    parser.add_argument("--batch", type=int, help="targets a step, for all sides; their defaults otherwise")
    parser.add_argument("--quality", action="store_true", help="score ten items for each test user")
    args = parser.parse_args()
    data = args.data if (args.data / "interactions.parquet").exists() else args.data / "amazon-beauty-2014"
    if not data.is_dir():
        print("no data: give the folder of Amazon Beauty, or set GENREC_DATA")
        return
    torch.set_num_threads(1)
    parts = parted(data, share=args.share)
    train = parts.train
    n_users, n_items = train.interactions.n_users, len(train.catalogue)
    print(f"{n_users:,} users, {n_items:,} items, {len(train.positives):,} events")
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(parts, Path(folder), args.epochs, args.length, args.batch, with_lists=args.quality)
        sides = {"ours, ce": lambda: bench.ours("ce"), "ours, sampled": lambda: bench.ours("sampled")}
        if args.rectools:
            sides["RecTools"] = lambda: bench.rectools(args.rectools)
        if args.recbole:
            sides["RecBole"] = lambda: bench.recbole(args.recbole)
        measure(sides, bench, rounds=args.rounds)


if __name__ == "__main__":
    main()
