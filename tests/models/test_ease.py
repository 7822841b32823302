import numpy as np
import pytest
from scipy.sparse import csr_array

from genrec.errors import UsageError
from genrec.models import ease
from genrec.models.base import Fitting, history_matrix
from genrec.models.settings import EASESettings
from genrec.testing.data import checkerboard


@pytest.mark.slow
@pytest.mark.parametrize("n_items", [5, 60, 1500])
def test_the_map_is_that_of_the_paper_solved_densely(n_items: int) -> None:
    """Equation 8 in float64: B = I - P diag(P)^-1, P the inverse of X'X + lambda I."""
    rng = np.random.default_rng(0)
    x = (rng.random((300, n_items)) < 0.1).astype(np.float32)
    p = np.linalg.inv((x.T @ x).astype(np.float64) + 7 * np.eye(n_items))
    expected = np.eye(n_items) - p / np.diag(p)
    found = ease.closed_form(csr_array(x), regularization=7)
    assert found.dtype == np.float32
    assert (np.diag(found) == 0).all()
    np.testing.assert_allclose(found, expected - np.diag(np.diag(expected)), atol=2e-5)


def test_scores_are_the_weighted_history_times_the_map() -> None:
    dataset, _ = checkerboard(20, 10)
    model = ease.EASE.fit(EASESettings(recency=0.5), dataset, Fitting())
    queries = [dataset.query(0)]
    weights = history_matrix(queries, 10, recency=0.5).toarray()
    assert weights[0].tolist() == [0, 0, 0.125, 0, 0.25, 0, 0.5, 0, 1, 0]
    np.testing.assert_allclose(model.score(queries), weights @ model.weights, rtol=1e-6)


def test_a_catalogue_too_large_is_refused_before_anything_is_allocated(monkeypatch) -> None:
    monkeypatch.setattr(ease, "MOST_ITEMS", 9)
    with pytest.raises(UsageError, match="for 10 items") as raised:
        ease.EASE.fit(EASESettings(), checkerboard(4, 10)[0], Fitting())
    assert "item-knn" in raised.value.next_step


def test_a_regularization_lost_in_rounding_is_refused() -> None:
    x = csr_array(np.full((1000, 2), 1, np.float32))
    with pytest.raises(UsageError, match="larger regularization"):
        ease.closed_form(x, regularization=1e-9)
