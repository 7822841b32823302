"""How fast `genrec serve` answers without the language model's own time: the real server over real HTTP.

    python tests/bench/bench_serve.py --rounds 5 --seconds 10 --large

A workspace the size of MovieLens-100K is drawn at random and served over a model server that answers at once
(`tests/serving/serving_backend.py`), with BM25 alone and reasons by template. References in the same run: a
bare FastAPI proxy before the same model server, and SQLite alone, one row or 1,000 a synced transaction. Load
comes from a process of its own (`serve_load.py`), at a fixed rate or as fast as its connections are answered;
server, model server, load and what else the machine does share its cores. Rounds are interleaved: rates are
medians of them, percentiles are of all answers. `--large` fills a second server, for its memory.
"""

import argparse
import json
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from zlib import crc32

import numpy as np
import polars as pl

sys.path.append(str(Path(__file__).parents[1] / "serving"))
from serve_load import ITEMS, USERS, Load, Outcome
from serving_backend import Backend
from serving_process import Process, free_port, wait_for

from genrec.index import build
from genrec.workspace import Workspace

SETTINGS = """
name: bench
catalogue: {path: items.parquet}
interactions: {path: events.parquet}
retriever: bm25
dense: null
"""
SMALL = {"users": USERS, "items": ITEMS, "events": 100_000}
LARGE = {"users": 20_000, "items": 100_000, "events": 1_000_000}
BULK = 1000
"""Events a request, and rows a transaction of the reference."""
RIGHT, DEGRADED = '"degraded":false', '"degraded":true'


@dataclass
class Measured:
    """One kind of load, over all rounds."""

    rates: list[float] = field(default_factory=list)
    """Right answers a second, a round each."""
    latencies: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    cpu: float = 0.0
    """Seconds of processor that the server took."""

    def add(self, outcome: Outcome, cpu: float) -> None:
        self.rates.append(len(outcome.latencies) / outcome.seconds)
        self.latencies += outcome.latencies
        self.faults += outcome.faults
        self.cpu += cpu

    @property
    def rate(self) -> float:
        return statistics.median(self.rates)

    def milliseconds(self, share: float) -> float:
        return 1000 * float(np.quantile(self.latencies or [np.inf], share))

    def told(self, name: str) -> str:
        """A line, and under it the commonest faults."""
        faults = [f"    {times} x {fault}" for fault, times in Counter(self.faults).most_common(3)]
        return "\n".join([self._line(name), *faults])

    def _line(self, name: str) -> str:
        asked = len(self.latencies) + len(self.faults)
        return (
            f"{name:34}{asked:9,}{len(self.faults):8,}{self.rate:10,.0f}{self.milliseconds(0.5):9.1f}"
            f"{self.milliseconds(0.99):9.1f}{1000 * self.cpu / asked:12.2f}"
        )


