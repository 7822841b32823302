"""Words to catalogue ids: which items a search may show, and whether free text names one."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from genrec.data.catalogue import Catalogue, spoken_title
from genrec.retrieval.base import Retriever
from genrec.types import NO_ITEM, Mask, Query, Rankings

_NOT_WORDS = re.compile(r"[^\w]+")


def search_for(
    retriever: Retriever, written: Sequence[Sequence[str]], queries: Sequence[Query], *, k: int
) -> list[Rankings]:
    """Search the words written for each query, deep enough to survive its exclusions.

    Search takes `k` plus the longest exclusion of the batch and drops the excluded afterwards, which is exact: at
    most that many places of a list are lost. Queries that share a candidate mask are searched in one call.

    Returns:
        For query i a `Rankings` of `[len(written[i]), k]` without its unwanted items.
    """
    groups: dict[int, list[int]] = defaultdict(list)
    for row, query in enumerate(queries):
        groups[id(query.candidates)].append(row)
    found: list[Rankings] = [Rankings.empty(len(words), k) for words in written]
    for rows in groups.values():
        depth = k + max(len(queries[row].unwanted) for row in rows)
        words = [text for row in rows for text in written[row]]
        if not words:
            continue
        hits = retriever.search(words, k=depth, candidates=queries[rows[0]].candidates)
        start = 0
        for row in rows:
            stop = start + len(written[row])
            part = Rankings(hits.items[start:stop], hits.scores[start:stop])
            found[row] = without(part, queries[row], k=k)
            start = stop
    return found


def without(rankings: Rankings, query: Query, *, k: int) -> Rankings:
    """The lists with a query's unwanted items dropped, cut to `k`."""
    out = Rankings.empty(len(rankings), k)
    keep = (rankings.items != NO_ITEM) & ~np.isin(rankings.items, query.unwanted)
    for row in range(len(rankings)):
        kept = np.flatnonzero(keep[row])[:k]
        out.items[row, : len(kept)] = rankings.items[row, kept]
        out.scores[row, : len(kept)] = rankings.scores[row, kept]
    return out


def showable(catalogue: Catalogue, candidates: Mask | None) -> Mask:
    """Items that may be shown at all: alive, and a candidate where a filter says so."""
    return catalogue.alive if candidates is None else catalogue.alive & candidates


class TitleIndex:
    """Titles to item indices, blind to case, accents, punctuation, a trailing year and a turned-round article."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._items: dict[str, list[int]] = defaultdict(list)
        for item, title in enumerate(catalogue.titles):
            if catalogue.alive[item]:
                self._items[_plain(title)].append(item)

    def find(self, text: str) -> list[int]:
        """Items whose title the text is, by index; none where it names nothing of the catalogue."""
        return self._items.get(_plain(text), [])


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKD", spoken_title(text)).casefold()
    folded = "".join(each for each in folded if not unicodedata.combining(each))
    return _NOT_WORDS.sub(" ", folded).strip()
