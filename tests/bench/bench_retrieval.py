"""Search speed beside bm25s with numba, and beside a plain matrix product, in one run and on one thread.

    python tests/bench/bench_retrieval.py --sizes 10000 100000 1000000

Titles are synthetic (Zipf words, 3 to 12 a title); the Beauty titles of the folder $GENREC_DATA come on top.
A search is timed end to end, from strings to lists; queries are all different. Medians of interleaved runs.
"""

# ruff: noqa: E402 (the number of threads is read when numpy and numba are imported)

import argparse
import hashlib
import math
import os
import platform
import statistics
import time
from collections.abc import Callable, Sequence
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[_name] = "1"

import bm25s
import numpy as np
import polars as pl
from numpy.typing import NDArray

from genrec.config import BM25Settings, DenseSettings
from genrec.data.catalogue import Catalogue
from genrec.retrieval.bm25 import BM25
from genrec.retrieval.dense import Dense

K = 10
RUNS = 5
WORD = r"(?u)\b[^\W_]+\b"  # the same words as ours
Timing = tuple[float, float]


def pseudo_words(n: int) -> list[str]:
    """Different words, the frequent ones short."""
    syllables = [consonant + vowel for consonant in "bcdfghjklmnprstvwz" for vowel in "aeiou"]
    names = []
    for rank in range(n):
        name, rest = "", rank
        while not name or rest:
            rest, digit = divmod(rest, len(syllables))
            name += syllables[digit]
        names.append(name)
    return names


def zipf_texts(n: int, *, vocabulary: int, shortest: int, longest: int, seed: int) -> list[str]:
    rng = np.random.default_rng(seed)
    names = pseudo_words(vocabulary)
    weights = np.cumsum(1 / np.arange(1, vocabulary + 1) ** 1.05)
    lengths = rng.integers(shortest, longest + 1, n)
    drawn = np.searchsorted(weights, rng.random(lengths.sum()) * weights[-1])
    words, ends = [names[each] for each in drawn.tolist()], np.cumsum(lengths).tolist()
    return [" ".join(words[end - length : end]) for end, length in zip(ends, lengths.tolist(), strict=True)]


def timed(work: Callable[[], object]) -> Timing:
    """CPU seconds and wall seconds."""
    cpu, wall = time.process_time(), time.perf_counter()
    work()
    return time.process_time() - cpu, time.perf_counter() - wall


def interleaved(works: dict[str, Callable[[], object]]) -> dict[str, Timing]:
    """Median timings of every work, after one run each that is not counted."""
    for work in works.values():
        work()
    runs = [{name: timed(work) for name, work in works.items()} for _ in range(RUNS)]
    return {
        name: (
            statistics.median(run[name][0] for run in runs),
            statistics.median(run[name][1] for run in runs),
        )
        for name in works
    }


def catalogue_of(titles: Sequence[str]) -> Catalogue:
    return Catalogue(pl.DataFrame({"item_id": [str(row) for row in range(len(titles))], "title": titles}))


def bm25s_tokens(texts: Sequence[str], *, ids: bool = False) -> object:
    return bm25s.tokenize(
        list(texts), token_pattern=WORD, stopwords=None, show_progress=False, return_ids=ids
    )


def bm25s_index(titles: Sequence[str]) -> bm25s.BM25:
    index = bm25s.BM25(method="lucene", k1=1.2, b=0.75, backend="numba")
    index.index(bm25s_tokens(titles, ids=True), show_progress=False)
    return index


def row(name: str, timing: Timing, *, n_queries: int) -> None:
    cpu, wall = timing
    print(f"  {name:<28}{n_queries / cpu:>12,.0f} queries/CPU-s {n_queries / wall:>12,.0f} queries/s")


