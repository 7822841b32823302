"""Which words of a sentence are titles, values, verbs, numbers or searches: every possibility."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

from genrec.explaining.claims import Claim
from genrec.explaining.lattice import Edge
from genrec.explaining.names import YEAR_FIELDS, Key, Names, Pair
from genrec.explaining.parser import words as words_of_grammar
from genrec.explaining.table import Table
from genrec.explaining.text import clean, key, tokens
from genrec.explaining.verbs import KNOWN_VERBS, present, spellings
from genrec.explaining.verbs import words as words_of
from genrec.explaining.wording import BY_FIELDS, field_word, plural

Title = tuple[int, ...]
"""The items that a name may mean."""
Pairs = tuple[Pair, ...]
Meanings = tuple[tuple[str, object], ...]
"""Terminals that a name may be, and what it means as each."""

_MARKS = ('"', "'")
_NO_TOPIC = (*YEAR_FIELDS, *BY_FIELDS)
_WITH_VERB = ("history", "co-occurrence", "popularity", "neighbours")
_SEARCH_NOUNS = frozenset(("search", "query", "phrase", "term", "terms", "words", "text", "request"))
_SEARCHING_FOR = frozenset(("search", "searching", "searched", "query"))
_BARE_LENGTH = 6
_OF_SENTENCES = frozenset(
    (
        *("and", "are", "as", "because", "but", "by", "did", "has", "have", "had", "he", "i", "is", "it"),
        *(
            "its",
            "not",
            "or",
            "she",
            "so",
            "that",
            "they",
            "this",
            "was",
            "we",
            "were",
            "which",
            "while",
            "who",
        ),
        *("with", "you", "your", "also", "too", "both"),
    )
)
"""Words that could make a search without quotation marks pass for more of the sentence."""


class Lexicon:
    """The names of a catalogue, found by their first token."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self._phrases: dict[frozenset[str], Table[Meanings]] = {}

    def edges(self, words: Sequence[str], item: int, claims: Sequence[Claim]) -> list[list[Edge]]:
        """What begins at each token of a sentence about an item, whatever of it leads to the end."""
        sentence = _Sentence(self, words, item, claims)
        found: list[list[Edge]] = []
        reached = {0}
        for at in range(len(words)):
            found.append(sentence.edges(at) if at in reached else [])
            reached.update([end for _, end, _ in found[-1]])
        return found

    @cached_property
    def titles(self) -> Table[Title]:
        """Items by name."""
        return Table.of(self.names.items)

    @cached_property
    def exact(self) -> frozenset[Key]:
        """Names of one word as they are written: only so are they names outside quotation marks."""
        names = self.names
        full = (clean(each, length=80) for each in names.catalogue.titles)
        found = (tuple(tokens(each)) for each in [*names.shown, *full])
        return frozenset(each for each in found if len(each) == 1)

    def phrases(self, claims: Sequence[Claim]) -> Table[Meanings]:
        """Values, field words and verbs by their words, a verb that only claims have among them."""
        told = {each.value for each in claims if each.value and each.relation in _WITH_VERB}
        more = frozenset(told.difference(KNOWN_VERBS))
        if more not in self._phrases:  # settings name one verb at most
            self._phrases[more] = Table.of(self._meanings(more))
        return self._phrases[more]

    def _meanings(self, more: Iterable[str]) -> dict[Key, Meanings]:
        found: dict[Key, list[tuple[str, object]]] = defaultdict(list)
        for name, pairs in self._values().items():
            found[name] += _as_terminals(pairs)
        for name, word in self._fields().items():
            found[name].append(("FIELD", word))
        for terminal, verbs in _verb_forms(more).items():
            for name, meant in verbs.items():
                found[name].append((terminal, frozenset(meant)))
        return {name: tuple(each) for name, each in found.items()}

    def _values(self) -> dict[Key, Pairs]:
        """Values by their words; also in the plural, and without a hyphen."""
        found: dict[Key, dict[Pair, None]] = defaultdict(dict)
        for name, pairs in self.names.pairs.items():
            for form in _forms(name):
                found[form].update(dict.fromkeys(pairs))
        return {name: tuple(pairs) for name, pairs in found.items()}

    def _fields(self) -> dict[Key, str]:
        """Field words by what a sentence may call them."""
        found: dict[Key, str] = {}
        for field in self.names.fields:
            word = field_word(field)
            found |= {key(word): word, key(plural(word)): word}
        return found


