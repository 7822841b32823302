"""The settings of every model: one class a model, each hyper-parameter said once, here.

The union `AnyModel` is the closed choice of a recipe and of `genrec fit`. A range in `Tune` is what
`genrec tune` searches.
"""

from collections.abc import Mapping
from typing import Annotated, Literal, NamedTuple, Self

from pydantic import Field, field_validator, model_validator

from genrec.config import Settings
from genrec.ranking.settings import TreeSettings


class Tune(NamedTuple):
    """A range to search: `low` to `high`, evenly in the logarithm where `log`; or the `choices` alone."""

    low: float = 0
    high: float = 0
    log: bool = False
    choices: tuple[object, ...] = ()


def named_kinds(value: object) -> object:
    """Settings by name, with the name as `kind` where none is given; what is no mapping stays as it is."""
    if not isinstance(value, Mapping):
        return value
    named = {name: {} if each is None else each for name, each in value.items()}
    return {
        name: {"kind": name, **each} if isinstance(each, Mapping) else each for name, each in named.items()
    }


class ModelSettings(Settings):
    """Base of all models' settings."""


Recency = Annotated[float, Field(gt=0, le=1), Tune(0.5, 1.0)]
"""Weight of a history event is this to the power of its age in events; 1 counts all alike."""


Dropout = Annotated[float, Field(ge=0, lt=1), Tune(0.0, 0.7)]
"""Share of values set to 0 in training."""


Epochs = Annotated[int, Field(ge=1)]
LearningRate = Annotated[float, Field(gt=0), Tune(1e-4, 1e-2, log=True)]


class LearnedSettings(ModelSettings):
    """What all models share that learn by steps; a model gives its own defaults."""

    epochs: Epochs = 30
    """At most; exactly so many where there is nothing to validate on."""
    patience: Annotated[int, Field(ge=1)] = 10
    """Stop after that many validations without a better NDCG@10."""
    validate_every: Annotated[int, Field(ge=1)] = 1
    """Epochs from one validation, and checkpoint, to the next."""
    learning_rate: LearningRate = 1e-3
    batch_size: Annotated[int, Field(ge=1), Tune(choices=(256, 512, 1024, 2048))] = 1024
    """Examples a step: targets for models of sequences, events for models of pairs, users for models of
    whole histories."""
    weight_decay: Annotated[float, Field(ge=0), Tune(1e-6, 1e-1, log=True)] = 0.0
    """Of AdamW: not scaled by the gradient."""
    max_gradient_norm: Annotated[float, Field(gt=0)] | None = None
    """Gradients are shortened to this length."""
    averaging: Annotated[float, Field(gt=0, lt=1), Tune(choices=(0.99, 0.995, 0.999))] | None = None
    """Validate and keep a running mean of the weights with this decay a step, from the second epoch on
    (Polyak and Juditsky, SIAM J. Control Optim. 1992); the last weights themselves where None."""
    embedding_size: Annotated[int, Field(ge=1), Tune(choices=(32, 64, 128, 256))] = 64
    dropout: Dropout = 0.2


class SequenceSettings(LearnedSettings):
    """What models of sequences share."""

    max_length: Annotated[int, Field(ge=1), Tune(choices=(20, 50, 100, 200))] = 200
    """Events of a history that are read, the newest; in training a longer one is cut into several."""
    loss: Literal["ce", "sampled", "gsasrec"] = "ce"
    """Cross-entropy against the whole catalogue, the same against sampled negatives, or gSASRec's."""
    n_negatives: Annotated[int, Field(ge=1), Tune(choices=(128, 256, 512))] = 256
    """Drawn evenly, and shared by a batch; not used by `ce`."""
    calibration: Annotated[float, Field(ge=0, le=1), Tune(0.5, 1.0)] = 0.75
    """How far gSASRec's loss undoes the overconfidence of sampling: 0 not at all, 1 wholly."""


class AttentionSettings(SequenceSettings):
    """What models of sequences share that attend."""

    n_layers: Annotated[int, Field(ge=1), Tune(choices=(1, 2, 3))] = 2
    n_heads: Annotated[int, Field(ge=1), Tune(choices=(1, 2, 4))] = 2

    @model_validator(mode="after")
    def _heads_share_the_size(self) -> Self:
        if self.embedding_size % self.n_heads:
            raise ValueError(f"embedding_size {self.embedding_size} is no multiple of n_heads {self.n_heads}")
        return self


class PairSettings(LearnedSettings):
    """What models share that know users, not histories, and learn from pairs of a user and an item."""

    n_negatives: Annotated[int, Field(ge=1), Tune(1, 16)] = 4
    """Drawn for each pair."""


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


class SASRecSettings(AttentionSettings):
    """Self-attentive sequential recommendation (Kang and McAuley, ICDM 2018)."""

    kind: Literal["sasrec"] = "sasrec"
    learning_rate: LearningRate = 2e-3
    dropout: Dropout = 0.4


class GRU4RecSettings(SequenceSettings):
    """Gated recurrent units over the history (Hidasi et al., ICLR 2016)."""

    kind: Literal["gru4rec"] = "gru4rec"
    hidden_size: Annotated[int, Field(ge=1), Tune(choices=(64, 128, 256))] = 128
    """Of the recurrent state."""
    n_layers: Annotated[int, Field(ge=1), Tune(choices=(1, 2))] = 1


