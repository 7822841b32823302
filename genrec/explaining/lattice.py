"""All ways to cut a sentence into words and names, without what its reading does not depend on.

How a sentence reads depends on where names may stand in it and which of them are the same, not on what they
are: "You liked Heat." reads as "You liked Alien." does. So names are replaced by signs, and the sentences
that a template makes for thousands of items have a few dozen shapes between them.
"""

from collections.abc import Sequence

Edge = tuple[str, int, object]
"""A word of the grammar, or a terminal; the place where it ends; and, of a terminal, what it stands for."""
Shape = tuple[tuple[Edge, ...], ...]
"""What begins at each place, with signs for what it stands for; the sentence ends behind the last."""

TITLES = frozenset(("TITLE", "OWNTITLE", "TITLE's", "OWNTITLE's"))
VALUES = frozenset(("VALUE", "TOPIC", "YEAR", "MAKER"))
TERMINALS = TITLES | VALUES | {
    *("SEARCH", "NUMBER", "FIELD", "OPEN", "CLOSE"),
    *("VERB", "TO-VERB", "VERBING", "DEED", "DOERS"),
}  # fmt: skip
"""Names of the grammar that are no rules: what is matched against the catalogue."""


def shape(edges: Sequence[Sequence[Edge]]) -> tuple[Shape, list[object]]:
    """The ways from the first place to the end, and what the signs in them stand for, by number.

    Args:
        edges: what begins at each place of the sentence.

    Returns:
        No shape where no way leads to the end: such a sentence cannot be read.
    """
    last = len(edges)
    kept: dict[int, list[Edge]] = {last: []}
    for at in range(last - 1, -1, -1):
        if leading := [edge for edge in edges[at] if edge[1] in kept]:
            kept[at] = leading
    if 0 not in kept:
        return (), []
    places = {at: place for place, at in enumerate(reversed(kept))}
    signs: dict[object, int] = {}
    cut = [
        tuple([(name, places[end], _sign(name, value, signs)) for name, end, value in kept[at]])
        for at in places
    ]
    return tuple(cut[:-1]), list(signs)


def _sign(name: str, value: object, signs: dict[object, int]) -> object:
    """What takes a value's place: of its kind, so that it is read like one, and the same for equal ones."""
    if name in TITLES:
        return (signs.setdefault(value, len(signs)),)
    if name in VALUES:
        return tuple([(pair[0], str(signs.setdefault(pair, len(signs)))) for pair in value])  # type: ignore[attr-defined]
    if name == "NUMBER":
        return -1 - signs.setdefault(value, len(signs))  # no number that a sentence writes
    return str(signs.setdefault(value, len(signs))) if name == "SEARCH" else value
