"""What a fine-tuning would do, before it does it: an example with its targets marked, counts, memory."""

from collections.abc import Iterator

import numpy as np
from torch import nn

from genrec.finetuning.bench import Bench
from genrec.finetuning.rows import Counts

SHOWN_CHARACTERS = 1200


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
    held = _batch_sizes(bench)
    return len(held), 1 - int(bench.rows.lengths.sum()) / sum(held)


def _batch_sizes(bench: Bench) -> list[int]:
    """Tokens of each batch of an epoch, padding counted."""
    rng = np.random.default_rng(bench.recipe.seed)
    return [ids.numel() for ids, _ in bench.rows.batches(rng, bench.recipe.training.batch_tokens)]


def memory(bench: Bench) -> float:
    """Bytes of weights, gradients, AdamW's state and a batch's activations, all in float32: an estimate.

    Kept for the backward pass is, as counted here, twice what goes into and comes out of every linear layer,
    an adapter's own included (norms, activations and sums keep about as much again), and three times the
    logits of the targets. What Python and its libraries take is not counted.
    """
    learnt, total = parameters(bench.model)
    tokens = max(_batch_sizes(bench))
    output = bench.model.get_output_embeddings()
    layers = (each for each in bench.model.modules() if isinstance(each, nn.Linear) and each is not output)
    values = sum(each.in_features + each.out_features for each in layers)
    logits = 3 * bench.model.config.vocab_size * bench.rows.is_target.mean()
    return float(4 * total + 12 * learnt + 4 * tokens * (2 * values + logits))