class MultVAESettings(LearnedSettings):
    """Variational autoencoder with multinomial likelihood (Liang et al., WWW 2018)."""

    kind: Literal["mult-vae"] = "mult-vae"
    epochs: Epochs = 100
    patience: Annotated[int, Field(ge=1)] = 20
    batch_size: Annotated[int, Field(ge=1), Tune(choices=(64, 128, 256, 512))] = 128
    """Users a step."""
    embedding_size: Annotated[int, Field(ge=1), Tune(choices=(64, 128, 200))] = 128
    """Of a code."""
    hidden_size: Annotated[int, Field(ge=1), Tune(choices=(200, 400, 600))] = 400
    """Of the layers between items and codes."""
    dropout: Dropout = 0.5
    """Of the history that is read."""
    kl_cap: Annotated[float, Field(ge=0), Tune(0.01, 1.0, log=True)] = 0.2
    """The weight that the KL term is annealed to."""
    kl_steps: Annotated[int, Field(ge=1), Tune(500, 20_000, log=True)] = 2000
    """Training steps until it has that weight."""
    recency: Recency = 0.8
    """Of the history that is read for scores."""


class NeuMFSettings(PairSettings):
    """Neural collaborative filtering (He et al., WWW 2017)."""

    kind: Literal["neumf"] = "neumf"
    learning_rate: LearningRate = 3e-3
    part: Literal["gmf", "mlp", "fusion"] = "fusion"
    """The product alone, the network alone, or both."""
    embedding_size: Annotated[int, Field(ge=2), Tune(choices=(16, 32, 64))] = 32


class BPRMFSettings(PairSettings):
    """Matrix factorisation ranked by pairs (Rendle et al., UAI 2009)."""

    kind: Literal["bpr-mf"] = "bpr-mf"
    epochs: Epochs = 60
    regularization: Annotated[float, Field(ge=0), Tune(1e-6, 1e-1, log=True)] = 1e-3
    """Of the squared vectors of a pair."""


class LightGCNSettings(PairSettings):
    """Graph convolution without weights (He et al., SIGIR 2020)."""

    kind: Literal["lightgcn"] = "lightgcn"
    epochs: Epochs = 40
    learning_rate: LearningRate = 5e-3
    n_layers: Annotated[int, Field(ge=0), Tune(choices=(1, 2, 3))] = 2
    regularization: Annotated[float, Field(ge=0), Tune(1e-6, 1e-2, log=True)] = 1e-4
    """Of the squared vectors of a pair, before they are spread."""


class BERT4RecSettings(AttentionSettings):
    """Transformer that fills gaps in the history (Sun et al., CIKM 2019)."""

    kind: Literal["bert4rec"] = "bert4rec"
    epochs: Epochs = 100
    patience: Annotated[int, Field(ge=1)] = 25
    batch_size: Annotated[int, Field(ge=1), Tune(choices=(256, 512, 1024))] = 512
    dropout: Dropout = 0.1
    masked: Annotated[float, Field(gt=0, lt=1), Tune(0.1, 0.8)] = 0.2
    """Share of the events of a history that are hidden and asked for; the last one of some always is."""


AnySource = Annotated[
    PopularitySettings
    | EASESettings
    | ItemKNNSettings
    | UserKNNSettings
    | RulesSettings
    | SVDSettings
    | ALSSettings
    | BM25LastTitlesSettings
    | DenseLastTitlesSettings
    | BERT4RecSettings
    | BPRMFSettings
    | GRU4RecSettings
    | LightGCNSettings
    | MultVAESettings
    | NeuMFSettings
    | SASRecSettings,
    Field(discriminator="kind"),
]
"""The models that are fitted to a log by themselves, by `kind`."""


def _default_sources() -> dict[str, AnySource]:
    kinds = (RulesSettings(), ItemKNNSettings(), EASESettings(), SASRecSettings(), BM25LastTitlesSettings())
    return {each.kind: each for each in kinds}


class HybridModelSettings(ModelSettings):
    """Several models' candidates in one ranking."""

    kind: Literal["hybrid"] = "hybrid"
    sources: Annotated[dict[str, AnySource], Field(min_length=1)] = Field(default_factory=_default_sources)
    """By the name that answers show; `kind` may be left out where the name is a kind."""
    ranker: Literal["lambdamart", "fusion"] = "lambdamart"
    """Boosted trees, or weighted reciprocal ranks, for which nothing is learnt."""
    depth: Annotated[int, Field(ge=1)] = 100
    """Candidates of each source."""
    held_back: Annotated[int, Field(ge=1)] = 5
    """Newest events of a user that the ranker learns from, at most a third of all; the sources are fitted
    once more for it, without them."""
    weights: dict[str, Annotated[float, Field(ge=0)]] = Field(default_factory=dict)
    """Of sources, for `fusion`; 1 where none is given."""
    trees: TreeSettings = TreeSettings()

    @field_validator("sources", mode="before")
    @classmethod
    def _kind_from_name(cls, value: object) -> object:
        return named_kinds(value)

    @model_validator(mode="after")
    def _known_weights(self) -> Self:
        if unknown := self.weights.keys() - self.sources.keys():
            raise ValueError(f"weights of an unknown source: {', '.join(sorted(unknown))}")
        return self


AnyModel = Annotated[AnySource | HybridModelSettings, Field(discriminator="kind")]
"""The models that are fitted to a log, by `kind`."""

AnyRatingModel = Annotated[RatingKNNSettings | RatingFactorsSettings, Field(discriminator="kind")]
"""The models that predict ratings, by `kind`."""
