import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.spatial.distance import cdist

from genrec.models.base import Fitting
from genrec.models.item_knn import ItemKNN, similarities
from genrec.models.settings import ItemKNNSettings
from genrec.testing.data import checkerboard, toy_dataset
from genrec.types import Query


def test_without_shrinkage_it_is_the_cosine_of_scipy() -> None:
    x = (np.random.default_rng(0).random((40, 15)) < 0.3).astype(np.float32)
    expected = 1 - cdist(x.T, x.T, "cosine")
    np.fill_diagonal(expected, 0)
    found = similarities(csr_array(x), shrinkage=0)
    np.testing.assert_allclose(found.toarray(), expected, atol=1e-6)


def test_scores_by_hand() -> None:
    # of m1, m2, m3 the users are ann and bob; ann and bob; bob and cleo: m1 and m2 share two, m1 and m3 one
    model = ItemKNN.fit(ItemKNNSettings(shrinkage=1, recency=0.5), toy_dataset(), Fitting())
    scores = model.score([Query(history=np.array([2, 0], np.int32))])[0]
    assert scores[1] == pytest.approx(2 / (2 + 1) + 0.5 * 1 / (2 + 1))
    assert scores[5] == pytest.approx(1 / (6**0.5 + 1) + 0.5 * 1 / (6**0.5 + 1))  # m6 has three users
    assert scores[7] == -1, "m8 is like nothing and was never chosen"


def test_what_is_like_nothing_stands_by_how_often_it_was_chosen() -> None:
    model = ItemKNN.fit(ItemKNNSettings(), checkerboard(9, 10)[0], Fitting())
    scores = model.score([Query(history=np.array([0], np.int32))])[0]
    odd = scores[1::2]  # nobody has an even and an odd item
    assert (odd < 0).all()
    assert np.argsort(odd).tolist() == np.argsort(model.counts[1::2]).tolist()


def test_only_the_nearest_neighbours_are_kept() -> None:
    dataset = toy_dataset()
    whole = ItemKNN.fit(ItemKNNSettings(), dataset, Fitting()).weights.toarray()
    kept = ItemKNN.fit(ItemKNNSettings(neighbours=2), dataset, Fitting()).weights.toarray()
    for row in range(len(whole)):
        order = np.lexsort((np.arange(8), -whole[row]))[:2]
        expected = np.zeros(8)
        expected[order] = whole[row, order]
        assert kept[row].tolist() == expected.tolist()
