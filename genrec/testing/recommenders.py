"""The contract of every recommender, as tests: subclass, say how to make the model, pytest does the rest."""

# ruff: noqa: D102  (the name of a test is its docstring)

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from genrec.data.dataset import Dataset
from genrec.models.base import Recommender
from genrec.testing.data import toy_dataset
from genrec.types import NO_ITEM, Query, Rankings


class RecommenderContract(ABC):
    """What any recommender promises.

        class TestMine(RecommenderContract):
            def make(self, dataset: Dataset) -> Recommender:
                return Mine.fit(dataset)

    `knows_strangers` is set to False by a model that needs a user it was fitted on.
    """

    knows_strangers = True

    @abstractmethod
    def make(self, dataset: Dataset) -> Recommender:
        """A model fitted on a dataset, the same one each time."""

    def data(self) -> Dataset:
        """The dataset the contract is tested on; at least 3 users and 5 living items."""
        return toy_dataset()

    def test_lists_have_the_shape_the_type_and_the_padding(self) -> None:
        dataset = self.data()
        rankings = self._asked(dataset, _queries(dataset), k=3)
        assert rankings.items.shape == rankings.scores.shape == (dataset.interactions.n_users, 3)
        assert rankings.items.dtype == np.int32
        assert rankings.scores.dtype == np.float32
        assert rankings.trace is None or len(rankings.trace) == len(rankings)

    def test_k_above_the_catalogue_pads(self) -> None:
        dataset = self.data()
        rankings = self._asked(dataset, _queries(dataset), k=len(dataset.catalogue) + 5)
        assert (rankings.items[:, -5:] == NO_ITEM).all()

    def test_an_empty_batch_has_no_rows(self) -> None:
        rankings = self._asked(self.data(), [], k=3)
        assert rankings.items.shape == rankings.scores.shape == (0, 3)

    def test_nothing_unwanted_is_shown(self) -> None:
        dataset = self.data()
        queries = [
            replace(query, exclude=np.union1d(query.exclude, [0, 1]).astype(np.int32))
            for query in _queries(dataset)
        ]
        rankings = self._asked(dataset, queries, k=len(dataset.catalogue))
        for row, query in enumerate(queries):
            assert not np.isin(rankings.row(row)[0], query.unwanted).any()

    def test_only_candidates_are_shown(self) -> None:
        dataset = self.data()
        candidates = np.arange(len(dataset.catalogue)) % 2 == 0
        queries = [replace(query, candidates=candidates) for query in _queries(dataset)]
        rankings = self._asked(dataset, queries, k=len(dataset.catalogue))
        assert candidates[rankings.items[rankings.items != NO_ITEM]].all()

    def test_no_candidate_gives_an_empty_list(self) -> None:
        dataset = self.data()
        none = np.zeros(len(dataset.catalogue), np.bool_)
        rankings = self._asked(dataset, [replace(dataset.query(0), candidates=none)], k=3)
        assert (rankings.items == NO_ITEM).all()

    def test_a_removed_item_is_never_shown(self) -> None:
        dataset = self.data()
        dead = np.flatnonzero(dataset.catalogue.alive)[-1]
        catalogue = dataset.catalogue.without_items([dataset.catalogue.ids[int(dead)]])
        removed = dataset.with_catalogue(catalogue)
        rankings = self._asked(removed, _queries(removed), k=len(catalogue))
        assert catalogue.alive[rankings.items[rankings.items != NO_ITEM]].all()

    def test_a_batch_answers_as_single_queries_do(self) -> None:
        dataset = self.data()
        model, queries = self.make(dataset), _queries(dataset)
        batch = model.recommend(queries, k=4)
        for row, query in enumerate(queries):
            alone = model.recommend([query], k=4)
            assert alone.items[0].tolist() == batch.items[row].tolist()
            np.testing.assert_allclose(alone.scores[0], batch.scores[row], rtol=1e-4, atol=1e-5)

    def test_two_models_made_alike_answer_alike(self) -> None:
        dataset = self.data()
        first, second = (self._asked(dataset, _queries(dataset), k=4) for _ in range(2))
        assert first.items.tobytes() == second.items.tobytes()
        assert first.scores.tobytes() == second.scores.tobytes()

    def test_a_stranger_is_answered_from_the_history(self) -> None:
        if not self.knows_strangers:
            return
        dataset = self.data()
        stranger = replace(dataset.query(0), user=None)
        assert (self._asked(dataset, [stranger], k=3).items[0] != NO_ITEM).any()

    def test_a_stranger_without_history_is_answered_in_form(self) -> None:
        if self.knows_strangers:
            self._asked(self.data(), [Query()], k=3)

    def test_items_that_came_later_are_no_fault(self) -> None:
        dataset = self.data()
        model, newcomer = self.make(dataset), len(dataset.catalogue)
        query = replace(
            dataset.query(0),
            exclude=np.array([newcomer], np.int32),
            candidates=np.ones(newcomer + 2, np.bool_),
        )
        assert newcomer not in model.recommend([query], k=newcomer + 2).items

    def _asked(self, dataset: Dataset, queries: Sequence[Query], *, k: int) -> Rankings:
        """A new model's answer, which must be in form."""
        rankings = self.make(dataset).recommend(queries, k=k)
        check_form(rankings)
        return rankings


def check_form(rankings: Rankings) -> None:
    """Assert the form of every ranking: best first, ties by index, no item twice, -1 and -inf at the end."""
    for items, scores in zip(rankings.items, rankings.scores, strict=True):
        filled = items != NO_ITEM
        n_items = int(filled.sum())
        assert filled[:n_items].all(), f"padding before an item: {items}"
        assert np.isneginf(scores[n_items:]).all(), f"padding with a score: {scores}"
        assert np.isfinite(scores[:n_items]).all(), f"an item without a finite score: {scores}"
        assert len(np.unique(items[:n_items])) == n_items, f"an item twice: {items}"
        order = np.lexsort((items[:n_items], -scores[:n_items]))
        assert (order == np.arange(n_items)).all(), f"not by score, then index: {items}, {scores}"


def _queries(dataset: Dataset) -> list[Query]:
    return [dataset.query(user) for user in range(dataset.interactions.n_users)]
