"""Metrics of recommendation lists on plain arrays, each beside the definition that is printed with it.

Lists are int32 `[n, k]`, best first, padded with -1. Targets are CSR: those of list i are
`items[indptr[i]:indptr[i + 1]]`; an item that stands there twice counts once.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from genrec.types import NO_ITEM, ItemArray, Mask

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Hits:
    """Which places of each list hold a target, `hits` bool `[n, k]`; `relevant` int64 `[n]` distinct ones."""

    hits: Mask
    relevant: NDArray[np.int64]

    @staticmethod
    def of(lists: ItemArray, indptr: NDArray[np.int64], items: ItemArray) -> "Hits":
        """Compare lists with targets."""
        n, width = len(lists), 1 + max(lists.max(initial=0), items.max(initial=0))
        pairs = np.unique(np.repeat(np.arange(n), np.diff(indptr)) * width + items)
        asked = np.arange(n)[:, None] * width + lists
        at = np.minimum(np.searchsorted(pairs, asked), max(0, len(pairs) - 1))
        found = pairs[at] == asked if len(pairs) else np.zeros(lists.shape, np.bool_)
        return Hits(found & (lists != NO_ITEM), np.bincount(pairs // width, minlength=n))


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric of one user's list at k: float64 `[n]` from `Hits` and k."""

    name: str
    definition: str
    per_user: Callable[[Hits, int], Floats]


def _share(part: NDArray[np.generic], whole: NDArray[np.generic] | int) -> Floats:
    """`part / whole`, 0 where the whole is 0."""
    top, bottom = np.broadcast_arrays(np.asarray(part, np.float64), np.asarray(whole, np.float64))
    shares: Floats = np.divide(top, bottom, out=np.zeros(top.shape), where=bottom != 0)
    return shares


def _count(found: Hits, k: int) -> NDArray[np.int64]:
    counted: NDArray[np.int64] = found.hits[:, :k].sum(axis=1)
    return counted


def recall(found: Hits, k: int) -> Floats:
    """Share of the targets that are found."""
    return _share(_count(found, k), found.relevant)


def hit_rate(found: Hits, k: int) -> Floats:
    """Whether any target is found."""
    return (_count(found, k) > 0).astype(np.float64)


def precision(found: Hits, k: int) -> Floats:
    """Share of the k places that hold a target."""
    return _share(_count(found, k), k)


def f1(found: Hits, k: int) -> Floats:
    """Harmonic mean of precision and recall."""
    exact, whole = precision(found, k), recall(found, k)
    return _share(2 * exact * whole, exact + whole)


def ndcg(found: Hits, k: int) -> Floats:
    """Discounted gain over that of an ideal list, which has as many targets as fit."""
    discounts = 1 / np.log2(np.arange(2, k + 2))
    hits = found.hits[:, :k]
    ideal = np.concatenate([[0.0], np.cumsum(discounts)])
    return _share(hits @ discounts[: hits.shape[1]], ideal[np.minimum(found.relevant, k)])


def mrr(found: Hits, k: int) -> Floats:
    """One over the place of the first target."""
    hits = found.hits[:, :k]
    return np.where(hits.any(axis=1), 1 / (1.0 + hits.argmax(axis=1)), 0.0) if hits.shape[1] else _none(found)


def average_precision(found: Hits, k: int) -> Floats:
    """Mean of the precision at each target's place."""
    hits = found.hits[:, :k]
    at_each = np.cumsum(hits, axis=1) / np.arange(1, hits.shape[1] + 1)
    return _share((at_each * hits).sum(axis=1), np.minimum(found.relevant, k))


def _none(found: Hits) -> Floats:
    return np.zeros(len(found.hits))


ACCURACY: Mapping[str, Metric] = MappingProxyType(
    {
        each.name: each
        for each in (
            Metric("recall", "targets among the first k / targets; mean over users", recall),
            Metric(
                "hit-rate", "1 if any target is among the first k, else 0 (HR); mean over users", hit_rate
            ),
            Metric(
                "ndcg",
                "sum over hits at place r <= k of 1/log2(r + 1), divided by that of an ideal list with "
                "min(k, targets) hits; mean over users",
                ndcg,
            ),
            Metric("mrr", "1 / place of the first target among the first k, else 0; mean over users", mrr),
            Metric(
                "map",
                "sum over hits at place r <= k of (hits up to r) / r, divided by min(k, targets); mean over "
                "users",
                average_precision,
            ),
            Metric("precision", "targets among the first k / k, short lists too; mean over users", precision),
            Metric("f1", "2PR / (P + R) of each user's precision and recall at k; mean over users", f1),
        )
    }
)
"""The metrics of hits, by name."""

