"""What differences between models are worth: intervals, tests of pairs, and the analyses that papers report.

All tests are paired over users. Not Wilcoxon's and not the sign test, whose error is inflated at such sample
sizes (Smucker et al. 2007; Ihemelandu and Ekstrand, SIGIR 2023).
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from genrec.errors import UsageError
from genrec.metrics import Floats

ENDS = (0.025, 0.975)
"""Of a 95 % interval."""
BLOCK_VALUES = 4_000_000
"""Random numbers drawn at once."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One pair of models on the same `n` users: the mean difference, first minus second.

    `effect` is that difference in standard deviations of the users' differences; `low` and `high` are the
    ends of its 95 % bootstrap interval; `p` is of the randomisation test, `adjusted_p` after Benjamini and
    Hochberg over all pairs of the table.
    """

    first: str
    second: str
    n: int
    difference: float
    effect: float
    low: float
    high: float
    p: float
    adjusted_p: float


def intervals(values: NDArray[np.float64], *, resamples: int, seed: int = 0) -> tuple[Floats, Floats]:
    """Ends of the 95 % bootstrap interval of each column's mean, `values` `[n, m]`; NaN are left out."""
    known = ~np.isnan(values)
    filled = np.where(known, values, 0)
    means = np.empty((0, values.shape[1]))
    for weights in _weights(len(values), resamples, seed):
        counted = weights @ known
        part = np.divide(weights @ filled, counted, out=np.full_like(counted, np.nan), where=counted > 0)
        means = np.concatenate([means, part])
    ends = np.full((2, values.shape[1]), np.nan)
    if (any_known := known.any(axis=0)).any():
        ends[:, any_known] = np.nanquantile(means[:, any_known], ENDS, axis=0)
    return ends[0], ends[1]


def error_intervals(
    errors: NDArray[np.floating], users: NDArray[np.int32], *, resamples: int
) -> dict[str, tuple[float, float]]:
    """Ends of the 95 % bootstrap intervals of MAE and RMSE, over users with all their errors `[n]`."""
    known = np.isfinite(errors)
    errors, owner = errors[known], np.unique(users[known], return_inverse=True)[1]
    sums = np.column_stack(
        [np.bincount(owner, each) for each in (np.abs(errors), errors**2, np.ones_like(errors))]
    )
    drawn = np.concatenate([weights @ sums for weights in _weights(len(sums), resamples, 0)])
    mae = np.quantile(drawn[:, 0] / drawn[:, 2], ENDS)
    rmse = np.sqrt(np.quantile(drawn[:, 1] / drawn[:, 2], ENDS))
    return {"mae": (float(mae[0]), float(mae[1])), "rmse": (float(rmse[0]), float(rmse[1]))}


def compare(
    names: Sequence[str], values: NDArray[np.float64], *, resamples: int, seed: int = 0
) -> list[Comparison]:
    """All pairs of models by their metric of each user, `values` `[n_users, n_models]`.

    NaN stands where a model was not asked for a user; a pair is compared on the users of both.
    """
    groups: dict[bytes, list[tuple[int, int]]] = defaultdict(list)
    known = ~np.isnan(values)
    for a, b in combinations(range(len(names)), 2):
        groups[(known[:, a] & known[:, b]).tobytes()].append((a, b))
    found: list[tuple[str, str, int, list[float]]] = []
    for mask, pairs in groups.items():
        first, second = np.array(pairs).T
        both = np.frombuffer(mask, np.bool_)
        if both.any():
            differences = values[both][:, first] - values[both][:, second]
            columns = _differences(differences, resamples=resamples, seed=seed)
            n = int(both.sum())
            found += [
                (names[a], names[b], n, row) for (a, b), row in zip(pairs, columns.T.tolist(), strict=True)
            ]
    adjusted = benjamini_hochberg(np.array([row[-1] for *_, row in found])).tolist()
    return [Comparison(a, b, n, *[*row, each]) for (a, b, n, row), each in zip(found, adjusted, strict=True)]


def _differences(differences: NDArray[np.float64], *, resamples: int, seed: int) -> NDArray[np.float64]:
    """Mean, effect, ends of the interval and p of each column, `[5, n_pairs]`."""
    means = differences.mean(axis=0)
    spread = differences.std(axis=0, ddof=min(1, len(differences) - 1))
    effects = np.divide(means, spread, out=np.zeros_like(means), where=spread > 0)
    low, high = _bootstrap(differences, resamples=resamples, seed=seed)
    p = randomisation_p(differences, resamples=resamples, seed=seed)
    return np.stack([means, effects, low, high, p])


