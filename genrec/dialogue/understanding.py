"""One turn of a person to an `Intent`: deterministic, from the catalogue's vocabulary alone.

Nothing a turn says is obeyed: it can only name what the catalogue has, or be words to search for.
"""

import re
from collections.abc import Iterator, Sequence

from genrec.dialogue.actions import action_of
from genrec.dialogue.attitudes import Attitude, attitudes
from genrec.dialogue.intents import Clause, Intent
from genrec.dialogue.mentions import Mention, mentions
from genrec.dialogue.ranges import Range
from genrec.dialogue.state import State
from genrec.dialogue.text import NUMBERS, Turn
from genrec.dialogue.vocabulary import Vocabulary
from genrec.dialogue.words import QUANTITIES, STOP

_NAME = r"[#\"'“]?(?P<name>\w[\w.@:\-]*)(?!\w)"
_USER = re.compile(
    r"\b(?:(?:user|usr|customer|client|account|member|shopper|profile|uid|visitor)(?!s\b)(?:['’]s)?"
    r"(?:[\s-]*(?:id|number|no\.?|nr\.?|named))?|(?:(?:my|the|for)\s+)?(?:id|user\s*name|login))"
    rf"\s*(?:is|=|:|#)?\s*{_NAME}",
    re.IGNORECASE,
)
_SELF = re.compile(rf"\b(?:i am|i['’]m|this is|for|it['’]s)\s+{_NAME}(?!\s*[%-])", re.IGNORECASE)
"""An id without the word "user" is one only where the log knows it; a bare number counts something."""
_GIVEN = re.compile(r"\b(?:for|as|am|i['’]m|is)\s+(?:the\s+)?$", re.IGNORECASE)
_RESET = re.compile(
    r"\b(?:start(?:ing)? (?:over|again|fresh|anew|from scratch)|from scratch|reset|"
    r"forget (?:everything|all(?: of)?(?: (?:that|it|this|the))?\b(?! \w*film)|it all)|"
    r"clear (?:everything|all|it all|my \w+)"
    r"|new search|begin again|drop everything|scrap (?:everything|it all)|wipe (?:everything|it all|"
    r"all)|forget what i (?:said|told you) (?:so far|before)|clean slate)\b"
)
_UNDO = re.compile(
    r"\b(?:(?:forget|scrap|undo|cancel|take back|ignore) (?:that|this|it|what i (?:just )?said|"
    r"my last|the last (?:thing|bit|one|request|part|wish|constraint|condition))|scratch that|"
    r"on second thoughts? no)\b(?! one)"
    r"|^(?:no |actually |ok |oh )*never ?mind\b(?: that)?(?! the| about)"
)
_MORE = re.compile(
    r"\b(?:(?:some |any |a few |\w+ )?more(?: (?:please|of (?:these|those|them|the same)|suggestions|"
    r"recommendations|options|results|like (?:these|those|this|that)))?$|(?:show|give|list|any|some|"
    r"few) (?:me )?(?:\w+ )?(?:more|others?)\b(?! (?:than|expensive|recent))"
    r"|more please|what else|anything else|others|other (?:ones|options|suggestions|films|movies|"
    r"ideas|recommendations)|something else|different ones|next (?:page|ones|batch|\w+ please)|"
    r"keep going|go on|another (?:one|\w+)?)\b"
)
_INSTEAD = re.compile(
    r"\b(?:instead(?! of)|switch to|change (?:it|that|this|the \w+)? ?to|make (?:it|that|them)|"
    r"rather have|now (?:i want|show|give))\b"
)
_ALSO = re.compile(r"\b(?:also|as well|too|in addition|and also|or|both|add|additionally|plus)\b")
_WIDENED = re.compile(
    r"^(?:or|also)\b|\b(?:is|are|works?|would be|goes) (?:also |just )?(?:ok|okay|fine|alright|"
    r"all right|good|possible|acceptable) (?:too|as well|also)\b"
)
_ANYTHING = re.compile(
    r"\b(?:surprise me|anything(?: (?:is fine|goes|will do|works|really|you like|good))|"
    r"whatever you (?:like|think|want)|(?:whats|what is|most|something|anything|"
    r"currently) (?:popular|trending|hot)|popular (?:films|movies|items|products|ones|stuff)|"
    r"you (?:choose|decide|pick)|best ?sellers|dont care|up to you|just anything|random)\b"
)
_COMPARED = {
    (each.name, side): re.compile(rf"\b(?:{pattern})\b(?! \d)")
    for each in QUANTITIES
    for side, pattern in (("less", each.less), ("more", each.more))
    if pattern
}
_NOUN = (
    r"(?:films?|movies?|items?|products?|results?|suggestions?|recommendations?|options?|titles?|ideas?|"
    r"picks?|things?|more|others?|gifts?|choices|of them|ones)"
)
_COUNT = r"\d{1,3}|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|dozen|couple"
_K = (
    re.compile(
        rf"\b(?:top|best|exactly|only|just)(?: (?:the|a|me|give me|show me|need|"
        rf"want))* (?P<k>{_COUNT})\b(?! (?:%|percent|years?|stars?|of all|more than))"
    ),
    re.compile(rf"\b(?P<k>{_COUNT})(?: of)?(?: (?!and\b|or\b|than\b|the\b)[\w-]+){{0,3}}? {_NOUN}\b"),
    re.compile(
        rf"\b(?:give|show|recommend|suggest|list|find|name|need|want|get|pick)(?: me| us)?(?: (?:the|"
        rf"a|just|only|another|at most|about|up to|maybe))* (?P<k>{_COUNT})\b(?! (?:%|percent|years?|"
        rf"stars?|hours?|person|people|man|more expensive))"
    ),
    re.compile(
        rf"^(?:(?:make (?:it|that)|only|just|ok|no) )*(?P<k>{_COUNT})(?: (?:please|is enough|will do|"
        rf"are enough))?$"
    ),
    re.compile(rf"\b(?P<k>{_COUNT}) (?:is|are|will be|would be) (?:enough|plenty|fine)\b"),
    re.compile(rf"\bmake (?:it|that|them) (?P<k>{_COUNT})\b"),
)
_SPOKEN_FIELDS = {
    "era": "year",
    "decade": "year",
    "period": "year",
    "date": "year",
    "age": "year",
    "years": "year",
    "budget": "price",
    "cost": "price",
    "money": "price",
    "expensive": "price",
    "size": "volume",
    "heavy": "weight",
    "old": "year",
}
_FREED = re.compile(
    r"\b(?:any|whatever(?: the)?|whichever|forget (?:about )?(?:the|my)|drop (?:the|my|that)|"
    r"remove (?:the|my|that)|never ?mind (?:the|about the)|ignore (?:the|my)|no(?! (?:more|less))|"
    r"regardless of(?: the)?|lift the|scrap the|cancel the|without the|(?:doesnt|dont) (?:matter|"
    r"care) (?:which|what|how|about)(?: the)?|no matter (?:which|what|how)(?: the)?)"
    r" (?P<a>\w+)(?: ?(?:limit|limits|range|filter|constraint|restriction|cap|requirement|will do|"
    r"is fine|is ok|is okay|works|preference))?"
    r"|\b(?P<b>\w+) (?:(?:limit|range|filter|constraint) )?(?:doesnt matter|does not matter|"
    r"no longer matters|isnt important|is not important|is irrelevant|is no object|is not an issue|"
    r"isnt an issue)"
)


