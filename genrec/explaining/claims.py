"""The closed set of claims that a reason is made of."""

from dataclasses import dataclass
from typing import Literal

from genrec.config import HistorySettings
from genrec.data.ids import IdMap
from genrec.types import Evidence, EvidenceKind

Relation = Literal["history", "attribute", "shared", "co-occurrence", "popularity", "search", "neighbours"]


@dataclass(frozen=True, slots=True)
class Claim:
    """One checkable fact about a recommended item and one user.

    - history: the user did `value` (a verb: liked, bought, ...) to `item`, which is in the history
    - attribute: `field` of the recommended item has `value`
    - shared: `field` of the recommended item and of `item`, in the history, both have `value`
    - co-occurrence: of the `of` other users who did `value` to `item`, `count` did so to the recommended one
    - popularity: of all `of` other users, `count` did `value` to the recommended item
    - search: the search `value` found it; `field` is "user" for the user's own words
    - neighbours: of the `of` users whose histories are most like this one, `count` did `value` to it

    `item` is an item index. What a parsed sentence leaves open is None.
    """

    relation: Relation
    item: int | None = None
    field: str | None = None
    value: str | None = None
    count: int | None = None
    of: int | None = None


_KIND: dict[Relation, EvidenceKind] = {
    "history": "history",
    "attribute": "attribute",
    "shared": "attribute",
    "co-occurrence": "co-occurrence",
    "popularity": "co-occurrence",
    "search": "search",
    "neighbours": "neighbours",
}


def as_evidence(claim: Claim, item_ids: IdMap) -> Evidence:
    """The claim in external ids; a shared attribute has an item, popularity has none."""
    item = None if claim.item is None else item_ids[claim.item]
    return Evidence(_KIND[claim.relation], item, claim.field, claim.value, claim.count, claim.of)


LIKED = "liked"
_BY_EVENT = {"purchase": "bought", "cart": "cart", "wishlist": "wishlist", "rating": "rated", "like": LIKED}
_BY_EVENT_DEFAULT = {"view": "viewed", "click": "clicked on"}
VERB_RANK = (LIKED, "bought", "wishlist", "cart", "rated")
"""Which of several verbs that hold of one item is said; any other comes last."""


def event_verb(event: str | None, value: float, settings: HistorySettings) -> str:
    """What a reason says that a user did; `event` is None for a history given without event types.

    A rating is "liked" only from `liked_rating` on. `settings.verb` names views and clicks where it is set,
    and never a purchase, cart or wishlist, which it need not fit.
    """
    if event == "rating" and value >= settings.liked_rating:
        return LIKED
    if event in _BY_EVENT:
        return _BY_EVENT[event]
    is_set = "verb" in settings.model_fields_set
    return settings.verb if is_set or event is None else _BY_EVENT_DEFAULT[event]
