"""Which of the claims that hold make the reason that is shown."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from genrec.explaining.claims import Claim
from genrec.explaining.names import Names

SEARCH_USES = 2
"""How many reasons of one list may name the same search, unless the user wrote it."""
SEARCH_WORDS = 6
"""A longer search reads as a ramble."""
GOOD_SHARE = 0.25
"""This share of the people who liked one item saying so of another counts as much as ..."""
GOOD_RARITY = 1.5
"""... an attribute of this inverse document frequency."""
NEIGHBOURS = 2.0
"""The same share of the people with the nearest histories counts so many times as much."""
REPEATED = 0.5
"""What a history item, or the nearest users, that the list has cited before is still worth."""
_HANGING = frozenset(
    ("a", "an", "and", "at", "by", "for", "from", "in", "of", "on", "or", "the", "to", "with")
)
_EMPTY = _HANGING | {
    *("about", "item", "items", "like", "that", "this", "what", "your"),
    *("book", "books", "film", "films", "movie", "movies"),
}
"""Words that say nothing of what is looked for."""
_CUT = ",-–&/:;(+"
"""What a search that was cut off ends in."""
_SIZE = re.compile(r"\d+(?:oz|ml|g)?")


class Chooser:
    """Chooses for the items of one list, in its order, so that its reasons differ."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self._cited: Counter[int | None] = Counter()
        self._searches: Counter[str | None] = Counter()

    def options(self, item: int, claims: Sequence[Claim]) -> Iterator[list[Claim]]:
        """Combinations of claims for one reason, the best first; the last are single claims."""
        claims = [each for each in claims if each.relation != "search" or self._is_worth_naming(item, each)]
        links = sorted(_links(claims), key=self._worth, reverse=True)
        search = [each for each in claims if each.relation == "search"][:1]
        for link in links:
            told = [each for each in claims if each.relation == "history" and each.item == link[0].item]
            if search and link[0].relation != "neighbours":  # of whom no sentence with a search is made
                yield [*search, *told, *link]
            yield [*told, *link]
        attributes = [each for each in claims if each.relation == "attribute"][:1]
        yield [*search, *attributes]
        yield search
        yield from ([each] for each in claims if each.relation != "history")  # alone it tells of another item

    def note(self, claims: Sequence[Claim]) -> None:
        """Remember what a reason has told."""
        told = {each.item for each in claims if each.item is not None or each.relation == "neighbours"}
        self._cited.update(told)
        self._searches.update(each.value for each in claims if each.relation == "search")

    def _worth(self, link: Sequence[Claim]) -> float:
        first = link[0]
        if first.relation in ("co-occurrence", "neighbours"):
            worth = (first.count or 0) / (first.of or 1) / GOOD_SHARE
            worth *= NEIGHBOURS if first.relation == "neighbours" else 1
        else:
            worth = (
                sum(self.names.rarity((each.field or "", each.value or "")) for each in link) / GOOD_RARITY
            )
        return worth * REPEATED ** self._cited[first.item]

    def _is_worth_naming(self, item: int, search: Claim) -> bool:
        """Whether a search says something of the item: the user's own, or one all of whose words it has.

        Of one word alone that is only so where it is the whole title or a value: "Devil" says nothing of
        "Beat the Devil". Made-up words and most of those that were cut off are in no item.
        """
        if search.field == "user":
            return True
        text = search.value or ""
        if not _is_whole(text) or self._searches[text] >= SEARCH_USES:
            return False
        title, pairs = self.names.shown[item], self.names.attributes(item)
        asked = _content(text)
        alone = [title, *(pair[1] for pair in pairs if self.names.is_telling(pair))]
        if asked in map(_content, alone):
            return bool(asked)
        words = [each for each in asked if len(each) > 1 and not _SIZE.fullmatch(each)]
        return len(words) > 1 and asked <= _content(" ".join([title, *(value for _, value in pairs)]))


def _links(claims: Sequence[Claim]) -> Iterator[list[Claim]]:
    """Co-occurrences, neighbours, and the shared values of one history item and field together."""
    yield from ([each] for each in claims if each.relation in ("co-occurrence", "neighbours"))
    shared = [each for each in claims if each.relation == "shared"]
    for item, field in dict.fromkeys((each.item, each.field) for each in shared):
        yield [each for each in shared if (each.item, each.field) == (item, field)]


def _is_whole(search: str) -> bool:
    """Whether a search is short, and ends as one that was not cut off."""
    words = search.split()
    return len(words) <= SEARCH_WORDS and words[-1].casefold() not in _HANGING and search[-1] not in _CUT


def _content(text: str) -> set[str]:
    words = re.findall(r"\d+(?:[.,]\d+)+|[^\W_]+", text.casefold())
    return {each.removesuffix("s") or each for each in words if each not in _EMPTY}
