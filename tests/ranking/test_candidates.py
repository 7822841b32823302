import numpy as np

from genrec.ranking.candidates import Candidates, best_pairs
from genrec.types import NO_ITEM, Rankings

NONE, GONE = np.nan, -np.inf


def lists(items, scores):
    return Rankings(np.array(items, np.int32), np.array(scores, np.float32))


FIRST = lists([[7, 2], [5, NO_ITEM]], [[0.9, 0.1], [3, GONE]])
SECOND = lists([[2, 9], [NO_ITEM, NO_ITEM]], [[40, 30], [GONE, GONE]])


def test_an_item_that_two_sources_found_stands_once():
    found = Candidates.of([FIRST, SECOND])
    assert found.indptr.tolist() == [0, 3, 4]
    assert found.items.tolist() == [2, 7, 9, 5]
    assert found.rows.tolist() == [0, 0, 0, 1]
    np.testing.assert_array_equal(found.ranks, [[2, 1], [1, NONE], [NONE, 2], [1, NONE]])
    np.testing.assert_array_equal(
        found.scores, np.array([[0.1, 40], [0.9, NONE], [NONE, 30], [3, NONE]], np.float32)
    )


def test_a_source_that_is_missing_has_found_nothing():
    found = Candidates.of([None, FIRST])
    assert found.items.tolist() == [2, 7, 5]
    assert np.isnan(found.ranks[:, 0]).all()
    np.testing.assert_array_equal(found.ranks[:, 1], [2, 1, 1])


def test_queries_without_a_candidate_stay():
    nothing = Rankings.empty(3, 2)
    found = Candidates.of([nothing, nothing])
    assert found.indptr.tolist() == [0, 0, 0, 0]
    best, places = best_pairs(found, np.empty(0, np.float32), k=2)
    assert (best.items == NO_ITEM).all()
    assert (places == -1).all()


def test_the_best_of_each_query_with_ties_by_item():
    found = Candidates.of([FIRST, SECOND])
    best, places = best_pairs(found, np.array([1, 2, 1, 0], np.float32), k=2)
    assert best.items.tolist() == [[7, 2], [5, NO_ITEM]]
    assert best.scores.tolist() == [[2, 1], [0, GONE]]
    assert places.tolist() == [[1, 0], [3, -1]]
