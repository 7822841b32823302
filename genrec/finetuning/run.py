"""A fine-tuning from recipe to model folder."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import AutoTokenizer, PreTrainedTokenizerBase

from genrec.artifacts import MANIFEST, writing
from genrec.assets import resolve_model
from genrec.config import GeneratorSettings, parse_settings
from genrec.data.dataset import Dataset
from genrec.data.splits import Holdout, Split
from genrec.errors import UsageError
from genrec.evaluation.prepare import subset
from genrec.finetuning.reasons import ReasonTask, joined, reason_task
from genrec.finetuning.recipe import FinetuneRecipe
from genrec.finetuning.rows import RowMaker
from genrec.generation.convert import VERSION, gguf_to_transformers
from genrec.generation.encoding import PromptEncoder
from genrec.generation.local import LocalGenerator, quiet_loading
from genrec.generation.opening import KIND
from genrec.metrics import Hits, ndcg
from genrec.models.language import LanguageModelSettings, details, read_language_model, recommender
from genrec.prompting import load_prompt
from genrec.training.bases import loaded_base, scratch_model, titles_tokenizer, with_adapter, with_adapter_of
from genrec.training.examples import Examples
from genrec.training.language import LanguageNetwork
from genrec.training.loop import Course, Epoch, seeded, train

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
) -> Bench:
    """Load or draw the model, and make the rows.

    Args:
        recipe: what is trained.
        parted: on whose training part.
        more: other logs that reasons are told of.
        start: a fine-tuned model's folder of the same recipe, to go on from.
        device: `auto` takes a GPU where there is one.

    Raises:
        ArtifactError: the base model cannot be had.
        DataError: there is nothing to learn from.
        UsageError: the recipe does not fit the tokenizer or the model.
    """
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
    maker = RowMaker(parted.train.catalogue, encoder, template, recipe.examples)
    if maker.is_list:
        maker.check_lines(parted.train.positives.items[:20].tolist())
    decoding = recipe.decoding
    generator = GeneratorSettings(
        model=recipe.base,
        prompt=recipe.examples.prompt,
        mode=decoding.mode,
        n_queries=decoding.n_queries,
        max_tokens=decoding.max_tokens,
        temperature=decoding.temperature,
        history_tokens=decoding.history_tokens,
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
        bm25=decoding.bm25,
        merge=decoding.merge,
        ranking=decoding.ranking,
        is_adapter=recipe.method != "full",
        prompt_hash=template.hash,
        reason_prompt_hash=reasons.template.hash if reasons else None,
        writes_searches=not is_alone,
    )
    parts = [] if is_alone else [maker.rows(parted.train.positives)]
    return Bench(
        recipe,
        start,
        parted,
        model.to(_device(device)),
        tokenizer,
        joined([*parts, *([reasons.rows] if reasons else [])]),
        settings,
        reasons,
    )


def fit(bench: Bench, *, checkpoints: Path | None = None, is_quiet: bool = False) -> Course:
    """Train in place; validation is NDCG@10 of what the written searches retrieve, the share of reasons that
    say their claims, or the mean of both where both are learnt.

    Raises:
        UsageError: training diverged, or the checkpoints are of another training.
    """
    recipe = bench.recipe
    network = LanguageNetwork(bench.model)
    return train(
        network,
        batches_of(bench),
        schedule=recipe.training,
        seed=recipe.seed,
        validate=_validation(bench),
        checkpoints=checkpoints,
        run=_run(bench),
        is_quiet=is_quiet,
    )


def batches_of(bench: Bench) -> Epoch:
    """All rows once an epoch."""
    return lambda rng: bench.rows.batches(rng, bench.recipe.training.batch_tokens)


def save(bench: Bench, folder: Path, course: Course) -> None:
    """Write the model folder, whole or not at all: at its root what peft or transformers loads.

    Raises:
        ArtifactError: it cannot be written; a model that was there before is intact.
    """
    dataset = bench.split.train
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
            ),
        ) as temporary,
        quiet_loading(str(folder)),
    ):
        if bench.settings.is_adapter:
            config = bench.model.peft_config["default"]
            config.base_model_name_or_path = bench.recipe.base  # not where it lies on this machine
            bench.model.save_pretrained(temporary)
            (temporary / "README.md").unlink(missing_ok=True)  # peft's empty form
        else:
            bench.model.save_pretrained(temporary)
            bench.tokenizer.save_pretrained(temporary)


def _base(
    recipe: FinetuneRecipe, train_part: Dataset, start: Path | None
) -> tuple[Any, PreTrainedTokenizerBase]:
    if recipe.base == SCRATCH and start is None:
        titles = train_part.catalogue.titles
        tokenizer = titles_tokenizer(titles, vocabulary=recipe.scratch.vocabulary)
        return scratch_model(recipe.scratch, vocabulary=len(tokenizer)), tokenizer
    is_whole = recipe.method == "full"
    if is_whole and start is not None:
        folder = str(start)
    else:
        folder = str(resolve_model(recipe.base, build=gguf_to_transformers, version=VERSION))
    with quiet_loading(folder):
        found: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(folder)
    model = loaded_base(folder, quantized=recipe.method == "qlora")
    if is_whole:
        return model, found
    return (with_adapter(model, recipe.lora) if start is None else with_adapter_of(model, start)), found


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
    if not bench.settings.writes_searches:
        return None
    holdout = sampled(bench.split.validation, bench.recipe.validation_users, bench.recipe.seed)
    if not len(holdout):
        return None
    ranker = bench.recommender(bench.split.train)
    queries = holdout.queries()

    def mean_ndcg() -> float:
        found = ranker.recommend(queries, k=CUTOFF).items
        return float(ndcg(Hits.of(found, holdout.indptr, holdout.items), CUTOFF).mean())

    return mean_ndcg


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
    """What tells one training from another: recipe, base and data."""
    digest = hashlib.sha256(bench.recipe.model_dump_json().encode())
    digest.update(bench.split.train.fingerprint.encode())
    digest.update(bench.settings.prompt_hash.encode())
    if bench.start is not None:
        digest.update((bench.start / MANIFEST).read_bytes())
    return digest.hexdigest()