def titles(rng: np.random.Generator, count: int) -> list[str]:
    """Two or three words each, of a vocabulary that grows with the catalogue, and a year."""
    parts = [first + vowel for first in "bdfgklmnprstvz" for vowel in "aeiou"]
    words = rng.choice(parts, (500 + count // 20, 3))
    drawn = rng.integers(len(words), size=(count, 3))
    years = rng.integers(1950, 2000, count)
    return [
        " ".join("".join(words[each]).capitalize() for each in row[: 2 + at % 2]) + f" ({year})"
        for at, (row, year) in enumerate(zip(drawn, years, strict=True))
    ]


def draw(root: Path, *, users: int, items: int, events: int) -> list[str]:
    """A workspace in a folder, with its index; the titles. A few users and items have most of the events."""
    rng = np.random.default_rng(0)
    named = titles(rng, items)
    ids = [str(each) for each in range(items)]
    genres = rng.choice(["Drama", "Comedy", "Horror", "Western", "Musical"], items)
    pl.DataFrame({"item_id": ids, "title": named, "genre": genres}).write_parquet(root / "items.parquet")
    log = {
        "user_id": np.concatenate([np.arange(users), (rng.random(events - users) ** 2 * users).astype(int)]),
        "item_id": (rng.random(events) ** 2 * items).astype(int),
        "timestamp": np.sort(rng.integers(874_000_000, 894_000_000, events)),
        "event": np.full(events, "rating"),
        "value": rng.integers(1, 6, events).astype(float),
    }
    texts = pl.col("user_id", "item_id").cast(pl.String)
    pl.DataFrame(log).with_columns(texts).write_parquet(root / "events.parquet")
    (root / "genrec.yaml").write_text(SETTINGS)
    build(Workspace.open(root))
    return named


def backend(named: list[str]) -> Backend:
    """Ten searches a prompt, each the first words of some title, others for another prompt."""
    words = [" ".join(each.split()[:2]) for each in named]

    def script(text: str) -> list[str]:
        first = crc32(text.encode())
        return [words[(first + each * 37) % len(words)] for each in range(10)]

    return Backend(script)


def cpu_seconds(pid: int) -> float:
    ticks = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(ticks[11]) + int(ticks[12])) / os.sysconf("SC_CLK_TCK")


def measure(load: Load, pid: int) -> tuple[Outcome, float]:
    """What came of a load, and the processor seconds that the server took for it."""
    before = cpu_seconds(pid)
    script = str(Path(__file__).with_name("serve_load.py"))
    done = subprocess.run([sys.executable, script, json.dumps(asdict(load))], capture_output=True, check=True)
    return Outcome(**json.loads(done.stdout)), cpu_seconds(pid) - before


@contextmanager
def proxy(url: str) -> Iterator[tuple[int, int]]:
    """The reference, until the end; its port and its process."""
    script, port = str(Path(__file__).with_name("serve_proxy.py")), free_port()
    with subprocess.Popen([sys.executable, script, url, str(port)]) as process:
        try:
            wait_for(port)
            yield port, process.pid
        finally:
            process.terminate()


def commits(folder: Path, seconds: float, *, size: int) -> float:
    """Rows a second that SQLite alone keeps, synced, so many a transaction."""
    with closing(sqlite3.connect(folder / f"alone-{size}.sqlite", isolation_level=None)) as store:
        store.execute("PRAGMA journal_mode=WAL")
        store.execute("PRAGMA synchronous=FULL")
        store.execute("CREATE TABLE IF NOT EXISTS events (id TEXT UNIQUE, user TEXT, item TEXT, type TEXT)")
        (first,) = store.execute("SELECT count(*) FROM events").fetchone()
        start, number = time.perf_counter(), first
        while time.perf_counter() < start + seconds:
            rows = [(f"e{each}", "new-1", "1", "like") for each in range(number, number + size)]
            store.execute("BEGIN")
            store.executemany("INSERT INTO events VALUES (?, ?, ?, ?)", rows)
            store.execute("COMMIT")
            number += size
        return (number - first) / (time.perf_counter() - start)


class Bench:
    """A server and its references, measured in turn."""

    def __init__(self, folder: Path, seconds: float) -> None:
        self.folder, self.seconds, self.sent = folder, seconds, 0
        self.found: dict[str, Measured] = defaultdict(Measured)
        self.alone: dict[int, list[float]] = {1: [], BULK: []}

    def round(self, server: Process, reference: tuple[int, int], model: Backend) -> None:
        both = {"genrec": (server.port, server.process.pid), "proxy": reference}
        for name, place in both.items():
            told = RIGHT if name == "genrec" else '"items"'
            self.recommend(f"{name}, 50 a second", place, told=told, rate=50.0, connections=32)
            self.recommend(f"{name}, 8 connections", place, told=told)
        self.recommend("genrec, without reasons", both["genrec"], told=RIGHT, explain="none")
        self.degraded(server, model)
        for size in self.alone:
            self.feedback(server, size)
            self.alone[size].append(commits(self.folder, self.seconds / 3, size=size))

    def recommend(self, name: str, place: tuple[int, int], *, told: str, **how: float | str) -> None:
        port, pid = place
        load = Load(port=port, kind="recommend", told=told, seconds=self.seconds, **how)
        self.found[name].add(*measure(load, pid))

    def degraded(self, server: Process, model: Backend) -> None:
        """While the model server resets what it is asked; then until it is asked again."""
        model.fail("reset")
        one = {"user_id": "1"}
        server.client.post("/v1/recommend", json=one)  # the one that finds out
        place = server.port, server.process.pid
        self.recommend("genrec, model server down", place, told=DEGRADED)
        model.fail(None)
        while server.client.post("/v1/recommend", json=one).json()["degraded"]:
            time.sleep(0.1)

    def feedback(self, server: Process, size: int) -> None:
        load = Load(
            port=server.port,
            kind="feedback",
            told=f'"accepted":{size},',
            seconds=self.seconds,
            connections=8 if size == 1 else 2,
            first=self.sent,
            size=size,
        )
        outcome, cpu = measure(load, server.process.pid)
        self.sent += size * (len(outcome.latencies) + len(outcome.faults))
        self.found[fed(size)].add(outcome, cpu)


@dataclass(frozen=True)
class Bar:
    """What is asked of a figure, the figure, and the reference's in the same run."""

    name: str
    asked: str
    """The bound, with its sign."""
    reached: float
    reference: float | None
    of: Measured

    def line(self) -> str:
        sign, bound = self.asked.split()
        most = float(bound.replace(",", ""))
        held = (self.reached <= most if sign == "≤" else self.reached >= most) and not self.of.faults
        rival, ratio = ("-", "-") if self.reference is None else (
            f"{self.reference:,.1f}", f"{self.reached / self.reference:.2f}x"
        )  # fmt: skip
        verdict = "PASS" if held else "MISS"
        return f"{self.name:40}{self.asked:>10}{self.reached:12,.1f}{rival:>12}{ratio:>10}  {verdict}"


def bars(bench: Bench) -> list[Bar]:
    found, alone = bench.found, {size: statistics.median(each) for size, each in bench.alone.items()}
    calm, calm_rival = found["genrec, 50 a second"], found["proxy, 50 a second"]
    full, full_rival = found["genrec, 8 connections"], found["proxy, 8 connections"]
    down, single, bulk = found["genrec, model server down"], found[fed(1)], found[fed(BULK)]
    middle, late = (calm.milliseconds(share) for share in (0.5, 0.99))
    return [
        Bar("p50 at 50 requests/s, ms", "≤ 25", middle, calm_rival.milliseconds(0.5), calm),
        Bar("p99 at 50 requests/s, ms", "≤ 100", late, calm_rival.milliseconds(0.99), calm),
        Bar("requests/s, 8 connections", "≥ 150", full.rate, full_rival.rate, full),
        Bar("degraded requests/s, 8 connections", "≥ 500", down.rate, full_rival.rate, down),
        Bar("durable events/s, one a request", "≥ 500", single.rate, alone[1], single),
        Bar("durable events/s, 1,000 a request", "≥ 20,000", bulk.rate * BULK, alone[BULK], bulk),
    ]


def fed(size: int) -> str:
    return f"feedback, {size:,} a request"


def run(rounds: int, seconds: float) -> list[Bar]:
    """All but memory; prints what was seen of each load."""
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        with served(root, **SMALL) as (server, model):
            bench = Bench(root, seconds)
            with proxy(model.url) as reference:
                Bench(root, 1.0).round(server, reference, model)  # compiled, connected, in memory
                bench.sent = 10**8
                for _ in range(rounds):
                    bench.round(server, reference, model)
    head = f"{'requests':>9}{'faults':>8}{'right/s':>10}{'p50 ms':>9}{'p99 ms':>9}{'CPU ms each':>12}"
    print(f"\n{'load':34}{head}")
    for name, each in bench.found.items():
        print(each.told(name))
    return bars(bench)


@contextmanager
def served(root: Path, **sizes: int) -> Iterator[tuple[Process, Backend]]:
    """The server of a drawn workspace, and the model server behind it."""
    with closing(backend(draw(root, **sizes))) as model:
        server = Process(root, "--backend", model.url)
        try:
            yield server, model
        finally:
            server.stop()


def peak_mib(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def large(seconds: float) -> Bar:
    """The most memory that a server of 100,000 items and a million events takes under load."""
    with tempfile.TemporaryDirectory() as scratch, served(Path(scratch), **LARGE) as (server, _model):
        pid, opened, start = server.process.pid, peak_mib(server.process.pid), time.perf_counter()
        server.client.post("/v1/recommend", json={"user_id": "1"}, timeout=300).raise_for_status()
        first = time.perf_counter() - start  # what reasons read is made for the first of them
        asked, told = Load(server.port, "recommend", RIGHT, seconds), f'"accepted":{BULK},'
        found, sent = Measured(), Load(server.port, "feedback", told, seconds, size=BULK)
        found.add(*measure(asked, pid))
        fed_too, _ = measure(sent, pid)
        peak = peak_mib(pid)
    found.faults += fed_too.faults
    print(f"\n100,000 items, 1,000,000 events: {opened:,.0f} MiB listening, first answer in {first:.1f} s")
    print(found.told("genrec, 8 connections"))
    return Bar("peak MiB, 10^5 items, 10^6 events", "≤ 1,536", peak, None, found)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3.0, help="of each load in a round")
    parser.add_argument("--quick", action="store_true", help="one round of three seconds a load")
    parser.add_argument("--large", action="store_true", help="memory with 100,000 items and a million events")
    options = parser.parse_args()
    rounds, seconds = (1, 3.0) if options.quick else (options.rounds, options.seconds)
    print(f"{os.cpu_count()} cores, {rounds} x {seconds:g} s a load, load average {os.getloadavg()[0]:.1f}")
    reached = run(rounds, seconds) + ([large(seconds)] if options.large else [])
    print(f"\n{'':40}{'asked':>10}{'reached':>12}{'reference':>12}{'ratio':>10}")
    print("\n".join(each.line() for each in reached))
    print(f"load average at the end {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
