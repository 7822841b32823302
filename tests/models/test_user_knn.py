import numpy as np
import pytest

from genrec.models.base import Fitting, user_item_matrix
from genrec.models.settings import UserKNNSettings
from genrec.models.user_knn import UserKNN
from genrec.testing.data import checkerboard, toy_dataset
from genrec.types import Query


@pytest.mark.parametrize("neighbours", [1, 3, 50])
def test_it_equals_the_dense_computation(neighbours: int) -> None:
    dataset, _ = checkerboard(30, 12)
    settings = UserKNNSettings(neighbours=neighbours, shrinkage=2, recency=1)
    model = UserKNN.fit(settings, dataset, Fitting())
    x = user_item_matrix(dataset).toarray().astype(np.float64)
    history = np.array([0, 2, 5], np.int32)
    asked = np.isin(np.arange(12), history) * 1.0
    alike = (x @ asked) / (np.linalg.norm(x, axis=1) * np.linalg.norm(asked) + 2)
    nearest = np.lexsort((np.arange(30), -alike))[:neighbours]
    expected = alike[nearest] @ x[nearest]
    found = model.score([Query(history=history)])[0]
    np.testing.assert_allclose(np.maximum(found, 0), expected, rtol=1e-5)


def test_scores_by_hand() -> None:
    # bob has m1, m2, m3 and shares m3 with cleo, who has m3, m5, m6, m7
    model = UserKNN.fit(UserKNNSettings(neighbours=9, shrinkage=1, recency=0.5), toy_dataset(), Fitting())
    scores = model.score([Query(history=np.array([0, 2], np.int32))])[0]  # m1, then m3
    length = (0.5**2 + 1) ** 0.5
    bob, cleo, ann = 1.5 / (length * 3**0.5 + 1), 1 / (length * 2 + 1), 0.5 / (length * 5**0.5 + 1)
    assert scores[6] == pytest.approx(cleo)
    assert scores[1] == pytest.approx(bob + ann)
    assert scores[7] == -1


def test_neither_shrinkage_nor_history_is_no_division_by_nothing() -> None:
    model = UserKNN.fit(UserKNNSettings(shrinkage=0), toy_dataset(), Fitting())
    assert np.isfinite(model.score([Query()])).all()


def test_a_block_is_as_small_as_the_users_are_many() -> None:
    assert UserKNN.fit(UserKNNSettings(), checkerboard(50, 10)[0], Fitting()).width == 50
