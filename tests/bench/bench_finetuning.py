"""Target tokens a CPU-second of LoRA training on one thread, beside padded rows and TRL's SFTTrainer.

    python tests/bench/bench_finetuning.py [DATA/ml-100k] [--trl PYTHON] [--checkpointing]
        [--rows 8] [--steps 2] [--rounds 3]

SmolLM2-135M-Instruct with LoRA of rank 8 in float32, on rows of 60 to 300 tokens, evenly, which are the ends
of users' histories as titles of MovieLens-100K. Two forms: `titles`, in which every title is a target, and
`prompt`, GPT4Rec's, in which the last alone is. All sides get the same rows and take steps of about as many
tokens; target tokens are those without padding, times the share of targets in all rows. Ours takes rows of
like length, with logits at targets alone; `padded` draws `--rows` rows at random, pads them and has
transformers make all logits, in our own loop; TRL's SFTTrainer does what it does by default, in a Python
that has trl 1.16, but for float32 in place of bfloat16 and, without `--checkpointing`, for recomputing
activations, which spares memory and costs time: with 8 rows it takes 11 GiB. Only steps are timed, without a
process's first, sides take turns, and the median of the rounds is printed with its range.
"""

import argparse
import json
import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from statistics import median
from typing import NamedTuple

import numpy as np
import torch
from peer_files import run_peer

from genrec.assets import resolve_model
from genrec.data.splits import split
from genrec.evaluation.prepare import open_data
from genrec.finetuning.bench import Bench, set_up
from genrec.finetuning.recipe import FinetuneRecipe
from genrec.generation.convert import VERSION, gguf_to_transformers
from genrec.training.examples import Examples
from genrec.training.language import LanguageNetwork
from genrec.training.loop import Batch, train

SHORTEST, LONGEST = 60, 300
POOL = 128
"""Rows that a side draws its batches from: what one epoch of a small shop has."""

PROMPTS = {"titles": "query-titles", "prompt": "query-gpt4rec"}


class Measured(NamedTuple):
    cpu_s: float
    tokens: int
    places: int

    @property
    def speed(self) -> float:
        """Tokens a CPU-second, padding apart: a row's targets do not grow with its length, so that targets
        would measure the draw of a few rows."""
        return self.tokens / self.cpu_s


class PaddedNetwork(LanguageNetwork):
    """What transformers does by itself: all logits, and labels that hide what is no target."""

    def loss(self, *batch: torch.Tensor) -> torch.Tensor:
        ids, is_target = batch
        labels = torch.where(is_target, ids, -100)
        found: torch.Tensor = self.model(input_ids=ids, labels=labels, use_cache=False).loss
        return found


@dataclass(frozen=True)
class Plan:
    epochs: int = 1
    learning_rate: float = 1e-4
    weight_decay: float = 0.0
    patience: int = 1
    validate_every: int = 1
    max_gradient_norm: float = 1.0
    averaging: None = None


@dataclass(frozen=True)
class Sides:
    bench: Bench
    rows: Examples
    n_rows: int
    steps: int
    checkpointing: bool

    def ours(self, seed: int) -> Measured:
        tokens = round(self.n_rows * self.rows.lengths.mean())
        return self._taken(
            LanguageNetwork(self.bench.model), lambda rng: self.rows.batches(rng, tokens), seed
        )

    def padded(self, seed: int) -> Measured:
        return self._taken(PaddedNetwork(self.bench.model), self._at_random, seed)

    def _at_random(self, rng: np.random.Generator) -> Iterator[Batch]:
        order = rng.permutation(len(self.rows))
        for start in range(0, len(order), self.n_rows):
            yield self.rows.padded(order[start : start + self.n_rows])

    def _taken(
        self, network: LanguageNetwork, batches: Callable[[np.random.Generator], Iterator[Batch]], seed: int
    ) -> Measured:
        taken: list[Batch] = []

        def some(rng: np.random.Generator) -> Iterator[Batch]:
            for batch in islice(batches(rng), self.steps):
                taken.append(batch)
                yield batch

        course = train(network, some, schedule=Plan(), seed=seed, is_quiet=True)
        return Measured(
            course.cpu_seconds,
            sum(int((ids != 0).sum()) for ids, _ in taken),  # no title has the token 0
            sum(ids.numel() for ids, _ in taken),
        )

    def trl(self, python: str, seed: int) -> Measured:
        settings = {
            "model": str(resolve_model(self.bench.recipe.base, build=gguf_to_transformers, version=VERSION)),
            "rows": self.n_rows,
            "steps": self.steps,
            "seed": seed,
            "gradient_checkpointing": self.checkpointing,
        }
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "rows.json"
            pairs = [self.rows.row(at) for at in range(len(self.rows))]
            path.write_text(
                json.dumps(
                    [
                        {"input_ids": ids.tolist(), "labels": np.where(wanted, ids, -100).tolist()}
                        for ids, wanted in pairs
                    ]
                )
            )
            return Measured(**run_peer(python, "trl_sft.py", path, json.dumps(settings)))


