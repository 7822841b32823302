"""True sentences made false: what a check of reasons must refuse although it is close to what it reads."""

import random
import re
import string
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

ANCHORS = {"x": "liked|enjoyed", "watched": "watched|seen|saw", "bought": "bought|purchased"}
"""Slots of history items, and the past forms of what the user did to them."""
_COUNTS = {"x": ("{n}", "{m}"), "watched": ("{co_n}", "{co_m}")}

Slots = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Wrong:
    """What does not hold of the facts that fill the slots of a pattern.

    `values` has for each slot what it may be replaced by: titles of which the same was not done, attributes
    that no item named has, searches that found nothing. `verbs` has past forms by the verb that nobody did.
    Counts are replaced by any other.
    """

    values: Mapping[str, Sequence[object]]
    verbs: Mapping[str, str]


def spoiled(pattern: str, slots: Slots, wrong: Wrong, draw: random.Random) -> Iterator[tuple[str, str]]:
    """Kind and sentence, for every way to make a pattern false that is true of these slots.

    What could stay true is left out: a swap of two items of which the same is said, for one.
    """
    for kind, text, filled in _changed(pattern, slots, wrong, draw):
        yield kind, text.format_map(filled)


def _changed(
    pattern: str, slots: Slots, wrong: Wrong, draw: random.Random
) -> Iterator[tuple[str, str, Slots]]:
    names = [name for _, name, _, _ in string.Formatter().parse(pattern) if name]
    for name in dict.fromkeys(names):
        for value in wrong.values.get(name, ()):
            yield _kind(name), pattern, {**slots, name: value}
        if isinstance(slots[name], int):
            yield "wrong number", pattern, {**slots, name: _other_count(slots, name, draw)}
    for anchor in ANCHORS:
        if is_one_way(pattern, anchor):
            yield "wrong role", pattern, {**slots, "rec": slots[anchor], anchor: slots["rec"]}
    yield from (("wrong verb", each, slots) for each in _other_verbs(pattern, wrong))
    yield from (("negation", each, slots) for each in _negated(pattern))
    yield from (("invented fact", each, slots) for each in _with_inventions(pattern, draw))


def _kind(name: str) -> str:
    if name in ANCHORS:
        return "swapped title"
    return "wrong search" if name == "search" else "wrong number" if name == "year" else "wrong attribute"


def _other_count(slots: Slots, name: str, draw: random.Random) -> int:
    true = {value for value in slots.values() if isinstance(value, int)}
    count = slots[name]
    assert isinstance(count, int)
    near = [count + each for each in (-10, -3, -2, -1, 1, 2, 3, 10)]
    return draw.choice([each for each in near if each > 1 and each not in true] or [max(true) + 1])


_PERSON = r"(?:you|you've|(?:the|this) (?:user|customer|viewer|shopper|reader|member))"
_HAD = r"(?: (?:have|has|had|did|also|already|previously|once|both|who|that))*"


def is_one_way(pattern: str, anchor: str) -> bool:
    """Whether a true pattern says of the recommended item and a history item what cannot be swapped.

    So it is where a clause says what the user did (to the history item, never to the recommended), counts
    those who did so to the history item, or gives the search or year of the recommended item by its name.
    """
    text = pattern.lower()
    if "{rec}" not in text or f"{{{anchor}}}" not in text:
        return False
    done = rf"(?:\b{_PERSON}{_HAD} (?:{ANCHORS[anchor]})\b|\b(?:{ANCHORS[anchor]}) by {_PERSON}\b)"
    if re.search(done, text) or all(each in text for each in _COUNTS.get(anchor, ("\0",))):
        return True
    pieces = re.split(r"[.;:]| and |, ", text)
    return any(
        "{rec}" in each and ("{search}" in each or "{year}" in each) and f"{{{anchor}}}" not in each
        for each in pieces
    )


def _other_verbs(pattern: str, wrong: Wrong) -> Iterator[str]:
    for verb, other in wrong.verbs.items():
        word = rf"(?<!{{)\b{verb}\b"
        if re.search(word, pattern):
            yield re.sub(word, other, pattern)
            yield re.sub(word, other, pattern, count=1)


_NEGATIONS = (
    (r"\b(is|are|was|were|has been)\b", r"\1 not"),
    (r"\b(has|have)\b", r"\1 not"),
    (r"\bou(?:'ve| have)? (liked|enjoyed)\b", r"ou did not like"),
    (r"\bou(?:'ve| have)? (liked|enjoyed)\b", r"ou disliked"),
    (r"\b(user|customer) (liked|enjoyed)\b", r"\1 never liked"),
    (r"(?<!{)\b(liked|enjoyed|watched|bought)\b", r"never \1"),
    (r"\balso (liked|watched)\b", r"did not like"),
    (r"\bshares\b", "does not share"),
    (r"\bmatches\b", "does not match"),
    (r"\bcame\b", "never came"),
    (r"\bbelongs\b", "hardly belongs"),
    (r"\bboth\b", "neither"),
    (r"\b[Ll]ike (\{\w+\}),", r"Unlike \1,"),
)


def _negated(pattern: str) -> Iterator[str]:
    for plain, negative in _NEGATIONS:
        for found in re.finditer(plain, pattern):
            yield pattern[: found.start()] + found.expand(negative) + pattern[found.end() :]


_SENTENCES = (
    " It won an award.",
    " It is a masterpiece.",
    " The price is 12 dollars.",
    " You will love it.",
    " It was directed by Jane Campion.",
    " It is set in Paris.",
    " Everyone loves it.",
    " You liked that one most.",
)
_ENDINGS = (
    ", and it won an award.",
    ", which critics loved.",
    ", directed by Jane Campion.",
    " and was a great success.",
    " in London.",
    ", and so did your friends.",
    ", a masterpiece.",
    " last year.",
    " more than anything else.",
    ", starring Tom Hanks.",
)
_ASIDES = (", which won an award,", ", a cult classic,", ", your favourite,", " and its sequel", " (uncut)")


def _with_inventions(pattern: str, draw: random.Random) -> Iterator[str]:
    yield pattern + draw.choice(_SENTENCES)
    yield pattern.rstrip(".?!") + draw.choice(_ENDINGS)
    for slot in ("{rec}", "{x}", "{watched}", "{bought}"):
        if slot in pattern:
            yield pattern.replace(slot, slot + draw.choice(_ASIDES), 1)
