"""A fine-tuning from recipe to model folder."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import AutoTokenizer, PreTrainedTokenizerBase

from genrec.artifacts import MANIFEST, writing
from genrec.assets import resolve_model
from genrec.config import GeneratorSettings, LanguageUse, parse_settings
from genrec.data.dataset import Dataset
from genrec.data.splits import Holdout, Split
from genrec.errors import UsageError
from genrec.evaluation.prepare import subset
from genrec.finetuning.card import CARD_FILE, card
from genrec.finetuning.kept import kept_rows
from genrec.finetuning.measured import Measured, measured
from genrec.finetuning.reasons import ReasonTask, joined, reason_task
from genrec.finetuning.recipe import FinetuneRecipe
from genrec.finetuning.rows import Counts, RowMaker
from genrec.finetuning.searching import Tried, tried
from genrec.finetuning.served import check_served
from genrec.generation.convert import VERSION, gguf_to_transformers
from genrec.generation.encoding import PromptEncoder
from genrec.generation.local import LocalGenerator, quiet_loading
from genrec.generation.opening import KIND
from genrec.generation.targets import check_fields, item_text
from genrec.metrics import Hits, ndcg
from genrec.models.generative import Generative
from genrec.models.language import LanguageModelSettings, details, read_language_model, recommender
from genrec.prompting import load_prompt
from genrec.training.bases import (
    loaded_base,
    scratch_model,
    titles_tokenizer,
    with_adapter,
    with_adapter_of,
    with_dropout,
)
from genrec.training.devices import Devices
from genrec.training.examples import Examples
from genrec.training.language import LanguageNetwork
from genrec.training.loop import Course, Epoch, seeded, train
from genrec.training.memory import halved, reporting_memory

CUTOFF = 10
SCRATCH = "scratch"


@dataclass(frozen=True)
class Bench:
    """All that a fine-tuning works with: model, tokenizer, rows, and how the model will be used."""

    recipe: FinetuneRecipe
    start: Path | None
    split: Split
    model: Any
    tokenizer: PreTrainedTokenizerBase
    rows: Examples
    counts: Counts
    settings: LanguageModelSettings
    reasons: ReasonTask | None = None

    def recommender(self, dataset: Dataset) -> Any:
        """The generative recommender of the model as it stands."""
        return recommender(self.settings, dataset, LocalGenerator.around(self.plain_model, self.tokenizer))

    @property
    def plain_model(self) -> Any:
        """The transformers model, its adapter's layers in it."""
        return self.model.get_base_model() if self.settings.is_adapter else self.model


def set_up(
    recipe: FinetuneRecipe,
    parted: Split,
    *,
    more: Sequence[Split] = (),
    start: Path | None = None,
    device: str = "auto",
    kept: Path | None = None,
) -> Bench:
    """Load or draw the model, and make the rows.

    Args:
        recipe: what is trained.
        parted: on whose training part.
        more: other logs that reasons are told of.
        start: a fine-tuned model's folder of the same recipe, to go on from.
        device: `auto` takes a GPU where there is one.
        kept: a folder to keep the rows in for the next run; without it they are made and not kept.

    Raises:
        ArtifactError: the base model cannot be had, or the rows cannot be kept.
        DataError: there is nothing to learn from.
        UsageError: the recipe does not fit the tokenizer or the model.
    """
    check_fields(parted.train.catalogue, recipe.examples.target_fields)
    with seeded(recipe.seed):
        model, tokenizer = _base(recipe, parted.train, start)
    template = load_prompt(recipe.examples.prompt)
    if template.kind == "chat" and not tokenizer.chat_template:
        raise UsageError(
            f"{recipe.base} has no chat template, which the prompt {template.name} needs",
            next_step="set examples.prompt to query-titles or query-gpt4rec",
        )
    if recipe.reasons is not None and not tokenizer.chat_template:
        raise UsageError(
            f"{recipe.base} has no chat template, which reasons need",
            next_step="leave out `reasons`, or choose another base",
        )
    encoder = PromptEncoder(tokenizer)
    maker = RowMaker(parted.train, encoder, template, recipe.examples)
    if maker.is_list:
        maker.check_lines()
    decoding = recipe.decoding
    generator = GeneratorSettings(
        model=recipe.base,
        prompt=recipe.examples.prompt,
        mode=decoding.mode,
        n_queries=decoding.n_queries,
        max_tokens=decoding.max_tokens,
        temperature=decoding.temperature,
        history_tokens=decoding.history_tokens,
        title_words=recipe.examples.title_words,
        seed=recipe.seed,
    )
    reasons = None
    if recipe.reasons is not None:
        asked = recipe.validation_users
        reasons = reason_task(recipe.reasons, [parted, *more], encoder, asked=asked, seed=recipe.seed)
        generator = generator.model_copy(update={"reason_prompt": recipe.reasons.prompt})
    is_alone = recipe.reasons is not None and recipe.reasons.alone
    settings = LanguageModelSettings(
        generator=generator,
        bm25=recipe.bm25,
        merge=decoding.merge,
        ranking=decoding.ranking,
        target_fields=recipe.examples.target_fields,
        is_adapter=recipe.method != "full",
        prompt_hash=template.hash,
        reason_prompt_hash=reasons.template.hash if reasons else None,
        writes_searches=not is_alone,
    )
    rows, counts = (
        (None, Counts()) if is_alone else kept_rows(maker, tokenizer, seed=recipe.seed, folder=kept)
    )
    rows = joined([each for each in (rows, reasons.rows if reasons else None) if each is not None])
    _check_context(model, rows, recipe)
    model = model.to(_device(device))
    return Bench(recipe, start, parted, model, tokenizer, rows, counts, settings, reasons)


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
            bench.model.save_pretrained(temporary)
        else:
            bench.model.save_pretrained(temporary)
            bench.tokenizer.save_pretrained(temporary)
        text = card(bench, course, found, name=folder.name)
        (temporary / CARD_FILE).write_text(text, encoding="utf-8")  # in place of peft's empty form


