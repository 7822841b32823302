"""Search takes k plus the longest exclusion and drops afterwards: the same as masking first."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genrec.config import BM25Settings, HybridSettings
from genrec.grounding import TitleIndex, search_for
from genrec.retrieval.bm25 import BM25
from genrec.retrieval.hybrid import Hybrid
from genrec.testing.data import toy_catalogue
from genrec.types import Query

CATALOGUE = toy_catalogue()
RETRIEVER = BM25.build(CATALOGUE, BM25Settings(fields={"title": 1.0, "genres": 1.0}))
# with a depth that the lists fill, so that what is dropped moves others up
HYBRID = Hybrid(
    RETRIEVER,
    BM25.build(CATALOGUE, BM25Settings(fields={"genres": 1.0})),
    settings=HybridSettings(depth=3),
)
WORDS = ["drama", "science fiction horror", "horror romance", "alien"]


@pytest.mark.parametrize("retriever", [RETRIEVER, HYBRID], ids=["bm25", "hybrid"])
@given(
    st.lists(st.tuples(st.lists(st.integers(0, 7), max_size=5), st.booleans()), min_size=1, max_size=4),
    st.integers(1, 9),
)
def test_dropping_after_equals_masking_first(retriever, rows, depth):
    shared = np.array([True, True, False, True, True, True, True, True])
    queries = [
        Query(history=np.array(history, np.int32), candidates=shared if has_filter else None)
        for history, has_filter in rows
    ]
    found = search_for(retriever, [WORDS] * len(queries), queries, depth=depth)
    for query, hits in zip(queries, found, strict=True):
        mask = CATALOGUE.alive.copy() if query.candidates is None else CATALOGUE.alive & query.candidates
        mask[query.history] = False
        expected = retriever.search(WORDS, k=depth, candidates=mask)
        np.testing.assert_array_equal(hits.items, expected.items)
        np.testing.assert_array_equal(hits.scores, expected.scores)


def test_a_title_is_found_however_it_is_written():
    titles = TitleIndex(CATALOGUE)
    assert titles.find("  blade-runner (1982)") == [1]
    assert titles.find("Dracula") == [3, 4]
    assert titles.find("Zulu") == []  # removed
    assert titles.find("a film about aliens") == []
