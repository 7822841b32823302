"""`genrec.yaml` and recipes as frozen, closed models: an unknown key is an error that names the choices."""

import difflib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails

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


TitleRanking = Literal["likelihood", "beam", "sample"]
LanguageRanking = Literal["search", TitleRanking]
"""How a language model's words become items: searches that it writes find them, as a server can do it; or
its own log-probability ranks the catalogue's titles, of all or of those that beams or draws have reached."""


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
    reason_adapter: str | None = None
    """Words reasons, with its own prompt, on the same base in memory: a path, or the name of one that genrec
    ships (`reasons`). A server words them with its own model and `reason_prompt`."""
    mode: Literal["sample", "beam", "greedy"] = "sample"
    n_queries: Annotated[int, Field(ge=1, le=64)] = 10
    max_tokens: Annotated[int, Field(ge=1)] = 12
    temperature: Annotated[float, Field(gt=0)] = 0.5
    history_tokens: Annotated[int, Field(ge=16)] = 96
    """Token budget of the history in a prompt; the oldest titles are cut first."""
    title_words: Annotated[int, Field(ge=1)] | None = None
    """First words of each title in a prompt; all where None."""
    seed: int = 0
    timeout: Annotated[float, Field(gt=0)] = 60.0
    """Seconds a server has for one call, over all retries; the model in process has no limit."""


class LanguageUse(Settings):
    """How a fine-tuned language model is used, in place of what it was saved with; None changes nothing."""

    ranking: LanguageRanking | None = None
    mode: Literal["sample", "beam", "greedy"] | None = None
    n_queries: Annotated[int, Field(ge=1, le=64)] | None = None
    merge: Literal["k-over-m", "weighted"] | None = None
    merge_at: Annotated[int, Field(ge=1)] | None = None
    """The K of K/m items that each of m searches gives, where it is not the length asked for."""
    bm25: BM25Settings | None = None


class WorkspaceSettings(Settings):
    """A whole `genrec.yaml`."""

    name: str = "shop"
    catalogue: SourceSettings
    interactions: SourceSettings
    users: SourceSettings | None = None
    history: HistorySettings = HistorySettings()
    events: str | None = None
    """URL of the store of served events, as SQLAlchemy has it; `events.sqlite` in this folder where None."""
    model: str = "generative"
    retriever: Literal["bm25", "dense", "hybrid"] = "hybrid"
    merge: Literal["k-over-m", "weighted"] = "weighted"
    bm25: BM25Settings = BM25Settings()
    dense: DenseSettings | None = DenseSettings()
    """None builds no embeddings; then the retriever is bm25."""
    hybrid: HybridSettings = HybridSettings()
    generator: GeneratorSettings = GeneratorSettings()
    explain: Literal["model", "template", "none"] = "template"

    def changed(
        self, values: Mapping[str, object], *, generator: Mapping[str, object]
    ) -> "WorkspaceSettings":
        """These settings with what flags or the environment gave; None leaves a setting as it is.

        Raises:
            UsageError: a value does not fit.
        """
        given = {name: value for name, value in values.items() if value is not None}
        given["generator"] = self.generator.model_dump(exclude_unset=True) | {
            name: value for name, value in generator.items() if value is not None
        }
        as_written = self.model_dump(exclude_unset=True)  # whether a verb is set decides what reasons say
        return parse_settings(WorkspaceSettings, as_written | given, where="the command line")

    @field_validator("catalogue", "interactions", "users", mode="before")
    @classmethod
    def _path_alone(cls, value: object) -> object:
        return {"path": value} if isinstance(value, str) else value


Share = Annotated[float, Field(ge=0, lt=1)]


class TieSettings(Settings):
    """How a split orders events of one user at one time; every number made on a split names it."""

    ties: Literal["stable", "shuffle"] = "stable"
    """As in the source file, or shuffled by the seed."""
    seed: int = 0


class LeaveOneOut(TieSettings):
    """The last history event of each user is for testing, the last but one for validation.

    Other users' later events stay in training, so it shows a model the future; the report says how much.
    """

    kind: Literal["leave-one-out"] = "leave-one-out"


class GlobalTime(TieSettings):
    """Everything before one moment is for training, everything from a second one on for testing."""

    kind: Literal["global-time"] = "global-time"
    validation: Share = 0.1
    test: Share = 0.1
    """Shares of the history events; the cuts are the moments that come closest."""
    validation_from: int | None = None
    test_from: int | None = None
    """The cuts themselves, in unix seconds, in place of the shares."""

    @model_validator(mode="after")
    def _cuts(self) -> "GlobalTime":
        if (self.validation_from is None) != (self.test_from is None):
            raise ValueError("validation_from and test_from go together")
        if (self.validation_from or 0) > (self.test_from or 0):
            raise ValueError("validation_from is after test_from")
        if self.validation + self.test >= 1:
            raise ValueError("validation and test leave nothing to train on")
        return self


