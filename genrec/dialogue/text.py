"""One turn as tokens: folded words and marks, and the same as one line that patterns are matched on."""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field

MOST = 2000
"""Characters of a turn that are read."""
MOST_TOKENS = 400
"""Words and marks of a turn that are read."""
ARTICLES = frozenset(("the", "a", "an", "le", "la", "les", "il", "el", "der", "die", "das"))
_COUNTED = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
NUMBERS = {word: number for number, word in enumerate(_COUNTED.split())}
NUMBERS |= {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "dozen": 12, "couple": 2, "few": 3}
ENDS = frozenset(".!?;\n")
"""Marks that end a sentence."""
ROMAN = {"ii": "2", "iii": "3", "iv": "4", "vi": "6", "vii": "7", "viii": "8"}
"""Numbers of sequels; I and V are words too."""
OPENING, CLOSING = "\"“”«»„'‘’", "\"“”«»'’"

_TOKEN = re.compile(
    r"\d+(?:,\d{3}(?!\d))*(?:\.\d+)?(?:['’]s\b|[^\W\d_]*)|[^\W_]+(?:['’][^\W_]+)*|\n|[^\s\w]|_"
)
_APOSTROPHES = re.compile("['’`]")


def fold(text: str) -> str:
    """Lower case without accents and apostrophes."""
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    return _APOSTROPHES.sub("", "".join(each for each in text if not unicodedata.combining(each)))


def readable(text: str) -> str:
    """The beginning of a text without control characters and halves of surrogate pairs."""
    kept = (
        each if each == "\n" or unicodedata.category(each) not in ("Cc", "Cs", "Cf") else " "
        for each in text[:MOST]
    )
    return "".join(kept)


@dataclass(frozen=True, slots=True)
class Token:
    """A word or a mark: folded, as it was written, whether it is a word, and where it stands in the text."""

    norm: str
    raw: str
    is_word: bool
    at: int

    @property
    def is_capital(self) -> bool:
        """Whether it begins with an upper-case letter or a digit."""
        return self.raw[:1].isupper() or self.raw[:1].isdigit()


def tokens(text: str) -> list[Token]:
    """The words and marks of a text; an ampersand is the word it stands for."""
    found = []
    for match in _TOKEN.finditer(text):
        raw = match.group()
        norm = "and" if raw == "&" else fold(raw)
        found.append(Token(norm, raw, raw == "&" or raw[0].isalnum(), match.start()))
    return [each for each in found if each.norm]


def key(words: Iterable[str]) -> str:
    """Words as names are looked up by: numbers as digits, no article in front."""
    kept = [ROMAN.get(each) or str(NUMBERS.get(each, each)) for each in words]
    return " ".join(kept[1:] if len(kept) > 1 and kept[0] in ARTICLES else kept)


def key_of(text: str) -> str:
    """The key of a text's words."""
    return key(each.norm for each in tokens(text) if each.is_word)


@dataclass(frozen=True)
class Turn:
    """What one person said at once: its tokens, and `line`, their folded forms with a blank between."""

    text: str
    tokens: tuple[Token, ...]
    line: str
    starts: tuple[int, ...] = field(repr=False)
    """Where in `line` each token starts."""

    @staticmethod
    def of(text: str) -> "Turn":
        """A text, read as far as `MOST` characters and `MOST_TOKENS`."""
        text = readable(text)
        found = tuple(tokens(text)[:MOST_TOKENS])
        starts, at = [], 0
        for each in found:
            starts.append(at)
            at += len(each.norm) + 1
        return Turn(text, found, " ".join(each.norm for each in found), tuple(starts))

    def span(self, match: re.Match[str], group: int | str = 0) -> tuple[int, int]:
        """The tokens that a match on `line` covers, as a half-open range."""
        start, stop = match.span(group)
        return bisect_right(self.starts, start) - 1, bisect_right(self.starts, max(start, stop - 1))

    def spot(self, start: int, stop: int) -> tuple[int, int]:
        """The tokens that begin between two places of the text, as a half-open range."""
        inside = [place for place, each in enumerate(self.tokens) if start <= each.at < stop]
        return (inside[0], inside[-1] + 1) if inside else (0, 0)

    def part(self, start: int, stop: int) -> str:
        """The line of some tokens."""
        return " ".join(each.norm for each in self.tokens[start:stop])

    def without(self, spans: Iterable[tuple[int, int]]) -> str:
        """The line with a blank word in place of each token of some ranges."""
        gone = {place for span in spans for place in range(*span)}
        return " ".join("_" if place in gone else each.norm for place, each in enumerate(self.tokens))

    def written(self, start: int, stop: int) -> str:
        """Some tokens as they were written, with a blank between."""
        return " ".join(each.raw for each in self.tokens[start:stop])

    def sentence_start(self, at: int) -> int:
        """The first token of the sentence that a token stands in."""
        while at > 0 and self.tokens[at - 1].norm not in ENDS:
            at -= 1
        return at

    def sentence_stop(self, at: int) -> int:
        """Behind the last token of the sentence that begins or goes on at a token."""
        while at < len(self.tokens) and self.tokens[at].norm not in ENDS:
            at += 1
        return at
