"""Predictions of ratings, for the error metrics MAE and RMSE: apart from recommending, which ranks.

Both models predict how far a rating lies from its bias, mean + the user's + the item's deviation (Koren,
"Factor in the neighbors", TKDD 2010, section 2.1), and then add that bias.
"""

# ruff: noqa: PLR0917 (a compiled function takes flat arrays, and takes them by position)

from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from genrec.compiling import compiled
from genrec.data.dataset import Dataset
from genrec.data.interactions import EVENT_CODE
from genrec.errors import DataError
from genrec.models import pairs
from genrec.models.settings import RatingFactorsSettings, RatingKNNSettings

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]


class RatingModel(Protocol):
    """Predicts ratings."""

    def predict(self, users: Ints, items: Ints) -> Floats:
        """The ratings of pairs `[n]`, within the scale of those it was fitted to."""
        ...


@dataclass(frozen=True, eq=False)
class Bias:
    """What a rating is before anything is known of taste: `mean` plus deviations `[n_users]`, `[n_items]`."""

    mean: float
    of_users: Floats
    of_items: Floats
    scale: tuple[float, float]
    """The lowest and the highest rating there is."""

    @staticmethod
    def fit(ratings: csr_array, *, damping: float) -> "Bias":
        """Mean deviations, items first, each as if `damping` ratings more had deviated by nothing."""
        users, items, values = _triples(ratings)
        n_users, n_items = ratings.shape
        mean = float(values.mean(dtype=np.float64))
        of_items = _damped_means(values - mean, items, n_items, damping)
        of_users = _damped_means(values - mean - of_items[items], users, n_users, damping)
        return Bias(mean, of_users, of_items, (float(values.min()), float(values.max())))

    def at(self, users: Ints, items: Ints) -> Floats:
        """The biases of pairs `[n]`."""
        return np.float32(self.mean) + self.of_users[users] + self.of_items[items]

    def plus(self, deviations: Floats, users: Ints, items: Ints) -> Floats:
        """Ratings from their deviations `[n]`, kept within the scale."""
        ratings: Floats = np.clip(self.at(users, items) + deviations, *self.scale)
        return ratings


@dataclass(frozen=True, eq=False)
class RatingKNN:
    """Item-KNN: the mean deviation of a user's nearest rated items, weighted by their similarity.

    `deviations` CSR `[n_users, n_items]` are ratings less their bias; `similarities` dense
    `[n_items, n_items]` is the cosine of their columns, times common / (common + shrinkage) for so many
    common users; only similarities above 0 count.
    """

    settings: RatingKNNSettings
    bias: Bias
    deviations: csr_array
    similarities: Floats

    @classmethod
    def fit(cls, settings: RatingKNNSettings, dataset: Dataset) -> Self:
        """Take the biases out, and compare the items.

        Raises:
            DataError: there is no rating.
        """
        ratings = rating_matrix(dataset)
        bias = Bias.fit(ratings, damping=settings.damping)
        deviations = _without(bias, ratings)
        return cls(settings, bias, deviations, _similarities(deviations, shrinkage=settings.shrinkage))

    def predict(self, users: Ints, items: Ints) -> Floats:
        """The ratings of pairs `[n]`; where no rated item is like one, the bias."""
        found = np.zeros(len(users), np.float32)
        _nearest_mean(
            *pairs.parts(self.deviations), self.similarities, users, items, self.settings.neighbours, found
        )
        return self.bias.plus(found, users, items)


@dataclass(frozen=True, eq=False)
class RatingFactors:
    """Biased matrix factorisation: a deviation is the product of `users` and `items` `[n, n_factors]`.

    Alternating least squares with the weighted regularization of Zhou et al. ("Large-scale parallel
    collaborative filtering for the Netflix prize", AAIM 2008): by the number of ratings a row has.
    """

    settings: RatingFactorsSettings
    bias: Bias
    users: Floats
    items: Floats

    @classmethod
    def fit(cls, settings: RatingFactorsSettings, dataset: Dataset, *, seed: int = 0) -> Self:
        """Take the biases out, and factorise what is left.

        Raises:
            DataError: there is no rating.
        """
        ratings = rating_matrix(dataset)
        bias = Bias.fit(ratings, damping=settings.damping)
        by_user = _without(bias, ratings)
        by_item = by_user.T.tocsr()
        users, items = (np.zeros((n, settings.factors), np.float32) for n in ratings.shape)
        items[:] = 0.1 * np.random.default_rng(seed).standard_normal(items.shape)
        for _ in range(settings.epochs):
            _solve_rows(*pairs.parts(by_user), items, settings.regularization, users)
            _solve_rows(*pairs.parts(by_item), users, settings.regularization, items)
        return cls(settings, bias, users, items)

    def predict(self, users: Ints, items: Ints) -> Floats:
        """The ratings of pairs `[n]`; of a user or item never rated, the bias."""
        return self.bias.plus((self.users[users] * self.items[items]).sum(axis=1), users, items)


