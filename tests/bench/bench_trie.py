"""What holding beams to titles adds to a step, beside transformers' own way and a loop over dicts.

    python tests/bench/bench_trie.py --sizes 10000 100000 1000000 [--likelihood]

Titles are words drawn as often as MovieLens-1M has them, of the folder $GENREC_DATA, else invented; a word is
one to three tokens of 49,152. A step is all that is done for 16 prompts of 40 beams between the logits, with
their normaliser, and the tokens of the next step; logits are random. One thread, CPU time, medians.
"""

# ruff: noqa: E402 (the number of threads is read when numpy and numba are imported)

import argparse
import os
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[_name] = "1"

import numpy as np
import polars as pl
import torch
from transformers import LlamaConfig, LlamaForCausalLM, PrefixConstrainedLogitsProcessor

from genrec.generation.cache import DecodingState
from genrec.generation.likelihood import title_log_probabilities
from genrec.generation.titles import TitleSearch, continuations
from genrec.generation.trie import TitleTrie

VOCABULARY, END = 49_152, 0
PROMPTS, BEAMS, RUNS = 16, 40, 7
PEERS_UP_TO = 100_000  # a dict a node takes gigabytes above


def timed(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def real_titles() -> list[list[str]]:
    """Those of MovieLens-1M, or as many of invented words."""
    path = Path(os.environ.get("GENREC_DATA", ".")) / "ml-1m" / "items.parquet"
    if path.is_file():
        return [title.split() for title in pl.read_parquet(path)["title"]]
    rng = np.random.default_rng(1)
    return [[f"w{rank}" for rank in rng.zipf(1.5, rng.integers(1, 9)) % 8000] for _ in range(3883)]


def random_titles(n: int, *, seed: int = 0) -> list[list[int]]:
    rng, real = np.random.default_rng(seed), real_titles()
    words = [word for title in real for word in title]
    lengths = np.array([len(title) for title in real])
    ranked = [word for word, _ in Counter(words).most_common()]
    spelled = {
        word: rng.integers(1, VOCABULARY, 1 + rank * 3 // len(ranked)).tolist()
        for rank, word in enumerate(ranked)
    }
    return [
        [token for word in rng.integers(0, len(words), length).tolist() for token in spelled[words[word]]]
        for length in rng.choice(lengths, n).tolist()
    ]


def decoded(
    trie: TitleTrie, logits: torch.Tensor, totals: torch.Tensor
) -> Iterator[tuple[np.ndarray, float]]:
    """Nodes of each step's beams, and how long the step took."""
    search = TitleSearch(trie, PROMPTS, n=BEAMS, length_penalty=0.0)
    while len(search.nodes):
        nodes = search.nodes
        own, own_totals = logits[: len(nodes)], totals[: len(nodes)]
        yield nodes, timed(lambda own=own, totals=own_totals: search.extend(own, totals))


def nested(titles: Sequence[Sequence[int]]) -> dict[int, dict]:
    root: dict[int, dict] = {}
    for title in titles:
        node = root
        for token in (*title, END):
            node = node.setdefault(token, {})
    return root


def after(root: dict[int, dict], path: Sequence[int]) -> list[int]:
    for token in path:
        root = root[token]
    return list(root)


def masked(root: dict[int, dict], paths: Sequence[Sequence[int]], scores: torch.Tensor) -> torch.Tensor:
    """The plain loop: a walk from the root for each beam, and a mask over the vocabulary."""
    mask = torch.full_like(scores, -torch.inf)
    for row, path in enumerate(paths):
        mask[row, after(root, path)] = 0
    return (scores + mask).view(PROMPTS, -1).topk(2 * BEAMS)


def by_transformers(
    root: dict[int, dict], paths: Sequence[Sequence[int]], scores: torch.Tensor
) -> torch.Tensor:
    longest = max(len(path) for path in paths)
    ids = torch.tensor([[*path, *[END] * (longest - len(path))] for path in paths])
    lengths = [len(path) for path in paths]
    held = PrefixConstrainedLogitsProcessor(
        lambda batch, row: after(root, row[: lengths[batch]].tolist()), num_beams=1
    )
    return held(ids, scores).view(PROMPTS, -1).topk(2 * BEAMS)


def bench(n: int, logits: torch.Tensor, totals: torch.Tensor) -> tuple[float, float]:
    titles = random_titles(n)
    builds = [timed(lambda: TitleTrie.build(titles, end=END)) for _ in range(3)]
    trie = TitleTrie.build(titles, end=END)
    n_tokens = sum(len(title) + 1 for title in titles)
    print(f"\n{n:,} titles of {n_tokens / n:.1f} tokens: {trie.n_nodes:,} nodes, ", end="")
    print(f"{trie.bytes / 2**20:.1f} MiB, build {statistics.median(builds):.3f} s")
    removed = np.random.default_rng(0).random(n) < 0.1
    print(f"  without a tenth of the items: {timed(lambda: trie.without(removed)) * 1e3:.1f} ms")
    runs = [list(decoded(trie, logits, totals)) for _ in range(RUNS + 1)][1:]
    steps = [statistics.median(run[step][1] for run in runs) for step in range(len(runs[0]))]
    for number, ((nodes, _), step) in enumerate(zip(runs[0], steps, strict=True), 1):
        n_allowed = len(trie.allowed(nodes)[1])
        gathers = [
            timed(lambda nodes=nodes: continuations(trie, nodes, logits[: len(nodes)], totals[: len(nodes)]))
            for _ in range(RUNS)
        ]
        print(
            f"  step {number:>2}: {len(nodes):>4} beams, {n_allowed:>7,} continuations, "
            f"mask and gather {statistics.median(gathers) * 1e3:.2f} ms, with ranking {step * 1e3:.2f} ms"
        )
    whole = [
        (nodes, step)
        for (nodes, _), step in zip(runs[0], steps, strict=True)
        if len(nodes) == PROMPTS * BEAMS
    ]
    if n <= PEERS_UP_TO:
        bench_peers(nested(titles), [trie.path(node) for node in whole[len(whole) // 2][0]], logits)
    return statistics.median(builds), statistics.median(step for _, step in whole)


def bench_peers(root: dict[int, dict], paths: list[list[int]], scores: torch.Tensor) -> None:
    for name, work in (("loop over dicts", masked), ("transformers' processor", by_transformers)):
        times = [timed(lambda work=work: work(root, paths, scores)) for _ in range(RUNS + 1)][1:]
        mask = [timed(lambda: [after(root, path) for path in paths]) for _ in range(RUNS)]
        print(f"  {name}: {statistics.median(times) * 1e3:.1f} ms a step with ranking ", end="")
        print(f"(its walks alone {statistics.median(mask) * 1e3:.2f} ms)")


def bench_likelihood(n_titles: int = 1682, n_prompts: int = 4, prompt_tokens: int = 150) -> None:
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=3000,
        hidden_size=192,
        intermediate_size=512,
        num_hidden_layers=4,
        num_attention_heads=6,
        num_key_value_heads=6,
    )
    model, rng = LlamaForCausalLM(config).eval(), np.random.default_rng(0)
    trie = TitleTrie.build(
        [[1 + token % 2999 for token in title] for title in random_titles(n_titles)], end=END
    )
    prompts = rng.integers(1, 3000, (n_prompts, prompt_tokens)).tolist()
    with torch.inference_mode():
        title_log_probabilities(model, prompts[:1], trie)
        for several in (prompts[:1], prompts):
            times = [
                timed(lambda several=several: title_log_probabilities(model, several, trie)) for _ in range(3)
            ]
            took = statistics.median(times) / len(several)
            print(
                f"  {len(several)} users of {prompt_tokens} tokens at once: {took:.2f} s a user", flush=True
            )
        copied = timed(lambda: level_by_level(model, prompts[0], trie))
    print(f"  a cache of its own for every node: {copied:.2f} s a user")


def level_by_level(model: LlamaForCausalLM, prompt: list[int], trie: TitleTrie) -> None:
    """The plain way, which copies the prompt's keys and values for every node."""
    state = DecodingState(model, [prompt], repeats=1, room=trie.depth)
    nodes, logits = np.zeros(1, np.int32), state.first_logits
    while True:
        found = continuations(trie, nodes, logits, logits.logsumexp(-1))
        going = found.tokens != END
        if not going.any():
            break
        nodes, tokens = found.children[going], torch.from_numpy(found.tokens[going])
        state.select(found.nodes[going].tolist())
        logits = state.step(tokens.unsqueeze(1))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--likelihood", action="store_true", help="time all titles of a small model too")
    args = parser.parse_args()
    print(f"torch {torch.__version__}, numpy {np.__version__}; {PROMPTS} prompts of {BEAMS} beams")
    generator = torch.Generator().manual_seed(0)
    logits = 3 * torch.randn(PROMPTS * BEAMS, VOCABULARY, generator=generator)
    totals = logits.logsumexp(-1)
    print(f"the model's own normaliser: {timed(lambda: logits.logsumexp(-1)) * 1e3:.0f} ms")
    found = [bench(n, logits, totals) for n in args.sizes]
    for (small, large), (before, behind) in zip(pairwise(args.sizes), pairwise(found), strict=True):
        powers = np.log(np.divide(behind, before)) / np.log(large / small)
        print(f"\n{small:,} to {large:,}: build grows as N^{powers[0]:.2f}, a step as N^{powers[1]:.2f}")
    if args.likelihood:
        print("\nall titles of MovieLens-100K's size, 4 layers of 192, float32:")
        bench_likelihood()


if __name__ == "__main__":
    main()
