"""A benchmark as data: one closed YAML file says which models are compared, on what, by which metrics."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, TypeAdapter, field_validator, model_validator

from genrec.assets import asset_path
from genrec.config import (
    BM25Settings,
    GeneratorSettings,
    GlobalTime,
    HistorySettings,
    LanguageUse,
    LeaveOneOut,
    Settings,
    SourceSettings,
    SplitSettings,
    parse_settings,
    read_yaml,
)
from genrec.data.interactions import NO_TIME
from genrec.errors import UsageError
from genrec.index import known_items
from genrec.metrics import ACCURACY, DEFINITIONS
from genrec.models.settings import AnyModel, AnyRatingModel, named_kinds
from genrec.workspace import Workspace

DEPTH = 100
"""How long the kept lists are; no k may be larger."""

LONGEST_NAME = 60
"""Of what is a file's name too, beside what is put before and after it."""

OF_RATINGS = ("mae", "rmse")
METRICS = (*ACCURACY, *(name for name in DEFINITIONS if "@" not in name and name not in OF_RATINGS))
"""What `metrics` chooses from; those of ratings are always taken of `ratings`."""


def _within_depth(k: int) -> int:
    if k > DEPTH:
        raise ValueError(f"{k} is too many: the lists that are kept are {DEPTH} long")
    return k


def _distinct(values: tuple[object, ...]) -> tuple[object, ...]:
    if len(set(values)) < len(values):
        raise ValueError(f"{', '.join(map(str, values))}: one stands there twice")
    return values


K = Annotated[int, Field(ge=1), AfterValidator(_within_depth)]
Distinct = AfterValidator(_distinct)


def _tested(fields: Mapping[str, Any]) -> str:
    """The default of `test_metric`: NDCG where it is asked, else the first that users have."""
    asked = fields.get("metrics", METRICS)
    return "ndcg" if "ndcg" in asked else next((each for each in asked if each in ACCURACY), "ndcg")


class DataSettings(Settings):
    """Where the two tables are: one of a known set, a workspace, or sources of their own."""

    name: str | None = None
    """A set's folder below `--data` or GENREC_DATA, which may also be that folder itself; where neither is
    given, a set that `genrec data fetch` knows is fetched."""
    workspace: str | None = None
    """A folder with a `genrec.yaml`, relative to the recipe."""
    catalogue: SourceSettings | None = None
    """With `interactions`: files, relative to the recipe."""
    interactions: SourceSettings | None = None
    history: HistorySettings = HistorySettings()
    """Which events are history; a workspace says so itself."""

    @model_validator(mode="after")
    def _one_place(self) -> "DataSettings":
        if (self.catalogue is None) != (self.interactions is None):
            raise ValueError("catalogue and interactions go together")
        if sum(each is not None for each in (self.name, self.workspace, self.catalogue)) != 1:
            raise ValueError("give one of name, workspace, or catalogue with interactions")
        return self


class GenerativeModel(Settings):
    """The model of `genrec recommend`: written searches, grounded by BM25; nothing is fitted."""

    kind: Literal["generative"] = "generative"
    generator: GeneratorSettings = GeneratorSettings()
    bm25: BM25Settings = BM25Settings()
    merge: Literal["k-over-m", "weighted"] = "k-over-m"


class FinetunedModel(LanguageUse):
    """A model that `genrec finetune` made, from the training part of this recipe's split."""

    kind: Literal["language-model"] = "language-model"
    folder: str
    """Of the model, relative to the recipe."""

    @property
    def use(self) -> LanguageUse:
        """What the recipe changes of how the model is used."""
        return LanguageUse.model_validate(self.model_dump(exclude={"kind", "folder"}))


WritingModel = GenerativeModel | FinetunedModel
"""What a recipe can compare and does not fit."""

EvaluatedModel = Annotated[AnyModel | WritingModel, Field(discriminator="kind")]
"""What a recipe can compare."""


class Sweep(Settings):
    """One setting of one model over several values, measured on validation, apart from the table."""

    model: str
    setting: str
    values: Annotated[tuple[float, ...], Field(min_length=2), Distinct]


