"""From the kept lists of a model to its metrics: a row a user, the whole table's columns, slices."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.sparse import csr_array

from genrec import metrics
from genrec.data.catalogue import Catalogue
from genrec.data.dataset import popularity
from genrec.data.interactions import EVENT_CODE
from genrec.data.splits import Holdout
from genrec.evaluation.prepare import Prepared
from genrec.metrics import ACCURACY, Floats, Hits, Labels
from genrec.models.base import user_item_matrix
from genrec.types import NO_ITEM, ItemArray, Mask

Counts = NDArray[np.int64] | NDArray[np.float32]

LABELS: Mapping[str, tuple[str, ...]] = {
    "category": ("categories", "genres", "category"),
    "brand": ("brand",),
}
"""The catalogue columns that hold the labels of a metric; the first there is taken."""
HEAD_SHARE = 0.2
"""This share of the items, the most chosen in the fitted data, is the head; the others are the tail."""


@dataclass(frozen=True, eq=False)
class Lists:
    """The lists of one model for the test users, int32 `[n, depth]`, and each user's AUC where it has one."""

    items: ItemArray
    auc: Floats | None = None

    @staticmethod
    def of(recs: pl.DataFrame, users: pl.DataFrame, test: Holdout) -> "Lists":
        """From the files of a job."""
        whole = test.source
        place = np.full(whole.interactions.n_users, -1, np.int64)
        place[test.users] = np.arange(len(test))
        items = np.full((len(test), recs["rank"].to_numpy().max(initial=0)), NO_ITEM, np.int32)
        rows = place[whole.interactions.users.indices(recs["user_id"])]
        items[rows, recs["rank"].to_numpy() - 1] = whole.catalogue.ids.indices(recs["item_id"])
        return Lists(items, users["auc"].to_numpy() if "auc" in users.columns else None)


