import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from genrec.models.base import mask_unwanted, top_k, user_item_matrix
from genrec.testing.data import toy_dataset
from genrec.testing.recommenders import check_form
from genrec.types import NO_ITEM, Query, Rankings

few = st.sampled_from([-np.inf, -1.0, 0.0, 0.5, 0.5, 2.0])
tables = st.tuples(st.integers(0, 4), st.integers(0, 9)).flatmap(
    lambda shape: arrays(np.float32, shape, elements=few | st.floats(-5, 5, width=32))
)


@settings(deadline=None)  # the first call may compile
@given(tables, st.integers(1, 12))
def test_top_k_equals_a_slow_sort(scores: np.ndarray, k: int) -> None:
    found = top_k(scores, k=k)
    check_form(found)
    assert found.items.shape == (len(scores), k)
    for row, line in enumerate(scores):
        best = sorted((-score, item) for item, score in enumerate(line.tolist()) if score > -np.inf)[:k]
        assert found.row(row)[0].tolist() == [item for _, item in best]
        assert found.row(row)[1].tolist() == [-score for score, _ in best]


@pytest.mark.parametrize("k", [1, 50, 300, 500])
def test_many_ties_stand_by_index(k: int) -> None:
    scores = np.random.default_rng(0).integers(0, 4, (3, 400)).astype(np.float32)
    found = top_k(scores, k=k)
    check_form(found)
    for row, line in enumerate(scores):
        assert found.row(row)[0].tolist() == np.lexsort((np.arange(400), -line))[:k].tolist()


def test_the_matrix_of_a_dataset_leaves_its_events_alone() -> None:
    dataset = toy_dataset()
    before = dataset.positives.indptr.tolist(), dataset.positives.items.tolist()
    matrix = user_item_matrix(dataset)
    assert matrix.toarray()[1].tolist() == [1, 1, 1, 0, 0, 0, 0, 0]  # bob saw m2, then bought it
    assert (dataset.positives.indptr.tolist(), dataset.positives.items.tolist()) == before


def test_masking_covers_history_exclusions_and_candidates() -> None:
    scores = np.ones((2, 4), np.float32)
    queries = [
        Query(history=np.array([0, NO_ITEM], np.int32), exclude=np.array([2, 9], np.int32)),
        Query(candidates=np.array([True, False, True, True, False, True])),
    ]
    mask_unwanted(scores, queries)
    assert np.isfinite(scores).tolist() == [[False, True, False, True], [True, False, True, True]]


@pytest.mark.parametrize(
    ("items", "scores", "message"),
    [
        ([[1, 2]], [[1.0, 2.0]], "not by score"),
        ([[2, 1]], [[1.0, 1.0]], "not by score, then index"),
        ([[1, 1]], [[2.0, 1.0]], "an item twice"),
        ([[-1, 1]], [[-np.inf, 1.0]], "padding before"),
        ([[1, -1]], [[1.0, 0.0]], "padding with a score"),
        ([[1, 2]], [[np.nan, 1.0]], "without a finite score"),
    ],
)
def test_a_list_out_of_form_fails(items: list, scores: list, message: str) -> None:
    with pytest.raises(AssertionError, match=message):
        check_form(Rankings(np.array(items, np.int32), np.array(scores, np.float32)))


def test_making_the_matrix_leaves_the_events_as_they_were() -> None:
    dataset = toy_dataset()
    first, second = (user_item_matrix(dataset).toarray() for _ in range(2))
    assert first.tolist() == second.tolist()
    assert first[1].tolist() == [1, 1, 1, 0, 0, 0, 0, 0]  # bob's two events of m2 are one choice
    assert dataset.positives.indptr.tolist() == [0, 5, 9, 13, 14]
