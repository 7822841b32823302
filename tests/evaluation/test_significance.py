"""Tests of differences against formulas, exact enumeration and other libraries."""

from itertools import combinations, product

import numpy as np
import pytest
from scipy.stats import f, false_discovery_control

from genrec.evaluation.significance import (
    anova,
    benjamini_hochberg,
    compare,
    error_intervals,
    intervals,
    randomisation_p,
    regression,
)

RNG = np.random.default_rng(0)


def test_the_randomisation_test_is_near_the_exact_one():
    differences = np.array([0.3, 0.1, -0.2, 0.5, 0.4, 0.2, -0.1, 0.6])
    means = [np.dot(signs, differences) for signs in product([-1, 1], repeat=8)]
    exact = np.mean(np.abs(means) >= abs(differences.sum()) - 1e-12)
    found = randomisation_p(differences[:, None], resamples=20_000)[0]
    assert found == pytest.approx(exact, abs=0.01)


def test_p_is_never_zero_and_is_one_without_a_difference():
    large, none = np.ones((200, 1)), np.zeros((200, 1))
    assert randomisation_p(large, resamples=99)[0] == 1 / 100
    assert randomisation_p(none, resamples=99)[0] == 1


def test_under_no_difference_p_is_even():
    noise = RNG.normal(size=(60, 400))
    p = randomisation_p(noise, resamples=400)
    assert np.mean(p < 0.05) == pytest.approx(0.05, abs=0.035)


def test_benjamini_hochberg_equals_scipy():
    p = RNG.random(30) ** 2
    np.testing.assert_allclose(benjamini_hochberg(p), false_discovery_control(p))


def test_the_bootstrap_interval_is_near_that_of_the_normal():
    values = RNG.normal(1, 2, (4000, 2))
    values[:1000, 1] = np.nan
    low, high = intervals(values, resamples=2000)
    for column in range(2):
        known = values[~np.isnan(values[:, column]), column]
        half = 1.96 * known.std(ddof=1) / len(known) ** 0.5
        assert low[column] == pytest.approx(known.mean() - half, abs=0.15 * half)
        assert high[column] == pytest.approx(known.mean() + half, abs=0.15 * half)


def test_a_metric_that_nobody_has_has_no_interval():
    low, high = intervals(np.full((5, 1), np.nan), resamples=100)
    assert np.isnan([low, high]).all()


def test_pairs_are_compared_on_the_users_of_both():
    a, b = RNG.random(300), RNG.random(300)
    sampled = a + 0.1
    sampled[100:] = np.nan
    found = {
        (each.first, each.second): each
        for each in compare(["a", "b", "s"], np.column_stack([a, b, sampled]), resamples=500)
    }
    assert set(found) == set(combinations("abs", 2))
    pair = found["a", "s"]
    assert (pair.n, found["a", "b"].n) == (100, 300)
    assert pair.difference == pytest.approx(-0.1)
    assert pair.p == 1 / 501
    whole = found["a", "b"]
    assert whole.difference == pytest.approx((a - b).mean())
    assert whole.effect == pytest.approx((a - b).mean() / (a - b).std(ddof=1))
    assert whole.low < whole.difference < whole.high
    assert all(each.adjusted_p >= each.p for each in found.values())


def test_scheffe_by_the_formula_of_the_contrast():
    values = np.array([[1.0, 2.0, 4.0], [2.0, 3.0, 6.0], [3.0, 4.0, 5.0], [2.0, 1.0, 5.0]])
    found = anova(["a", "b", "c"], values)
    assert found is not None
    within = sum(((column - column.mean()) ** 2).sum() for column in values.T) / (3 * (4 - 1))
    assert found.n == 4
    contrast = (values[:, 0].mean() - values[:, 2].mean()) ** 2 / (within * (1 / 4 + 1 / 4))
    assert found.scheffe["a - c"] == pytest.approx(f.sf(contrast / 2, 2, 9))
    # with two groups Scheffé's test is the analysis of variance itself
    two = anova(["a", "b"], values[:, :2])
    assert two is not None
    assert two.scheffe["a - b"] == pytest.approx(two.p)


def test_the_regression_finds_what_made_the_data():
    accuracy, diversity = RNG.random(500), RNG.random(500)
    satisfaction = 3 + 2 * accuracy - diversity + RNG.normal(0, 0.1, 500)
    satisfaction[::7] = np.nan
    users = np.arange(500)
    found = regression(satisfaction, accuracy, diversity, users=users)
    assert found is not None
    assert found.n == np.isfinite(satisfaction).sum()
    estimates = [each[0] for each in found.coefficients.values()]
    assert estimates == pytest.approx([3, 2, -1], abs=0.05)
    assert regression(satisfaction, np.ones(500), diversity, users=users) is None


def test_the_errors_of_the_regression_are_clustered_by_user():
    users = np.repeat(np.arange(80), 5)
    accuracy, diversity = RNG.random(80)[users], RNG.random(400)
    satisfaction = 3 + accuracy + RNG.normal(0, 1, 80)[users]  # a user's lists are alike
    found = regression(satisfaction, accuracy, diversity, users=users)
    assert found is not None
    assert (found.n, found.users) == (400, 80)
    x = np.column_stack([np.ones(400), accuracy, diversity])
    bread = np.linalg.inv(x.T @ x)
    residuals = satisfaction - x @ (bread @ x.T @ satisfaction)
    sums = np.stack([(x * residuals[:, None])[users == user].sum(axis=0) for user in range(80)])
    # Cameron & Miller 2015, equation 11, with its correction for few clusters
    covariance = bread @ sums.T @ sums @ bread * (80 / 79) * (399 / 397)
    errors = [each[1] for each in found.coefficients.values()]
    assert errors == pytest.approx(np.sqrt(np.diag(covariance)))


def test_where_no_user_differs_there_is_no_analysis_of_variance():
    assert anova(["a", "b"], np.array([[0.0, 1.0], [0.0, 1.0]])) is None
    assert anova(["a", "b"], np.array([[0.0, 1.0]])) is None


def test_the_intervals_of_errors_are_over_users():
    users = np.repeat(np.arange(300), 10).astype(np.int32)
    errors = RNG.normal(0, 1, 300)[users]  # a user's are all alike, so there are 300 and not 3,000
    found = error_intervals(errors, users, resamples=2000)
    absolute = np.abs(errors[::10])
    half = 1.96 * absolute.std(ddof=1) / 300**0.5
    assert found["mae"] == pytest.approx((absolute.mean() - half, absolute.mean() + half), abs=0.15 * half)
    squares = errors[::10] ** 2
    half = 1.96 * squares.std(ddof=1) / 300**0.5
    ends = np.square(found["rmse"])
    assert ends == pytest.approx((squares.mean() - half, squares.mean() + half), abs=0.2 * half)
