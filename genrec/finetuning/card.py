"""The model card: what a fine-tuned model was made of and reaches, whose terms bind it, how it is served.

It holds no time and nothing of this machine that the recipe does not name, so equal runs write equal cards.
"""

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from genrec.artifacts import commit, package_versions
from genrec.assets import KNOWN, cache_folder, prepared_at
from genrec.data import fetch
from genrec.evaluation.recipe import DataSettings
from genrec.finetuning.measured import RESAMPLES, Measured
from genrec.generation.convert import VERSION
from genrec.places import is_offline
from genrec.serving import vllm
from genrec.training.loop import Course

if TYPE_CHECKING:
    from genrec.finetuning.bench import Bench
    from genrec.finetuning.recipe import FinetuneRecipe

CARD_FILE = "README.md"
NOT_KNOWN = "not known"


def card(bench: "Bench", course: Course, found: Measured | None, *, name: str) -> str:
    """The card as Markdown with the front matter that model hubs read.

    Args:
        bench: what was trained.
        course: how that went.
        found: on the validation users.
        name: of the model's folder.
    """
    sections = {
        "Data": _data(bench),
        "Training": _training(bench, course),
        "Validation": _validation(bench, course, found),
        "Licences": _licences(bench.recipe),
        "Serving": _serving(bench, name),
    }
    body = [f"## {title}\n\n" + "\n".join(lines) for title, lines in sections.items()]
    return "\n\n".join([_front_matter(bench.recipe), f"# {name}", _summary(bench), *body]) + "\n"


def base_licence(base: str) -> str:
    """The licence of a base model: of its pin, or what its own card says; or that it is not known."""
    if base in KNOWN:
        return f"{KNOWN[base].licence} ({KNOWN[base].home})"
    from huggingface_hub import hf_hub_download, metadata_load
    from huggingface_hub.errors import HfHubHTTPError

    path = Path(base).expanduser() / CARD_FILE
    try:
        if not Path(base).expanduser().is_dir():
            path = Path(hf_hub_download(base, CARD_FILE, local_files_only=is_offline(hub=True)))
        told = metadata_load(path) or {}
    except (OSError, HfHubHTTPError, ValueError, yaml.YAMLError):  # no card, no network, or no front matter
        return NOT_KNOWN
    return str(told.get("license_name") or told.get("license") or NOT_KNOWN)


def data_licence(data: DataSettings) -> str:
    """The terms of a known data set; those of a user's own data are theirs to know."""
    known = fetch.KNOWN.get(data.name or "")
    return f"{known.licence} ({known.home})" if known else NOT_KNOWN


def _front_matter(recipe: "FinetuneRecipe") -> str:
    told: dict[str, object] = {
        "library_name": "transformers" if recipe.method == "full" else "peft",
        "pipeline_tag": "text-generation",
        "tags": ["genrec", "recommendation"],
    }
    if recipe.base in KNOWN:
        told["base_model"] = KNOWN[recipe.base].home.removeprefix("https://huggingface.co/")
    elif recipe.base != "scratch" and not Path(recipe.base).expanduser().exists():
        told["base_model"] = recipe.base
    return f"---\n{yaml.safe_dump(told, sort_keys=True)}---"


def _summary(bench: "Bench") -> str:
    recipe = bench.recipe
    what = {
        "lora": f"A LoRA adapter of {recipe.base}",
        "qlora": f"A LoRA adapter of {recipe.base}, trained on its 4-bit form",
        "full": f"A whole language model, fine-tuned from {recipe.base}",
    }[recipe.method]
    what = "A small Llama with a tokenizer of its own, from scratch" if recipe.base == "scratch" else what
    return f"{what}: it reads what a user chose and writes what they would choose next. Made by genrec."


def _data(bench: "Bench") -> Iterator[str]:
    catalogue, report = bench.split.train.catalogue, bench.split.report
    yield f"- set: {_data_name(bench.recipe.data)}"
    yield f"- fingerprint: `{bench.split.whole.fingerprint}`"
    yield f"- catalogue: {len(catalogue):,} items, version `{catalogue.version}`"
    yield from (f"- {each}" for each in f"split: {report}".splitlines())


def _data_name(data: DataSettings) -> str:
    if data.catalogue is not None and data.interactions is not None:
        return f"`{data.catalogue.path}` and `{data.interactions.path}`"
    return data.name or f"the workspace `{data.workspace}`"


