"""What a reading asserts, with every "it", "both" and "did so" resolved, or found to be unclear."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from genrec.explaining.grammar import CLAUSES, SAYING, UNITS
from genrec.explaining.lexicon import Pairs, Title
from genrec.explaining.names import YEAR_FIELDS, Pair
from genrec.explaining.parser import Node, Nodes
from genrec.explaining.wording import field_word

_DONE = ("VERB", "TO-VERB", "VERBING", "DEED")
_COUNTED = ("co-occurrence", "popularity", "neighbours")
_SAME = ("DIDSO", "ALONGWITH", "WHICH")
"""Others did what the user did to the history item told of just before."""
_ORDERED = ("FORMER", "LATTER", "FIRSTITEM", "SECONDITEM")
_GAPPED = {"GAPPED": "COOCCURRENCE", "GAPPEDALL": "POPULARITY", "GAPPEDALIKE": "NEIGHBOURS"}
"""Which counts a clause tells whose object is the subject before it: ", which 12 of the 40 users liked"."""
_AGENTS = {"BYOTHERS": "COOCCURRENCE", "BYALL": "POPULARITY", "BYALIKE": "NEIGHBOURS"}
"""Which counts are told by who did alone, what was done being told beside: "and by 12 of the 40 users"."""


@dataclass(frozen=True, slots=True)
class Said:
    """What one clause asserts, before it is known whether it holds; None or empty where it leaves open.

    `field` alone stands for a value that is not named ("the same genre as X").
    """

    relation: str
    title: Title = ()
    verbs: frozenset[str] = frozenset()
    pairs: Pairs = ()
    field: str | None = None
    count: int | None = None
    of: int | None = None
    search: str | None = None
    mine: bool = False
    guessed: bool = False


@dataclass(slots=True)
class Talk:
    """What has been said so far, and what a pronoun can mean after it.

    `topic` is the history item that the last clause told of, `verbs` what was done to it; `cited` is the one
    that it named, told of or not; `named` are all history items named so far, `mentions` these and the
    recommended item (as no title at all) as often as each was named. `lead` is how the sentence began.
    """

    said: list[Said] = field(default_factory=list)
    is_clear: bool = True
    topic: Title = ()
    verbs: frozenset[str] = frozenset()
    cited: Title = ()
    named: list[Title] = field(default_factory=list)
    mentions: list[Title] = field(default_factory=list)
    lead: str = ""
    was_fragment: bool = False
    was_list: bool = False
    was_based: bool = False
    passive: frozenset[str] = frozenset()

    def hear(self, nodes: Nodes) -> None:
        """Take in a reading, or a part of it, in the order of the sentence."""
        for node in nodes:
            if node.name in UNITS or node.name in SAYING:
                self._unit(node)
            else:
                self.is_clear &= node.name not in ("FORMER", "LATTER") or self._orders(node, self.mentions)
                self.is_clear &= node.name != "IT" or not self.topic
                self._name(node)
                self._lead(node.name)
                self.was_list = node.name == "COMMA" and bool(self.topic)
                self.hear(node.parts)

    def _lead(self, name: str) -> None:
        """Remember how a sentence begins: a further "because" needs one before.

        After "recommended because ..., and because", "it" is the recommended item again.
        """
        if name in ("SENTENCE", "RECLEAD", "WHYLEAD"):
            self.lead = name
        if name == "ANDBECAUSE":
            self.is_clear &= self.lead in ("RECLEAD", "WHYLEAD")
            self.topic = () if self.lead == "RECLEAD" else self.topic

    def _unit(self, node: Node) -> None:
        is_reference = node.name in ("THIS", "SAYREC")
        if is_reference:
            self.topic = ()
        if self.was_fragment and node.parts[:1] and node.parts[0].name == "ITEM":
            self.is_clear = False  # "Released in 1995, Heat is ..." is told of Heat
        if self.was_based and not is_reference:
            self.is_clear = False  # "Based on Heat, which you liked, this is ..." is told of an adaptation
        if self.was_list and _first(node).name == "ITEM":
            self.is_clear = False  # "You liked Heat, Alien and this are ..." may go on with what was liked
        self.was_list = False
        tells_deed = node.find(*_DONE) or any(each.parts[0].name == "DEED" for each in node.find("ITEM"))
        self.was_based = any(each.name == "BASED" for each in node.parts[:1]) and not tells_deed
        self.was_fragment = node.name == "FRAGMENT"
        before, earlier = list(self.mentions), list(self.named)
        for each in node.all("ITEM"):
            self._name(each)
        told = [node, *node.all(*CLAUSES, *SAYING)]
        by_clause: list[list[Said]] = []
        for clause in (each for each in told if each.name in CLAUSES or each.name in SAYING):
            by_clause.append(self._facts(clause))
            self.said += by_clause[-1]
        facts = [fact for each in by_clause for fact in each]
        if not any(fact.relation in _COUNTED for fact in facts):
            self.passive = frozenset()
        holds = self._holds_together(node, facts, earlier) and self._orders(node, before)
        if not all(by_clause) or not holds or not (facts or is_reference):
            self.is_clear = False
        self.said += self._asides(node)
        meant = self.topic or self.cited
        self.topic = facts[-1].title if node.name in ("HISTORY", "SAYSASKED") and facts else ()
        self.verbs = facts[-1].verbs if self.topic else frozenset()
        items = {_title(each) for each in node.all("ITEM")}
        self.cited = items.pop() if len(items) == 1 else meant if node.all("BACK") else ()
        self.mentions += [
            _title(each) if each.name == "ITEM" else () for each in node.all("ITEM", "SAYREC", "THIS")
        ]

    def _name(self, node: Node) -> None:
        if node.name == "ITEM" and (title := _title(node)) not in self.named:
            self.named.append(title)

    def _holds_together(self, node: Node, facts: Sequence[Said], earlier: Sequence[Title]) -> bool:
        """Whether each pronoun has one meaning.

        "It" is the recommended item, but not where a history item was told of just before; "both" and the
        item that others "did so" to need one history item named (`earlier` or in the clause), no more.
        """
        says_it = bool(node.all("IT", "IT's", "ITIS", "OMITTED"))
        if node.all("MANYLIKED") and node.all("IT"):
            return False  # "40 others liked Heat, and 12 of them liked it" is told of Heat
        if node.all("BOTHBACK", "SAYSANOTHER") and len(self.named) != 1:
            return False
        if node.all("ASBEFORE", "THERE") and len(self.named) != 1:
            return False
        if node.all("ALLBACK") and len(self.named) != 2:
            return False
        if node.all("BACK") and node.name == "COOCCURRENCE" and not node.all(*_SAME):
            meant = self.topic or (() if node.all("MANYLIKED") else self.cited)
            return bool(meant) and _antecedents(node, earlier) == 1 and not says_it
        if node.all("BACK", *_SAME):
            return bool(self.topic) and _antecedents(node, earlier) == 1 and not says_it
        is_told_of_topic = {each.title for each in facts} == {self.topic}
        return not (says_it and self.topic and node.name != "HISTORY" and not is_told_of_topic)

    @staticmethod
    def _orders(node: Node, before: Sequence[Title]) -> bool:
        """Whether "the former" and "the latter" are what the clause needs, of two things named once each."""
        told = node.all(*_ORDERED) + ([node] if node.name in _ORDERED else [])
        if told and len(before) + len(set(before)) != 4:
            return False
        is_item = [node.name == "HISTORY" or each.name in ("FIRSTITEM", "SECONDITEM") for each in told]
        places = [each.name in ("LATTER", "SECONDITEM") for each in told]
        return all(is_ == (before[place] != ()) for is_, place in zip(is_item, places, strict=True))

    def _asides(self, node: Node) -> list[Said]:
        """What is told of a history item in passing: "Star Wars, which you liked"."""
        items = [(each, _title(each)) for each in node.all("ITEM")]
        told = [
            Said("history", title, verbs=_verbs(each))
            for each, title in items
            if each.find("VERB", "TO-VERB", "DEED", "INCART", "ONWISHLIST", "INHISTORY")
        ]
        return told + [
            Said("shared", title, pairs=pairs)
            for each, title in items
            for pairs in (*self._told_before(each), *_pairs(each))
        ]

    def _facts(self, node: Node) -> list[Said]:
        """What one clause asserts, a fact for each item and value; none where it does not hold together."""
        name = node.name.removeprefix("SAYS")
        items = [_title(each) for each in node.find("ITEM", "TITLE's")]
        if node.find("FORMER", "LATTER") and name == "HISTORY" and len(self.mentions) == 2:
            items = [self.mentions[bool(node.find("LATTER"))]]
        if name in _GAPPED:
            return self._counted(node, _GAPPED[name], items or [self.topic])
        if name in _AGENTS:
            return self._counted(node, _AGENTS[name], items or [self.topic or self.cited])
        if name in ("ISA", "YEAR", "KIND", "FROM", "NAMED", "ATTRIBUTE"):
            return [Said("attribute", pairs=each) for each in _pairs(node)]
        if name == "ANOTHER":
            return [Said("shared", title, pairs=each) for title in self.named[:1] for each in _pairs(node)]
        if name == "SHARED":
            return self._shared(node, items or self._meant(node))
        if name == "HISTORY" and node.find("BASED") and not node.all(*_DONE):
            return []  # "based on Heat" is no history unless what was done is told
        if name in ("HISTORY", "ASKED", "THEYDID"):
            return [Said("history", each, verbs=_verbs(node)) for each in items]
        if name in ("SEARCHED", "FOUNDBY"):
            mine = bool(node.find("MINE", "BYYOU"))
            guessed = bool(node.find("GUESS"))
            return [Said("search", search=each, mine=mine, guessed=guessed) for each in self._searches(node)]
        if name == "SOUGHT":
            return [Said("search", search=each, mine=True) for each in self._searches(node)]
        return self._counted(node, name, items or [self.topic or self.cited]) if name in CLAUSES else []

    def _searches(self, node: Node) -> list[str]:
        """The searches that a clause names; "that search" is the only one told so far."""
        named = {str(each.value) for each in node.find("SEARCH")}
        told = {each.search for each in self.said if each.search is not None}
        if node.find("THATSEARCH") and len(told) == 1:
            named |= told
        return list(named)

    def _meant(self, node: Node) -> list[Title]:
        """The history items that a clause speaks of without their names."""
        if node.find("ALLBACK"):
            return self.named
        return self.named[:1] if node.find("BOTHBACK", "ASBEFORE", "THERE") else [self.topic]

    def _told_before(self, node: Node) -> list[Pairs]:
        """What "that genre" and "there" mean: the only such value told so far, or what cannot hold."""
        if not node.find("THATFIELD", "THERE"):
            return []
        told = self._told_of(_fields(node))
        return list(told) if len(told) == 1 else [()]

    def _told_of(self, fields: frozenset[str]) -> set[Pairs]:
        """Values told so far of these fields; of none named, of all but years."""
        return {
            tuple(pair for pair in each.pairs if _is_of(pair, fields))
            for each in self.said
            if each.relation in ("attribute", "shared")
        } - {()}

    def _shared(self, node: Node, items: Sequence[Title]) -> list[Said]:
        """Values in common; "a Crime film, the same genre as Heat" does not leave open which."""
        fields = _fields(node)
        pairs = [*self._told_before(node), *_pairs(node)] or list(self._told_of(fields) if fields else ())
        if pairs:
            return [Said("shared", item, pairs=each) for item in items for each in pairs]
        return [Said("shared", item, field=each) for item in items for each in fields]

    def _counted(self, node: Node, name: str, items: Sequence[Title]) -> list[Said]:
        """Co-occurrence, popularity and neighbours."""
        count, of = (_number(node, part) for part in ("COUNT", "WHOLE"))
        if any(len(set(_numbers(node, part))) > 1 for part in ("COUNT", "WHOLE")):
            return []  # "40 others liked it, and 12 of those 13 ..."
        if node.find("ONEOTHER"):
            count = of = 1
        verbs = [frozenset(each.value) for each in node.find(*_DONE, "DOERS")]  # type: ignore[call-overload]
        if node.find(*_SAME):
            verbs.append(self.verbs)
        if node.name.removeprefix("SAYS") in _AGENTS or node.find("SODID"):
            verbs.append(self.passive)
        same = frozenset.intersection(*verbs)
        self.passive = same
        if not same:
            return []
        if name != "COOCCURRENCE":
            return [Said(name.lower(), (), same, count=count, of=of)]
        told = [Said("history", items[0], same)] if node.find("LIKEYOU", "YOUAND") else []
        return [*told, Said("co-occurrence", items[0], same, count=count, of=of)]


def _fields(node: Node) -> frozenset[str]:
    return frozenset(str(each.value) for each in node.find("FIELD"))


def _is_of(pair: Pair, fields: frozenset[str]) -> bool:
    return field_word(pair[0]) in fields if fields else pair[0] not in YEAR_FIELDS


def _antecedents(node: Node, earlier: Sequence[Title]) -> int:
    """How many history items the last "it" or "did so" of a clause could mean: all named before it."""
    found = node.all("ITEM", "BACK", *_SAME)
    last = max(place for place, each in enumerate(found) if each.name != "ITEM")
    return len({*earlier, *(_title(each) for each in found[:last] if each.name == "ITEM")})


def _first(node: Node) -> Node:
    """The first part at any depth that is a history item, or has no parts."""
    while node.parts and node.name != "ITEM":
        node = node.parts[0]
    return node


def _number(node: Node, part: str) -> int | None:
    return next(iter(_numbers(node, part)), None)


def _numbers(node: Node, part: str) -> list[int]:
    return [int(str(each.find("NUMBER")[0].value)) for each in node.find(part)]


def _title(node: Node) -> Title:
    value = node.value if node.name == "TITLE's" else node.find("TITLE")[0].value
    assert isinstance(value, tuple)
    return value


def _verbs(node: Node) -> frozenset[str]:
    """The verbs a clause may mean, empty for a clause without one ("X is in your history")."""
    if node.find("INCART"):
        return frozenset(["cart"])
    if node.find("ONWISHLIST"):
        return frozenset(["wishlist"])
    own = [part.value for part in node.parts if part.name in _DONE]
    return frozenset.intersection(*map(frozenset, own)) if own else frozenset()  # type: ignore[arg-type]


def _pairs(node: Node) -> list[Pairs]:
    """For each value told, the fields and values it may be, cut down to the field that the clause names."""
    fields = _fields(node)
    told = node.find("VALUE", "TOPIC", "YEAR", "MAKER")
    has_word = any(each.name != "YEAR" for each in told)
    found = []
    for each in told:
        is_free = not fields or (each.name == "YEAR" and has_word)  # "a film of 1995 in the genre Drama"
        found.append(tuple(pair for pair in each.value if is_free or {field_word(pair[0])} == fields))  # type: ignore[attr-defined]
    return found
