"""What the folders under `models/` hold, as their manifests tell."""

from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel

from genrec.artifacts import kind_of, open_artifact
from genrec.generation.opening import ADAPTER_CONFIG
from genrec.generation.opening import KIND as LANGUAGE_MODEL
from genrec.models.fitting import KIND


class _Named(BaseModel):
    kind: str = ""
    base: str = ""


class _Measured(BaseModel):
    ndcg: tuple[float, float, float]


class _Settings(_Named):
    reason_prompt_hash: str | None = None
    writes_searches: bool = True


class _Details(BaseModel):
    """What is listed of a manifest's details; the rest is passed over."""

    settings: _Settings = _Settings()
    recipe: _Named = _Named()
    measured: _Measured | None = None


@dataclass(frozen=True)
class Listed:
    """One model: `kind` is that of its settings, or what sort of language model it is."""

    name: str
    kind: str
    data_fingerprint: str | None
    seed: int | None
    validation_ndcg: float | None
    """Mean NDCG@10 of a fine-tuned model as it was saved, its searches' settings chosen; None of others, and
    of one that has learnt reasons."""
    validation_interval: tuple[float, float] | None
    """Its 95 % bootstrap interval over the validation users."""


def listed(folder: Path) -> Listed:
    """What a model's folder says of itself, every file checked.

    Raises:
        ArtifactError: it is missing, damaged or half-written, or no model.
    """
    is_language_model = kind_of(folder) == LANGUAGE_MODEL
    command = "finetune" if is_language_model else "fit"
    wanted = LANGUAGE_MODEL if is_language_model else KIND
    manifest = open_artifact(folder, kind=wanted, rebuild=f"genrec {command} {folder.name}")
    details = _Details.model_validate(manifest.details)
    kind = details.settings.kind
    if is_language_model:
        is_adapter = (folder / ADAPTER_CONFIG).is_file()
        kind = f"{'adapter of' if is_adapter else 'language model from'} {details.recipe.base}"
        kind += "" if details.settings.writes_searches else ", for reasons"
    if details.settings.reason_prompt_hash is not None:
        return Listed(folder.name, kind, manifest.data_fingerprint, manifest.seed, None, None)
    mean, *ends = details.measured.ndcg if details.measured else (None,)
    interval = (ends[0], ends[1]) if ends else None
    return Listed(folder.name, kind, manifest.data_fingerprint, manifest.seed, mean, interval)
