"""Words to catalogue ids: which items a search may show, and whether free text names one."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Sequence

from genrec.data.catalogue import Catalogue, spoken_title
from genrec.retrieval.base import Retriever
from genrec.retrieval.fusion import without
from genrec.retrieval.hybrid import Hybrid
from genrec.stages import timing
from genrec.types import Mask, Query, Rankings

_NOT_WORDS = re.compile(r"[^\w]+")


def search_for(
    retriever: Retriever, written: Sequence[Sequence[str]], queries: Sequence[Query], *, depth: int
) -> list[Rankings]:
    """Search the words written for each query, `depth` deep, as if its unwanted items did not exist.

    Search goes as deep as `depth` plus the longest exclusion of the batch, and the unwanted items are dropped
    afterwards, which is exact: a list loses at most that many places. The lists of a hybrid are fused after
    that, since what is dropped changes the ranks below it. Queries that share a candidate mask are searched
    in one call.

    Returns:
        For query i a `Rankings` of `[len(written[i]), depth]` without its unwanted items.
    """
    if isinstance(retriever, Hybrid):
        deep = retriever.depth(depth)
        parts = [search_for(each, written, queries, depth=deep) for each in retriever.parts]
        return [retriever.fuse(found, k=depth) for found in zip(*parts, strict=True)]
    groups: dict[int, list[int]] = defaultdict(list)
    for row, query in enumerate(queries):
        groups[id(query.candidates)].append(row)
    found = [Rankings.empty(len(words), depth) for words in written]
    for rows in groups.values():
        deepest = depth + max(len(queries[row].unwanted) for row in rows)
        words = [text for row in rows for text in written[row]]
        if not words:
            continue
        with timing("retrieve"):
            hits = retriever.search(words, k=deepest, candidates=queries[rows[0]].candidates)
        start = 0
        for row in rows:
            stop = start + len(written[row])
            part = Rankings(hits.items[start:stop], hits.scores[start:stop])
            found[row] = without(part, queries[row].unwanted, depth=depth)
            start = stop
    return found


def showable(catalogue: Catalogue, candidates: Mask | None) -> Mask:
    """Items that may be shown at all: alive, and a candidate where a filter says so."""
    return catalogue.alive if candidates is None else catalogue.alive & candidates


class TitleIndex:
    """Titles to items, blind to case, accents, punctuation, a trailing year and a turned-round article."""

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