def rating_matrix(dataset: Dataset) -> csr_array:
    """The ratings given, low ones too: float32 CSR `[n_users, n_items]`; of an item rated again, the newest.

    Raises:
        DataError: there is none.
    """
    events = dataset.interactions
    rated = np.flatnonzero((events.events == EVENT_CODE["rating"]) & np.isfinite(events.values))
    if not len(rated):
        raise DataError("there is no rating to learn from", next_step="see which events have a value")
    pair = events.user_of[rated].astype(np.int64) * len(dataset.catalogue) + events.items[rated]
    _, newest = np.unique(pair[::-1], return_index=True)
    kept = rated[::-1][newest]
    shape = (events.n_users, len(dataset.catalogue))
    return csr_array((events.values[kept], (events.user_of[kept], events.items[kept])), shape=shape)


def _triples(ratings: csr_array) -> tuple[Ints, Ints, Floats]:
    """User, item and value of each rating."""
    users = np.repeat(np.arange(ratings.shape[0], dtype=np.int32), np.diff(ratings.indptr))
    return users, ratings.indices, ratings.data


def _damped_means(values: Floats, group: Ints, n: int, damping: float) -> Floats:
    sums, sizes = np.bincount(group, values, n), np.bincount(group, minlength=n)
    means: Floats = (sums / np.maximum(sizes + damping, 1e-9)).astype(np.float32)
    return means


def _without(bias: Bias, ratings: csr_array) -> csr_array:
    users, items, values = _triples(ratings)
    return csr_array((values - bias.at(users, items), items, ratings.indptr), shape=ratings.shape)


def _similarities(deviations: csr_array, *, shrinkage: float) -> Floats:
    rated = csr_array(
        (np.ones_like(deviations.data), deviations.indices, deviations.indptr), deviations.shape
    )
    alike = (deviations.T @ deviations).toarray()
    common = (rated.T @ rated).toarray()
    lengths = np.sqrt(alike.diagonal())
    alike /= np.maximum(np.outer(lengths, lengths), 1e-9)
    alike *= common / np.maximum(common + shrinkage, 1e-9)
    similarities: Floats = alike.astype(np.float32)
    return similarities


@compiled
def _nearest_mean(
    starts: NDArray[np.int64],
    columns: Ints,
    deviations: Floats,
    similarities: Floats,
    users: Ints,
    items: Ints,
    neighbours: int,
    out: Floats,
) -> None:
    """The mean deviation of the user's items most like that of each pair, by likeness, into `out` `[n]`."""
    for place in range(len(users)):
        start, stop = starts[users[place]], starts[users[place] + 1]
        alike = similarities[items[place]][columns[start:stop]]
        alike[columns[start:stop] == items[place]] = 0
        total, weight = np.float32(0), np.float32(0)
        for other in np.argsort(-alike, kind="mergesort")[:neighbours]:
            if alike[other] > 0:
                total += alike[other] * deviations[start + other]
                weight += alike[other]
        if weight > 0:
            out[place] = total / weight


@compiled
def _solve_rows(
    starts: NDArray[np.int64],
    columns: Ints,
    deviations: Floats,
    fixed: Floats,
    regularization: float,
    out: Floats,
) -> None:
    """The factors of each row that fit its deviations best, given those of the columns, into `out`."""
    ridge = np.float32(regularization) * np.eye(fixed.shape[1], dtype=np.float32)
    for row in range(len(starts) - 1):
        start, stop = starts[row], starts[row + 1]
        out[row] = 0
        if stop > start:
            known = fixed[columns[start:stop]]
            left = known.T @ known + ridge * np.float32(stop - start)
            out[row] = np.linalg.solve(left, known.T @ deviations[start:stop])
