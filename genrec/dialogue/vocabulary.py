"""The catalogue's own words: what its items are called, what they may be like, what is measured of them."""

import re
import string
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Literal

import polars as pl

from genrec.data.catalogue import Catalogue, spoken_title
from genrec.dialogue.text import key, key_of
from genrec.dialogue.words import QUANTITIES, STOP, SYNONYMS, Quantity

FieldKind = Literal["values", "list", "number", "date", "flag"]
MOST_VALUES = 5000
"""A field of more different texts is prose, not a choice."""
MOST_WORDS = 5
"""A value of more words is prose."""
MOST_KEPT = 10_000
"""Corrections that are kept."""
MOST_CORRECTED = 5
"""Words of a title in which misspellings are looked for."""
LONGEST = 12
"""Words of a title that are looked up."""
_DATE = r"^\d{4}-\d{2}-\d{2}"
_PARENTHESES = re.compile(r"\s*\([^)]*\)")


@dataclass(frozen=True, slots=True)
class Field:
    """One attribute of the catalogue that can be asked for."""

    name: str
    kind: FieldKind

    @property
    def words(self) -> list[str]:
        """The words of its name."""
        return self.name.casefold().replace("_", " ").replace("-", " ").split()


class Vocabulary:
    """Look-ups over one catalogue and the users of one log; removed items are not in it.

    Args:
        catalogue: whose words they are.
        users: ids that are known.
    """

    def __init__(self, catalogue: Catalogue, users: Container[str] = ()) -> None:
        self.catalogue, self.users = catalogue, users
        frame = catalogue.frame.filter(pl.Series(catalogue.alive))
        self.fields = {each.name: each for each in _fields(frame, catalogue.attributes)}
        self._titles: dict[str, list[int]] = defaultdict(list)
        self._shorter: dict[str, list[int]] = defaultdict(list)
        self._values: dict[str, list[tuple[str, str]]] = defaultdict(list)
        self._corrected: dict[str, list[str]] = {}
        self._add_titles()
        for each in self.fields.values():
            if each.kind in ("values", "list"):
                self._add_values(frame, each)
        self.known = frozenset(word for name in (*self._titles, *self._values) for word in name.split())
        """Every word of a title or a value."""
        self.quantities = _quantities(self.fields.values())
        """What can be measured, by the name of the quantity: price, year, weight…"""
        self._joined = {name.replace(" ", ""): name for name in self._titles}

    def with_users(self, users: Container[str]) -> "Vocabulary":
        """The same words beside other users."""
        same = copy(self)
        same.users = users
        return same

    def titled(self, words: Sequence[str], *, is_short: bool = False) -> list[int]:
        """Items whose title some folded words are; with `is_short` also the one whose title they begin."""
        name = key(words)
        found = self._titles.get(name) or self._titles.get(self._joined.get(name.replace(" ", ""), ""), [])
        if found or not is_short:
            return found
        shorter = self._shorter.get(name, [])
        return shorter if len({self.catalogue.titles[item] for item in shorter}) == 1 else []

    def may_be_title(self, words: Sequence[str]) -> bool:
        """Whether some folded words are a title, or one with a word misspelt."""
        if len(words) <= MOST_CORRECTED and any(each not in self.known and len(each) > 3 for each in words):
            return True
        return bool(self.titled(words, is_short=True))

    def valued(self, words: Sequence[str]) -> list[tuple[str, str]]:
        """The fields and values that some folded words are."""
        name = key(words)
        for form in _forms(name):
            if found := self._values.get(form):
                return found
        return []

    def corrected(self, word: str) -> list[str]:
        """What an unknown word is one letter from that the catalogue has: more, less, other or swapped."""
        if word in self.known or len(word) < 4 or word in STOP:
            return []
        if word not in self._corrected:
            near = {each for each in _one_off(word) if not self.known.isdisjoint(_forms(each))}
            if len(self._corrected) >= MOST_KEPT:
                self._corrected.clear()
            self._corrected[word] = sorted(near)
        return self._corrected[word]

    def factor(self, quantity: Quantity, unit: str) -> float:
        """What a number in a unit is multiplied with to be in the unit of the field, as its name tells."""
        field = self.quantities[quantity.name]
        own = next((quantity.units[each] for each in field.words if each in quantity.units), 1.0)
        return quantity.units.get(unit, own) / own

    def named_field(self, word: str) -> Field | None:
        """The field that a word is the name of, in one number or the other."""
        for each in self.fields.values():
            if set(_forms(word)) & {form for name in each.words[:1] for form in _forms(name)}:
                return each
        return None

    def number(self, item: int, field: str) -> float | None:
        """What a numeric field says of an item."""
        (value, *_) = (*self.catalogue.values(item, field), None)
        return float(value) if value is not None else None

    def _add_titles(self) -> None:
        for item, title in enumerate(self.catalogue.titles):
            if not self.catalogue.alive[item]:
                continue
            name = key_of(spoken_title(title))
            if name:
                self._titles[name].append(item)
            for shorter in set(_shorter(title)) - {name}:
                self._shorter[shorter].append(item)

    def _add_values(self, frame: pl.DataFrame, field: Field) -> None:
        column = frame[field.name]
        texts = column.explode() if field.kind == "list" else column
        by_key = {key_of(text): text for text in texts.drop_nulls().unique().sort()}
        for name, text in by_key.items():
            for form in dict.fromkeys((*_forms(name), name.replace(" ", ""))):
                _append_new(self._values[form], (field.name, text))
        for spoken, meant in SYNONYMS.items():
            if meant in by_key and spoken not in by_key:
                self._values[spoken].append((field.name, by_key[meant]))


