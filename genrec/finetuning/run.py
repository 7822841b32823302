"""A fine-tuning from recipe to model folder."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from genrec.artifacts import MANIFEST, writing
from genrec.config import LanguageUse, parse_settings
from genrec.data.splits import Holdout
from genrec.evaluation.prepare import subset
from genrec.finetuning.bench import Bench
from genrec.finetuning.card import CARD_FILE, card
from genrec.finetuning.measured import Measured, measured
from genrec.finetuning.recipe import FinetuneRecipe
from genrec.finetuning.searching import Tried, tried
from genrec.generation.local import LocalGenerator, quiet_loading
from genrec.generation.opening import KIND
from genrec.metrics import Hits, ndcg
from genrec.models.generative import Generative
from genrec.models.language import details, read_language_model
from genrec.training.devices import Devices
from genrec.training.language import LanguageNetwork
from genrec.training.loop import Course, Epoch, learnt_tensors, train
from genrec.training.memory import halved, reporting_memory

CUTOFF = 10


def fit(
    bench: Bench, *, checkpoints: Path | None = None, devices: Devices | None = None, is_quiet: bool = False
) -> Course:
    """Train in place; validation is NDCG@10 of what the written searches retrieve, the share of reasons that
    say their claims, or the mean of both where both are learnt.

    Raises:
        ArtifactError: a checkpoint cannot be written.
        UsageError: training diverged, memory is used up, or the checkpoints are of another training.
    """
    recipe = bench.recipe
    with reporting_memory(_smaller(bench)):
        return train(
            LanguageNetwork(bench.model),
            batches_of(bench),
            schedule=recipe.training,
            seed=recipe.seed,
            validate=_validation(bench),
            checkpoints=checkpoints,
            checkpoint_minutes=recipe.training.checkpoint_minutes,
            run=_run(bench),
            devices=devices,
            is_quiet=is_quiet,
        )


def _smaller(bench: Bench) -> str:
    """How a step takes less memory: a batch is never less than a row."""
    recipe = bench.recipe
    tokens, longest = recipe.training.batch_tokens, int(bench.rows.lengths.max())
    fewer = halved("training.batch_tokens", tokens)
    if tokens // 2 >= longest:
        return fewer
    return f"{fewer}, and {halved('examples.max_tokens', recipe.examples.max_tokens)}"


def with_search(bench: Bench) -> tuple[Bench, list[Tried]]:
    """The same with the searches' settings that do best on the validation users, and all that were tried.

    The first of equals wins. Nothing is tried where the recipe has no grid, or nobody is to validate on.
    """
    decoding, holdout = bench.recipe.decoding, _validated(bench)
    if decoding.grid is None or not bench.settings.writes_searches or not len(holdout):
        return bench, []

    def writer(n_queries: int) -> Generative:
        used = bench.settings.used(LanguageUse(ranking="search", n_queries=n_queries))
        found = replace(bench, settings=used).recommender(bench.split.train)
        assert isinstance(found, Generative)
        return found

    points = list(tried(writer, decoding.grid, bench.settings.bm25, m=decoding.n_queries, holdout=holdout))
    best = max(points, key=lambda each: each.value)
    return replace(
        bench, settings=bench.settings.used(LanguageUse(n_queries=best.n_queries, bm25=best.bm25))
    ), points


def batches_of(bench: Bench) -> Epoch:
    """All rows once an epoch."""
    return lambda rng: bench.rows.batches(rng, bench.recipe.training.batch_tokens)


def save(bench: Bench, folder: Path, course: Course, *, searches: Sequence[Tried] = ()) -> None:
    """Write the model folder, whole or not at all: at its root what peft or transformers loads, and a card.

    Raises:
        ArtifactError: it cannot be written; a model that was there before is intact.
    """
    dataset = bench.split.train
    if bench.settings.is_adapter:
        _round(bench.model)
    found = _measured(bench)
    with (
        writing(
            folder,
            kind=KIND,
            data_fingerprint=bench.split.whole.fingerprint,
            catalogue_version=dataset.catalogue.version,
            seed=bench.recipe.seed,
            details=details(
                bench.settings,
                recipe=bench.recipe.model_dump(mode="json"),
                validations=[list(each) for each in course.validations],
                best_epoch=course.best_epoch,
                searches=[[each.n_queries, each.bm25.model_dump(), each.value] for each in searches],
                measured=None if found is None else found.model_dump(mode="json"),
            ),
        ) as temporary,
        quiet_loading(str(folder)),
    ):
        if bench.settings.is_adapter:
            config = bench.model.peft_config["default"]
            config.base_model_name_or_path = bench.recipe.base  # not where it lies on this machine
            bench.model.save_pretrained(temporary, state_dict=_halved(bench.model))
        else:
            bench.model.save_pretrained(temporary)
            bench.tokenizer.save_pretrained(temporary)
        text = card(bench, course, found, name=folder.name)
        (temporary / CARD_FILE).write_text(text, encoding="utf-8")  # in place of peft's empty form


def _round(adapted: Any) -> None:
    """Round an adapter to what bfloat16 holds, in which it is saved: what is measured is what is saved."""
    for each in adapted.parameters():
        if each.requires_grad:
            each.data.copy_(each.data.bfloat16())


def _halved(adapted: Any) -> dict[str, Tensor]:
    """An adapter's weights in bfloat16, in which a server multiplies them anyway."""
    return {name: each.bfloat16() for name, each in learnt_tensors(adapted).items()}


