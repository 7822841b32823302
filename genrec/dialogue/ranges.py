"""Amounts in words: from the nineties, before 1980, under $20, 10 to 20, at least 500 g, 2-person."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from genrec.dialogue.text import NUMBERS, Turn
from genrec.dialogue.vocabulary import Field, Vocabulary
from genrec.dialogue.words import CURRENCY, QUANTITIES, QUANTITY

YEARS = range(1850, 2101)
NEAR = {"year": 2.0}
"""How far from "around" a number may be; a tenth of it where nothing is said here."""


@dataclass(frozen=True, slots=True)
class Range:
    """What a numeric field may be; None where there is no end, and whether the end itself is out."""

    field: str
    low: float | None = None
    high: float | None = None
    is_low_open: bool = False
    is_high_open: bool = False

    def holds(self, value: float | None) -> bool:
        """Whether a value lies in it; one that is not known does not."""
        if value is None:
            return False
        above = self.low is None or value > self.low or (value == self.low and not self.is_low_open)
        below = self.high is None or value < self.high or (value == self.high and not self.is_high_open)
        return above and below

    @property
    def is_empty(self) -> bool:
        """Whether nothing can lie in it."""
        return self.low is not None and self.high is not None and self.low > self.high

    def met(self, other: "Range") -> "Range":
        """What lies in both."""
        ours, theirs = (
            (-1e300 if each.low is None else each.low, each.is_low_open) for each in (self, other)
        )
        lower = self if ours >= theirs else other
        ours, theirs = (
            (1e300 if each.high is None else each.high, not each.is_high_open) for each in (self, other)
        )
        upper = self if ours <= theirs else other
        return Range(self.field, lower.low, upper.high, lower.is_low_open, upper.is_high_open)

    def joined(self, other: "Range") -> "Range":
        """The least range that holds both."""
        low = None if self.low is None or other.low is None else min(self.low, other.low)
        high = None if self.high is None or other.high is None else max(self.high, other.high)
        return Range(self.field, low, high)

    def turned(self) -> "Range | None":
        """All that a range with one end leaves out; None of one with two."""
        if self.low is None and self.high is not None:
            return Range(self.field, self.high, None, not self.is_high_open)
        if self.high is None and self.low is not None:
            return Range(self.field, None, self.low, False, not self.is_low_open)
        return None


@dataclass(frozen=True, slots=True)
class Amount:
    """Where a range stands in a turn; `range` is None where the catalogue has no field for it."""

    start: int
    stop: int
    range: Range | None
    quantity: str = ""


_SPOKEN = "twenties thirties forties fifties sixties seventies eighties nineties"
_TENS = dict(zip(_SPOKEN.split(), range(1920, 2000, 10), strict=True))
_TENS |= {"noughties": 2000, "two thousands": 2000, "2000s": 2000}
_UNITS = {unit: each for each in QUANTITIES for unit in each.units}
_UNIT = "|".join(sorted(_UNITS, key=len, reverse=True))
_SPELLED = "|".join(NUMBERS)
_NUMBER = (
    rf"(?:[{CURRENCY}] )?\d[\d,]*(?:\.\d+)?(?:(?:{_UNIT})\b|(?: -)? (?:{_UNIT})\b| [{CURRENCY}]|\b(?![a-z%]))"
    rf"|(?:{_SPELLED}|an?)(?: -)? (?:{_UNIT})\b"
)
_DECADE = rf"(?:the )?(?:(?:early|mid|late)(?: -)? )?(?:the )?(?:(?:19|20)?\d0s|{'|'.join(_TENS)})"
_AMOUNT = rf"(?:{_DECADE}|(?:the year )?(?:{_NUMBER}))"

_BELOW = {
    r"(?:no|not) (?:more|later|newer|heavier|longer|higher|bigger|larger) than|(?:not|"
    r"nothing) (?:over|above|after)"
    r"|at (?:most|the most)|up to|max(?:imum)?(?: of)?|until|till|as late as": False,
    r"under|below|(?:for )?less than|lower than|fewer than|cheaper than|less expensive than|"
    r"lighter than|shorter than|smaller than"
    r"|before|older than|earlier than|prior to|pre(?: -)?|<": True,
}
_ABOVE = {
    r"(?:no|not) (?:less|fewer|older|earlier|lighter|shorter|lower|smaller) than|(?:not|"
    r"nothing) (?:under|below|before)"
    r"|at (?:least|the least)|min(?:imum)?(?: of)?|starting (?:at|from|in)|since|upwards of|"
    r"as early as|as of": False,
    r"over|above|more than|greater than|higher than|after|newer than|later than|more recent than|"
    r"more expensive than"
    r"|heavier than|longer than|larger than|bigger than|post(?: -)?|beyond|>": True,
}
_OR_LESS = (
    r"or (?:less|under|cheaper|below|fewer|lighter|older|earlier|before|shorter|smaller)|max(?:imum)?|"
    r"tops|at most|and (?:below|under|earlier|before)"
)
_OR_MORE = (
    r"or (?:more|above|over|later|newer|up|higher|better|after|heavier|longer|larger|bigger)|plus|\+"
    r"|and (?:up|above|over|later|newer|after|more)|on ?wards?|upwards?|on\b|at least"
)
_ABOUT = r"(?:around|about|roughly|circa|approximately|approx|close to|near)"
_HINTS = {
    "year": (
        r"before|after|since|older|newer|earlier|later|recent|prior|pre\b|post\b|until|till|year|late as|"
        r"early as|as of"
    ),
    "price": r"cheaper|expensive|priced?|costs?|budget|spend|afford|pay",
    "weight": r"lighter|heavier|weigh\w*",
    "duration": r"shorter|longer|running|runtime|lasts?|last(?:ing)?|duration",
    "volume": r"smaller|bigger|larger|capacity|volume",
    "rating": r"rated|ratings?|stars?|scored?",
}
_ITEMS = (
    r"(?: \w+)? (?:films?|movies?|items?|products?|results?|suggestions?|recommendations?|options|titles|"
    r"ideas|picks|things|ones)\b"
)
_BEFORE = re.compile(r"((?:\w+ ){0,4})$")


def _one_of(parts: dict[str, bool]) -> str:
    return "|".join(parts)


_FORMS = (
    (
        "two",
        rf"(?:between|from|in between)? ?(?P<a>{_AMOUNT}) (?:and|to|up to|through|until|till|-|"
        rf"–) (?P<b>{_AMOUNT})",
    ),
    ("below", rf"(?P<how>{_one_of(_BELOW)}) (?P<a>{_AMOUNT})"),
    ("above", rf"(?P<how>{_one_of(_ABOVE)}) (?P<a>{_AMOUNT})"),
    ("or less", rf"(?:from )?(?P<a>{_AMOUNT}) (?:{_OR_LESS})(?! \d)"),
    ("or more", rf"(?:from )?(?P<a>{_AMOUNT}) (?:{_OR_MORE})(?! \d)"),
    ("about", rf"{_ABOUT} (?P<a>{_AMOUNT})"),
    ("exactly", rf"(?:(?:from|in|of|made in|released in|out in|for|during) )?(?P<a>{_AMOUNT})"),
)
_ANY = tuple((name, re.compile(rf"(?<![\w.])(?:{pattern})(?!\w)")) for name, pattern in _FORMS)


def amounts(turn: Turn, words: Vocabulary) -> list[Amount]:
    """The ranges of a turn, in the order they stand; of two that overlap the more telling form."""
    found: list[Amount] = []
    taken: set[int] = set()
    for form, pattern in _ANY:
        for match in pattern.finditer(turn.line):
            start, stop = turn.span(match)
            if taken.isdisjoint(range(start, stop)):
                for each in _read(form, match, turn, words):
                    found.append(replace(each, start=start, stop=stop))
                    taken.update(range(start, stop))
    return sorted(found, key=lambda each: each.start)


def _read(form: str, match: re.Match[str], turn: Turn, words: Vocabulary) -> Iterator[Amount]:
    if form in ("below", "above", "about") and re.match(_ITEMS, turn.line[match.end() :]):
        return
    first = _ends(match["a"])
    last = _ends(match["b"]) if form == "two" else first
    quantity = _quantity(form, match, turn, words)
    if quantity is None or first is None or last is None:
        return
    if quantity not in words.quantities:
        yield Amount(0, 0, None, quantity)
        return
    field = words.quantities[quantity]
    unit = _unit_of(match["b"] if form == "two" else match["a"])
    scale = words.factor(QUANTITY[quantity], unit)
    low, high = min(first[0], last[0]) * scale, max(first[1], last[1]) * scale
    yield Amount(0, 0, _whole(_ranged(form, match, field, low, high), field, quantity), quantity)


def _ranged(form: str, match: re.Match[str], field: Field, low: float, high: float) -> Range:
    match form:
        case "below":
            is_open = _is_open(_BELOW, match["how"])
            return Range(field.name, None, low if is_open else high, is_high_open=is_open)
        case "above":
            is_open = _is_open(_ABOVE, match["how"])
            return Range(field.name, high if is_open else low, None, is_low_open=is_open)
        case "or less":
            return Range(field.name, None, high)
        case "or more":
            return Range(field.name, low, None)
        case "about":
            near = NEAR.get("year", 0) if low in YEARS else 0.1 * high
            return Range(field.name, low - near, high + near)
        case _:
            return Range(field.name, low, high)


def _whole(given: Range, field: Field, quantity: str) -> Range:
    """Years are counted: before 1980 is up to 1979."""
    if quantity != "year":
        return given
    low = given.low + 1 if given.low is not None and given.is_low_open else given.low
    high = given.high - 1 if given.high is not None and given.is_high_open else given.high
    return Range(field.name, low, high)


def _is_open(parts: dict[str, bool], how: str) -> bool:
    return next(is_open for pattern, is_open in parts.items() if re.fullmatch(pattern, how))


def _ends(text: str) -> tuple[float, float] | None:
    """The least and the greatest number that an amount may mean."""
    if match := re.search(rf"((?:19|20)?\d0)s|({'|'.join(_TENS)})", text):
        if match[2]:
            start = _TENS[match[2]]
        else:
            start = (
                int(match[1])
                if len(match[1]) == 4
                else int(match[1]) + (1900 if int(match[1]) > 10 else 2000)
            )
        first, last = (
            (0, 4) if "early" in text else (5, 9) if "late" in text else (3, 6) if "mid" in text else (0, 9)
        )
        return start + first, start + last
    if match := re.search(r"\d[\d,]*(?:\.\d+)?", text):
        number = float(match.group().replace(",", ""))
        return number, number
    spelled = next((NUMBERS[each] for each in text.split() if each in NUMBERS), 1)
    return float(spelled), float(spelled)


def _unit_of(text: str) -> str:
    match = re.search(rf"(?:\d|\b)({_UNIT})$", text)
    return match[1] if match else ""


def _quantity(form: str, match: re.Match[str], turn: Turn, words: Vocabulary) -> str | None:
    """What is measured: by a currency, a unit, a word that compares, a field's name; else by the number."""
    said = match.group()
    if any(mark in said for mark in CURRENCY):
        return "price"
    if any(_unit_of(each or "") for each in (match["a"], match.groupdict().get("b"))):
        return _UNITS[_unit_of(match.groupdict().get("b") or "") or _unit_of(match["a"])].name
    number = _ends(match["a"])
    if re.search(_DECADE, match["a"]):
        return "year"
    near = _BEFORE.search(turn.line[: match.start()])
    behind = turn.line[match.end() :].strip().split(" ", 1)[0]
    told = f"{near[1] if near else ''}{match.groupdict().get('how') or ''} {behind}"
    is_year = number is not None and number[0] in YEARS and "," not in said
    for name, pattern in _HINTS.items():
        if (
            re.search(rf"\b(?:{pattern})\b", told)
            and (name == "year") <= is_year
            and (name != "year" or is_year)
        ):
            return name if form != "exactly" or name == "year" else None
    if is_year and "year" in words.quantities:
        return "year"
    if form in ("exactly", "or more") or (form == "two" and not re.match(r"between|from", said)):
        return None
    return "price" if "price" in words.quantities else None
