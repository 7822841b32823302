"""Verbs of claims: how templates write them, and which words of a sentence mean the same."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """One verb: `past` and `participle` around its object, and `also`, other forms of the same meaning."""

    past: str
    participle: str
    tail: str = ""
    also: tuple[str, ...] = ()


_WORDS = {
    "liked": Words("liked", "liked", also=("enjoyed",)),
    "bought": Words("bought", "bought", also=("purchased",)),
    "rated": Words("rated", "rated"),
    "viewed": Words("viewed", "viewed", also=("looked at",)),
    "clicked on": Words("clicked on", "clicked on", also=("opened",)),
    "cart": Words("put", "put", "in {your} cart", also=("placed", "added")),
    "wishlist": Words("put", "put", "on {your} wishlist", also=("placed", "added")),
    "watched": Words("watched", "watched", also=("saw", "seen")),
    "chose": Words("chose", "chosen", also=("picked",)),
    "read": Words("read", "read"),
}


KNOWN_VERBS = tuple(_WORDS)


def words(verb: str) -> Words:
    """The words of a verb; one that is not among the known is its own past and participle."""
    return _WORDS.get(verb) or Words(verb, verb)


def spellings(verb: str) -> tuple[str, ...]:
    """Every past form and participle."""
    known = words(verb)
    return tuple(dict.fromkeys((known.past, known.participle, *known.also)))
