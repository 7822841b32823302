"""Titles and attribute values as reasons show them, and back from what a sentence says."""

import math
from collections import Counter, defaultdict
from functools import cached_property

import polars as pl

from genrec.data.catalogue import Catalogue, spoken_title
from genrec.explaining.text import SEARCH_LENGTH, TITLE_LENGTH, clean, key

VALUE_LENGTH = 40
COMMON = 0.1
"""A value of a lower inverse document frequency, which nine items of ten have, says nothing."""
YEAR_FIELDS = ("year", "release_year", "published")

Pair = tuple[str, str]
"""A field and one of its values, cleaned."""
Key = tuple[str, ...]


class Names:
    """The names of one catalogue; built lazily, kept."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self._attributes: dict[int, list[Pair]] = {}

    @cached_property
    def shown(self) -> list[str]:
        """Each item's title as shown: as spoken, or whole where another item is spoken of alike."""
        spoken = [clean(spoken_title(each), length=TITLE_LENGTH) for each in self.catalogue.titles]
        counts = Counter(key(each) for each in spoken)
        return [
            short if counts[key(short)] == 1 else clean(full, length=TITLE_LENGTH)
            for short, full in zip(spoken, self.catalogue.titles, strict=True)
        ]

    @cached_property
    def items(self) -> dict[Key, tuple[int, ...]]:
        """Items by each name a sentence may call them: as shown, as spoken, and in full."""
        found: dict[Key, list[int]] = defaultdict(list)
        for item, (shown, full) in enumerate(zip(self.shown, self.catalogue.titles, strict=True)):
            spoken = clean(spoken_title(full), length=TITLE_LENGTH)
            names = {key(shown), key(spoken), key(clean(full, length=TITLE_LENGTH))}
            for name in names - {()}:
                found[name].append(item)
        return {name: tuple(items) for name, items in found.items()}

    @cached_property
    def pairs(self) -> dict[Key, tuple[Pair, ...]]:
        """Fields and values by the value's key."""
        found: dict[Key, list[Pair]] = defaultdict(list)
        for pair in self._counts:
            found[key(pair[1])].append(pair)
        return {name: tuple(pairs) for name, pairs in found.items()}

    def may_cite(self, item: int, recommended: int) -> bool:
        """Whether a sentence can name this history item and not mean the recommended one."""
        alike = self.alike[item]
        return bool(alike) and recommended not in alike

    @cached_property
    def alike(self) -> list[tuple[int, ...]]:
        """The items that each item's title as shown may mean; none where it has no word."""
        return [self.items.get(key(each), ()) for each in self.shown]

    def search(self, text: str) -> str:
        """A search as shown between quotation marks; empty where nothing of it may be."""
        shown = clean(text, length=SEARCH_LENGTH)
        return shown if key(shown) else ""

    def attributes(self, item: int) -> list[Pair]:
        """Fields and values of an item that a reason may tell: short, and some other item's too."""
        if item not in self._attributes:
            self._attributes[item] = self._read(item)
        return self._attributes[item]

    def _read(self, item: int) -> list[Pair]:
        found = []
        for field in self.fields:
            values = (clean(each, length=200) for each in self.catalogue.values(item, field))
            found += [(field, each) for each in values if (field, each) in self._counts]
        return list(dict.fromkeys(found))

    def rarity(self, pair: Pair) -> float:
        """Inverse document frequency."""
        return self._rarities[pair]

    @cached_property
    def _rarities(self) -> dict[Pair, float]:
        n_items = len(self.catalogue)
        return {pair: math.log(n_items / count) for pair, count in self._counts.items()}

    def is_telling(self, pair: Pair) -> bool:
        """Whether a value may make a reason: no year, which tells of no taste, and not of all items."""
        return pair[0] not in YEAR_FIELDS and self.rarity(pair) >= COMMON

    @cached_property
    def fields(self) -> list[str]:
        """Columns that a reason may tell of: words, and years."""
        schema = self.catalogue.frame.schema
        words = [
            each for each in self.catalogue.attributes if schema[each] in (pl.String, pl.List(pl.String))
        ]
        years = [each for each in YEAR_FIELDS if each in schema and schema[each].is_integer()]
        return words + years

    @cached_property
    def _counts(self) -> dict[Pair, int]:
        counts: Counter[Pair] = Counter()
        for field in self.fields:
            column = self.catalogue.frame.select(pl.col(field)).with_row_index()
            if column.schema[field] == pl.List(pl.String):
                column = column.explode(field)
            for value, count in column.unique().group_by(field).len().drop_nulls().iter_rows():
                counts[(field, clean(str(value), length=200))] += count
        return {
            pair: count
            for pair, count in counts.items()
            if count > 1 and len(pair[1]) <= VALUE_LENGTH and any(map(str.isalnum, pair[1]))
        }
