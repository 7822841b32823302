"""`genrec.yaml` and recipes as frozen, closed models: an unknown key is an error that names the choices."""

from pathlib import Path
from typing import Annotated, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from genrec.errors import DataError, UsageError


class Settings(BaseModel):
    """Base of all settings: frozen, and closed to keys it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class HistorySettings(Settings):
    """Which events are history: what the user wanted, as opposed to what they turned down."""

    events: tuple[Literal["view", "click", "cart", "wishlist", "purchase", "rating", "like"], ...] = (
        "view",
        "click",
        "cart",
        "wishlist",
        "purchase",
        "rating",
        "like",
    )
    min_rating: float | None = None
    """Ratings below are negatives: never history, never shown again."""
    liked_rating: float = 4.0
    """From this rating on a reason may say that the user liked the item."""
    verb: str = "chose"
    """How a reason names a history event that is neither a like nor a rating: watched, bought, read."""


class SourceSettings(Settings):
    """A file or data set to read: a path, or `hf://NAME`."""

    path: str
    format: str = "auto"
    """A reader's name, or auto."""
    columns: dict[str, str] = Field(default_factory=dict)
    """Canonical column to the file's own, where the usual aliases do not find it."""
    event: str | None = None
    """The event type of every row, for a log that has no such column."""


class BM25Settings(Settings):
    """Okapi BM25 over weighted fields."""

    k1: Annotated[float, Field(ge=0)] = 1.2
    b: Annotated[float, Field(ge=0, le=1)] = 0.75
    fields: dict[str, Annotated[float, Field(gt=0)]] = Field(default_factory=lambda: {"title": 1.0})
    """Weight of each catalogue field; an absent field is an error at build time."""


class DenseSettings(Settings):
    """Sentence embeddings and exact inner product."""

    model: str = "all-minilm-l6-v2"
    """An asset's name, a local folder, or a Hugging Face id."""
    fields: tuple[str, ...] = ("title",)
    batch_size: Annotated[int, Field(ge=1)] = 64


class HybridSettings(Settings):
    """Weighted reciprocal rank fusion of BM25 and dense (Cormack et al., SIGIR 2009)."""

    bm25_weight: Annotated[float, Field(ge=0)] = 1.0
    dense_weight: Annotated[float, Field(ge=0)] = 1.0
    rank_constant: Annotated[float, Field(gt=0)] = 60.0
    depth: Annotated[int, Field(ge=1)] = 100


class GeneratorSettings(Settings):
    """The language model that writes queries and words reasons."""

    model: str = "smollm2-135m-instruct"
    """An asset's name, a local folder, or a Hugging Face id."""
    adapter: str | None = None
    backend: str | None = None
    """URL of an OpenAI-style server; the in-process model where None."""
    backend_model: str | None = None
    """The model's (or adapter's) name on that server; its first where None."""
    prompt: str = "query-instruct"
    reason_prompt: str = "reason"
    mode: Literal["sample", "beam", "greedy"] = "sample"
    n_queries: Annotated[int, Field(ge=1, le=64)] = 10
    max_tokens: Annotated[int, Field(ge=1)] = 12
    temperature: Annotated[float, Field(gt=0)] = 0.8
    history_tokens: Annotated[int, Field(ge=16)] = 192
    """Token budget of the history in a prompt; the oldest titles are cut first."""
    seed: int = 0
    timeout: Annotated[float, Field(gt=0)] = 60.0
    """Seconds one generation may take, over all retries of a server."""


class WorkspaceSettings(Settings):
    """A whole `genrec.yaml`."""

    name: str = "shop"
    catalogue: SourceSettings
    interactions: SourceSettings
    users: SourceSettings | None = None
    history: HistorySettings = HistorySettings()
    model: str = "generative"
    retriever: Literal["bm25", "dense", "hybrid"] = "hybrid"
    merge: Literal["k-over-m", "weighted"] = "weighted"
    bm25: BM25Settings = BM25Settings()
    dense: DenseSettings = DenseSettings()
    hybrid: HybridSettings = HybridSettings()
    generator: GeneratorSettings = GeneratorSettings()
    explain: Literal["model", "template", "none"] = "template"

    @field_validator("catalogue", "interactions", "users", mode="before")
    @classmethod
    def _path_alone(cls, value: object) -> object:
        return {"path": value} if isinstance(value, str) else value


AnySettings = TypeVar("AnySettings", bound=Settings)


def read_yaml(path: Path) -> dict[str, object]:
    """The mapping in a YAML file.

    Raises:
        DataError: the file is missing, no UTF-8, no YAML, or no mapping.
    """
    try:
        loaded = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DataError(
            f"cannot read {path.name}", where=str(path), why=error.strerror or str(error)
        ) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise DataError(f"{path.name} is not valid YAML", where=str(path), why=str(error)) from error
    if not isinstance(loaded, dict):
        raise DataError(
            f"{path.name} holds no mapping", where=str(path), next_step="write `key: value` lines"
        )
    return loaded


def parse_settings(kind: type[AnySettings], values: dict[str, object], *, where: str) -> AnySettings:
    """Settings from a mapping.

    Raises:
        UsageError: a key is unknown or a value does not fit; every fault is named.
    """
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        faults = "; ".join(_fault(kind, each) for each in error.errors())
        raise UsageError(f"{len(error.errors())} setting(s) do not fit", where=where, why=faults) from error


def _fault(kind: type[Settings], fault: object) -> str:
    assert isinstance(fault, dict)
    place = ".".join(str(each) for each in fault["loc"])
    if fault["type"] == "extra_forbidden" and len(fault["loc"]) == 1:
        return f"unknown key {place}, choose from {', '.join(kind.model_fields)}"
    return f"{place}: {fault['msg'].lower()}"
