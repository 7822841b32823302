"""Verbs of claims: how templates write them, and which words of a sentence mean the same."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """One verb: `past` and `participle` around its object, and `also`, other forms of the same meaning.

    `infinitives`, `gerunds`, `deeds` ("your purchase of") and `doers` ("the viewers of") are for reading.
    """

    past: str
    participle: str
    tail: str = ""
    also: tuple[str, ...] = ()
    infinitives: tuple[str, ...] = ()
    gerunds: tuple[str, ...] = ()
    deeds: tuple[str, ...] = ()
    doers: tuple[str, ...] = ()


_WORDS = {
    "liked": Words(
        "liked", "liked", "", ("enjoyed",), ("like", "enjoy"), ("liking", "enjoying"), ("enjoyment", "like")
    ),
    "bought": Words(
        "bought",
        "bought",
        "",
        ("purchased",),
        ("buy", "purchase"),
        ("buying", "purchasing"),
        ("purchase",),
        ("buyers", "purchasers"),
    ),
    "rated": Words("rated", "rated", "", (), ("rate",), ("rating",)),
    "viewed": Words("viewed", "viewed", "", ("looked at",), ("view", "look at"), ("viewing", "looking at")),
    "clicked on": Words("clicked on", "clicked on", "", ("opened",), ("click on",), ("clicking on",)),
    "cart": Words("put", "put", "in {your} cart", ("placed", "added")),
    "wishlist": Words("put", "put", "on {your} wishlist", ("placed", "added")),
    "watched": Words(
        "watched",
        "watched",
        "",
        ("saw", "seen"),
        ("watch", "see"),
        ("watching", "seeing"),
        ("viewing",),
        ("viewers", "watchers"),
    ),
    "chose": Words("chose", "chosen", "", ("picked",), ("choose", "pick"), ("choosing", "picking")),
    "read": Words("read", "read", "", (), ("read",), ("reading",), (), ("readers",)),
}


KNOWN_VERBS = tuple(_WORDS)


def words(verb: str) -> Words:
    """The words of a verb; one that is not among the known is its own past and participle."""
    return _WORDS.get(verb) or Words(verb, verb)


def spellings(verb: str) -> tuple[str, ...]:
    """Every past form and participle."""
    known = words(verb)
    return tuple(dict.fromkeys((known.past, known.participle, *known.also)))


def present(verb: str) -> tuple[str, ...]:
    """Infinitives, and the third person of each."""
    plain = words(verb).infinitives
    return (*plain, *(f"{each}s" for each in plain if " " not in each))