def continued(folder: Path) -> FinetuneRecipe:
    """The recipe that a fine-tuned model was made by, every file of its folder checked.

    Raises:
        ArtifactError: there is no model, or it is damaged.
        UsageError: this version does not know its recipe.
    """
    _, manifest = read_language_model(folder)
    made_by = manifest.details["recipe"]
    assert isinstance(made_by, dict)
    return parse_settings(FinetuneRecipe, dict(made_by.items()), where=str(folder))


def _validation(bench: Bench) -> Callable[[], float] | None:
    measures = [each for each in (_ndcg(bench), _worded(bench)) if each is not None]
    return (lambda: sum(each() for each in measures) / len(measures)) if measures else None


def _worded(bench: Bench) -> Callable[[], float] | None:
    task = bench.reasons
    if task is None or not task.asked:
        return None
    generator = LocalGenerator.around(bench.plain_model, bench.tokenizer)
    return lambda: task.share(generator)


def _ndcg(bench: Bench) -> Callable[[], float] | None:
    found = _hits(bench)
    return None if found is None else lambda: float(ndcg(found(), CUTOFF).mean())


def _measured(bench: Bench) -> Measured | None:
    """The model as it stands, on the validation users; None where there are none."""
    found = _hits(bench)
    return None if found is None else measured(found(), CUTOFF)


def _hits(bench: Bench) -> Callable[[], Hits] | None:
    if not bench.settings.writes_searches:
        return None
    holdout = _validated(bench)
    if not len(holdout):
        return None
    ranker = bench.recommender(bench.split.train)
    queries = holdout.queries()

    def found() -> Hits:
        with reporting_memory(halved("decoding.n_queries", bench.recipe.decoding.n_queries)):
            items = ranker.recommend(queries, k=CUTOFF).items
        return Hits.of(items, holdout.indptr, holdout.items)

    return found


def _validated(bench: Bench) -> Holdout:
    return sampled(bench.split.validation, bench.recipe.validation_users, bench.recipe.seed)


def sampled(holdout: Holdout, users: int, seed: int) -> Holdout:
    """At most so many users, drawn by a seed."""
    if len(holdout) <= users:
        return holdout
    rows = np.sort(np.random.default_rng(seed).choice(len(holdout), users, replace=False))
    return subset(holdout, rows)


def _run(bench: Bench) -> str:
    """What tells one training from another: recipe, base and data; not how often it is saved."""
    recipe = bench.recipe.model_dump_json(exclude={"training": {"checkpoint_minutes"}})
    digest = hashlib.sha256(recipe.encode())
    digest.update(bench.split.train.fingerprint.encode())
    digest.update(bench.settings.prompt_hash.encode())
    if bench.start is not None:
        digest.update((bench.start / MANIFEST).read_bytes())
    return digest.hexdigest()
