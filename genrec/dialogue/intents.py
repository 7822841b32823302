"""What one turn asks for and changes, as a value."""

from dataclasses import dataclass
from typing import Literal

from genrec.dialogue.ranges import Range

Action = Literal["recommend", "search", "explain", "similar", "ask", "refuse", "small-talk"]


@dataclass(frozen=True, slots=True)
class Clause:
    """A field that holds one of some values, as the catalogue writes them."""

    field: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Intent:
    """One turn, understood: the ids are of the catalogue, except `user`, which the log may not know."""

    action: Action
    user: str | None = None
    is_user_known: bool = True
    names_other: bool = False
    """Whether a user is named whom the dialogue is not for."""
    liked: tuple[str, ...] = ()
    disliked: tuple[str, ...] = ()
    seen: tuple[str, ...] = ()
    wanted: tuple[Clause, ...] = ()
    unwanted: tuple[Clause, ...] = ()
    allowed: tuple[Clause, ...] = ()
    dropped: tuple[Clause, ...] = ()
    dropped_fields: tuple[str, ...] = ()
    dropped_items: tuple[str, ...] = ()
    ranges: tuple[Range, ...] = ()
    outside: tuple[Range, ...] = ()
    missing: tuple[str, ...] = ()
    """The user's words for what the catalogue has no field for."""
    lacks: tuple[str, ...] = ()
    """The same in the reply's words."""
    words: tuple[str, ...] = ()
    """What is left of the wish."""
    target: tuple[str, ...] = ()
    """The items that an explanation, a search or a list of similar ones is about."""
    rank: int | None = None
    """The place in the last list that was pointed at; 0 of "that one"."""
    is_rank_known: bool = True
    by_reference: tuple[str, ...] = ()
    """Items that got in by their place in the last list."""
    k: int | None = None
    names_unknown: bool = False
    """Whether a title is named that the catalogue has not."""
    is_reset: bool = False
    is_undone: bool = False
    is_more: bool = False
    is_instead: bool = False
    is_also: bool = False
    is_widened: bool = False
    """Whether its ranges are to hold beside those in force: 500 g is fine too."""
    is_anything: bool = False
    compared: tuple[Range, ...] = ()
    """Ranges that came of a comparison with an item: cheaper than that."""

    @property
    def says_something(self) -> bool:
        """Whether it holds anything that a list could be made of."""
        items = self.liked or self.disliked or self.seen or self.dropped_items
        values = self.wanted or self.unwanted or self.allowed or self.dropped
        return bool(self.user or items or values or self.dropped_fields or self.ranges or self.outside)
