"""Whether a sentence says given claims and nothing else."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from genrec.explaining.claims import Claim
from genrec.explaining.grammar import CLAUSES, SAYING
from genrec.explaining.lexicon import Lexicon, Pairs, Title
from genrec.explaining.parser import Ambiguous, Node, Nodes, Parser
from genrec.explaining.text import is_plain, tokens
from genrec.explaining.wording import field_word


@dataclass(frozen=True, slots=True)
class Said:
    """What one clause asserts, before it is known whether it holds; None or empty where it leaves open."""

    relation: str
    title: Title = ()
    verbs: frozenset[str] = frozenset()
    pairs: Pairs = ()
    count: int | None = None
    of: int | None = None
    search: str | None = None
    mine: bool = False


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
                return self._held(readings, item, claims)
        return ()

    def _held(self, readings: Iterable[Nodes], item: int, claims: Sequence[Claim]) -> tuple[Claim, ...]:
        told: set[Claim] = set()
        for reading in readings:
            said = _interpret(reading)
            if said is None:
                return ()
            for each in said:
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


def _interpret(reading: Nodes) -> list[Said] | None:
    """What a reading asserts; None where an "it" could mean another item than the grammar takes it for."""
    said: list[Said] = []
    topic: Title = ()  # the history item an "it" could mean
    for node in Node("TEXT", parts=reading).find(*CLAUSES, "SUBJECTED", "THIS", "SAYREC"):
        if node.name in ("THIS", "SAYREC"):
            topic = ()
            continue
        facts = [fact for clause in _clauses(node) for fact in _facts(clause, topic)]
        if not facts or not _is_clear(node, facts, topic):
            return None
        topic = facts[-1].title if node.name == "HISTORY" else ()
        said += facts + _asides(node)
    return said or None


def _clauses(node: Node) -> list[Node]:
    return node.find(*SAYING) if node.name == "SUBJECTED" else [node]


def _is_clear(node: Node, facts: Sequence[Said], topic: Title) -> bool:
    """Whether "it" has one meaning: not the recommended item where a history item was told of just before."""
    says_it = bool(node.find("IT", "IT's"))
    if node.find("BACK"):
        return bool(topic) and not says_it
    return not (says_it and topic and node.name != "HISTORY" and {each.title for each in facts} != {topic})


def _asides(node: Node) -> list[Said]:
    """History told of an item in passing: "Star Wars, which you liked"."""
    items = [(each, _title(each)) for each in node.find("ITEM")]
    told = [Said("history", title, verbs=_verbs(each)) for each, title in items if each.find("VERB")]
    return told + [Said("shared", title, pairs=pairs) for each, title in items for pairs in _pairs(each)]


def _facts(node: Node, topic: Title) -> list[Said]:
    """What one clause asserts, a fact for each item and value; none where it does not hold together."""
    name = node.name.removeprefix("SAYS")
    items = [_title(each) for each in node.find("ITEM")] or [topic]
    if name == "HISTORY":
        return [Said("history", each, verbs=_verbs(node)) for each in items]
    if name == "ATTRIBUTE":
        return [Said("attribute", pairs=each) for each in _pairs(node)]
    if name == "SHARED":
        return [Said("shared", item, pairs=each) for item in items for each in _pairs(node)]
    if name == "SEARCHED":
        return [Said("search", search=str(node.find("SEARCH")[0].value), mine=bool(node.find("MINE")))]
    return _counted(node, name, items)


def _counted(node: Node, name: str, items: Sequence[Title]) -> list[Said]:
    """Co-occurrence, popularity and neighbours."""
    count, of = (_number(node, part) for part in ("COUNT", "WHOLE"))
    relation = {"COOCCURRENCE": "co-occurrence"}.get(name, name.lower())
    verbs = [frozenset(each.value) for each in node.find("VERB")]  # type: ignore[call-overload]
    shared = frozenset.intersection(*verbs)
    if not shared:
        return []
    return [Said(relation, items[0] if relation == "co-occurrence" else (), shared, count=count, of=of)]


def _number(node: Node, part: str) -> int | None:
    found = node.find(part)
    return int(str(found[0].find("NUMBER")[0].value)) if found else None


def _title(node: Node) -> Title:
    value = node.find("TITLE")[0].value
    assert isinstance(value, tuple)
    return value


def _verbs(node: Node) -> frozenset[str]:
    """The verbs a clause may mean, empty for a clause without one ("X is in your history")."""
    if node.find("INCART"):
        return frozenset(["cart"])
    if node.find("ONWISHLIST"):
        return frozenset(["wishlist"])
    own = [part for part in node.parts if part.name == "VERB"]
    return frozenset().union(*(each.value for each in own))  # type: ignore[arg-type]


def _pairs(node: Node) -> list[Pairs]:
    """For each value told, the fields and values it may be, cut down to the field that the clause names."""
    fields = {str(each.value) for each in node.find("FIELD")}
    found = []
    for each in node.find("VALUE", "YEAR", "MAKER"):
        pairs = [(field, value) for field, value in each.value if not fields or field_word(field) in fields]  # type: ignore[attr-defined]
        found.append(tuple(pairs))
    return found


def _matches(said: Said, claim: Claim, item: int) -> bool:
    """Whether a claim bears out what was said: the same, or said with something left open."""
    relations = ("attribute", "shared") if said.relation == "attribute" else (said.relation,)
    if claim.relation not in relations:
        return False
    cites = said.relation in ("history", "shared", "co-occurrence")
    if cites and (claim.item not in said.title or item in said.title):
        return False
    if said.relation in ("attribute", "shared"):
        return (claim.field, claim.value) in said.pairs
    if said.relation == "search":
        return said.search == claim.value and (claim.field == "user" or not said.mine)
    if said.verbs and claim.value not in said.verbs:
        return False
    return said.count in (None, claim.count) and said.of in (None, claim.of)