def understand(text: str, words: Vocabulary, state: State) -> Intent:
    """What a turn says, given what was said before; any text gives one."""
    turn = Turn.of(text)
    user, is_known, spot = _user(turn, words)
    found = mentions(turn, words, taken=range(*spot))
    return _Reader(turn, words, state, found).intent(user, is_known, spot)


def _user(turn: Turn, words: Vocabulary) -> tuple[str | None, bool, tuple[int, int]]:
    """The user named, whether the log knows them, and the tokens they stand on."""
    for match in _USER.finditer(turn.text):
        name = match["name"].rstrip(".:-@")
        is_given = _GIVEN.search(turn.text[: match.start()]) and name.casefold() not in STOP
        if name in words.users or is_given or any(each.isdigit() for each in name):
            return name, name in words.users, turn.spot(*match.span())
    for match in _SELF.finditer(turn.text):
        name = match["name"].rstrip(".:-@")
        is_word = any(each.isalpha() for each in name) and name.casefold() not in STOP
        if is_word and name in words.users:
            return name, True, turn.spot(*match.span())
    return None, True, (0, 0)


def _is_void(mention: Mention, found: Sequence[Mention], state: State) -> bool:
    """Whether what points at a list means a title that stands beside it: Terminator, the first one."""
    if mention.kind != "reference" or not any(each.kind == "title" for each in found):
        return False
    return mention.rank == 0 or not state.shown


