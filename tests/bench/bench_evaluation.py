"""Evaluating a model that scores every item: CPU seconds at the size of Amazon Beauty, memory at ten times.

    python tests/bench/bench_evaluation.py

Data are drawn at random, so nothing is needed; the model is popularity, whose scores are a full matrix too.
AUC, which scores all items once more, is in neither figure.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl

from genrec.evaluation.harness import evaluate
from genrec.evaluation.job import RECS_FILE, RUN_FILE, Job
from genrec.evaluation.recipe import Recipe

N_USERS, N_ITEMS, LENGTH = 22_363, 12_101, 8
BAR_CPU_SECONDS = 20


def write_tables(folder: Path, *, n_users: int) -> None:
    rng = np.random.default_rng(0)
    items = (N_ITEMS * rng.random(n_users * LENGTH) ** 3).astype(int)
    titles = [f"Title {each}" for each in range(N_ITEMS)]
    pl.DataFrame({"item_id": [str(each) for each in range(N_ITEMS)], "title": titles}).write_parquet(
        folder / "items.parquet"
    )
    pl.DataFrame(
        {
            "user_id": np.repeat(np.arange(n_users), LENGTH).astype(str),
            "item_id": items.astype(str),
            "timestamp": 1_000_000 + np.tile(np.arange(LENGTH), n_users),
        }
    ).write_parquet(folder / "interactions.parquet")


def recipe() -> Recipe:
    data = {"catalogue": {"path": "."}, "interactions": {"path": "."}}
    return Recipe.model_validate({"name": "bench", "data": data, "models": {"popularity": {}}})


def run_job(folder: Path) -> dict[str, float]:
    """One model in a process of its own: what it says of itself, and the size of its lists."""
    asked = recipe()
    job = Job(recipe=asked, root=folder, model=asked.models["popularity"], checkpoints=folder / "checkpoints")
    path, out = folder / "job.json", folder / "out"
    path.write_text(job.model_dump_json())
    command = [sys.executable, "-m", "genrec.evaluation.job", str(path), str(out)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as job:
        job.wait()  # it ends when its stdin does, which stays open here
    assert job.returncode == 0
    assert (out / RECS_FILE).exists()
    measured: dict[str, float] = json.loads((out / RUN_FILE).read_text())
    return measured


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        small, large = Path(scratch) / "small", Path(scratch) / "large"
        for folder, n_users in ((small, N_USERS), (large, 10 * N_USERS)):
            folder.mkdir()
            write_tables(folder, n_users=n_users)
        one = run_job(small)
        start = time.process_time()
        evaluate(recipe(), small, reports=small / "reports")
        parent = time.process_time() - start
        ten = run_job(large)
    scoring = one["score_cpu_seconds"]
    print(
        f"{N_USERS:,} users x {N_ITEMS:,} items, CPU seconds: {scoring:.1f} to rank, {parent:.1f} to measure"
    )
    matrix = 4 * 10 * N_USERS * N_ITEMS / 2**30
    for name, each in (("1x users", one), ("10x users", ten)):
        peaks = [each[key] / 2**20 for key in ("peak_bytes", "peak_bytes_before_fit")]
        print(f"{name}: peak {peaks[0]:,.0f} MiB, {peaks[1]:,.0f} of it before fitting")
    print(f"the whole score matrix at 10x would be {matrix:.0f} GiB")
    assert scoring + parent < BAR_CPU_SECONDS, f"over {BAR_CPU_SECONDS} CPU seconds"


if __name__ == "__main__":
    main()