def made(form: str, data: Path) -> Bench:
    recipe = FinetuneRecipe.model_validate(
        {
            "name": "bench",
            "data": {"name": "ml-100k"},
            "lora": {"rank": 8, "alpha": 16, "dropout": 0.05},
            "examples": {"prompt": PROMPTS[form], "positions": "last", "max_items": 99, "max_tokens": 400},
        }
    )
    return set_up(recipe, split(open_data(recipe.data, Path(), data=data), recipe.split), device="cpu")


def cut(rows: Examples) -> Examples:
    """Ends of rows, of even lengths."""
    rng = np.random.default_rng(0)
    long = np.flatnonzero(rows.lengths >= LONGEST)
    drawn = rng.choice(long, POOL, replace=False).tolist()
    ends = rng.integers(SHORTEST, LONGEST + 1, POOL).tolist()
    pairs = [(rows.row(at), end) for at, end in zip(drawn, ends, strict=True)]
    return Examples.of([(ids[-end:], wanted[-end:]) for (ids, wanted), end in pairs])


def measure(form: str, data: Path, args: argparse.Namespace) -> None:
    bench = made(form, data)
    sides = Sides(bench, cut(bench.rows), args.rows, args.steps, args.checkpointing)
    lengths, share = sides.rows.lengths, sides.rows.is_target.mean()
    print(
        f"{form}: rows of {lengths.min()} to {lengths.max()} tokens, {share:.0%} of them targets", flush=True
    )
    taking: dict[str, Callable[[int], Measured]] = {"ours": sides.ours, "padded": sides.padded}
    if args.trl:
        taking["TRL"] = lambda seed: sides.trl(args.trl, seed)
    sides.ours(0)  # the first step of a process does more than others
    found: dict[str, list[Measured]] = {name: [] for name in taking}
    for each in range(args.rounds):
        for name, take in taking.items():
            found[name].append(take(each))
            print(f"  round {each + 1}, {name}: {found[name][-1].speed * share:.1f}", flush=True)
    for name, rounds in found.items():
        speeds = [each.speed for each in rounds]
        padding = 1 - sum(each.tokens for each in rounds) / sum(each.places for each in rounds)
        ratios = [one.speed / each.speed for one, each in zip(found["ours"], rounds, strict=True)]
        print(
            f"{form}, {name}: {median(speeds) * share:.1f} target tokens a CPU-second "
            f"[{min(speeds) * share:.1f}, {max(speeds) * share:.1f}], {padding:.0%} padding; ours is "
            f"{median(ratios):.2f} times as fast [{min(ratios):.2f}, {max(ratios):.2f}]",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path, nargs="?", default=os.environ.get("GENREC_DATA", ""))
    parser.add_argument("--trl", help="a Python that has trl 1.16")
    parser.add_argument("--checkpointing", action="store_true", help="TRL recomputes activations")
    parser.add_argument("--form", choices=PROMPTS, action="append", help="one alone; both by default")
    parser.add_argument(
        "--rows", type=int, default=8, help="a step, of the sides that pad; ours takes as many tokens"
    )
    parser.add_argument("--steps", type=int, default=2, help="a side and round")
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    if not Path(args.data).is_dir() or not str(args.data):
        print("no data: give the folder of MovieLens-100K, or set GENREC_DATA")
        return
    torch.set_num_threads(1)
    for form in args.form or PROMPTS:
        measure(form, args.data, args)


if __name__ == "__main__":
    main()
