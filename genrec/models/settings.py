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


AnyModel = Annotated[PopularitySettings | EASESettings, Field(discriminator="kind")]
"""The models that are fitted to a log, by `kind`."""
