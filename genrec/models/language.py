"""A fine-tuned language model's folder, and the generative recommender that it makes."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import JsonValue

from genrec.artifacts import Manifest, open_artifact
from genrec.config import BM25Settings, GeneratorSettings, LanguageRanking, LanguageUse, Settings
from genrec.data.dataset import Dataset
from genrec.errors import ArtifactError, UsageError
from genrec.generation.base import Generator
from genrec.generation.local import LocalGenerator
from genrec.generation.opening import KIND, open_generator
from genrec.models.generative import Generative
from genrec.models.titles import TitleRanker
from genrec.prompting import PromptTemplate, load_prompt


class LanguageModelSettings(Settings):
    """What a fine-tuned model was trained for, and how it is used: prompt, decoding, search."""

    generator: GeneratorSettings
    """Its model and adapter are those of the folder, whatever stands there."""
    bm25: BM25Settings = BM25Settings()
    merge: Literal["k-over-m", "weighted"] = "k-over-m"
    merge_at: int | None = None
    ranking: LanguageRanking = "search"
    target_fields: tuple[str, ...] = ()
    """Attributes behind each title that the model reads and writes."""
    is_adapter: bool
    """Whether the folder holds an adapter for the generator's model, or a whole model."""
    prompt_hash: str
    """SHA-256 of the prompt file it was trained with."""
    reason_prompt_hash: str | None = None
    """Of the generator's reason prompt; None where it was not trained to word reasons."""
    writes_searches: bool = True
    """False of an adapter that learnt to word reasons and nothing else."""

    def at(self, folder: Path, *, backend: GeneratorSettings | None = None) -> GeneratorSettings:
        """The generator's settings for the model in a folder, by the server that `backend` names, if any."""
        place = {"adapter": str(folder)} if self.is_adapter else {"model": str(folder)}
        if backend is not None and backend.backend is not None:
            place |= {"backend": backend.backend, "backend_model": backend.backend_model or folder.name}
        return self.generator.model_copy(update=place)

    def used(self, use: LanguageUse) -> "LanguageModelSettings":
        """These settings with what `use` changes."""
        changed = {name: value for name, value in use if value is not None}
        of_generator = changed.keys() & {"mode", "n_queries"}
        generator = self.generator.model_copy(update={name: changed.pop(name) for name in of_generator})
        return self.model_copy(update={"generator": generator, **changed})


def read_language_model(folder: Path) -> tuple[LanguageModelSettings, Manifest]:
    """What a fine-tuned model's folder says of itself, every file checked.

    Raises:
        ArtifactError: there is no model, it is damaged or half-written, or the prompt it was trained with has
            changed.
    """
    manifest = open_artifact(folder, kind=KIND, rebuild=f"genrec finetune {folder.name}")
    settings = LanguageModelSettings.model_validate(manifest.details["settings"])
    prompt = settings.generator.prompt
    if settings.writes_searches and load_prompt(prompt).hash != settings.prompt_hash:
        raise ArtifactError(
            f"the prompt {prompt} is not the one that this model was trained with",
            where=str(folder),
            next_step=f"put back prompts/{prompt}.yaml, or fine-tune again",
        )
    return settings, manifest


def reason_prompt(folder: Path, *, base: str) -> PromptTemplate:
    """The prompt that an adapter words reasons with, every file of its folder checked.

    Args:
        folder: of the adapter.
        base: the model that it is to be put on.

    Raises:
        ArtifactError: there is no adapter, it is damaged, of another model or not trained to word reasons, or
            its prompt has changed.
    """
    settings, _ = read_language_model(folder)
    template = load_prompt(settings.generator.reason_prompt)
    what = None
    if not settings.is_adapter or settings.generator.model != base:
        what = f"this is no adapter of {base}"
    elif settings.reason_prompt_hash is None:
        what = "this adapter was not trained to word reasons"
    elif settings.reason_prompt_hash != template.hash:
        what = f"the prompt {template.name} is not the one that this adapter was trained with"
    if what is not None:
        next_step = "correct `generator.reason_adapter`, or train one: genrec finetune reasons-lora"
        raise ArtifactError(what, where=str(folder), next_step=next_step)
    return template


def details(settings: LanguageModelSettings, **more: JsonValue) -> Mapping[str, JsonValue]:
    """What the manifest of a folder tells of the model."""
    return {"settings": settings.model_dump(mode="json"), **more}


def recommender(
    settings: LanguageModelSettings, dataset: Dataset, generator: Generator
) -> Generative | TitleRanker:
    """The recommender that a language model makes over a catalogue.

    Raises:
        UsageError: titles cannot be ranked by a server, or not with this tokenizer; or the catalogue has not
            the attributes that the model reads.
    """
    writer = Generative.over_titles(
        dataset,
        generator,
        settings.generator,
        bm25=settings.bm25,
        merge=settings.merge,
        merge_at=settings.merge_at,
        fields=settings.target_fields,
    )
    if settings.ranking == "search":
        return writer
    if not isinstance(generator, LocalGenerator):
        raise UsageError(
            f"a server cannot rank titles by {settings.ranking}",
            next_step="set ranking to search, or leave out the backend",
        )
    return TitleRanker.of(writer, generator, settings.ranking)


def opened(
    folder: Path,
    dataset: Dataset,
    *,
    backend: GeneratorSettings | None = None,
    use: LanguageUse | None = None,
    generator: Generator | None = None,
) -> Generative | TitleRanker:
    """The recommender of a fine-tuned model's folder.

    Args:
        folder: of the model.
        dataset: whose catalogue is ranked.
        backend: a server that writes in place of the model in process, where its settings name one.
        use: what differs from how the model was saved.
        generator: writes searches in place of that model, also where it would rank titles.

    Raises:
        ArtifactError: as `read_language_model`, or the base model cannot be had.
        BackendError: the server that writes cannot be reached.
        UsageError: as `recommender`.
    """
    settings = read_language_model(folder)[0].used(use or LanguageUse())
    if not settings.writes_searches:
        raise UsageError(
            f"{folder.name} words reasons and recommends nothing",
            next_step="set it as `generator.reason_adapter`, and choose another model",
        )
    place = settings.at(folder, backend=backend)
    settings = settings.model_copy(update={"generator": place})
    if generator is not None:
        return recommender(settings.model_copy(update={"ranking": "search"}), dataset, generator)
    return recommender(settings, dataset, open_generator(place, Path()))
