"""Which words of a sentence are titles, values, verbs, numbers or searches: every possibility."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property, partial

from genrec.explaining.claims import Claim
from genrec.explaining.names import YEAR_FIELDS, Key, Names, Pair
from genrec.explaining.parser import Terminal
from genrec.explaining.text import clean, key, tokens
from genrec.explaining.verbs import KNOWN_VERBS, present, spellings
from genrec.explaining.verbs import words as words_of
from genrec.explaining.wording import BY_FIELDS, field_word, plural

Title = tuple[int, ...]
"""The items that a name may mean."""
Pairs = tuple[Pair, ...]
Matches = Sequence[tuple[int, object]]
Phrases = Mapping[str, Sequence[tuple[Key, object]]]
"""Phrases with what they mean, by their first token."""

_MARKS = "\"'"
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
    """The names of a catalogue, indexed by their first token."""

    def __init__(self, names: Names) -> None:
        self.names = names

    def terminals(self, words: Sequence[str], item: int, claims: Sequence[Claim]) -> dict[str, Terminal]:
        """Matchers over the tokens of one sentence."""
        lower = [each.casefold() for each in words]
        searches = {key(each.value or ""): each.value for each in claims if each.relation == "search"}
        return {
            "TITLE": _quotable(words, partial(self._titles, words, lower, lambda items: item not in items)),
            "OWNTITLE": _quotable(words, partial(self._titles, words, lower, lambda items: item in items)),
            "VALUE": _quotable(words, partial(self._values, lower, lambda field: field not in YEAR_FIELDS)),
            "TOPIC": _quotable(words, partial(self._values, lower, lambda field: field not in _NO_TOPIC)),
            "YEAR": partial(self._values, lower, lambda field: field in YEAR_FIELDS),
            "MAKER": _quotable(words, partial(self._values, lower, lambda field: field in BY_FIELDS)),
            "SEARCH": _search(words, lower, searches),
            "VERB": partial(_phrases, lower, self._verbs(claims)),
            "FIELD": partial(_phrases, lower, self.fields),
            "NUMBER": partial(_number, words),
            "TITLE's": partial(self._owners, words, lower, lambda items: item not in items),
            "OWNTITLE's": partial(self._owners, words, lower, lambda items: item in items),
            "TO-VERB": partial(_phrases, lower, self.infinitives),
            "VERBING": partial(_phrases, lower, self.gerunds),
            "DEED": partial(_phrases, lower, self.deeds),
            "DOERS": partial(_phrases, lower, self.doers),
            "OPEN": partial(_sign, words, "("),
            "CLOSE": partial(_sign, words, ")"),
        }

    @cached_property
    def titles(self) -> dict[str, list[Key]]:
        """Names of items by first token."""
        return _by_first(self.names.items)

    @cached_property
    def exact(self) -> frozenset[Key]:
        """Names of one word as they are written: only so are they names outside quotation marks."""
        names = self.names
        full = (clean(each, length=80) for each in names.catalogue.titles)
        found = (tuple(tokens(each)) for each in [*names.shown, *full])
        return frozenset(each for each in found if len(each) == 1)

    @cached_property
    def values(self) -> dict[Key, Pairs]:
        """Values by their words; also in the plural, and without a hyphen."""
        found: dict[Key, dict[Pair, None]] = defaultdict(dict)
        for name, pairs in self.names.pairs.items():
            for form in _forms(name):
                found[form].update(dict.fromkeys(pairs))
        return {name: tuple(pairs) for name, pairs in found.items()}

    @cached_property
    def first_values(self) -> dict[str, list[Key]]:
        """Values by first token."""
        return _by_first(self.values)

    @cached_property
    def verbs(self) -> Phrases:
        """Verbs by their words."""
        return _index((form, verb) for verb in KNOWN_VERBS for form in spellings(verb))

    @cached_property
    def infinitives(self) -> Phrases:
        """Verbs by infinitive, and by present."""
        return _index((form, verb) for verb in KNOWN_VERBS for form in present(verb))

    @cached_property
    def gerunds(self) -> Phrases:
        """Verbs by the form in -ing."""
        return _index((form, verb) for verb in KNOWN_VERBS for form in words_of(verb).gerunds)

    @cached_property
    def deeds(self) -> Phrases:
        """Verbs by the noun of what was done, and its plural."""
        nouns = ((noun, verb) for verb in KNOWN_VERBS for noun in words_of(verb).deeds)
        return _index((form, verb) for noun, verb in nouns for form in (noun, plural(noun)))

    @cached_property
    def doers(self) -> Phrases:
        """Verbs by those who do so."""
        return _index((form, verb) for verb in KNOWN_VERBS for form in words_of(verb).doers)

    @cached_property
    def fields(self) -> Phrases:
        """Field words by what a sentence may call them."""
        found: dict[Key, str] = {}
        for field in self.names.fields:
            word = field_word(field)
            found |= {key(word): word, key(plural(word)): word}
        return _by_start(found)

    def _verbs(self, claims: Sequence[Claim]) -> Phrases:
        """All verbs, those that only a claim has among them."""
        told = {each.value for each in claims if each.value and each.relation in _WITH_VERB}
        if told <= set(KNOWN_VERBS):
            return self.verbs
        verbs = dict.fromkeys((*KNOWN_VERBS, *sorted(told)))
        return _index((form, verb) for verb in verbs for form in spellings(verb))

    def _titles(
        self,
        words: Sequence[str],
        lower: Sequence[str],
        may_be: Callable[[Title], bool],
        at: int,
        *,
        quoted: bool = False,
    ) -> Matches:
        found: list[tuple[int, object]] = []
        for name in self.titles.get(lower[at], ()) if at < len(lower) else ():
            if not _stands_at(lower, at, name) or not may_be(self.names.items[name]):
                continue
            if quoted or len(name) > 1 or (words[at],) in self.exact:
                found.append((at + len(name), self.names.items[name]))
        return found

    def _owners(
        self, words: Sequence[str], lower: Sequence[str], may_be: Callable[[Title], bool], at: int
    ) -> Matches:
        """Titles in the possessive; the tokens of "Heat's" are one, those of "Heat (1995)'s" several."""
        found: list[tuple[int, object]] = []
        for end in range(at, len(words)):
            if lower[end].endswith("'s"):
                plain, small = ([*all_[:end], all_[end][:-2]] for all_ in (words, lower))
                found += [each for each in self._titles(plain, small, may_be, at) if each[0] == end + 1]
        for end, title in self._titles(words, lower, may_be, at):
            if tuple(lower[end : end + 2]) == ("'", "s"):
                found.append((end + 2, title))
            elif lower[end : end + 1] == ["'"] and lower[end - 1].endswith("s"):
                found.append((end + 1, title))
        return found

    def _values(
        self, lower: Sequence[str], may_be: Callable[[str], bool], at: int, *, quoted: bool = False
    ) -> Matches:
        found: list[tuple[int, object]] = []
        for name in self.first_values.get(lower[at], ()) if at < len(lower) else ():
            pairs = tuple(pair for pair in self.values[name] if may_be(pair[0]))
            if pairs and _stands_at(lower, at, name):
                found.append((at + len(name), pairs))
        return found


_OF_VERBS = frozenset(
    word for verb in KNOWN_VERBS for form in (*spellings(verb), *present(verb)) for word in key(form)
) - {"like"}


def _index(forms: Iterable[tuple[str, str]]) -> Phrases:
    found: dict[Key, set[str]] = defaultdict(set)
    for form, verb in forms:
        found[key(form)].add(verb)
    return _by_start({name: frozenset(verbs) for name, verbs in found.items()})


def _by_start(meanings: Mapping[Key, object]) -> Phrases:
    found: dict[str, list[tuple[Key, object]]] = defaultdict(list)
    for name, meaning in meanings.items():
        if name:
            found[name[0]].append((name, meaning))
    return dict(found)


def _forms(name: Key) -> set[Key]:
    last = name[-1]
    forms = {name, (*name[:-1], plural(last))}
    return forms | {tuple(each for each in form if each != "-") for form in forms} - {()}


def _by_first(names: Iterable[Key]) -> dict[str, list[Key]]:
    found: dict[str, list[Key]] = defaultdict(list)
    for name in names:
        found[name[0]].append(name)
    return found


def _stands_at(lower: Sequence[str], at: int, name: Key) -> bool:
    return tuple(lower[at : at + len(name)]) == name


def _phrases(lower: Sequence[str], phrases: Phrases, at: int, *, quoted: bool = False) -> Matches:
    found = phrases.get(lower[at], ()) if at < len(lower) else ()
    return [(at + len(name), meaning) for name, meaning in found if _stands_at(lower, at, name)]


def _search(words: Sequence[str], lower: Sequence[str], searches: Mapping[Key, object]) -> Terminal:
    """Searches between quotation marks, and bare ones of a few plain words after "search" or "search for"."""
    whole = _by_start(searches)
    bare = _by_start({name: text for name, text in searches.items() if _is_plain_search(name)})

    def read(at: int) -> Matches:
        found = list(_quoted(words, partial(_phrases, lower, whole), at))
        is_told = at > 0 and lower[at - 1] in _SEARCH_NOUNS
        is_told |= at > 1 and lower[at - 1] == "for" and lower[at - 2] in _SEARCHING_FOR
        found += [each for each in _phrases(lower, bare, at) if is_told or _is_said_after(lower, each[0])]
        return found

    return read


def _is_said_after(lower: Sequence[str], at: int) -> bool:
    """Whether the words go on with "was the search"."""
    return tuple(lower[at + 1 : at + 3]) == ("the", "search") and lower[at] in ("is", "was")


def _is_plain_search(name: Key) -> bool:
    plain = all(each.replace("'", "").isalnum() and each not in _OF_SENTENCES for each in name)
    return plain and len(name) <= _BARE_LENGTH and _OF_VERBS.isdisjoint(name)


def _number(words: Sequence[str], at: int) -> Matches:
    if at >= len(words):
        return []
    digits = words[at].replace(",", "")
    return [(at + 1, int(digits))] if digits.isascii() and digits.isdigit() and len(digits) < 12 else []


def _sign(words: Sequence[str], sign: str, at: int) -> Matches:
    return [(at + 1, None)] if at < len(words) and words[at] == sign else []


def _quotable(words: Sequence[str], matcher: Callable[..., Matches]) -> Terminal:
    return lambda at: [*matcher(at), *_quoted(words, matcher, at)]


def _quoted(words: Sequence[str], matcher: Callable[..., Matches], at: int) -> Matches:
    """What a matcher finds between two quotation marks that are alike."""
    if at >= len(words) or words[at] not in _MARKS:
        return []
    inner = matcher(at + 1, quoted=True)
    return [(end + 1, value) for end, value in inner if end < len(words) and words[end] == words[at]]