class Ratio(TieSettings):
    """The first history events of each user for training, the next for validation, the last for testing."""

    kind: Literal["ratio"] = "ratio"
    train: Share = 0.7
    validation: Share = 0.15
    test: Share = 0.15

    @model_validator(mode="after")
    def _whole(self) -> "Ratio":
        _check_whole(self.train, self.validation, self.test)
        return self


class ByUser(TieSettings):
    """Whole users for training, validation and testing; the target is a held-out user's last history event.

    GPT4Rec's protocol (arXiv 2304.03879). The seed draws the users too.
    """

    kind: Literal["by-user"] = "by-user"
    train: Share = 0.8
    validation: Share = 0.1
    test: Share = 0.1
    max_history: Annotated[int, Field(ge=1)] | None = None
    """Newest history events kept of each user beside the target, 15 in the paper; all where None."""

    @model_validator(mode="after")
    def _whole(self) -> "ByUser":
        _check_whole(self.train, self.validation, self.test)
        return self


def _check_whole(train: float, validation: float, test: float) -> None:
    if abs(train + validation + test - 1) > 1e-6:
        raise ValueError("train, validation and test do not add up to 1")


SplitSettings = Annotated[LeaveOneOut | GlobalTime | Ratio | ByUser, Field(discriminator="kind")]
"""How interactions are parted for training, validation and testing."""

AnySettings = TypeVar("AnySettings", bound=Settings)


class _Loader(yaml.SafeLoader):  # type: ignore[misc]
    """Safe, and closed to a key that stands twice in a mapping, of which YAML would keep the last."""

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        """Refuse it as it is written, before `<<` puts keys in that may stand there again."""
        node: yaml.MappingNode = super().compose_mapping_node(anchor)
        scalars = [key for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        seen = set[str]()
        for key in scalars:
            if key.value in seen:
                said = f"{key.value} stands there twice"
                raise yaml.composer.ComposerError(None, None, said, key.start_mark)
            seen.add(key.value)
        return node


def read_yaml(path: Path) -> dict[str, object]:
    """The mapping in a YAML file.

    Raises:
        DataError: the file is missing, no UTF-8, no YAML, or no mapping.
    """
    try:
        loaded = _Loader(path.read_text(encoding="utf-8")).get_single_data()
    except OSError as error:
        raise DataError(
            f"cannot read {path.name}", where=str(path), why=error.strerror or str(error)
        ) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
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
        faults = [worded(kind, each) for each in _first_hand(error.errors())]
        raise UsageError(
            f"{len(faults)} setting(s) do not fit", where=where, why="; ".join(faults)
        ) from error


def _first_hand(faults: Sequence[ErrorDetails]) -> list[ErrorDetails]:
    """The faults but for those that pydantic finds after another: a default not made, a list cut short."""
    lists = {each["loc"][:-1] for each in faults if each["loc"]}
    return [
        each
        for each in faults
        if each["type"] != "default_factory_not_called"
        and not (each["type"] == "too_short" and each["loc"] in lists)
    ]


_SAID = {
    "tuple_type": "input should be a list",
    "dict_type": "input should be a mapping",
    "model_type": "input should be a mapping",
    "model_attributes_type": "input should be a mapping",
    "union_tag_not_found": "give its kind",
}
"""Of pydantic's messages those that speak of Python, not of YAML."""


def worded(kind: type[Settings], fault: ErrorDetails) -> str:
    """One fault that pydantic found, for a person: the place in the settings, and what is wrong there."""
    *above, key = fault["loc"] or ("",)
    place = ".".join(str(each) for each in fault["loc"])
    if fault["type"] == "extra_forbidden":
        choices = _settings_at(kind, tuple(above)).model_fields
        near = difflib.get_close_matches(str(key), choices, n=1)
        hint = f", did you mean {near[0]}?" if near else ","
        return f"unknown key {place}{hint} choose from {', '.join(choices)}"
    if fault["type"] == "union_tag_invalid":
        return f"{place}: unknown kind {fault['ctx']['tag']}, choose from {fault['ctx']['expected_tags']}"
    message = _SAID.get(fault["type"], fault["msg"]).removeprefix("Value error, ")
    told = f"{message[:1].lower()}{message[1:]}"
    return f"{place}: {told}" if place else told


def _settings_at(kind: type[Settings], place: tuple[int | str, ...]) -> type[Settings]:
    """The settings class at a place in another; a place names keys, list positions and the tags of unions."""
    union = found = [kind]
    for part in place:
        tagged = [each for each in union if part == getattr(each.model_fields.get("kind"), "default", None)]
        keyed = [each.model_fields[part].annotation for each in found if part in each.model_fields]
        below = [each for annotation in keyed for each in _settings_in(annotation)]
        found = tagged or below or found
        union = union if tagged else found  # a key may look like a tag; the tag itself comes after it
    return found[0]


def _settings_in(annotation: object) -> list[type[Settings]]:
    if isinstance(annotation, type) and issubclass(annotation, Settings):
        return [annotation]
    return [each for part in get_args(annotation) for each in _settings_in(part)]
