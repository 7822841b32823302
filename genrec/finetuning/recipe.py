"""A fine-tuning as data: one closed YAML file says what is trained, on what, and how."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from genrec.assets import asset_path
from genrec.config import (
    BM25Settings,
    LanguageRanking,
    LeaveOneOut,
    Settings,
    SplitSettings,
    parse_settings,
    read_yaml,
)
from genrec.errors import UsageError
from genrec.evaluation.recipe import DataSettings, Distinct
from genrec.training.bases import LoRASettings, ScratchSettings
from genrec.training.loop import CHECKPOINT_MINUTES
from genrec.workspace import Workspace


class ExampleSettings(Settings):
    """How histories become text."""

    prompt: str = "query-titles"
    """`query-titles` makes every title of a history a target in one pass; any other prompt has one target."""
    positions: Literal["every", "last"] = "every"
    """Of a prompt with one target: every event of a history in turn, or the last alone, as the paper does."""
    max_items: Annotated[int, Field(ge=1)] = 50
    """Newest items of a history in a prompt."""
    max_tokens: Annotated[int, Field(ge=32)] = 512
    """Of a row; the oldest titles are left out, or go into a row of their own."""
    title_words: Annotated[int, Field(ge=1)] | None = None
    """First words of each title that the model reads and writes; all where None."""
    target_fields: tuple[str, ...] = ()
    """Attributes, such as brand or category, behind each title that the model reads and writes; its searches
    look for them too."""
    searches: bool = True
    """The search that a user made right before a choice is a target too, where the log has searches."""
    tasks: Annotated[tuple[Literal["title-to-category", "item-to-query"], ...], Distinct] = ()
    """Mixed in: an item's category by its title, and the search that was made before it was chosen."""
    category: str = "category"
    """The attribute that `title-to-category` asks for."""
    task_share: Annotated[float, Field(gt=0, lt=1)] = 0.1
    """Of all target tokens those of the tasks, as far as there are so many; no example stands there twice."""


class TrainingSettings(Settings):
    """How long and how fast."""

    epochs: Annotated[int, Field(ge=1)] = 10
    patience: Annotated[int, Field(ge=1)] = 3
    """Stop after that many validations without a better NDCG@10."""
    validate_every: Annotated[int, Field(ge=1)] = 1
    """Epochs from one validation, and checkpoint, to the next."""
    checkpoint_minutes: Annotated[float, Field(ge=0)] = CHECKPOINT_MINUTES
    """From one checkpoint to the next within an epoch; 0 saves after every step."""
    learning_rate: Annotated[float, Field(gt=0)] = 5e-4
    batch_tokens: Annotated[int, Field(ge=1)] = 4096
    """Tokens a step, about."""
    weight_decay: Annotated[float, Field(ge=0)] = 0.0
    max_gradient_norm: Annotated[float, Field(gt=0)] | None = 1.0
    averaging: Annotated[float, Field(gt=0, lt=1)] | None = None
    """Validate and keep a running mean of the weights with this decay a step."""


class SearchGrid(Settings):
    """What is tried on the validation users once the model is trained; the best point is saved with it."""

    k1: Annotated[tuple[Annotated[float, Field(ge=0)], ...], Field(min_length=1)] = (0.4, 0.8, 1.2, 1.6, 2.0)
    b: Annotated[tuple[Annotated[float, Field(ge=0, le=1)], ...], Field(min_length=1)] = (
        0,
        0.25,
        0.5,
        0.75,
        1,
    )
    fields: tuple[dict[str, Annotated[float, Field(gt=0)]], ...] = ()
    """Weights of catalogue fields; those of `decoding.bm25` alone where empty."""
    n_queries: tuple[Annotated[int, Field(ge=1, le=64)], ...] = ()
    """`decoding.n_queries` alone where empty."""
    metric: Literal["ndcg", "recall"] = "ndcg"
    k: Annotated[int, Field(ge=1)] = 10