DEFINITIONS: Mapping[str, str] = MappingProxyType(
    {
        **{f"{each.name}@k": each.definition for each in ACCURACY.values()},
        "auc": "share of (target, other item that may be shown) pairs in which the target scores higher, "
        "ties half; a target that may not be shown counts 0; mean over users",
        "mae": "mean |predicted - given rating| over the held-out ratings that the model predicts",
        "rmse": "root of the mean squared (predicted - given rating) over the same",
        "coverage": "items in any user's list / items that may be shown",
        "novelty": "mean over list places of -log2(share of the fitted users who chose the item), an item "
        "nobody chose counting as chosen by one; mean over users",
        "intra-list-diversity": "1 - mean over pairs of a list of the cosine of the items' sets of fitted "
        "users; mean over users with two items or more",
        "entropy": "Shannon entropy, in bits, of how often each item stands in any list",
        "gini": "Gini coefficient of how often each item that may be shown stands in any list (0 all alike, "
        "1 one item alone)",
        "popularity": "mean number of fitted events of the items listed; mean over users",
        "popularity-lift": "popularity of the list / that of the user's own history - 1; mean over users "
        "with a history",
        "category-diversity": "1 - mean over pairs of a list of the Jaccard similarity of their categories; "
        "pairs without any left out; mean over users",
        "category-coverage": "share of the categories of the user's history and targets that stand in the "
        "list; mean over users; 'unknown' and '(no genres listed)' are no category, here and above",
        "brand-diversity": "as category-diversity, of brands",
        "brand-coverage": "as category-coverage, of brands",
        "satisfaction": "a proxy: mean held-out rating of the hits among the first k; users with a rated hit",
    }
)
"""What is printed beside each number, by metric."""


def area_under_curve(better: NDArray[np.int64], tied: NDArray[np.int64], others: NDArray[np.int64]) -> Floats:
    """AUC of targets, of which `better` and `tied` of `others` other items score above or alike."""
    return 1 - _share(better + tied / 2, others)


def mean_absolute_error(predicted: NDArray[np.floating], given: NDArray[np.floating]) -> float:
    """MAE over pairs that are both numbers; NaN where there are none."""
    return float(np.abs(_errors(predicted, given)).mean()) if len(_errors(predicted, given)) else np.nan


def root_mean_squared_error(predicted: NDArray[np.floating], given: NDArray[np.floating]) -> float:
    """RMSE over pairs that are both numbers; NaN where there are none."""
    errors = _errors(predicted, given)
    return float(np.sqrt((errors**2).mean())) if len(errors) else np.nan


def _errors(predicted: NDArray[np.floating], given: NDArray[np.floating]) -> Floats:
    errors = np.asarray(predicted, np.float64) - np.asarray(given, np.float64)
    return errors[np.isfinite(errors)]


def shown_counts(lists: ItemArray, n_items: int) -> NDArray[np.int64]:
    """How often each item stands in any list, `[n_items]`."""
    return np.bincount(lists[lists != NO_ITEM], minlength=n_items)


def coverage(shown: NDArray[np.int64], alive: Mask) -> float:
    """Share of the living items that stand in some list."""
    return float((shown[alive] > 0).mean()) if alive.any() else 0.0


def entropy(shown: NDArray[np.int64]) -> float:
    """Shannon entropy in bits of `shown_counts`."""
    shares = shown[shown > 0] / max(1, shown.sum())
    return float(-(shares * np.log2(shares)).sum()) + 0.0


def gini(shown: NDArray[np.int64], alive: Mask) -> float:
    """Gini coefficient of `shown_counts` over the living items."""
    counts = np.sort(shown[alive]).astype(np.float64)
    n = len(counts)
    if not counts.sum():
        return 0.0
    return float(((2 * np.arange(1, n + 1) - n - 1) * counts).sum() / (n * counts.sum()))


