"""Whether a sentence says given claims and nothing else."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from genrec.explaining.claims import Claim
from genrec.explaining.lattice import Shape, shape
from genrec.explaining.lexicon import Lexicon
from genrec.explaining.meaning import Said, Talk
from genrec.explaining.parser import Ambiguous, Parser
from genrec.explaining.text import is_plain, tokens
from genrec.explaining.wording import field_word

KEPT = 4096
"""Shapes whose reading is remembered, for all catalogues: of templates there are a few hundred."""

CHECKED = 8192
"""Sentences that are not checked again: who comes back is mostly told what was told before."""


class Check:
    """Reads sentences about recommended items back into claims."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        self._checked = lru_cache(maxsize=CHECKED)(self._claims_in)

    def passes(self, sentence: str, item: int, claims: Sequence[Claim]) -> bool:
        """Whether every reading of the sentence says some of these claims about the item, and nothing else.

        A sentence that cannot be read, or that can be read as anything more, does not pass.
        """
        return self.claims_in(sentence, item, claims) != ()

    def claims_in(self, sentence: str, item: int, claims: Sequence[Claim]) -> tuple[Claim, ...]:
        """Those of the claims that the sentence says; none where it does not pass."""
        return self._checked(sentence, item, tuple(claims))

    def _claims_in(self, sentence: str, item: int, claims: tuple[Claim, ...]) -> tuple[Claim, ...]:
        if not is_plain(sentence):
            return ()
        for spelling in _spellings(tokens(sentence)):
            cut, meant = shape(self.lexicon.edges(spelling, item, claims))
            said = said_in(cut)
            if said is not None:
                return _held([_of(each, meant) for each in said], item, claims)
        return ()


@lru_cache(maxsize=KEPT)
def said_in(cut: Shape) -> tuple[Said, ...] | None:
    """What the readings of a sentence say, all together, by the signs of its shape.

    Returns:
        Nothing where it can be read in too many ways, or in one that says nothing clear; None where in none.
    """
    try:
        readings = Parser(cut).readings() if cut else []
    except Ambiguous:
        return ()
    told: dict[Said, None] = {}
    for reading in readings:
        talk = Talk()
        talk.hear(reading)
        if not talk.is_clear or not talk.said:
            return ()
        told.update(dict.fromkeys(talk.said))
    return tuple(told) if readings else None


def _of(said: Said, meant: Sequence[Any]) -> Said:
    """The same with what its signs stand for."""
    return replace(
        said,
        title=meant[said.title[0]] if said.title else (),
        pairs=tuple(meant[int(sign)] for _, sign in said.pairs),
        count=_number(said.count, meant),
        of=_number(said.of, meant),
        search=None if said.search is None else meant[int(said.search)],
    )


def _number(sign: int | None, meant: Sequence[Any]) -> int | None:
    return sign if sign is None or sign >= 0 else meant[-1 - sign]


def _held(told: Iterable[Said], item: int, claims: Sequence[Claim]) -> tuple[Claim, ...]:
    held: set[Claim] = set()
    for each in told:
        matching = [claim for claim in claims if _matches(each, claim, item)]
        if not matching:
            return ()
        held.add(matching[0])
    return tuple(claim for claim in claims if claim in held)


def _spellings(words: list[str]) -> Iterable[list[str]]:
    """The tokens, then with a comma or full stop inside quotation marks put after them, as some write it."""
    yield words
    moved = list(words)
    for at in range(len(moved) - 1):
        if moved[at] in ",." and moved[at + 1] in "\"'":
            moved[at], moved[at + 1] = moved[at + 1], moved[at]
    if moved != words:
        yield moved


def _matches(said: Said, claim: Claim, item: int) -> bool:
    """Whether a claim bears out what was said: the same, or said with something left open."""
    relations = ("attribute", "shared") if said.relation == "attribute" else (said.relation,)
    if claim.relation not in relations:
        return False
    cites = said.relation in ("history", "shared", "co-occurrence")
    if cites and (claim.item not in said.title or item in said.title):
        return False
    if said.relation in ("attribute", "shared"):
        if said.field is not None:
            return field_word(claim.field or "") == said.field
        return (claim.field, claim.value) in said.pairs
    if said.relation == "search":
        is_other = said.guessed if claim.field == "user" else said.mine
        return said.search == claim.value and not is_other
    if said.verbs and claim.value not in said.verbs:
        return False
    return said.count in (None, claim.count) and said.of in (None, claim.of)