def randomisation_p(differences: NDArray[np.float64], *, resamples: int, seed: int = 0) -> Floats:
    """Two-sided p of each column's mean under random swaps of the two models, user by user.

    (b + 1) / (n + 1) of the n random swaps, b of which differ as much, so it is never 0.
    """
    rng = np.random.default_rng(seed)
    observed = np.abs(differences.mean(axis=0))
    as_much = np.zeros(differences.shape[1], np.int64)
    for size in _sizes(len(differences), resamples):
        signs = rng.integers(0, 2, (size, len(differences)), dtype=np.int8) * 2.0 - 1
        swapped = np.abs(signs @ differences) / len(differences)
        as_much += (swapped >= observed * (1 - 1e-9)).sum(axis=0)  # equal means differ in their last bits
    return (as_much + 1) / (resamples + 1)


def benjamini_hochberg(p: NDArray[np.float64]) -> Floats:
    """p values adjusted so that, at any level, so many false discoveries are expected at most."""
    order = np.argsort(p)[::-1]
    ranks = np.arange(len(p), 0, -1)
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(1, np.minimum.accumulate(p[order] * len(p) / ranks))
    return adjusted


def _bootstrap(differences: NDArray[np.float64], *, resamples: int, seed: int) -> tuple[Floats, Floats]:
    means = [weights @ differences for weights in _weights(len(differences), resamples, seed)]
    low, high = np.quantile(np.concatenate(means), ENDS, axis=0)
    return low, high


def _weights(n: int, resamples: int, seed: int) -> Iterator[NDArray[np.float64]]:
    """How much each user weighs in each resample, in blocks `[size, n]`: drawn with replacement."""
    rng = np.random.default_rng(seed)
    for size in _sizes(n, resamples):
        drawn = rng.integers(0, n, (size, n)) + n * np.arange(size)[:, None]
        yield np.bincount(drawn.ravel(), minlength=n * size).reshape(size, n) / n


def _sizes(n: int, resamples: int) -> Iterator[int]:
    block = max(1, BLOCK_VALUES // max(1, n))
    for start in range(0, resamples, block):
        yield min(block, resamples - start)


@dataclass(frozen=True, slots=True)
class Anova:
    """One-way analysis of variance over models on the same `n` users, and Scheffé's p of every pair.

    It takes users as independent between models, which they are not: it is here because papers report it;
    the paired tests are the ones to go by.
    """

    n: int
    f: float
    p: float
    scheffe: dict[str, float]


def anova(names: Sequence[str], values: NDArray[np.float64]) -> Anova | None:
    """F over `values` `[n_users, n_models]`, with Scheffé's test after it; None where no user differs."""
    from scipy.stats import f, f_oneway

    n, m = values.shape
    within = float(values.var(axis=0, ddof=1).mean()) if n > 1 else 0.0
    if within == 0:
        return None
    found = f_oneway(*values.T)
    means = values.mean(axis=0)
    pairs = {}
    for a, b in combinations(range(m), 2):
        statistic = (means[a] - means[b]) ** 2 / (within * 2 / n * (m - 1))
        pairs[f"{names[a]} - {names[b]}"] = float(f.sf(statistic, m - 1, m * (n - 1)))
    return Anova(n, float(found.statistic), float(found.pvalue), pairs)


@dataclass(frozen=True, slots=True)
class Regression:
    """Least squares of satisfaction on accuracy and diversity, over `n` lists of `users` with a rated hit."""

    n: int
    users: int
    r_squared: float
    coefficients: dict[str, tuple[float, float, float]]
    """Of each term its estimate, standard error (clustered by user) and p."""


def regression(
    satisfaction: Floats, accuracy: Floats, diversity: Floats, *, users: NDArray[np.int64]
) -> Regression | None:
    """None where fewer than ten lists have all three, or one of them never varies.

    A user has a list of each model, and those are alike, so errors are clustered by `users` `[n]`.

    Raises:
        UsageError: statsmodels is not installed.
    """
    try:
        import statsmodels.api as sm
    except ImportError as error:
        raise UsageError(
            "the regression needs statsmodels", next_step="pip install 'genrec[eval]'"
        ) from error
    columns = np.column_stack([satisfaction, accuracy, diversity])
    whole = ~np.isnan(columns).any(axis=1)
    columns, users = columns[whole], users[whole]
    n_users = len(np.unique(users))
    if len(columns) < 10 or n_users < 2 or (np.ptp(columns, axis=0) == 0).any():
        return None
    model = sm.OLS(columns[:, 0], sm.add_constant(columns[:, 1:]))
    fitted = model.fit(cov_type="cluster", cov_kwds={"groups": users})
    terms = zip(("constant", "accuracy", "diversity"), fitted.params, fitted.bse, fitted.pvalues, strict=True)
    coefficients = {name: (float(b), float(error), float(p)) for name, b, error, p in terms}
    return Regression(len(columns), n_users, float(fitted.rsquared), coefficients)
