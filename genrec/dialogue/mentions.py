"""Where a turn speaks of something: a title, a value, an amount, an item of the last list, a user, a lack."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from genrec.dialogue.ranges import Range, amounts
from genrec.dialogue.text import ARTICLES, CLOSING, NUMBERS, OPENING, Turn
from genrec.dialogue.vocabulary import LONGEST, MOST_CORRECTED, Vocabulary
from genrec.dialogue.words import BOTH, CONCEPTS, QUANTITY, STOP

Kind = Literal["title", "unknown", "value", "range", "reference", "lack"]


@dataclass(frozen=True, slots=True)
class Mention:
    """Some tokens of a turn and what they speak of."""

    start: int
    stop: int
    kind: Kind
    items: tuple[int, ...] = ()
    values: tuple[tuple[str, str], ...] = ()
    range: Range | None = None
    rank: int | None = None
    """A place in the last list, from 1; -1 is its last."""
    said: str = ""
    """What the catalogue has no field for, in the reply's words."""


@dataclass(slots=True)
class Found:
    """The mentions of a turn while they are looked for; tokens are spoken for once."""

    turn: Turn
    mentions: list[Mention] = field(default_factory=list)
    taken: set[int] = field(default_factory=set)

    def is_free(self, start: int, stop: int) -> bool:
        """Whether nothing else stands on some tokens."""
        return start < stop and self.taken.isdisjoint(range(start, stop))

    def add(self, mention: Mention) -> None:
        """Keep a mention where nothing else stands."""
        if self.is_free(mention.start, mention.stop):
            self.mentions.append(mention)
            self.taken.update(range(mention.start, mention.stop))

    def take(self, start: int, stop: int) -> None:
        """Let nothing be found on some tokens."""
        self.taken.update(range(start, stop))


def mentions(turn: Turn, words: Vocabulary, *, taken: Iterable[int] = ()) -> list[Mention]:
    """All mentions of a turn in the order they stand."""
    found = Found(turn, taken=set(taken))
    _add_quoted(found, words)
    _add_titles(found, words)
    for each in amounts(turn, words):
        said = QUANTITY[each.quantity].said
        kind: Kind = "range" if each.range else "lack"
        found.add(Mention(each.start, each.stop, kind, range=each.range, said=said))
    _add_flags(found, words)
    _add_values(found, words)
    _add_references(found)
    _add_lacks(found, words)
    _add_misspelt(found, words)
    _add_unknown(found, words)
    return sorted(found.mentions, key=lambda each: each.start)


_STRONG = re.compile(
    r"(?:^|\b)(?:like|likes|liked|love|loved|loves|loving|adored?|enjoy|enjoyed|enjoying|hated?|"
    r"disliked?|despised?|similar to|seen"
    r"|saw|watched|rewatched|called|titled|named|fan of|reminds? me of|vein of|style of|finished|"
    r"bought|own|owned|read|played|know"
    r"|favou?rites?(?: \w+)?(?: is| are| was|:)?|purchased|have|resembl\w+|close to|comparable to|"
    r"such as|as good as|than|explain|why|recommend(?:ed)?|suggest(?:ed)?|about|with|did|picked|"
    r"chose|list|include|compared to|tried|not|alternatives? to|add)"
    r"(?: (?:the|a|an|both|film|movie|films|movies|book|product|item|items|tent|either|already|also|"
    r"really|this|that|old|original))*$"
)
_WEAK = re.compile(
    r"(?:,|\b(?:and|or|nor|not|no|but|except|than|of|to|for|from|is|was|are|on|in|at|movie|film|the|"
    r"a|an|with|by|more|any|without|as|too)|[\"“:(])$|^$"
)
_VERDICT = re.compile(r"^(?:was|is|not|were|are|,|and|or|but|\?|$)")


def _add_quoted(found: Found, words: Vocabulary) -> None:
    turn = found.turn
    opened = None
    for place, each in enumerate(turn.tokens):
        if opened is not None and each.raw in CLOSING:
            span = [token.norm for token in turn.tokens[opened + 1 : place] if token.is_word]
            items = _titled(words, span, is_fuzzy=True) if span else []
            if items:
                found.add(Mention(opened + 1, place, "title", tuple(items)))
            opened = None
        elif each.raw in OPENING:
            opened = place


def _add_titles(found: Found, words: Vocabulary) -> None:
    turn, start = found.turn, 0
    while start < len(turn.tokens):
        stop = _title_at(found, words, start)
        start = stop or start + 1


def _title_at(found: Found, words: Vocabulary, start: int) -> int | None:
    """Where the longest title that begins at a token stops; it is added."""
    turn = found.turn
    if not turn.tokens[start].is_word:
        return None
    for stop in range(min(len(turn.tokens), start + LONGEST + 4), start, -1):
        if not turn.tokens[stop - 1].is_word or not found.is_free(start, stop):
            continue
        span = [each.norm for each in turn.tokens[start:stop] if each.is_word]
        if len(span) > LONGEST:
            continue
        if not words.may_be_title(span):
            continue
        place = _Place(found, start, stop, words)
        items = _titled(
            words,
            span,
            is_fuzzy=(place.is_strong or place.is_alone) and len(span) <= MOST_CORRECTED,
            is_short=place.is_strong or place.is_named or place.is_first,
        )
        if items and place.is_title(span):
            year, behind = _year_behind(turn, stop)
            kept = (
                [item for item in items if year is not None and words.number(item, "year") == year]
                if "year" in words.fields
                else []
            )
            found.add(Mention(start, behind if kept else stop, "title", tuple(kept or items)))
            return stop
    return None


