"""Counting models on Amazon Beauty: CPU seconds to fit and to rank all test users, and peak memory.

    python tests/bench/bench_models.py [DATA]

DATA, or GENREC_DATA, holds the folder `amazon-beauty-2014`. Each model runs in a process of its own, as
`genrec evaluate beauty` runs it. The reference in the same run is popularity, which fits in no time: what it
takes is the cost of ranking alone.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from genrec.evaluation.job import RUN_FILE, Job
from genrec.evaluation.recipe import read_recipe

BARS = {"rules": (30, 4096), "ease": (60, 4096), "item-knn": (60, 4096)}
"""CPU seconds and MiB."""


def measured(name: str, data: Path, scratch: Path) -> dict[str, float]:
    recipe, root = read_recipe(Path("beauty.yaml"))
    job = Job(
        recipe=recipe, root=root, data=data, model=recipe.models[name], checkpoints=scratch / "checkpoints"
    )
    path, out = scratch / f"{name}.json", scratch / name
    path.write_text(job.model_dump_json())
    command = [sys.executable, "-m", "genrec.evaluation.job", str(path), str(out)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as job:
        job.wait()  # it ends when its stdin does, which stays open here
    assert job.returncode == 0
    found: dict[str, float] = json.loads((out / RUN_FILE).read_text())
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path, nargs="?", default=os.environ.get("GENREC_DATA", ""))
    folder = parser.parse_args().data
    if not (folder / "amazon-beauty-2014").is_dir():
        print("not measured: give the folder that holds amazon-beauty-2014, or set GENREC_DATA")
        return
    over = []
    with tempfile.TemporaryDirectory() as scratch:
        floor = measured("popularity", folder, Path(scratch))
        print(f"popularity: {floor['score_cpu_seconds']:.1f} CPU s to rank")
        for name, (bar, most) in BARS.items():
            run = measured(name, folder, Path(scratch))
            took = run["fit_cpu_seconds"] + run["score_cpu_seconds"]
            ratio = took / floor["score_cpu_seconds"]
            peak = run["peak_bytes"] / 2**20
            print(
                f"{name}: {run['fit_cpu_seconds']:.1f} CPU s to fit, {run['score_cpu_seconds']:.1f} to rank "
                f"({ratio:.1f} x popularity), peak {peak:,.0f} MiB; bar {bar} s, {most} MiB"
            )
            if took >= bar or peak >= most:
                over.append(name)
    assert not over, f"over the bar: {', '.join(over)}"


if __name__ == "__main__":
    main()