def bench_bm25(label: str, titles: list[str], queries: list[str]) -> tuple[float, float]:
    """Print one table; CPU seconds of our build, and of our search of one query."""
    queries = list(dict.fromkeys(queries))
    digest = hashlib.sha256("\n".join([*titles, *queries]).encode()).hexdigest()[:12]
    print(f"\n{label}: {len(titles):,} titles, {len(queries):,} different queries, k={K}, sha256 {digest}")
    catalogue = catalogue_of(titles)
    ours = BM25.build(catalogue, BM25Settings())
    theirs = bm25s_index(titles)
    builds = {
        "genrec": min(timed(lambda: BM25.build(catalogue, BM25Settings()).search(["x"], k=1)) for _ in "123"),
        "bm25s": min(timed(lambda: bm25s_index(titles)) for _ in "123"),
    }
    times = interleaved(
        {
            "genrec": lambda: ours.search(queries, k=K),
            "bm25s": lambda: theirs.retrieve(
                bm25s_tokens(queries), k=K, show_progress=False, n_threads=0, backend_selection="numba"
            ),
        }
    )
    row("genrec", times["genrec"], n_queries=len(queries))
    row("bm25s with numba", times["bm25s"], n_queries=len(queries))
    print(f"  ratio of searches: {times['bm25s'][0] / times['genrec'][0]:.2f} CPU, ", end="")
    print(f"{times['bm25s'][1] / times['genrec'][1]:.2f} wall")
    single = interleaved({"single": lambda: [ours.search([query], k=K) for query in queries[:50]]})["single"]
    print(f"  one query a call: {single[1] / 50 * 1e3:.2f} ms")
    print(f"  build, CPU s: genrec {builds['genrec'][0]:.2f}, bm25s {builds['bm25s'][0]:.2f}, ", end="")
    print(f"ratio {builds['bm25s'][0] / builds['genrec'][0]:.2f}")
    changed = catalogue.without_items(["0"]).with_items(pl.DataFrame({"item_id": ["new"], "title": ["new"]}))
    update = timed(lambda: ours.updated(changed).search(["x"], k=1))[1]
    print(f"  update, one item out and one in: {update:.3f} s")
    return builds["genrec"][0], times["genrec"][0] / len(queries)


class RowsByName:
    """Texts are row numbers of given vectors."""

    def __init__(self, vectors: NDArray[np.float32]) -> None:
        self.vectors = vectors

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return self.vectors[[int(text) for text in texts]]


def plain_product(vectors: NDArray[np.float32], queries: NDArray[np.float32]) -> list[NDArray[np.int64]]:
    found = []
    for start in range(0, len(queries), 64):
        scores = queries[start : start + 64] @ vectors.T
        best = np.argpartition(scores, -K, axis=1)[:, -K:]
        found.append(np.take_along_axis(best, np.argsort(-np.take_along_axis(scores, best, 1)), 1))
    return found


def bench_dense(n_items: int, *, n_queries: int = 512, dimension: int = 384) -> None:
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(n_items + n_queries, dimension)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    names = [str(each) for each in range(n_items + n_queries)]
    ours = Dense.build(catalogue_of(names[:n_items]), DenseSettings(), embedder=RowsByName(vectors))
    known, asked, queries = vectors[:n_items], vectors[n_items:], names[n_items:]
    works: dict[str, Callable[[], object]] = {
        "genrec": lambda: ours.search(queries, k=K),
        "numpy, product and partition": lambda: plain_product(known, asked),
    }
    if find_spec("faiss"):
        import faiss

        faiss.omp_set_num_threads(1)
        flat = faiss.IndexFlatIP(dimension)
        flat.add(known)
        works["faiss flat"] = lambda: flat.search(asked, K)
    print(f"\ndense: {n_items:,} vectors of {dimension}, {n_queries} queries, k={K}, without embedding")
    times = interleaved(works)
    for name, timing in times.items():
        row(name, timing, n_queries=n_queries)
        if name != "genrec":
            print(f"  ratio to {name}: {timing[0] / times['genrec'][0]:.2f} CPU")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--queries", type=int, default=2000)
    parser.add_argument(
        "--dense", type=int, default=100_000, help="vectors of the dense part; 0 leaves it out"
    )
    chosen = parser.parse_args()
    parts = ("bm25s", "numba", "numpy")
    print(
        ", ".join(f"{part} {version(part)}" for part in parts),
        f"Python {platform.python_version()}, 1 thread",
    )
    costs = {}
    for size in chosen.sizes:
        vocabulary = int(44 * math.sqrt(size * 7.5))  # Heaps' law
        titles = zipf_texts(size, vocabulary=vocabulary, shortest=3, longest=12, seed=size)
        queries = zipf_texts(chosen.queries, vocabulary=vocabulary, shortest=2, longest=6, seed=1)
        costs[size] = bench_bm25("synthetic", titles, queries)
    for small, large in zip(chosen.sizes, chosen.sizes[1:], strict=False):
        build, search = (
            math.log(b / a) / math.log(large / small) for a, b in zip(costs[small], costs[large], strict=True)
        )
        print(
            f"\ngrowth from {small:,} to {large:,}: build N^{build:.2f}, search of one query N^{search:.2f}"
        )
    beauty = Path(os.environ.get("GENREC_DATA", "")) / "amazon-beauty-2014" / "items.parquet"
    if beauty.is_file():
        titles = pl.read_parquet(beauty)["title"].drop_nulls().to_list()
        bench_bm25(
            "Amazon Beauty 2014, titles as queries", titles, titles[:: max(len(titles) // chosen.queries, 1)]
        )
    if chosen.dense:
        bench_dense(chosen.dense)


if __name__ == "__main__":
    main()
