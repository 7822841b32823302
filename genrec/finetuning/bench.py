"""All that a fine-tuning works with, made from its recipe: model, tokenizer, rows, settings."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import AutoTokenizer, PreTrainedTokenizerBase

from genrec.assets import resolve_model
from genrec.config import GeneratorSettings
from genrec.data.dataset import Dataset
from genrec.data.splits import Split
from genrec.errors import UsageError
from genrec.finetuning.kept import kept_rows
from genrec.finetuning.reasons import ReasonTask, joined, reason_task
from genrec.finetuning.recipe import FinetuneRecipe
from genrec.finetuning.rows import Counts, RowMaker
from genrec.finetuning.served import check_served
from genrec.generation.convert import VERSION, gguf_to_transformers
from genrec.generation.encoding import PromptEncoder
from genrec.generation.local import LocalGenerator, quiet_loading
from genrec.generation.targets import check_fields, item_text
from genrec.models.language import LanguageModelSettings, recommender
from genrec.prompting import PromptTemplate, load_prompt
from genrec.training.bases import (
    loaded_base,
    scratch_model,
    titles_tokenizer,
    with_adapter,
    with_adapter_of,
    with_dropout,
)
from genrec.training.examples import Examples
from genrec.training.loop import seeded

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
    template, encoder = load_prompt(recipe.examples.prompt), PromptEncoder(tokenizer)
    _check_chat(recipe, template, tokenizer)
    reasons = (
        reason_task(recipe.reasons, [parted, *more], encoder, asked=recipe.validation_users, seed=recipe.seed)
        if recipe.reasons
        else None
    )
    maker = RowMaker(parted.train, encoder, template, recipe.examples)
    if maker.is_list:
        maker.check_lines()
    settings = _settings(recipe, template, reasons)
    found, counts = [], Counts()
    if settings.writes_searches:
        rows, counts = kept_rows(maker, tokenizer, seed=recipe.seed, folder=kept)
        found.append(rows)
    rows = joined([*found, reasons.rows] if reasons else found)
    _check_context(model, rows, recipe)
    model = model.to(_device(device))
    return Bench(recipe, start, parted, model, tokenizer, rows, counts, settings, reasons)


def _settings(
    recipe: FinetuneRecipe, template: PromptTemplate, reasons: ReasonTask | None
) -> LanguageModelSettings:
    """How the model will be used, as its folder will say."""
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
    if recipe.reasons is not None:
        generator = generator.model_copy(update={"reason_prompt": recipe.reasons.prompt})
    return LanguageModelSettings(
        generator=generator,
        bm25=recipe.bm25,
        merge=decoding.merge,
        ranking=decoding.ranking,
        target_fields=recipe.examples.target_fields,
        is_adapter=recipe.method != "full",
        prompt_hash=template.hash,
        reason_prompt_hash=reasons.template.hash if reasons else None,
        writes_searches=recipe.reasons is None or not recipe.reasons.alone,
    )


def _check_chat(recipe: FinetuneRecipe, template: PromptTemplate, tokenizer: PreTrainedTokenizerBase) -> None:
    """Refuse a base without a chat template where a prompt is a chat."""
    if tokenizer.chat_template:
        return
    if template.kind == "chat":
        raise UsageError(
            f"{recipe.base} has no chat template, which the prompt {template.name} needs",
            next_step="set examples.prompt to query-titles or query-gpt4rec",
        )
    if recipe.reasons is not None:
        raise UsageError(
            f"{recipe.base} has no chat template, which reasons need",
            next_step="leave out `reasons`, or choose another base",
        )


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


def _device(name: str) -> torch.device:
    if name != "auto":
        return torch.device(name)
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")
