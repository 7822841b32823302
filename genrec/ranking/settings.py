"""The settings of rankers that are learnt."""

from typing import Annotated

from pydantic import Field

from genrec.config import Settings


class TreeSettings(Settings):
    """How boosted trees grow."""

    most: Annotated[int, Field(ge=1)] = 1000
    """Trees at most; how many is found on held-out users."""
    patience: Annotated[int, Field(ge=1)] = 50
    """Stop after that many trees without a better NDCG@10 of theirs."""
    learning_rate: Annotated[float, Field(gt=0)] = 0.03
    leaves: Annotated[int, Field(ge=2)] = 7
    least_in_leaf: Annotated[int, Field(ge=1)] = 50
    """Pairs of query and item."""
    share_of_features: Annotated[float, Field(gt=0, le=1)] = 0.7
    """Drawn for each tree."""
    truncation: Annotated[int, Field(ge=1)] = 20
    """Two items of which neither stands so high in the list teach nothing."""
