"""What orders candidates by their features: reciprocal ranks summed, boosted trees, or a small network."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from genrec.ranking.candidates import Candidates
from genrec.types import ItemArray, Mask, ScoreArray

RANK_OFFSET = 60
"""Of reciprocal rank fusion (Cormack, Clarke & Buettcher, SIGIR 2009)."""


class Ranker(Protocol):
    """Scores pairs, and says what each feature added."""

    def score(self, values: ScoreArray) -> ScoreArray:
        """Of features `[n_pairs, n_features]` a score each, `[n_pairs]`; higher is better."""
        ...

    def contributions(self, values: ScoreArray) -> ScoreArray:
        """What each feature added to the score, `[n_pairs, n_features]`."""
        ...


@dataclass(frozen=True)
class Fusion:
    """Weighted reciprocal ranks: nothing is learnt. The first columns are the ranks by the sources."""

    weights: tuple[float, ...]

    def score(self, values: ScoreArray) -> ScoreArray:
        """The sum over sources of weight / (60 + rank)."""
        total: ScoreArray = self.contributions(values).sum(axis=1)
        return total

    def contributions(self, values: ScoreArray) -> ScoreArray:
        """Each source's share of the sum, in the column of its rank."""
        out = np.zeros_like(values)
        ranks = values[:, : len(self.weights)]
        out[:, : len(self.weights)] = np.nan_to_num(
            np.array(self.weights, np.float32) / (RANK_OFFSET + ranks)
        )
        return out


@dataclass(frozen=True, eq=False)
class Labelled:
    """Features of candidates with the answers: the pairs of query i are `indptr[i]` to `indptr[i + 1]`.

    `values` float32 `[n_pairs, n_features]`; `is_target` bool `[n_pairs]`, one of each query; `users` int32
    `[n_queries]`.
    """

    values: ScoreArray
    is_target: Mask
    indptr: NDArray[np.int64]
    users: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.users)

    @staticmethod
    def of(
        values: ScoreArray, candidates: Candidates, targets: ItemArray, users: NDArray[np.int32]
    ) -> "Labelled":
        """The queries whose target, of `targets` `[n_queries]`, is a candidate: others teach nothing."""
        is_target = candidates.items == targets[candidates.rows]
        found = np.zeros(len(targets), np.bool_)
        found[candidates.rows[is_target]] = True
        return Labelled(values, is_target, candidates.indptr, users).only(found)

    def only(self, wanted: Mask) -> "Labelled":
        """The queries where `wanted` `[n_queries]` is True."""
        sizes = np.diff(self.indptr)
        pairs = np.repeat(wanted, sizes)
        indptr = np.concatenate([[0], np.cumsum(sizes[wanted])])
        return Labelled(self.values[pairs], self.is_target[pairs], indptr, self.users[wanted])

    @staticmethod
    def joined(parts: Sequence["Labelled"]) -> "Labelled":
        """The queries of all parts, in their order."""
        sizes = np.concatenate([np.diff(each.indptr) for each in parts])
        return Labelled(
            np.concatenate([each.values for each in parts]),
            np.concatenate([each.is_target for each in parts]),
            np.concatenate([[0], np.cumsum(sizes)]),
            np.concatenate([each.users for each in parts]),
        )
