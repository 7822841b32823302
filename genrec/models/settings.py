"""The settings of every model: one class a model, each hyper-parameter said once, here.

The union `AnyModel` is the closed choice of a recipe and of `genrec fit`. A range in `Tune` is what
`genrec tune` searches.
"""

from typing import Annotated, Literal, NamedTuple

from pydantic import Field

from genrec.config import Settings


class Tune(NamedTuple):
    """A range to search: `low` to `high`, evenly in the logarithm where `log`; or the `choices` alone."""

    low: float = 0
    high: float = 0
    log: bool = False
    choices: tuple[object, ...] = ()


class ModelSettings(Settings):
    """Base of all models' settings."""


Recency = Annotated[float, Field(gt=0, le=1), Tune(0.5, 1.0)]
"""Weight of a history event is this to the power of its age in events; 1 counts all alike."""


class PopularitySettings(ModelSettings):
    """The most chosen items, over all time or with a half-life."""

    kind: Literal["popularity"] = "popularity"
    half_life_days: Annotated[float, Field(gt=0), Tune(1, 1000, log=True)] | None = None
    """An event that much older than the newest counts half; all alike where None."""


class EASESettings(ModelSettings):
    """Embarrassingly shallow autoencoder (Steck, WWW 2019)."""

    kind: Literal["ease"] = "ease"
    regularization: Annotated[float, Field(gt=0), Tune(1, 3000, log=True)] = 200.0
    recency: Recency = 0.8
    """Of the input at scoring time."""


Factors = Annotated[int, Field(ge=1), Tune(16, 512, log=True)]
Neighbours = Annotated[int, Field(ge=1), Tune(10, 1000, log=True)]
Shrinkage = Annotated[float, Field(ge=0), Tune(0, 100)]
Power = Annotated[float, Field(ge=0, le=1), Tune(0, 0.75)]
Damping = Annotated[float, Field(ge=0), Tune(0, 30)]
"""A mean is taken as if so many ratings more had been average."""
LastTitlesCount = Annotated[int, Field(ge=1), Tune(1, 10)]


class ItemKNNSettings(ModelSettings):
    """Items like those of the history, by cosine."""

    kind: Literal["item-knn"] = "item-knn"
    neighbours: Neighbours | None = None
    """Most similar items kept of each item; all where None."""
    shrinkage: Shrinkage = 10.0
    """Added to the product of lengths in the cosine, so that pairs of rare items count less."""
    recency: Recency = 0.7


class UserKNNSettings(ModelSettings):
    """What users with a history like this one chose, by cosine."""

    kind: Literal["user-knn"] = "user-knn"
    neighbours: Neighbours = 50
    """Most similar users asked for each query."""
    shrinkage: Shrinkage = 10.0
    recency: Recency = 0.8
    """Of the query's history, when neighbours are looked for."""


class RulesSettings(ModelSettings):
    """Sequential rules: transitions between items within a window."""

    kind: Literal["rules"] = "rules"
    window: Annotated[int, Field(ge=1), Tune(1, 30)] = 10
    """Events a pair may lie apart; a pair counts for 1 / gap."""
    backward: Annotated[float, Field(ge=0), Tune(0, 1)] = 0.5
    """Weight of a pair in the other direction."""
    from_power: Power = 0.5
    """Rules are divided by the count of the item they lead from, to this power."""
    to_power: Power = 0.25
    """Rules are divided by the count of the item they lead to, to this power."""
    recency: Recency = 0.7


class SVDSettings(ModelSettings):
    """PureSVD (Cremonesi et al., RecSys 2010)."""

    kind: Literal["svd"] = "svd"
    factors: Factors = 64
    recency: Recency = 0.9
    """Of the input at scoring time."""


class ALSSettings(ModelSettings):
    """Implicit ALS (Hu, Koren & Volinsky, ICDM 2008), by the package `implicit`."""

    kind: Literal["als"] = "als"
    factors: Factors = 128
    regularization: Annotated[float, Field(gt=0), Tune(0.01, 300, log=True)] = 100.0
    weight: Annotated[float, Field(gt=0), Tune(1, 100, log=True)] = 50.0
    """Confidence that a chosen item was liked, where that an item not chosen was not is 1 (alpha)."""
    epochs: Annotated[int, Field(ge=1), Tune(5, 50)] = 15
    recency: Recency = 0.7
    """Of the confidences at scoring time."""


class BM25LastTitlesSettings(ModelSettings):
    """BM25 over titles, searched with the newest titles of the history."""

    kind: Literal["bm25-last-titles"] = "bm25-last-titles"
    n_titles: LastTitlesCount = 1
    k1: Annotated[float, Field(ge=0), Tune(0, 3)] = 1.2
    b: Annotated[float, Field(ge=0, le=1), Tune(0, 1)] = 0.75


class DenseLastTitlesSettings(ModelSettings):
    """Embeddings of titles, searched with the newest titles of the history."""

    kind: Literal["dense-last-titles"] = "dense-last-titles"
    n_titles: LastTitlesCount = 1
    model: str = "all-minilm-l6-v2"
    """An asset's name, a local folder, or a Hugging Face id."""


class RatingKNNSettings(ModelSettings):
    """Ratings by those the user gave to like items."""

    kind: Literal["rating-knn"] = "rating-knn"
    neighbours: Neighbours = 40
    shrinkage: Shrinkage = 20.0
    """Common users at which a similarity counts half."""
    damping: Damping = 5.0


class RatingFactorsSettings(ModelSettings):
    """Ratings by biased matrix factorisation."""

    kind: Literal["rating-factors"] = "rating-factors"
    factors: Factors = 20
    regularization: Annotated[float, Field(gt=0), Tune(0.01, 1, log=True)] = 0.15
    damping: Damping = 5.0
    epochs: Annotated[int, Field(ge=1), Tune(5, 50)] = 15


AnyModel = Annotated[
    PopularitySettings
    | EASESettings
    | ItemKNNSettings
    | UserKNNSettings
    | RulesSettings
    | SVDSettings
    | ALSSettings
    | BM25LastTitlesSettings
    | DenseLastTitlesSettings,
    Field(discriminator="kind"),
]
"""The models that are fitted to a log, by `kind`."""

AnyRatingModel = Annotated[RatingKNNSettings | RatingFactorsSettings, Field(discriminator="kind")]
"""The models that predict ratings, by `kind`."""