class Recipe(Settings):
    """A whole benchmark."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=LONGEST_NAME)]
    """Of the folder under `reports/`."""
    data: DataSettings
    split: SplitSettings = LeaveOneOut()
    fit_scope: Literal["train", "train-and-validation"] = "train"
    """Fitted on training alone; or early stopping on validation first, then all but the test part."""
    protocol: Literal["full", "ncf"] = "full"
    """Ranking of the whole catalogue; or of the target among 99 sampled items the user never had (NCF, He et
    al., WWW 2017), whose figures must not stand beside the others."""
    models: Annotated[dict[str, EvaluatedModel], Field(min_length=1)]
    """Settings by the name that is shown; `kind` may be left out where the name is a kind."""
    metrics: Annotated[tuple[str, ...], Field(min_length=1), Distinct] = METRICS
    """The table's; one of recall, ndcg and their like among them."""
    ks: Annotated[tuple[K, ...], Field(min_length=1), Distinct] = (5, 10, 20, 40)
    k: K = 10
    """Where the lists' own metrics, the slices and the tests are taken; one of `ks`."""
    test_metric: str = Field(default_factory=_tested)
    """The metric of `k` that pairs of models are tested on; one of `metrics`."""
    seeds: Annotated[tuple[Annotated[int, Field(ge=0)], ...], Field(min_length=1), Distinct] = (0,)
    users: Annotated[int, Field(ge=1)] | None = None
    """A random sample of the test users, where all are too slow; drawn by `sample_seed`."""
    sample_seed: int = 0
    samples: dict[str, Annotated[int, Field(ge=1)]] = Field(default_factory=dict)
    """A smaller sample of users for a model that is too slow, by its name; the table says so."""
    repeats: bool = False
    """Whether what the user has already may be recommended."""
    ratings: dict[str, AnyRatingModel] = Field(default_factory=dict)
    """Models that predict ratings, for MAE and RMSE; `kind` as in `models`."""
    sweeps: tuple[Sweep, ...] = ()
    resamples: Annotated[int, Field(ge=100)] = 2000
    """Of the bootstrap and the randomisation test."""

    @field_validator("models", "ratings", mode="before")
    @classmethod
    def _kind_from_name(cls, value: object) -> object:
        return named_kinds(value)

    @field_validator("models")
    @classmethod
    def _plain_names(cls, value: dict[str, EvaluatedModel]) -> dict[str, EvaluatedModel]:
        for name in value:
            if not name or set(name) & set("/\\ \t\n") or name.startswith(".") or len(name) > LONGEST_NAME:
                raise ValueError(f"the model name {name!r} must be usable as a file name")
        return value

    @field_validator("metrics")
    @classmethod
    def _known_metrics(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for name in value:
            if name not in METRICS:
                raise ValueError(f"unknown metric {name}, choose from {', '.join(METRICS)}")
        return value

    @field_validator("test_metric")
    @classmethod
    def _metric_of_users(cls, value: str) -> str:
        if value not in ACCURACY:
            raise ValueError(f"unknown metric {value}, choose from {', '.join(ACCURACY)}")
        return value

    @model_validator(mode="after")
    def _consistent(self) -> "Recipe":
        if shared := self.models.keys() & self.ratings.keys():
            raise ValueError(f"two models are called {', '.join(sorted(shared))}")
        if self.k not in self.ks:
            raise ValueError(f"k {self.k} is not among ks {', '.join(map(str, self.ks))}")
        if self.test_metric not in self.metrics:
            raise ValueError(f"test_metric {self.test_metric} is not among metrics {', '.join(self.metrics)}")
        if self.protocol == "ncf" and self.split.kind != "leave-one-out":
            raise ValueError("protocol ncf needs the split leave-one-out")
        for name in self.samples:
            if name not in self.models:
                raise ValueError(f"samples of unknown model {name}, choose from {', '.join(self.models)}")
        for sweep in self.sweeps:
            self._check_sweep(sweep)
        return self

    def _check_sweep(self, sweep: Sweep) -> None:
        models = self.ratings | self.models
        if sweep.model not in models:
            raise ValueError(f"a sweep of unknown model {sweep.model}, choose from {', '.join(models)}")
        fields = type(models[sweep.model]).model_fields
        if sweep.setting not in fields:
            raise ValueError(f"{sweep.model} has no setting {sweep.setting}, choose from {', '.join(fields)}")

    def asked_of(self, model: str) -> "Recipe":
        """This recipe with the users that a model is asked for."""
        n = self.samples.get(model)
        return self if n is None else self.model_copy(update={"users": min(n, self.users or n)})

    def swept(self) -> dict[str, EvaluatedModel]:
        """The models of the sweeps, by names such as `ease regularization=5`."""
        return {name: parse_model(values) for name, values in self._sweep_values(self.models)}

    def swept_ratings(self) -> dict[str, AnyRatingModel]:
        """The models of the sweeps that predict ratings."""
        return {name: _parse_rating_model(values) for name, values in self._sweep_values(self.ratings)}

    def _sweep_values(self, models: Mapping[str, Settings]) -> Iterator[tuple[str, dict[str, object]]]:
        for sweep in self.sweeps:
            for value in sweep.values if sweep.model in models else ():
                plain = int(value) if value.is_integer() else value
                settings = models[sweep.model].model_dump() | {sweep.setting: plain}
                yield f"{sweep.model} {sweep.setting}={plain}", settings


def parse_model(values: Mapping[str, object]) -> AnyModel:
    """Settings of one model from a mapping with its `kind`.

    Raises:
        UsageError: a key is unknown or a value does not fit; every fault is named, with the choices.
    """
    kind = str(values.get("kind"))
    wrapped = parse_settings(_One, {"model": dict(values)}, where=f"model {kind}")
    return wrapped.model


class _One(Settings):
    model: AnyModel


class _OneOfRatings(Settings):
    model: AnyRatingModel


def _parse_rating_model(values: Mapping[str, object]) -> AnyRatingModel:
    return parse_settings(_OneOfRatings, {"model": dict(values)}, where=f"model {values['kind']}").model


def model_kinds() -> tuple[str, ...]:
    """The kinds of models that can be fitted."""
    schema = TypeAdapter[AnyModel](AnyModel).json_schema()
    return tuple(schema["discriminator"]["mapping"])


SENSIBLE: tuple[Mapping[str, object], ...] = (
    {"kind": "popularity"},
    {"kind": "bm25-last-titles"},
    {"kind": "item-knn"},
    {"kind": "rules"},
    {"kind": "ease"},
    {"kind": "svd"},
)
"""What a workspace's own data are benchmarked with: no training by steps, minutes on a laptop."""


def workspace_recipe(workspace: Workspace) -> Recipe:
    """Sensible models on a workspace's own data; the global time split where every history event has a time.

    Raises:
        DataError: the data cannot be read.
        UsageError: the embedded default is no workspace of the user's.
    """
    if workspace.is_embedded:
        raise UsageError(
            "there is no workspace here, and no recipe was given",
            next_step="give a recipe, such as `genrec evaluate eval/smoke.yaml`, or run `genrec init`",
        )
    dataset, _ = workspace.load(known_items=known_items(workspace.index_folder))
    has_times = (dataset.positives.times != NO_TIME).all()
    split: SplitSettings = GlobalTime() if has_times else LeaveOneOut()
    models: dict[str, EvaluatedModel] = {str(each["kind"]): parse_model(each) for each in SENSIBLE}
    alive = int(dataset.catalogue.alive.sum())
    ks = tuple(k for k in (5, 10, 20, 40) if k <= alive) or (alive,)
    return Recipe(
        name=re.sub(r"[^A-Za-z0-9._-]+", "-", workspace.settings.name).strip("-.") or "workspace",
        data=DataSettings(workspace="."),
        split=split,
        models=models,
        ks=ks,
        k=min(10, max(ks)),
    )


def read_recipe(path: Path) -> tuple[Recipe, Path]:
    """A recipe file, or one that genrec ships by its name; and the folder that its paths are relative to.

    Raises:
        DataError: the file cannot be read, or is no YAML.
        UsageError: a key, model, metric or k does not fit; every fault is named, with the choices.
    """
    if not path.exists():
        path = _shipped(path)
    recipe = parse_settings(Recipe, read_yaml(path), where=str(path))
    recipe.swept(), recipe.swept_ratings()  # values that do not fit are refused here
    return recipe, path.parent


def _shipped(path: Path) -> Path:
    """The recipe of that name among those that genrec ships."""
    folder = asset_path("eval", "smoke.yaml").parent
    found = folder / (path.name if path.suffix else f"{path.name}.yaml")
    if not found.exists() or found.suffix != ".yaml":
        there = ", ".join(sorted(each.name for each in folder.glob("*.yaml")))
        raise UsageError(
            f"no recipe {path}",
            why="it is no file, and genrec ships none of that name",
            next_step=f"choose from {there}",
        )
    return found