class DecodingSettings(Settings):
    """How the tuned model writes its searches, in validation and when it is used."""

    mode: Literal["sample", "beam"] = "beam"
    n_queries: Annotated[int, Field(ge=1, le=64)] = 10
    max_tokens: Annotated[int, Field(ge=1)] = 24
    temperature: Annotated[float, Field(gt=0)] = 1.0
    history_tokens: Annotated[int, Field(ge=16)] = 256
    merge: Literal["k-over-m", "weighted"] = "k-over-m"
    ranking: LanguageRanking = "search"
    """`search`, or by the log-probability of titles: of all (`likelihood`), or those reached by `beam` or
    `sample`."""
    bm25: BM25Settings = BM25Settings()
    grid: SearchGrid | None = SearchGrid()
    """None leaves `bm25` and `n_queries` as they are."""


class ReasonSettings(Settings):
    """Wording reasons, learnt in place of histories or beside them."""

    rows: Annotated[int, Field(ge=1)] = 1000
    """Reasons of each data set."""
    alone: bool = True
    """An adapter for reasons and nothing else; else histories are learnt too."""
    prompt: str = "reason-tuned"
    more_data: tuple[DataSettings, ...] = ()
    """Other logs to tell reasons of, split alike, so that they are not of one kind of item alone."""


class FinetuneRecipe(Settings):
    """A whole fine-tuning."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")]
    """Of the folder under `models/`."""
    data: DataSettings
    split: SplitSettings = LeaveOneOut()
    base: str = "smollm2-135m-instruct"
    """An asset's name, a local folder, a Hugging Face id; or `scratch`."""
    method: Literal["lora", "qlora", "full"] = "lora"
    lora: LoRASettings = LoRASettings()
    scratch: ScratchSettings = ScratchSettings()
    examples: ExampleSettings = ExampleSettings()
    reasons: ReasonSettings | None = None
    """None teaches no reasons."""
    training: TrainingSettings = TrainingSettings()
    decoding: DecodingSettings = DecodingSettings()
    validation_users: Annotated[int, Field(ge=1)] = 200
    """A random sample, drawn by the seed, whose retrieval NDCG@10 steers early stopping; of reasons, so many
    replies, and the share that says its claims."""
    seed: Annotated[int, Field(ge=0)] = 0

    @property
    def bm25(self) -> BM25Settings:
        """How searches are grounded: over the target fields too, in which words the model writes stand."""
        bm25 = self.decoding.bm25
        fields = dict.fromkeys(self.examples.target_fields, 1.0) | bm25.fields
        return bm25.model_copy(update={"fields": fields})

    @model_validator(mode="after")
    def _consistent(self) -> "FinetuneRecipe":
        if self.base == "scratch" and self.method != "full":
            raise ValueError("base scratch has nothing to adapt: set method to full")
        return self


def read_finetune_recipe(path: Path) -> tuple[FinetuneRecipe, Path]:
    """A recipe file, or one that genrec ships by its name; and the folder that its paths are relative to.

    Raises:
        DataError: the file cannot be read, or is no YAML.
        UsageError: a key or value does not fit; every fault is named, with the choices.
    """
    if not path.exists():
        path = asset_path("finetune", path.name if path.suffix else f"{path.name}.yaml")
    return parse_settings(FinetuneRecipe, read_yaml(path), where=str(path)), path.parent


def workspace_recipe(workspace: Workspace) -> FinetuneRecipe:
    """A small model from scratch on a workspace's own data: what two cores train in an hour or two.

    Raises:
        UsageError: the embedded default is no workspace of the user's.
    """
    if workspace.is_embedded:
        raise UsageError(
            "there is no workspace here, and no recipe was given",
            next_step="give a recipe, such as `genrec finetune finetune/ml-100k-scratch.yaml`, or run "
            "`genrec init`",
        )
    return FinetuneRecipe(name="finetuned", data=DataSettings(workspace="."), base="scratch", method="full")
