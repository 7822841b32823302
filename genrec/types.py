"""The values every stage passes on: integer indices inside, external ids only at the edge."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

ItemArray = NDArray[np.int32]
ScoreArray = NDArray[np.float32]
Mask = NDArray[np.bool_]

NO_ITEM = -1
"""Padding of `Rankings.items`, and the item of an event that has none (a search)."""


def no_items() -> ItemArray:
    """An empty array of item indices."""
    return np.empty(0, dtype=np.int32)


@dataclass(frozen=True, slots=True, eq=False)
class Query:
    """What is known of one request for recommendations.

    `history`, `events`, `values` and `times` are aligned and oldest first. `exclude` are items never to be
    shown beyond the history: negatives, and what the caller ruled out. `candidates`, where given, is True for
    items that may be shown; queries of one batch that share a filter share the array. With `repeats` the
    history may be shown again. `searches` are the words of the user's own past searches, oldest first.
    """

    user: int | None = None
    history: ItemArray = field(default_factory=no_items)
    events: NDArray[np.int8] | None = None
    values: NDArray[np.float32] | None = None
    times: NDArray[np.int64] | None = None
    text: str | None = None
    now: int | None = None
    context: Mapping[str, str] = field(default_factory=dict)
    exclude: ItemArray = field(default_factory=no_items)
    candidates: Mask | None = None
    repeats: bool = False
    searches: tuple[str, ...] = ()

    @property
    def is_blind(self) -> bool:
        """Whether it says nothing of what is wanted: no history, no words and no searches."""
        return not len(self.history) and not (self.text or "").strip() and not self.searches

    @property
    def unwanted(self) -> ItemArray:
        """Item indices that may not be recommended: the history and the exclusions, sorted, once each."""
        if self.repeats:
            return np.unique(self.exclude)
        return np.union1d(self.history, self.exclude).astype(np.int32)


@dataclass(frozen=True, slots=True)
class WrittenQuery:
    """A search, with its summed log-probability (natural log); 0 for the user's own words."""

    text: str
    score: float
    tokens: int = 0
    by: Literal["model", "user"] = "model"


FillSource = Literal["query", "next-best", "last-titles", "popularity"]


@dataclass(frozen=True, slots=True)
class Trace:
    """Why one row of a `Rankings` looks as it does; the tuples align with that row's items."""

    queries: tuple[WrittenQuery, ...] = ()
    query_ids: tuple[tuple[int, ...], ...] = ()
    sources: tuple[Mapping[str, float], ...] = ()
    filled: tuple[FillSource, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Rankings:
    """Top lists, best first: `items` int32 and `scores` float32, both `[n, k]`, padded with -1 and -inf.

    No item stands twice in a row; equal scores are ordered by item index.
    """

    items: ItemArray
    scores: ScoreArray
    trace: tuple[Trace | None, ...] | None = None

    def __len__(self) -> int:
        return len(self.items)

    def row(self, row: int) -> tuple[ItemArray, ScoreArray]:
        """Items and scores of one row without the padding."""
        filled = self.items[row] != NO_ITEM
        return self.items[row][filled], self.scores[row][filled]

    @staticmethod
    def empty(n: int, k: int) -> "Rankings":
        """`n` rows of padding."""
        return Rankings(np.full((n, k), NO_ITEM, np.int32), np.full((n, k), -np.inf, np.float32))


EvidenceKind = Literal["history", "attribute", "co-occurrence", "search", "neighbours"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """One checkable fact behind a reason, in external ids."""

    kind: EvidenceKind
    item_id: str | None = None
    field: str | None = None
    value: str | None = None
    count: int | None = None
    of: int | None = None


@dataclass(frozen=True, slots=True)
class Recommendation:
    """One item of an answer, as the user sees it; rank and score are None where the model's list lacks it."""

    rank: int | None
    item_id: str
    title: str
    score: float | None
    query_ids: tuple[int, ...] = ()
    sources: Mapping[str, float] = field(default_factory=dict)
    reason: str = ""
    reason_by: Literal["model", "template"] | None = None
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one request; `dataclasses.asdict` of it is the public JSON."""

    request_id: str
    user_id: str | None
    model: str
    model_version: str
    catalogue_version: str
    source: Literal["model", "fallback"]
    degraded: bool
    degraded_reason: str | None
    took_ms: int
    queries: tuple[WrittenQuery, ...]
    items: tuple[Recommendation, ...]
    warnings: tuple[str, ...] = ()
