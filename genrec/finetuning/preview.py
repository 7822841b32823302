"""What a fine-tuning would do, before it does it: an example with its targets marked, counts, memory."""

from collections.abc import Iterator

import numpy as np

from genrec.finetuning.rows import Counts
from genrec.finetuning.run import Bench

SHOWN_CHARACTERS = 1200
ACTIVATIONS_PER_LAYER = 34
"""Bytes a token, layer and hidden unit in half precision (Korthikanti et al. 2022, section 4); twice that in
float32."""


def preview(bench: Bench) -> str:
    """Lines for a terminal; targets stand between » and «."""
    return "\n".join(_lines(bench))


def _lines(bench: Bench) -> Iterator[str]:
    rows, training, counts = bench.rows, bench.recipe.training, bench.counts
    learnt, total = parameters(bench.model)
    lengths, targets = rows.lengths, int(rows.is_target.sum())
    steps, share = steps_and_padding(bench)
    yield f"{bench.recipe.name}: {bench.recipe.method} on {bench.recipe.base}"
    yield f"  learns {learnt:,} of {total:,} parameters ({learnt / total:.1%})"
    yield (
        f"  {len(rows):,} rows, {lengths.sum():,} tokens, "
        f"{targets:,} of them targets ({targets / lengths.sum():.0%})"
    )
    if counts.search_rows or counts.task_rows:
        yield (
            f"  {counts.history_rows:,} rows are of choices, {counts.search_rows:,} of searches before them, "
            f"{counts.task_rows:,} of tasks"
        )
    yield (
        f"  row lengths: median {np.median(lengths):.0f}, 95 % up to {np.quantile(lengths, 0.95):.0f}, "
        f"longest {lengths.max()} of at most {bench.recipe.examples.max_tokens}"
    )
    yield from (f"  {each}" for each in _trimmed(counts))
    yield (
        f"  {share:.1%} of a batch is padding; {steps:,} steps in the first epoch, "
        f"{training.epochs} epochs at most: about {steps * training.epochs:,} steps"
    )
    yield f"  memory while training, about: {memory(bench) / 2**30:.1f} GiB"
    yield "  the first row, targets between » and «:"
    yield marked(bench, 0)
    if counts.task_rows:
        yield "  the last one, of a task:"
        yield marked(bench, len(rows) - 1)


def _trimmed(counts: Counts) -> Iterator[str]:
    """What did not fit, a line each; what there was none of is not told."""
    told = {
        "users have fewer than two choices to learn from and are left out": counts.users,
        "choices are of items without a title and are left out": counts.untitled,
        "titles are left out of prompts, each counted in each prompt that had no room for it": counts.titles,
        "histories are too long for one row and go over several": counts.continued,
        "items have a text that is too long and is cut at its end": counts.shortened,
    }
    return (f"{n:,} {what}" for what, n in told.items() if n)


def marked(bench: Bench, row: int) -> str:
    """A row as text, its targets between » and «."""
    ids, is_target = bench.rows.row(row)
    parts = np.split(np.arange(len(ids)), np.flatnonzero(np.diff(is_target)) + 1)
    words = [str(bench.tokenizer.decode(ids[part])) for part in parts]
    told = zip(words, parts, strict=True)
    text = "".join(f"»{each}«" if is_target[part[0]] else each for each, part in told)
    return text if len(text) <= SHOWN_CHARACTERS else text[:SHOWN_CHARACTERS] + " …"


def parameters(model: object) -> tuple[int, int]:
    """How many are learnt, and how many there are, tied ones once."""
    found = [(each.numel(), each.requires_grad) for each in model.parameters()]  # type: ignore[attr-defined]
    return sum(n for n, is_learnt in found if is_learnt), sum(n for n, _ in found)


def steps_and_padding(bench: Bench) -> tuple[int, float]:
    """Batches of an epoch, and the share of their tokens that only fill them up."""
    rng = np.random.default_rng(bench.recipe.seed)
    held = [ids.numel() for ids, _ in bench.rows.batches(rng, bench.recipe.training.batch_tokens)]
    return len(held), 1 - int(bench.rows.lengths.sum()) / sum(held)


def memory(bench: Bench) -> float:
    """Bytes of weights, gradients, AdamW's state and a batch's activations; an estimate from above."""
    config = bench.model.config
    learnt, total = parameters(bench.model)
    tokens = max(bench.recipe.training.batch_tokens, int(bench.rows.lengths.max()))
    layers = 2 * ACTIVATIONS_PER_LAYER * tokens * config.hidden_size * config.num_hidden_layers
    logits = 3 * 4 * tokens * config.vocab_size
    return float(4 * total + 12 * learnt + layers + logits)