class _Reader:
    """Puts the mentions of one turn together."""

    def __init__(self, turn: Turn, words: Vocabulary, state: State, found: list[Mention]) -> None:
        found = [each for each in found if not _is_void(each, found, state)]
        self._turn, self._words, self._state, self._found = turn, words, state, found
        self._told = list(zip(found, attitudes(turn, found), strict=True))
        self._ids = words.catalogue.ids

    def intent(self, user: str | None, is_known: bool, spot: tuple[int, int]) -> Intent:
        """All that the turn says."""
        line = self._turn.line
        rank, pointed, is_rank_known = self._pointed()
        named = tuple(self._of(each) for each in self._found if each.kind == "title")
        about = tuple(dict.fromkeys(item for items in named for item in items)) + pointed
        wants = self._clauses("for")
        compared = self._compared(about)
        lacks = [each for each in self._found if each.kind == "lack"]
        intent = Intent(
            action="recommend",
            user=user,
            is_user_known=is_known,
            liked=self._items("for"),
            disliked=self._items("against"),
            seen=self._items("seen"),
            dropped_items=(*self._items("drop"), *self._items("allow")),
            wanted=wants,
            unwanted=self._clauses("against"),
            allowed=self._clauses("allow"),
            dropped=self._clauses("drop"),
            dropped_fields=tuple(self._freed()),
            ranges=self._ranges() + compared,
            outside=tuple(self._outside()),
            missing=tuple(self._turn.written(each.start, each.stop) for each in lacks),
            lacks=tuple(dict.fromkeys(each.said for each in lacks)),
            words=self._left_over(spot),
            target=about,
            rank=rank,
            is_rank_known=is_rank_known,
            by_reference=pointed,
            k=self._k(spot),
            names_unknown=any(each.kind == "unknown" for each in self._found),
            is_reset=bool(_RESET.search(line)),
            is_undone=bool(_UNDO.search(line)),
            is_more=bool(_MORE.search(line)) and not about,
            is_instead=bool(_INSTEAD.search(line)),
            is_also=bool(_ALSO.search(line)),
            is_widened=bool(_WIDENED.search(line)),
            is_anything=bool(_ANYTHING.search(line)),
            compared=compared,
        )
        n_named = sum(own == "for" and each.kind in ("title", "reference") for each, own in self._told)
        titles = [(each.start, each.stop) for each in self._found if each.kind == "title"]
        has_list = bool(self._state.shown)
        return action_of(self._turn, intent, has_list=has_list, n_named=n_named, titles=titles)

    def _of(self, mention: Mention) -> tuple[str, ...]:
        return tuple(self._ids[item] for item in mention.items)

    def _pointed(self) -> tuple[int | None, tuple[str, ...], bool]:
        """The place pointed at, the items there, and whether the last list has all such places."""
        rank, items, is_known = None, [], True
        for each in self._found:
            if each.kind == "reference" and each.rank is not None:
                item = self._state.at(each.rank)
                rank = each.rank if rank is None else rank
                if item is None:
                    is_known = False
                else:
                    items.append(item)
        if rank == -1 and self._state.shown:
            rank = len(self._state.shown)
        if rank == 0 and items and items[0] in self._state.shown:
            rank = self._state.shown.index(items[0]) + 1
        return rank, tuple(dict.fromkeys(items)), is_known

    def _items(self, attitude: Attitude) -> tuple[str, ...]:
        found: list[str] = []
        for each, own in self._told:
            if own == attitude and each.kind == "title":
                found += self._of(each)
            elif own == attitude and each.kind == "reference" and each.rank is not None:
                found += [item for item in (self._state.at(each.rank),) if item is not None]
        return tuple(dict.fromkeys(found))

    def _clauses(self, attitude: Attitude) -> tuple[Clause, ...]:
        """Values of one attitude; those that "or" joins, or of which an item has but one, are one clause."""
        clauses: list[tuple[Clause, Mention]] = []
        for each, own in self._told:
            if own != attitude:
                continue
            for name, value in each.values:
                before = clauses[-1] if clauses else None
                if before and before[0].field == name and self._is_choice(before[1], each, name):
                    joined = Clause(name, tuple(dict.fromkeys((*before[0].values, value))))
                    clauses[-1] = joined, each
                else:
                    clauses.append((Clause(name, (value,)), each))
        return tuple(dict.fromkeys(clause for clause, _ in clauses))

    def _is_choice(self, before: Mention, now: Mention, field: str) -> bool:
        if self._words.fields[field].kind != "list":
            return True
        gap = self._turn.part(before.stop, now.start)
        return before is not now and bool(re.search(r"\bor\b|/", gap))

    def _ranges(self) -> tuple[Range, ...]:
        """Ranges to be in, one a field: joined by "and" and "or", else what lies in all of them."""
        found: dict[str, tuple[Range, Mention]] = {}
        for each, own in self._told:
            given = each.range if own in ("for", "allow", "seen") else None
            if own == "against" and each.range is not None:
                given = each.range.turned()
            if given is None:
                continue
            before = found.get(given.field)
            if before is not None:
                gap = self._turn.part(before[1].stop, each.start)
                is_joined = (
                    re.fullmatch(r"(?:,|and|or|and the|or the|, and|, or)(?: from| the| in)*", gap)
                    and given.low is not None
                    and given.high is not None
                )
                given = before[0].joined(given) if is_joined else before[0].met(given)
            found[given.field] = given, each
        return tuple(given for given, _ in found.values())

    def _outside(self) -> Iterator[Range]:
        for each, own in self._told:
            if own == "against" and each.range is not None and each.range.turned() is None:
                yield each.range

    def _compared(self, about: Sequence[str]) -> tuple[Range, ...]:
        """Lighter than that item, or than the middle of the last list, where the catalogue measures it."""
        items = about or self._state.shown
        found = []
        for (quantity, side), pattern in _COMPARED.items():
            field = self._words.quantities.get(quantity)
            if field is None or field.kind != "number" or not items or not pattern.search(self._turn.line):
                continue
            known = sorted(
                value
                for item in items
                if (value := self._words.number(self._ids.index(item, kind="item"), field.name)) is not None
            )
            if known and not any(each.range and each.range.field == field.name for each in self._found):
                middle = known[len(known) // 2]
                found.append(
                    Range(field.name, None, middle, is_high_open=True)
                    if side == "less"
                    else Range(field.name, middle, None, is_low_open=True)
                )
        return tuple(found)

    def _freed(self) -> Iterator[str]:
        """Fields that nothing is to be asked of any more."""
        for match in _FREED.finditer(self._turn.line):
            word = match["a"] or match["b"]
            quantity = self._words.quantities.get(_SPOKEN_FIELDS.get(word, word))
            field = self._words.named_field(word) or quantity
            if field is not None:
                yield field.name

    def _k(self, spot: tuple[int, int]) -> int | None:
        busy = {
            place
            for each in self._found
            if each.kind in ("range", "title", "reference", "lack")
            for place in range(each.start, each.stop)
        }
        busy.update(range(*spot))
        said = [
            (self._turn.span(match, "k")[0], match["k"])
            for each in _K
            for match in each.finditer(self._turn.line)
        ]
        said += self._counted_values()
        for start, word in said:
            number = int(word) if word.isdigit() else NUMBERS[word]
            if start not in busy and 1 <= number <= 100:
                return number
        return None

    def _counted_values(self) -> Iterator[tuple[int, str]]:
        """Numbers before a value: three dark comedies."""
        for each in self._found:
            for place in range(max(0, each.start - 2), each.start) if each.kind == "value" else ():
                word = self._turn.tokens[place].norm
                if (
                    re.fullmatch(_COUNT, word)
                    and (word != "one" or place == each.start - 1)
                    and (word == "one" or self._turn.tokens[each.stop - 1].norm.endswith("s"))
                ):
                    yield place, word

    def _left_over(self, spot: tuple[int, int]) -> tuple[str, ...]:
        """Words that nothing was made of and that may be in a title or a description."""
        gone = {place for each in self._found for place in range(each.start, each.stop)}
        gone.update(range(*spot))
        orders = (_FREED, _RESET, _UNDO) if self._freed_any else (_RESET, _UNDO)
        line = {
            word
            for each in orders
            for match in each.finditer(self._turn.line)
            for word in match.group().split()
        }
        return tuple(
            each.norm
            for place, each in enumerate(self._turn.tokens)
            if each.is_word
            and place not in gone
            and each.norm not in STOP
            and each.norm not in line
            and len(each.norm) > 1
        )

    @property
    def _freed_any(self) -> bool:
        return any(True for _ in self._freed())
