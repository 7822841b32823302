"""Fit a model by its settings; save it to a folder and load it again.

A model's module is imported when the model is used: torch is not needed to count transitions.
"""

from pathlib import Path

import numpy as np
from pydantic import JsonValue, TypeAdapter
from safetensors.numpy import load_file, save_file

from genrec.artifacts import open_artifact, writing
from genrec.data.dataset import Dataset
from genrec.models.base import Fitting, ScoreModel
from genrec.models.settings import AnyModel
from genrec.types import Mask

KIND = "model"
ARRAYS_FILE = "arrays.safetensors"


def model_class(kind: str) -> type[ScoreModel]:
    """The class of a model by the tag of its settings."""
    match kind:
        case "popularity":
            from genrec.models.popularity import Popularity

            return Popularity
        case "ease":
            from genrec.models.ease import EASE

            return EASE
        case "bert4rec":
            from genrec.models.bert4rec import BERT4Rec

            return BERT4Rec
        case "bpr-mf":
            from genrec.models.bpr_mf import BPRMF

            return BPRMF
        case "gru4rec":
            from genrec.models.gru4rec import GRU4Rec

            return GRU4Rec
        case "lightgcn":
            from genrec.models.lightgcn import LightGCN

            return LightGCN
        case "mult-vae":
            from genrec.models.mult_vae import MultVAE

            return MultVAE
        case "neumf":
            from genrec.models.neumf import NeuMF

            return NeuMF
        case "sasrec":
            from genrec.models.sasrec import SASRec

            return SASRec
        case _:
            raise AssertionError(f"no model for settings of kind {kind}")


def fit(settings: AnyModel, dataset: Dataset, fitting: Fitting) -> ScoreModel:
    """A model fitted to the history events of a dataset.

    Raises:
        UsageError: the model does not fit the data, or a package it needs is not installed.
    """
    return model_class(settings.kind).fit(settings, dataset, fitting)


def save(
    model: ScoreModel,
    folder: Path,
    dataset: Dataset,
    *,
    seed: int,
    details: dict[str, JsonValue] | None = None,
) -> None:
    """Write a model folder, whole or not at all.

    Raises:
        ArtifactError: it cannot be written; a model that was there before is intact.
    """
    settings: JsonValue = model.settings.model_dump(mode="json")
    with writing(
        folder,
        kind=KIND,
        data_fingerprint=dataset.fingerprint,
        catalogue_version=dataset.catalogue.version,
        seed=seed,
        details={"settings": settings, **(details or {})},
    ) as temporary:
        arrays = {"counts": model.counts, **model.arrays()}
        save_file(
            {name: np.ascontiguousarray(each) for name, each in arrays.items()}, temporary / ARRAYS_FILE
        )


def load(folder: Path, alive: Mask) -> ScoreModel:
    """The model of a folder, for a catalogue that may have grown or lost items since.

    Args:
        folder: what `save` wrote.
        alive: `[n_items]`, which items of the catalogue may be shown now.

    Raises:
        ArtifactError: there is no model, or it is damaged or half-written.
    """
    manifest = open_artifact(folder, kind=KIND, rebuild=f"genrec fit {folder.name}")
    settings: AnyModel = TypeAdapter[AnyModel](AnyModel).validate_python(manifest.details["settings"])
    arrays = load_file(folder / ARRAYS_FILE)
    counts = arrays.pop("counts")
    return model_class(settings.kind).restored(
        settings, arrays, counts=counts, alive=alive[: len(counts)].copy()
    )
