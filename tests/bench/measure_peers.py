"""Each model beside RecBole's own implementation of it: same split, same evaluator, ten items a user.

    python tests/bench/measure_peers.py [DATA/ml-100k] --recbole PYTHON [--models mult-vae neumf …]
        [--settings '{"learning_rate": 0.005}'] [--minutes 6]

Leave-one-out, ties stable, every event counts as history. Both sides learn from the training part alone, with
their defaults, stop early by NDCG@10 on the validation items, and are then asked with the whole history
before the test item, seen items excluded; models of users, not histories, know the training part alone.
Recall@10 and NDCG@10 are means over users with their standard errors; "ours - RecBole" is paired by user.
`--settings` replaces defaults of RecBole, `--minutes` ends its training after so many CPU-minutes.
"""

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from numpy.typing import NDArray
from peer_files import parted, read_lists, run_peer, with_error, write_log
from pydantic import TypeAdapter

from genrec.data.splits import Holdout, Split
from genrec.metrics import Hits, ndcg, recall
from genrec.models.base import Fitting
from genrec.models.fitting import fit
from genrec.models.learned import LearnedModel
from genrec.models.settings import AnyModel
from genrec.types import ItemArray

NO_NEGATIVES: dict[str, Any] = {"train_neg_sample_args": None}
MANY_SCORES: dict[str, Any] = {"eval_batch_size": 2**18}
"""So many at once when it validates: two users at a time by default, which is slow and no better."""
USERS_A_STEP: dict[str, Any] = {"train_batch_size": 128}
"""As ours: its 2,048 are one step an epoch on a small set, of which it learns less."""
PEERS = {
    "bert4rec": ("BERT4Rec", NO_NEGATIVES),
    "bpr-mf": ("BPR", MANY_SCORES),
    "ease": ("EASE", MANY_SCORES),
    "gru4rec": ("GRU4Rec", NO_NEGATIVES),
    "item-knn": ("ItemKNN", MANY_SCORES),
    "lightgcn": ("LightGCN", MANY_SCORES),
    "mult-vae": ("MultiVAE", NO_NEGATIVES | MANY_SCORES | USERS_A_STEP),
    "neumf": ("NeuMF", MANY_SCORES),
    "sasrec": ("SASRec", NO_NEGATIVES),
}
"""RecBole's class by our name, and what it needs beside its defaults."""

METRICS = (("R@10", recall), ("N@10", ndcg))


@dataclass(frozen=True)
class Side:
    """Lists `[n_users, 10]` and how the training went."""

    lists: ItemArray
    course: str

    @staticmethod
    def of(lists: ItemArray, cpu_seconds: float, validations: list[float], epochs: int) -> "Side":
        best = f"validation NDCG@10 {max(validations):.4f}, " if validations else ""
        return Side(lists, f"{best}{epochs} epoch(s), {cpu_seconds:.0f} CPU-seconds")

    def each(self, metric: Callable[[Hits, int], NDArray[Any]], test: Holdout) -> NDArray[Any]:
        return metric(Hits.of(self.lists, test.indptr, test.items), 10)


def ours(name: str, parts: Split) -> Side:
    settings: AnyModel = TypeAdapter[AnyModel](AnyModel).validate_python({"kind": name})
    fitting = Fitting(device="cpu", is_quiet=True, validation=parts.validation)
    began = time.process_time()
    model = fit(settings, parts.train, fitting)
    took = time.process_time() - began
    lists = model.recommend(parts.test.queries(), k=10).items
    if not isinstance(model, LearnedModel) or model.course is None:
        return Side.of(lists, took, [], 1)
    validations = [value for _, value in model.course.validations]
    return Side.of(lists, took, validations, model.course.epochs)


def recbole(name: str, parts: Split, args: argparse.Namespace) -> Side:
    model, needed = PEERS[name]
    known = parts.train_and_validation.positives
    with tempfile.TemporaryDirectory() as folder:
        log, recs = Path(folder) / "log.csv", Path(folder) / "recs.csv"
        write_log(known.user_of, known.items, log)  # RecBole holds out the last event of each user
        settings = json.dumps(needed | args.settings)
        limit = ["--validate", "--minutes", args.minutes]
        done = run_peer(args.recbole, "recbole_model.py", model, log, settings, recs, *limit)
        return Side.of(read_lists(recs, parts.test), done["cpu_s"], done["validations"], done["epochs"])


def compare(name: str, mine: Side, theirs: Side, test: Holdout) -> None:
    for side, who in ((mine, "ours"), (theirs, "RecBole")):
        shown = [f"{label} {with_error(side.each(metric, test))}" for label, metric in METRICS]
        print(f"{name}, {who}: {', '.join(shown)}; {side.course}")
    gained = [
        f"{label} {with_error(mine.each(metric, test) - theirs.each(metric, test))}"
        for label, metric in METRICS
    ]
    print(f"{name}, ours - RecBole: {', '.join(gained)}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path, nargs="?", default=os.environ.get("GENREC_DATA", ""))
    parser.add_argument("--recbole", help="a Python that has recbole")
    parser.add_argument("--models", nargs="+", choices=sorted(PEERS), default=sorted(PEERS))
    parser.add_argument("--settings", type=json.loads, default={}, help="of RecBole, as JSON")
    parser.add_argument("--minutes", type=float, default=6.0, help="of RecBole's training, at most")
    args = parser.parse_args()
    data = args.data if (args.data / "interactions.parquet").exists() else args.data / "ml-100k"
    if not args.recbole or not data.is_dir():
        print("not measured: give the folder of ML-100K, or set GENREC_DATA; and --recbole a Python that has")
        print("recbole==1.2.1 'numpy<2' 'pandas<2.2' 'scipy<1.13', in an environment of its own")
        return
    torch.set_num_threads(1)
    parts = parted(data)
    print(parts.report)
    for name in args.models:
        compare(name, ours(name, parts), recbole(name, parts, args), parts.test)


if __name__ == "__main__":
    main()
