"""One model of a benchmark in a process of its own, so that its time and its peak memory are its own.

`python -m genrec.evaluation.job JOB.json FOLDER` fits, ranks for every test user and writes the folder; lines
of JSON on stdout say how far it is. It ends when its stdin does, which whoever started it holds open: a job
must not outlive the run that it belongs to.
"""

import json
import os
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from genrec.artifacts import writing
from genrec.config import Settings
from genrec.data.splits import Holdout
from genrec.errors import reason
from genrec.evaluation.machine import cpu_name, peak_memory, threads
from genrec.evaluation.prepare import Part, Prepared, prepare
from genrec.evaluation.recipe import DEPTH, EvaluatedModel, Recipe, WritingModel
from genrec.files import writing_file
from genrec.metrics import area_under_curve
from genrec.models.base import Fitting, Recommender, ScoreModel
from genrec.models.fitting import fit
from genrec.models.refitting import fit_wide
from genrec.types import ItemArray, Rankings, ScoreArray

KIND = "evaluated model"
RECS_FILE, USERS_FILE, RUN_FILE, FAILURE_FILE = "recs.parquet", "users.parquet", "run.json", "failure.json"
BLOCK = 1024
"""Users asked at once; a model may cut them into smaller blocks."""


class Job(Settings):
    """What one process is to do."""

    recipe: Recipe
    root: Path
    data: Path | None = None
    model: EvaluatedModel
    seed: int = 0
    part: Part = "test"
    checkpoints: Path


class Clock:
    """Seconds by the clock and of the CPU, over all threads, of each named stage."""

    def __init__(self) -> None:
        self.stages: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time a block."""
        wall, cpu = time.perf_counter(), time.process_time()
        yield
        self.stages[f"{name}_seconds"] = time.perf_counter() - wall
        self.stages[f"{name}_cpu_seconds"] = time.process_time() - cpu


def run(job: Job, folder: Path) -> None:
    """Fit and rank; the folder is written whole or not at all.

    Raises:
        GenrecError: the data cannot be read, or the model does not fit it.
    """
    clock = Clock()
    prepared = prepare(job.recipe, job.root, data=job.data, part=job.part)
    before = peak_memory()
    _say("fit", 0, 1)
    with clock.stage("fit"):
        model = _fitted(job, prepared)
    with clock.stage("warm_up"):  # what is compiled or loaded at the first query is no part of scoring
        _warm_up(model, prepared)
    with clock.stage("score"):
        rankings = _rank(model, prepared)
    auc = _auc(model, prepared) if "auc" in job.recipe.metrics and isinstance(model, ScoreModel) else None
    measured = {**clock.stages, "peak_bytes": peak_memory(), "peak_bytes_before_fit": before}
    machine = {"cpu": cpu_name(), "threads": threads()}
    whole = prepared.split.whole
    with writing(folder, kind=KIND, data_fingerprint=whole.fingerprint, seed=job.seed) as temporary:
        as_frame(rankings, prepared.test).write_parquet(temporary / RECS_FILE)
        users = [whole.interactions.users[user] for user in prepared.test.users.tolist()]
        columns = {"user_id": users} | ({} if auc is None else {"auc": auc.tolist()})
        pl.DataFrame(columns, schema_overrides={"user_id": pl.String}).write_parquet(temporary / USERS_FILE)
        (temporary / RUN_FILE).write_text(json.dumps(measured | machine, indent=1), encoding="utf-8")


def _fitted(job: Job, prepared: Prepared) -> Recommender:
    """Fitted on training, with validation to stop by; or on both, where asked."""
    if isinstance(job.model, WritingModel):
        from genrec.evaluation.language import writing_model

        return writing_model(job.model, prepared, root=job.root)
    validation = prepared.split.validation
    fitting = Fitting(
        seed=job.seed,
        validation=validation if len(validation) else None,
        checkpoints=job.checkpoints / "first",
        is_quiet=True,
    )
    if not prepared.is_wide:
        return fit(job.model, prepared.split.train, fitting)
    again = Fitting(seed=job.seed, checkpoints=job.checkpoints / "second", is_quiet=True)
    return fit_wide(job.model, prepared.split.train, prepared.fitted_on, fitting, refitting=again)


def _depth(prepared: Prepared) -> int:
    return min(DEPTH, len(prepared.split.whole.catalogue))


def _warm_up(model: Recommender, prepared: Prepared) -> None:
    """Ask for one list and drop it."""
    _, queries = next(prepared.queries(size=1))
    model.recommend(queries, k=_depth(prepared))


def _rank(model: Recommender, prepared: Prepared) -> Rankings:
    out = Rankings.empty(len(prepared.test), _depth(prepared))
    for start, queries in prepared.queries(size=BLOCK):
        _say("score", start, len(prepared.test))
        best = model.recommend(queries, k=out.items.shape[1])
        out.items[start : start + len(queries)] = best.items
        out.scores[start : start + len(queries)] = best.scores
    return out


def _auc(model: ScoreModel, prepared: Prepared) -> NDArray[np.float64]:
    """AUC of each user: the mean over the distinct targets."""
    found = np.zeros(len(prepared.test))
    for start, queries in prepared.queries(size=BLOCK):
        _say("auc", start, len(prepared.test))
        for offset, block in model.blocks(queries):
            for row, scores in enumerate(model.shown_scores(block), start + offset):
                found[row] = auc_of(scores, np.unique(prepared.test.targets(row)))
    return found


def auc_of(scores: ScoreArray, targets: ItemArray) -> float:
    """The mean AUC of targets among `scores` `[n_items]`; what scores -inf may not be shown."""
    targets = targets[targets < len(scores)]
    if not len(targets):
        return 0.0
    shown, own = scores[np.isfinite(scores)], scores[targets]
    better = np.array([(shown > each).sum() - (own > each).sum() for each in own])
    tied = np.array([(shown == each).sum() - (own == each).sum() for each in own])
    others = np.full(len(own), len(shown) - int(np.isfinite(own).sum()))
    areas = area_under_curve(better, tied, others)
    return float(np.where(np.isfinite(own), areas, 0).mean())


def as_frame(rankings: Rankings, test: Holdout) -> pl.DataFrame:
    """Lists in the batch form: user_id, rank from 1, item_id, score."""
    whole = test.source
    rows, places = np.nonzero(rankings.items >= 0)
    users = pl.Series([whole.interactions.users[user] for user in test.users.tolist()], dtype=pl.String)
    return pl.DataFrame(
        {
            "user_id": users[rows],
            "rank": (places + 1).astype(np.int32),
            "item_id": whole.catalogue.frame["item_id"][rankings.items[rows, places]],
            "score": rankings.scores[rows, places],
        }
    )


def _say(stage: str, done: int, total: int) -> None:
    print(json.dumps({"stage": stage, "done": done, "total": total}), flush=True)


def _end_with_stdin() -> None:
    """End this process at once when its stdin ends, whatever it is doing then."""

    def watch() -> None:
        os.read(0, 1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def main() -> None:
    """Run the job of a file; what goes wrong is written beside it."""
    _end_with_stdin()
    path, folder = Path(sys.argv[1]), Path(sys.argv[2])
    try:
        run(Job.model_validate_json(path.read_bytes()), folder)
    except Exception as error:  # whatever a model raises is told in its row of the table
        with writing_file(path.with_name(FAILURE_FILE)) as temporary:
            told = {"what": reason(error), "traceback": traceback.format_exc()}
            temporary.write_text(json.dumps(told), encoding="utf-8")
        sys.exit(1)


if __name__ == "__main__":
    main()