def _titled(words: Vocabulary, span: Sequence[str], *, is_fuzzy: bool, is_short: bool = True) -> list[int]:
    if items := words.titled(span, is_short=is_short):
        return list(items)
    if is_fuzzy:
        for place, word in enumerate(span):
            for better in words.corrected(word):
                if items := words.titled([*span[:place], better, *span[place + 1 :]], is_short=len(span) > 1):
                    return list(items)
    return []


def _year_behind(turn: Turn, stop: int) -> tuple[int | None, int]:
    """A year in parentheses behind a title, and where it ends."""
    match = re.match(r"\( (\d{4}) \)", turn.part(stop, stop + 3))
    return (int(match[1]), stop + 3) if match else (None, stop)


class _Place:
    """Whether some tokens stand where people name a title."""

    def __init__(self, found: Found, start: int, stop: int, words: Vocabulary) -> None:
        turn = found.turn
        self._turn, self._start, self._stop, self._words = turn, start, stop, words
        begin = turn.sentence_start(start)
        self._left = turn.part(max(begin, start - 6), start)
        self._right = turn.part(stop, stop + 1)
        self.is_first = begin == start
        self.is_strong = bool(_STRONG.search(self._left)) or self._is_listed(found, start)
        end = turn.sentence_stop(start)
        is_open = start == begin or turn.tokens[start - 1].norm == ","
        is_closed = stop >= end or turn.tokens[stop].norm in (",", "and")
        self.is_alone = is_open and is_closed and "," in turn.part(begin, end).split()
        """Whether it stands in a list between commas."""
        shouted = turn.text.isupper()
        told = [each for each in turn.tokens[start:stop] if each.is_word and each.norm not in STOP]
        self.is_named = not shouted and bool(told) and all(each.is_capital for each in told)

    def _is_listed(self, found: Found, start: int) -> bool:
        """Whether another title stands before, with no more than a comma or an "and" between."""
        titles = (each.stop for each in found.mentions if each.kind in ("title", "unknown"))
        return any(
            re.fullmatch(r"(?:(?:,|and|or|nor|both|also|the|a|an) ?)*", self._turn.part(stop, start))
            for stop in titles
            if stop < start
        )

    def is_title(self, span: Sequence[str]) -> bool:
        """Whether words that are a title are meant as one here."""
        told = [each for each in span if each not in STOP and each not in ARTICLES]
        is_whole = self.is_first and self._stop >= self._turn.sentence_stop(self._start)
        if self._words.valued(span):
            is_article = span[0] in ARTICLES and self._turn.tokens[self._stop - 1].is_capital
            return is_article and self.is_strong
        if len(span) == 1 and not told:
            return self.is_strong and self._turn.tokens[self._start].is_capital and not self._right.isalpha()
        if (is_whole or self.is_alone) and (told or len(span) > 2):
            return True
        if len(told) >= 3 or (len(told) == 2 and (self.is_named or self.is_strong or self._is_weak)):
            return True
        if (len(told) == 1 and len(span) == 1) or (len(told) == 1 and span[0] in ARTICLES):
            return self._is_lone_title()
        return self.is_strong or self.is_named

    @property
    def _is_weak(self) -> bool:
        return bool(_WEAK.search(self._left))

    def _is_lone_title(self) -> bool:
        """One word: named as such, or in lower case where nothing goes on behind it."""
        if self.is_named and (not self.is_first or _VERDICT.match(self._right)):
            return True
        goes_on = self._right.isalpha() and self._right not in STOP
        return self.is_strong and not goes_on


def _add_flags(found: Found, words: Vocabulary) -> None:
    for each in words.fields.values():
        if each.kind == "flag":
            name = " (?:- )?".join(re.escape(word) for word in each.words if word not in ("is", "has"))
            for match in re.finditer(rf"\b{name}\b", found.turn.line):
                found.add(Mention(*found.turn.span(match), "value", values=((each.name, "true"),)))


def _add_values(found: Found, words: Vocabulary) -> None:
    turn = found.turn
    for start, token in enumerate(turn.tokens):
        if not token.is_word:
            continue
        for stop in range(min(len(turn.tokens), start + 7), start, -1):
            if not turn.tokens[stop - 1].is_word or not found.is_free(start, stop):
                continue
            span = [each.norm for each in turn.tokens[start:stop] if each.is_word]
            if values := _valued(turn, words, span, start, stop):
                found.add(Mention(start, stop, "value", values=values))
                break