def _fields(frame: pl.DataFrame, names: Sequence[str]) -> Iterator[Field]:
    for name in names:
        kind = frame.schema[name]
        if kind.is_numeric():
            yield Field(name, "number")
        elif kind == pl.Boolean:
            yield Field(name, "flag")
        elif isinstance(kind, pl.List) and _is_choice(frame[name].explode()):
            yield Field(name, "list")
        elif kind == pl.String and _is_date(frame[name]):
            yield Field(name, "date")
        elif kind == pl.String and _is_choice(frame[name]):
            yield Field(name, "values")


def _quantities(fields: Iterable[Field]) -> dict[str, Field]:
    found: dict[str, Field] = {}
    for each in fields:
        if each.kind in ("number", "date"):
            for quantity in _measuring(each.words):
                found.setdefault(quantity.name, each)
    return found


def _measuring(words: list[str]) -> list[Quantity]:
    """The quantities that a field's name tells of; one in whose unit it ends alone, where there is one."""
    near = [each for each in QUANTITIES if each.is_of(words)]
    return [each for each in near if words[-1] in each.units] or near


def _is_date(column: pl.Series) -> bool:
    known = column.drop_nulls()
    return len(known) > 0 and float(known.str.contains(_DATE).mean() or 0) > 0.9  # type: ignore[arg-type]


def _is_choice(column: pl.Series) -> bool:
    """Whether the texts of a field are values that stand for themselves, not sentences."""
    different = column.drop_nulls().cast(pl.String).unique()
    if not 0 < len(different) <= MOST_VALUES:
        return False
    return bool((different.str.count_matches(r"\S+") <= MOST_WORDS).all())


def _shorter(title: str) -> Iterator[str]:
    """What people may say in place of a long title: the part before a colon, its first words."""
    bare = _PARENTHESES.sub("", spoken_title(title))
    yield key_of(bare)
    for each in re.findall(r"\(([^)]+)\)", title):
        if not each.isdigit():
            yield key_of(each)
    yield key_of(re.split(r"[:–]| - ", bare)[0])
    words = key_of(bare).split()
    for length in range(2, min(len(words), LONGEST)):
        if words[length - 1] not in STOP:
            yield " ".join(words[:length])
        if length > 2 and words[-length] not in STOP:
            yield " ".join(words[-length:])


def _forms(name: str) -> list[str]:
    """A name in one number and the other: comedy, comedies; boot, boots."""
    found = [name]
    if name.endswith("ies"):
        found.append(name[:-3] + "y")
    if name.endswith("es"):
        found.append(name[:-2])
    if name.endswith("s") and not name.endswith("ss"):
        found.append(name[:-1])
    return [each for each in found if each]


def _one_off(word: str) -> set[str]:
    """Damerau and Levenshtein's distance of one."""
    parts = [(word[:at], word[at:]) for at in range(len(word) + 1)]
    letters = string.ascii_lowercase
    return {
        *(head + tail[1:] for head, tail in parts if tail),
        *(head + tail[1] + tail[0] + tail[2:] for head, tail in parts if len(tail) > 1),
        *(head + letter + tail[1:] for head, tail in parts if tail for letter in letters),
        *(head + letter + tail for head, tail in parts for letter in letters),
    }


def _append_new(values: list[tuple[str, str]], value: tuple[str, str]) -> None:
    if value not in values:
        values.append(value)