class _Sentence:
    """One spelling of a sentence about an item."""

    def __init__(self, lexicon: Lexicon, words: Sequence[str], item: int, claims: Sequence[Claim]) -> None:
        self._lexicon, self._item, self._words = lexicon, item, words
        self._lower = [each.casefold() for each in words]
        self._owners = [at for at, each in enumerate(self._lower) if each.endswith("'s")]
        self._phrases = lexicon.phrases(claims)
        searches = {key(each.value or ""): each.value for each in claims if each.relation == "search"}
        self._searches = Table.of(searches)

    def edges(self, at: int) -> list[Edge]:
        """What begins at a place."""
        word, lower = self._lower[at], self._lower
        found: list[Edge] = [(word, at + 1, None)] if word in words_of_grammar() else []
        if word in self._lexicon.titles.lengths:
            titles = self._titles(self._words, lower, at)
            found += titles
            found += self._owned(titles)
        if self._owners:
            found += self._owning(at)
        if word in self._phrases.lengths:
            found += [(name, end, each) for end, told in self._phrases.at(lower, at) for name, each in told]
        if word in self._searches.lengths:
            found += [
                ("SEARCH", end, each) for end, each in self._searches.at(lower, at) if self._bare(at, end)
            ]
        if word in _MARKS:
            found += self._quoted(at)
        elif word in _SIGNS:
            found.append((_SIGNS[word], at + 1, None))
        elif (number := _number(word)) is not None:
            found.append(("NUMBER", at + 1, number))
        return found

    def _titles(
        self, words: Sequence[str], lower: Sequence[str], at: int, *, quoted: bool = False
    ) -> list[Edge]:
        return [
            ("OWNTITLE" if self._item in title else "TITLE", end, title)
            for end, title in self._lexicon.titles.at(lower, at)
            if quoted or end - at > 1 or (words[at],) in self._lexicon.exact
        ]

    def _owning(self, at: int) -> Iterator[Edge]:
        """Titles in the possessive whose last token has it: "Heat's"."""
        words, lower = self._words, self._lower
        for owner in (each for each in self._owners if each >= at):
            plain, small = ([*all_[:owner], all_[owner][:-2]] for all_ in (words, lower))
            for name, end, title in self._titles(plain, small, at):
                if end == owner + 1:
                    yield f"{name}'s", end, title

    def _owned(self, titles: Sequence[Edge]) -> Iterator[Edge]:
        """Titles in the possessive with tokens of its own: "Heat (1995)'s"."""
        lower = self._lower
        for name, end, title in titles:
            if lower[end : end + 2] == ["'", "s"]:
                yield f"{name}'s", end + 2, title
            elif lower[end : end + 1] == ["'"] and lower[end - 1].endswith("s"):
                yield f"{name}'s", end + 1, title

    def _quoted(self, at: int) -> list[Edge]:
        """What stands between two quotation marks that are alike."""
        words, lower, first = self._words, self._lower, at + 1
        inner = self._titles(words, lower, first, quoted=True)
        for end, told in self._phrases.at(lower, first):
            inner += [(name, end, value) for name, value in told if name in _QUOTABLE]
        inner += [("SEARCH", end, value) for end, value in self._searches.at(lower, first)]
        return [(name, end + 1, value) for name, end, value in inner if words[end : end + 1] == [words[at]]]

    def _bare(self, at: int, end: int) -> bool:
        """Whether a search may stand without quotation marks: a few plain words that are told to be one."""
        lower = self._lower
        if not _is_plain_search(lower[at:end]):
            return False
        is_told = at > 0 and lower[at - 1] in _SEARCH_NOUNS
        is_told |= at > 1 and lower[at - 1] == "for" and lower[at - 2] in _SEARCHING_FOR
        return is_told or (lower[end + 1 : end + 3] == ["the", "search"] and lower[end] in ("is", "was"))


_SIGNS = {"(": "OPEN", ")": "CLOSE"}
_QUOTABLE = ("VALUE", "TOPIC", "MAKER")
_OF_VERBS = frozenset(
    word for verb in KNOWN_VERBS for form in (*spellings(verb), *present(verb)) for word in key(form)
) - {"like"}


def _verb_forms(more: Iterable[str]) -> dict[str, dict[Key, set[str]]]:
    """By terminal the forms of all known verbs, and past forms of some more, with the verbs they are of."""
    known = [(verb, words_of(verb)) for verb in KNOWN_VERBS]
    forms: dict[str, list[tuple[str, str]]] = {
        "VERB": [(form, verb) for verb in (*KNOWN_VERBS, *more) for form in spellings(verb)],
        "TO-VERB": [(form, verb) for verb in KNOWN_VERBS for form in present(verb)],
        "VERBING": [(form, verb) for verb, has in known for form in has.gerunds],
        "DEED": [(form, verb) for verb, has in known for noun in has.deeds for form in (noun, plural(noun))],
        "DOERS": [(form, verb) for verb, has in known for form in has.doers],
    }
    found: dict[str, dict[Key, set[str]]] = {name: defaultdict(set) for name in forms}
    for terminal, each in forms.items():
        for form, verb in each:
            found[terminal][key(form)].add(verb)
    return found


def _as_terminals(pairs: Pairs) -> list[tuple[str, Pairs]]:
    """What a value may be, by the fields that have it."""
    years = tuple(pair for pair in pairs if pair[0] in YEAR_FIELDS)
    parts = {
        "VALUE": tuple(pair for pair in pairs if pair not in years),
        "TOPIC": tuple(pair for pair in pairs if pair[0] not in _NO_TOPIC),
        "YEAR": years,
        "MAKER": tuple(pair for pair in pairs if pair[0] in BY_FIELDS),
    }
    return [(terminal, each) for terminal, each in parts.items() if each]


def _forms(name: Key) -> set[Key]:
    last = name[-1]
    forms = {name, (*name[:-1], plural(last))}
    return forms | {tuple(each for each in form if each != "-") for form in forms} - {()}


def _is_plain_search(name: Sequence[str]) -> bool:
    plain = all(each.replace("'", "").isalnum() and each not in _OF_SENTENCES for each in name)
    return plain and len(name) <= _BARE_LENGTH and _OF_VERBS.isdisjoint(name)


def _number(word: str) -> int | None:
    if not word[0].isdigit():
        return None
    digits = word.replace(",", "")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 12 else None