def _training(bench: "Bench", course: Course) -> Iterator[str]:
    counts, rows = bench.counts, bench.rows
    learnt = sum(each.numel() for each in bench.model.parameters() if each.requires_grad)
    yield f"- learnt: {learnt:,} parameters, seed {bench.recipe.seed}"
    yield f"- from: {bench.recipe.base}" + (f", by way of {bench.start.name}" if bench.start else "")
    yield (
        f"- rows: {counts.history_rows:,} of choices, {counts.search_rows:,} of searches, "
        f"{counts.task_rows:,} of tasks; {int(rows.lengths.sum()):,} tokens, "
        f"{int(rows.is_target.sum()):,} of them targets"
    )
    kept = f"the weights of {course.best_epoch} kept"
    yield f"- epochs: {course.epochs}, {kept}; last loss {course.losses[-1]:.4f}"
    yield f"- prompt: {bench.recipe.examples.prompt}, SHA-256 `{bench.settings.prompt_hash}`"
    versions = ", ".join(f"{name} {version}" for name, version in package_versions().items())
    yield f"- versions: {versions}; commit {commit() or NOT_KNOWN}"
    recipe = yaml.safe_dump(bench.recipe.model_dump(mode="json"), sort_keys=False, allow_unicode=True)
    yield f"\n```yaml\n{recipe}```"


def _validation(bench: "Bench", course: Course, found: Measured | None) -> Iterator[str]:
    if found is None:
        yield "The split has no validation users: nothing was measured."
        return
    for name, (mean, low, high) in (("NDCG", found.ndcg), ("Recall", found.recall)):
        yield f"- {name}@{found.cutoff}: {mean:.4f} [{low:.4f}, {high:.4f}]"
    yield (
        f"\nMean over {found.users:,} validation users with its 95 % bootstrap interval ({RESAMPLES:,} "
        f"resamples), ranked by {bench.settings.ranking}, seen items out, ties {bench.split.report.ties}. "
        f"The best of {len(course.validations)} validations was kept, and how searches are looked up was "
        "chosen, by the same users, so it flatters; the test part was not touched."
    )


def _licences(recipe: "FinetuneRecipe") -> Iterator[str]:
    yield "- base: " + (
        "none, it was trained from scratch" if recipe.base == "scratch" else base_licence(recipe.base)
    )
    yield f"- data: {data_licence(recipe.data)}"
    yield "\nWhat a model learnt may be bound by the terms of its data; read both before you pass it on."


def _serving(bench: "Bench", name: str) -> Iterator[str]:
    yield "In process, where this folder is `models/" + name + "` of a workspace:"
    yield _shell(f"genrec recommend --user ID --model {shlex.quote(name)}")
    if bench.settings.ranking != "search":
        yield f"\nIt ranks titles by {bench.settings.ranking}, which no server can do for genrec; fine-tuned"
        yield "with `decoding: {ranking: search}` it writes searches by a server too. vLLM loads it so:"
    else:
        yield "\nBy vLLM:"
    yield _shell(_server_command(bench, name))
    if bench.settings.ranking == "search":
        yield "\nand then:"
        yield _shell(
            f"genrec recommend --user ID --model {shlex.quote(name)} --backend http://127.0.0.1:8000/v1"
        )


def _server_command(bench: "Bench", name: str) -> str:
    folder = f"models/{name}"
    if bench.settings.is_adapter:
        rank = bench.recipe.lora.rank
        arguments = vllm.model_arguments(bench.recipe.base, name=name, adapter=folder, rank=rank)
    else:
        arguments = vllm.model_arguments(folder, name=name)
    arguments += vllm.beam_arguments(bench.settings.generator)
    told = (_base_place(each) if each == bench.recipe.base else shlex.quote(each) for each in arguments)
    return f"python -m {vllm.MODULE} {' '.join(told)}"


def _base_place(base: str) -> str:
    """Where the base lies, for a shell: an asset in the cache folder, whichever that is there."""
    if base not in KNOWN:
        return shlex.quote(base)
    place = prepared_at(KNOWN[base], version=VERSION).relative_to(cache_folder())
    return f'"${{GENREC_CACHE:-$HOME/.cache/genrec}}/{place.as_posix()}"'


def _shell(command: str) -> str:
    return f"\n```bash\n{command}\n```"
