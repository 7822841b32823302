"""Fit a model by its settings; save it to a folder and load it again.

A model's module is imported when the model is used: torch is not needed to count transitions.
"""

import hashlib
import importlib
from itertools import islice
from pathlib import Path

from pydantic import JsonValue, TypeAdapter

from genrec.artifacts import open_artifact, writing
from genrec.config import Settings
from genrec.data.catalogue import Catalogue
from genrec.data.dataset import Dataset
from genrec.errors import ArtifactError
from genrec.models.base import Fitted, Fitting
from genrec.models.settings import AnyModel

KIND = "model"


class _FittedItems(Settings):
    """What a model says of the items it was fitted to, whose numbers a catalogue must have kept."""

    n: int
    sha256: str

    @staticmethod
    def of(catalogue: Catalogue, *, n: int | None = None) -> "_FittedItems":
        """The first n items of a catalogue, or as many as it has."""
        ids = list(islice(catalogue.ids, n))
        return _FittedItems(n=len(ids), sha256=hashlib.sha256("\0".join(ids).encode()).hexdigest())


CLASSES = {
    "als": "als.ALS",
    "bert4rec": "bert4rec.BERT4Rec",
    "bm25-last-titles": "last_titles.LastTitles",
    "bpr-mf": "bpr_mf.BPRMF",
    "dense-last-titles": "last_titles.LastTitles",
    "ease": "ease.EASE",
    "gru4rec": "gru4rec.GRU4Rec",
    "hybrid": "hybrid.Hybrid",
    "item-knn": "item_knn.ItemKNN",
    "lightgcn": "lightgcn.LightGCN",
    "mult-vae": "mult_vae.MultVAE",
    "neumf": "neumf.NeuMF",
    "popularity": "popularity.Popularity",
    "rules": "rules.Rules",
    "sasrec": "sasrec.SASRec",
    "svd": "svd.SVD",
    "user-knn": "user_knn.UserKNN",
}
"""The module and class of a model by the tag of its settings."""


def model_class(kind: str) -> type[Fitted]:
    """The class of a model by the tag of its settings."""
    module, name = CLASSES[kind].split(".")
    found: type[Fitted] = getattr(importlib.import_module(f"genrec.models.{module}"), name)
    return found


def fit(settings: AnyModel, dataset: Dataset, fitting: Fitting) -> Fitted:
    """A model fitted to the history events of a dataset.

    Raises:
        UsageError: the model does not fit the data, or a package it needs is not installed.
    """
    return model_class(settings.kind).fit(settings, dataset, fitting)


def save(
    model: Fitted,
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
        details={
            "settings": settings,
            "items": _FittedItems.of(dataset.catalogue).model_dump(),
            **(details or {}),
        },
    ) as temporary:
        model.save(temporary)


def load(folder: Path, catalogue: Catalogue) -> Fitted:
    """The model of a folder, for a catalogue that may have grown or lost items since.

    Raises:
        ArtifactError: there is no model, it is damaged or half-written, or the catalogue is another one.
    """
    manifest = open_artifact(folder, kind=KIND, rebuild=f"genrec fit {folder.name}")
    settings: AnyModel = TypeAdapter[AnyModel](AnyModel).validate_python(manifest.details["settings"])
    fitted = _FittedItems.model_validate(manifest.details["items"])
    if fitted != _FittedItems.of(catalogue, n=fitted.n):
        raise ArtifactError(
            "the model was fitted to other items",
            where=str(folder),
            why=f"the first {fitted.n:,} items of the catalogue are not those it knows by number",
            next_step=f"run `genrec fit {folder.name}`",
        )
    return model_class(settings.kind).load(settings, folder, catalogue)
