"""Time and memory of `genrec`, cold and warm, on the embedded default.

    python tests/bench/bench_engine.py --runs 5

Cold figures are of fresh processes: wall and CPU seconds, and peak resident memory. The reference of each is
`python -c "import torch, transformers"` in the same round, so that a busy machine shows in both. Rounds are
interleaved; medians are printed.
"""

import argparse
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time

GENREC = (sys.executable, "-m", "genrec")
COLD = {
    "import torch, transformers (reference)": (sys.executable, "-c", "import torch, transformers"),
    "genrec --help": (*GENREC, "--help"),
    "recommend, no reasons": (*GENREC, "recommend", "--user", "42", "--explain", "none"),
    "recommend, template reasons": (*GENREC, "recommend", "--user", "42", "--explain", "template"),
    "recommend, reasons by the model": (*GENREC, "recommend", "--user", "42", "--explain", "model"),
}


def timed(command: tuple[str, ...], folder: str) -> tuple[float, float, float]:
    """Wall seconds, CPU seconds and peak memory (MiB) of a fresh process."""
    start = time.perf_counter()
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    assert status == 0, command
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def cold(runs: int) -> None:
    """Fresh processes, one round after the other."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            COLD["recommend, no reasons"], cwd=folder, check=True, capture_output=True
        )  # fetch, compile
        rounds = [[timed(command, folder) for command in COLD.values()] for _ in range(runs)]
    middle = [
        [statistics.median(each[place][part] for each in rounds) for part in range(3)]
        for place in range(len(COLD))
    ]
    reference = middle[0][0]
    print(f"\n{'cold process':42}  wall s  CPU s  peak MiB  wall over reference")
    for name, (wall, cpu, peak) in zip(COLD, middle, strict=True):
        print(f"{name:42}  {wall:6.2f}  {cpu:5.2f}  {peak:8.0f}  {wall / reference:6.2f}x")


def warm(runs: int) -> None:
    """One process: the list, and what reasons add."""
    from genrec.engine import Engine

    engine = Engine.open()
    engine.recommend("1", explain="model")
    taken: dict[str, list[float]] = {"none": [], "template": [], "model": []}
    for number in range(runs):
        for explain, seconds in taken.items():
            start = time.perf_counter()
            engine.recommend(str(10 + number), explain=explain)  # type: ignore[arg-type]
            seconds.append(time.perf_counter() - start)
    middle = {explain: statistics.median(seconds) for explain, seconds in taken.items()}
    print(f"\nwarm: {engine.settings.generator.n_queries} queries and the list {middle['none']:.2f} s")
    print(f"warm: ten reasons add {middle['template'] - middle['none']:.2f} s by template")
    print(f"warm: ten reasons add {middle['model'] - middle['none']:.2f} s by the model")
    print(f"peak memory of this process {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    print(f"{machine}, {options.runs} rounds, load {os.getloadavg()[0]:.1f}")
    cold(options.runs)
    warm(options.runs)


if __name__ == "__main__":
    main()
