"""Whether a sentence says given claims and nothing else."""

from collections.abc import Iterable, Sequence

from genrec.explaining.claims import Claim
from genrec.explaining.lexicon import Lexicon
from genrec.explaining.meaning import Said, Talk
from genrec.explaining.parser import Ambiguous, Nodes, Parser
from genrec.explaining.text import is_plain, tokens
from genrec.explaining.wording import field_word


class Check:
    """Reads sentences about recommended items back into claims."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon

    def passes(self, sentence: str, item: int, claims: Sequence[Claim]) -> bool:
        """Whether every reading of the sentence says some of these claims about the item, and nothing else.

        A sentence that cannot be read, or that can be read as anything more, does not pass.
        """
        return self.claims_in(sentence, item, claims) != ()

    def claims_in(self, sentence: str, item: int, claims: Sequence[Claim]) -> tuple[Claim, ...]:
        """Those of the claims that the sentence says; none where it does not pass."""
        if not is_plain(sentence):
            return ()
        for spelling in _spellings(tokens(sentence)):
            terminals = self.lexicon.terminals(spelling, item, claims)
            try:
                readings = Parser([each.casefold() for each in spelling], terminals).readings()
            except Ambiguous:
                return ()
            if readings:
                return _held(readings, item, claims)
        return ()


def _held(readings: Iterable[Nodes], item: int, claims: Sequence[Claim]) -> tuple[Claim, ...]:
    told: set[Claim] = set()
    for reading in readings:
        talk = Talk()
        talk.hear(reading)
        if not talk.is_clear or not talk.said:
            return ()
        for each in talk.said:
            matching = [claim for claim in claims if _matches(each, claim, item)]
            if not matching:
                return ()
            told.add(matching[0])
    return tuple(claim for claim in claims if claim in told)


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
