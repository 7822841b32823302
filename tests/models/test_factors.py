"""The models whose scores are products of factors."""

import numpy as np
import pytest
from scipy.sparse import csr_array, csr_matrix

from genrec.models.als import ALS
from genrec.models.base import Fitting, history_matrix, user_item_matrix
from genrec.models.settings import ALSSettings, SVDSettings
from genrec.models.svd import SVD, right_vectors
from genrec.testing.data import checkerboard
from genrec.types import Query


@pytest.mark.parametrize("n", [1, 5, 20, 30])
def test_the_vectors_span_what_those_of_numpy_do(n: int) -> None:
    x = (np.random.default_rng(0).random((50, 30)) < 0.2).astype(np.float32)
    _, _, whole = np.linalg.svd(x.astype(np.float64))
    found = right_vectors(csr_array(x), n=n, seed=0)
    assert found.shape == (30, n)
    np.testing.assert_allclose(found @ found.T, whole[:n].T @ whole[:n], atol=1e-4)


def test_a_known_user_and_a_stranger_of_the_same_history_score_the_same() -> None:
    dataset, _ = checkerboard(20, 10)
    model = SVD.fit(SVDSettings(factors=2, recency=1), dataset, Fitting())
    x = user_item_matrix(dataset).toarray()
    u, s, vt = np.linalg.svd(x.astype(np.float64), full_matrices=False)
    stranger = Query(history=dataset.query(4).history)
    np.testing.assert_allclose(model.score([stranger])[0], (u[4, :2] * s[:2]) @ vt[:2], atol=1e-4)


@pytest.fixture(scope="module")
def als() -> ALS:
    pytest.importorskip("implicit")
    settings = ALSSettings(factors=6, regularization=0.5, weight=3, epochs=5, recency=0.7)
    return ALS.fit(settings, checkerboard(40, 12)[0], Fitting(seed=1, is_quiet=True))


def test_folding_in_equals_that_of_implicit(als: ALS) -> None:
    from implicit.cpu.als import AlternatingLeastSquares
    from threadpoolctl import threadpool_limits

    rng = np.random.default_rng(0)
    queries = [Query(history=rng.integers(0, 12, n).astype(np.int32)) for n in (0, 1, 3, 9)]
    histories = history_matrix(queries, 12, recency=0.7)
    with threadpool_limits(1, "blas"):
        reference = AlternatingLeastSquares(factors=6, regularization=0.5, alpha=3)
    reference.item_factors = als.factors
    expected = reference.recalculate_user(np.arange(4), csr_matrix(histories))
    np.testing.assert_allclose(als.folded_in(histories), expected, rtol=1e-3, atol=1e-5)


def test_it_minimises_the_loss_of_the_paper(als: ALS) -> None:
    """Equation 3 for one user: the gradient at the folded-in factors is nothing."""
    history = csr_array(np.array([[1, 0, 0, 0.5, 0, 0, 0, 0, 0, 0, 0, 0]], np.float32))
    y, p = als.factors.astype(np.float64), history.toarray()[0] > 0
    c = np.where(p, 3 * history.toarray()[0], 1.0)
    u = als.folded_in(history)[0]
    gradient = -2 * (c * (p - y @ u)) @ y + 2 * 0.5 * u
    np.testing.assert_allclose(gradient, 0, atol=1e-4)