def list_mean(lists: ItemArray, values: NDArray[np.floating]) -> Floats:
    """Mean over each list of a value of its items, `values` `[n_items]`; NaN for an empty list."""
    filled = lists != NO_ITEM
    total = np.where(filled, values[lists], 0).sum(axis=1, dtype=np.float64)
    return np.where(filled.any(axis=1), _share(total, filled.sum(axis=1)), np.nan)


def self_information(choosers: NDArray[np.integer], n_users: int) -> Floats:
    """-log2 of the share of users who chose each item, `[n_items]`."""
    information: Floats = -np.log2(np.maximum(choosers, 1) / max(1, n_users))
    return information


def pair_mean(
    lists: ItemArray, similarity: Callable[[ItemArray, ItemArray], NDArray[np.floating]], *, block: int = 4096
) -> Floats:
    """Mean of `similarity` over the pairs of each list, NaN pairs left out; NaN where no pair is left.

    `similarity` takes two aligned arrays of items. Lists are taken in blocks, to bound the memory.
    """
    first, second = np.triu_indices(lists.shape[1], 1)
    out = np.full(len(lists), np.nan)
    for start in range(0, len(lists), block):
        part = lists[start : start + block]
        left, right = part[:, first], part[:, second]
        both = (left != NO_ITEM) & (right != NO_ITEM)
        values = np.full(both.shape, np.nan)
        values[both] = similarity(left[both], right[both])
        known = ~np.isnan(values)
        total = np.where(known, values, 0).sum(axis=1)
        out[start : start + block] = np.where(known.any(axis=1), _share(total, known.sum(axis=1)), np.nan)
    return out


@dataclass(frozen=True, eq=False)
class Labels:
    """Sets of labels (categories, brands) of all items as bits: uint64 `[n_items, words]`."""

    bits: NDArray[np.uint64]

    @staticmethod
    def of(rows: NDArray[np.int64], labels: NDArray[np.int64], n_items: int) -> "Labels":
        """From pairs of item and label number."""
        bits = np.zeros((n_items, 1 + int(labels.max(initial=0)) // 64), np.uint64)
        shifted = np.left_shift(np.uint64(1), (labels % 64).astype(np.uint64))
        np.bitwise_or.at(bits, (rows, labels // 64), shifted)
        return Labels(bits)

    def jaccard(self, left: ItemArray, right: ItemArray) -> Floats:
        """Jaccard similarity of two items' sets, NaN where one of them is empty."""
        a, b = self.bits[left], self.bits[right]
        both, either = _size(a & b), _size(a | b)
        known = (_size(a) > 0) & (_size(b) > 0)
        return np.where(known, _share(both, either), np.nan)

    def union(self, lists: ItemArray) -> NDArray[np.uint64]:
        """The labels of any item of each list, `[n, words]`."""
        padded = np.vstack([self.bits, np.zeros_like(self.bits[:1])])  # -1 is the empty row
        out = np.zeros((len(lists), self.bits.shape[1]), np.uint64)
        for place in range(lists.shape[1]):
            out |= padded[lists[:, place]]
        return out

    def union_of_rows(self, indptr: NDArray[np.int64], items: ItemArray) -> NDArray[np.uint64]:
        """The labels of any item of each row of a CSR, `[n, words]`."""
        out = np.zeros((len(indptr) - 1, self.bits.shape[1]), np.uint64)
        filled = np.diff(indptr) > 0
        if filled.any():
            out[filled] = np.bitwise_or.reduceat(self.bits[items], indptr[:-1][filled], axis=0)
        return out


def label_coverage(listed: NDArray[np.uint64], wanted: NDArray[np.uint64]) -> Floats:
    """Share of the wanted labels that are listed, both as bits `[n, words]`; NaN where none is wanted."""
    sizes = _size(wanted)
    return np.where(sizes > 0, _share(_size(listed & wanted), sizes), np.nan)


def _size(bits: NDArray[np.uint64]) -> NDArray[np.int64]:
    counted: NDArray[np.int64] = np.bitwise_count(bits).sum(axis=1, dtype=np.int64)
    return counted