class Measure:
    """Measures lists against one prepared benchmark; what all models share is made once."""

    def __init__(self, prepared: Prepared) -> None:
        self.prepared, self.test = prepared, prepared.test
        self.recipe, self.catalogue = prepared.recipe, prepared.split.whole.catalogue
        fitted = prepared.fitted_on
        n_items = len(self.catalogue)
        self.events = popularity(fitted.positives, n_items)
        self.matrix = user_item_matrix(fitted)
        self.choosers = np.bincount(self.matrix.indices, minlength=n_items)
        self.n_fitted_users = int((np.diff(self.matrix.indptr) > 0).sum())

    def per_user(self, lists: Lists) -> pl.DataFrame:
        """A row a test user: who, how long the history, and every metric asked that users have."""
        hits = Hits.of(lists.items, self.test.indptr, self.test.items)
        found: dict[str, Floats] = {}
        for name in self.recipe.metrics:
            if name in ACCURACY:
                for k in self.recipe.ks:
                    found[f"{name}@{k}"] = ACCURACY[name].per_user(hits, k)
            elif name == "auc" and lists.auc is not None:
                found["auc"] = lists.auc
            elif (measured := self._of_list(name, lists.items[:, : self.recipe.k])) is not None:
                found[f"{name}@{self.recipe.k}"] = measured
        who = {"user_id": self._user_ids, "history": self.history_lengths}
        return pl.DataFrame(who | found).with_columns(pl.selectors.float().fill_nan(None))

    def of_all(self, lists: Lists) -> dict[str, float]:
        """The metrics that are of all lists together."""
        shown = metrics.shown_counts(lists.items[:, : self.recipe.k], len(self.catalogue))
        alive = self.catalogue.alive
        made = {
            "coverage": metrics.coverage(shown, alive),
            "entropy": metrics.entropy(shown),
            "gini": metrics.gini(shown, alive),
        }
        return {f"{name}@{self.recipe.k}": made[name] for name in self.recipe.metrics if name in made}

    def slices(self, lists: Lists) -> list[dict[str, object]]:
        """Recall and the tested metric at k for kinds of users and of targets."""
        k = self.recipe.k
        rows: list[dict[str, object]] = []
        for group, name, keep in self._target_slices:
            sizes = np.add.reduceat(keep, self.test.indptr[:-1]) if len(keep) else np.empty(0, np.int64)
            indptr = np.concatenate([[0], np.cumsum(sizes)])
            hits = Hits.of(lists.items, indptr, self.test.items[keep])
            counted = sizes > 0
            made = {
                f"{metric}@{k}": float(ACCURACY[metric].per_user(hits, k)[counted].mean())
                if counted.any()
                else None
                for metric in dict.fromkeys(("recall", self.recipe.test_metric))
            }
            rows.append({"group": group, "slice": name, "users": int(counted.sum()), **made})
        return rows

    @cached_property
    def history_lengths(self) -> NDArray[np.int64]:
        """History events of each test query, `[n]`."""
        return history_lengths(self.test)

    @cached_property
    def _user_ids(self) -> list[str]:
        users = self.test.source.interactions.users
        return [users[user] for user in self.test.users.tolist()]

    @cached_property
    def _target_slices(self) -> list[tuple[str, str, Mask]]:
        """Group, name, and which targets `[n_targets]`; those of users are of all their targets."""
        events, items = self.events[self.test.items], self.test.items
        whole = self.prepared.split.test  # a sample of users has the same quarters
        ranked = np.lexsort((np.arange(len(self.events)), -self.events))
        is_head = np.zeros(len(self.events), np.bool_)
        is_head[ranked[: max(1, round(HEAD_SHARE * len(ranked)))]] = True
        sizes = np.diff(self.test.indptr)
        fitted = np.repeat(np.diff(self.matrix.indptr)[self.test.users] > 0, sizes)
        lengths = np.repeat(self.history_lengths, sizes)
        return [
            ("users", "warm: with fitted events", fitted),
            ("users", "cold: with none", ~fitted),
            ("target items", "warm: with fitted events", events > 0),
            ("target items", "cold: with none", events == 0),
            ("target items", f"head: the most chosen {HEAD_SHARE:.0%} of items", is_head[items]),
            ("target items", "tail: the others", ~is_head[items]),
            *(("history length", name, keep) for name, keep in _quarters(lengths, history_lengths(whole))),
            *(
                ("target popularity", name, keep)
                for name, keep in _quarters(events, self.events[whole.items])
            ),
        ]

    def _of_list(self, name: str, lists: ItemArray) -> Floats | None:
        """A metric of the lists themselves, NaN where a user has none; None where data lack what it needs."""
        if name == "novelty":
            return metrics.list_mean(lists, metrics.self_information(self.choosers, self.n_fitted_users))
        if name == "intra-list-diversity":
            return 1 - metrics.pair_mean(lists, self._cosine)
        if name == "popularity":
            return metrics.list_mean(lists, self.events)
        if name == "popularity-lift":
            listed = metrics.list_mean(lists, self.events)
            return np.divide(listed, self._own_popularity) - 1
        if name == "satisfaction":
            return self._satisfaction(lists)
        kind, _, what = name.partition("-")
        labels = self._labels.get(kind)
        if labels is None:
            return None
        if what == "diversity":
            return 1 - metrics.pair_mean(lists, labels.jaccard)
        return metrics.label_coverage(labels.union(lists), labels.union_of_rows(*self._own_items))

    @cached_property
    def _cosine(self) -> Callable[[ItemArray, ItemArray], Floats]:
        """Of two items' sets of fitted users; 0 where nobody chose one of them."""
        norms = np.sqrt(np.maximum(self.choosers, 1))
        common = csr_array(self.matrix.T @ self.matrix)
        common.sort_indices()
        return lambda left, right: np.asarray(common[left, right]).ravel() / (norms[left] * norms[right])

    @cached_property
    def _labels(self) -> dict[str, Labels]:
        found = {kind: labels_of(self.catalogue, columns) for kind, columns in LABELS.items()}
        return {kind: labels for kind, labels in found.items() if labels is not None}

    @cached_property
    def _own_items(self) -> tuple[NDArray[np.int64], ItemArray]:
        """Each test user's history and targets together, as CSR."""
        targets = (self.test.targets(row) for row in range(len(self.test)))
        own = [np.union1d(*each) for each in zip(self._histories, targets, strict=True)]
        indptr = np.concatenate([[0], np.cumsum([len(each) for each in own])]).astype(np.int64)
        return indptr, np.concatenate(own).astype(np.int32)

    @cached_property
    def _histories(self) -> list[ItemArray]:
        return [query.history for query in self.test.queries()]

    @cached_property
    def _own_popularity(self) -> Floats:
        """Mean fitted events of the items of each history, NaN without one."""
        means = [self.events[each].mean() if len(each) else np.nan for each in self._histories]
        return np.where(np.array(means) > 0, np.array(means, np.float64), np.nan)

    def _satisfaction(self, lists: ItemArray) -> Floats | None:
        """Mean held-out rating of the hits; None where no target has a rating."""
        events = self.test.source.interactions
        rated = events.events[self.test.rows] == EVENT_CODE["rating"]
        if not rated.any():
            return None
        out = np.full(len(lists), np.nan)
        for row, listed in enumerate(lists):
            at = slice(self.test.indptr[row], self.test.indptr[row + 1])
            hit = rated[at] & np.isin(self.test.items[at], listed)
            if hit.any():
                out[row] = events.values[self.test.rows[at]][hit].mean()
        return out


def labels_of(catalogue: Catalogue, columns: tuple[str, ...]) -> Labels | None:
    """The labels of every item from the first of the columns that the catalogue has."""
    name = next((each for each in columns if each in catalogue.attributes), None)
    if name is None:
        return None
    column = catalogue.frame.select(pl.col(name).cast(pl.String) if name == "brand" else pl.col(name))[name]
    long = pl.DataFrame({"item": np.arange(len(catalogue)), "label": column})
    if isinstance(column.dtype, pl.List):
        long = long.explode("label")
    long = long.drop_nulls()
    numbers = long["label"].rank("dense").cast(pl.Int64).to_numpy() - 1
    return Labels.of(long["item"].to_numpy(), numbers, len(catalogue))


def history_lengths(holdout: Holdout) -> NDArray[np.int64]:
    """History events of each query of a holdout, `[n]`."""
    source = holdout.source
    before = np.concatenate([[0], np.cumsum(source.is_history)])
    lengths: NDArray[np.int64] = before[holdout.starts] - before[source.interactions.indptr[holdout.users]]
    return lengths


def _quarters(values: Counts, of: Counts) -> list[tuple[str, Mask]]:
    """Up to four parts by the quartiles of `of`, the lowest first; equal values stay together."""
    bounds = np.unique(np.quantile(of, [0.25, 0.5, 0.75], method="lower"))
    parts = []
    for low, high in pairwise([-np.inf, *bounds.tolist(), np.inf]):
        inside = of[(of > low) & (of <= high)]
        if len(inside):
            least, most = int(inside.min()), int(inside.max())
            name = f"{least} to {most}" if least < most else f"{most}"
            parts.append((name, (values > low) & (values <= high)))
    return parts