def _base(
    recipe: FinetuneRecipe, train_part: Dataset, start: Path | None
) -> tuple[Any, PreTrainedTokenizerBase]:
    if recipe.base == SCRATCH and start is None:
        tokenizer = _scratch_tokenizer(recipe, train_part)
        model = scratch_model(recipe.scratch, vocabulary=len(tokenizer))
        return with_dropout(model, recipe.scratch.dropout), tokenizer
    is_whole = recipe.method == "full"
    if is_whole and start is not None:
        folder = str(start)
    else:
        folder = str(resolve_model(recipe.base, build=gguf_to_transformers, version=VERSION))
        check_served(folder, recipe)
    with quiet_loading(folder):
        found: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(folder)
    model = loaded_base(folder, quantized=recipe.method == "qlora")
    if is_whole:
        return (with_dropout(model, recipe.scratch.dropout) if recipe.base == SCRATCH else model), found
    return (with_adapter(model, recipe.lora) if start is None else with_adapter_of(model, start)), found


def _scratch_tokenizer(recipe: FinetuneRecipe, train_part: Dataset) -> PreTrainedTokenizerBase:
    catalogue, examples, scratch = train_part.catalogue, recipe.examples, recipe.scratch
    texts = [
        item_text(catalogue, item, examples.target_fields, words=examples.title_words)
        for item in range(len(catalogue))
    ]
    told = [texts[item] for item in train_part.positives.items.tolist()] if scratch.across_words else []
    return titles_tokenizer([*texts, *told], vocabulary=scratch.vocabulary, across_words=scratch.across_words)


def _check_context(model: Any, rows: Examples, recipe: FinetuneRecipe) -> None:
    """Refuse rows, or prompts that validation will write from, that are longer than the model can read."""
    most = getattr(model.config, "max_position_embeddings", None)
    asked = recipe.decoding.history_tokens + recipe.decoding.max_tokens
    for name, tokens in (
        ("examples.max_tokens", int(rows.lengths.max())),
        ("decoding.history_tokens", asked),
    ):
        if most is not None and tokens > most:
            raise UsageError(
                f"{recipe.base} reads {most} tokens, and {tokens} are asked of it",
                next_step=f"lower {name} by {tokens - most} or more",
            )


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


def _device(name: str) -> torch.device:
    if name != "auto":
        return torch.device(name)
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def _run(bench: Bench) -> str:
    """What tells one training from another: recipe, base and data; not how often it is saved."""
    recipe = bench.recipe.model_dump_json(exclude={"training": {"checkpoint_minutes"}})
    digest = hashlib.sha256(recipe.encode())
    digest.update(bench.split.train.fingerprint.encode())
    digest.update(bench.settings.prompt_hash.encode())
    if bench.start is not None:
        digest.update((bench.start / MANIFEST).read_bytes())
    return digest.hexdigest()