def _valued(
    turn: Turn, words: Vocabulary, span: Sequence[str], start: int, stop: int
) -> tuple[tuple[str, str], ...]:
    if all(each.isdigit() or each in STOP for each in span) or any(
        each.norm in (",", ".", ";", "!", "?") for each in turn.tokens[start:stop]
    ):
        return ()
    if both := BOTH.get(" ".join(span)):
        return tuple(value for each in both for value in words.valued(each.split())[:1])
    found = words.valued(span)
    if len(found) > 1:
        near = turn.part(max(0, start - 2), stop + 2).split()
        named = [each for each in found if any(word in near for word in words.fields[each[0]].words)]
        found = named or found
    return tuple(found[:1])


def _add_misspelt(found: Found, words: Vocabulary) -> None:
    for start, token in enumerate(found.turn.tokens):
        if token.is_word and found.is_free(start, start + 1):
            likely = [value for better in _likely(words, token.norm) for value in words.valued([better])]
            found.add(Mention(start, start + 1, "value", values=tuple(likely[:1]))) if likely else None


def _likely(words: Vocabulary, word: str) -> Iterator[str]:
    """Corrections of a word; a short one keeps its letters: horor is horror, stock is no sock."""
    for better in words.corrected(word):
        if len(word) > 5 or (len(word) == 5 and set(word) == set(better)):
            yield better


_COUNTED = "first second third fourth fifth sixth seventh eighth ninth tenth"
_ORDINALS = {word: rank for rank, word in enumerate(_COUNTED.split(), 1)}
_PLACES = {"last": -1, "top": 1}
"""Words for a place where a noun stands behind them: the top one."""
_NUMBERED = rf"{'|'.join(_ORDINALS)}|\d{{1,2}}(?:st|nd|rd|th)"
_NOUN = (
    r"(?:one|film|movie|item|result|suggestion|option|pick|recommendation|choice|title|product|entry|"
    r"tent|jacket|listed|on the list|in the list)"
)
_REFERENCES = (
    re.compile(
        rf"\b(?:the |your |that |this )?(?P<word>{_NUMBERED}|{'|'.join(_PLACES)}) {_NOUN}\b"
        r"(?! (?:i|we|that i) (?:saw|watched|bought|ever))"
    ),
    re.compile(
        rf"\b(?:the|your) (?P<word>{_NUMBERED})\b"
        r"(?! (?:time|film|movie|world|war|place|step|of all|few|two|three|half|thing|part|"
        r"season)\b)"
    ),
    re.compile(
        r"(?:\b(?:number|no|nr|item|option|result|suggestion|pick|choice|recommendation|rank|film|"
        r"movie|title|position)(?: (?:\.|#|number))? |# )(?P<number>\d{1,2}|one|two|three|four|five|"
        r"six|seven|eight|nine|ten)\b(?! (?:films?|movies?|items?|results?|person|minutes|hours))"
    ),
    re.compile(
        r"(?P<that>\b(?:that|this|the same) (?:one|film|movie|item|product)|(?<=why )(?:that|this|"
        r"it)\b|(?<=like )(?:that|this|it)\b(?! (?:is|was|to))|(?<=liked )(?:that|it)\b|"
        r"(?<=loved )(?:that|it)\b|(?<=seen )(?:that|it)\b)"
    ),
)


def _add_references(found: Found) -> None:
    for pattern in _REFERENCES:
        for match in pattern.finditer(found.turn.line):
            found.add(Mention(*found.turn.span(match), "reference", rank=_rank(match.groupdict())))


def _rank(said: dict[str, str]) -> int:
    """A place from 1, -1 of the last; 0 of "that one"."""
    if said.get("that"):
        return 0
    word = said.get("word") or said.get("number") or ""
    digits = re.match(r"\d+", word)
    return int(digits.group()) if digits else _ORDINALS.get(word) or _PLACES.get(word) or NUMBERS[word]


def _add_lacks(found: Found, words: Vocabulary) -> None:
    names = {word for each in words.fields.values() for word in each.words}
    for concept in CONCEPTS:
        if names.isdisjoint(concept.fields):
            for match in concept.pattern.finditer(found.turn.line):
                found.add(Mention(*found.turn.span(match), "lack", said=concept.said))


_NAMING = re.compile(
    r"(?:like|similar to|called|titled|named|seen|loved|hated|enjoyed|watched|liked|fan of|"
    r"vein of)(?: the| a| an)?$"
)


def _add_unknown(found: Found, words: Vocabulary) -> None:
    """Names given where titles are named that the catalogue has not."""
    turn = found.turn
    if turn.text.isupper():
        return
    for start, token in enumerate(turn.tokens):
        is_name = token.is_word and token.is_capital and not token.raw.isdigit() and token.raw != "I"
        if (
            is_name
            and found.is_free(start, start + 1)
            and _NAMING.search(turn.part(max(0, start - 4), start))
        ):
            stop = start + 1
            while (
                stop < len(turn.tokens)
                and turn.tokens[stop].is_word
                and turn.tokens[stop].is_capital
                and found.is_free(stop, stop + 1)
            ):
                stop += 1
            found.add(Mention(start, stop, "unknown"))
