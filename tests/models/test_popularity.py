from dataclasses import replace

import numpy as np
import pytest

from genrec.data.dataset import Dataset
from genrec.models.base import Recommender, mask_unwanted, top_k
from genrec.models.popularity import Popularity
from genrec.testing.data import checkerboard, toy_dataset
from genrec.testing.recommenders import RecommenderContract
from genrec.types import Query


class TestPopularity(RecommenderContract):
    def make(self, dataset: Dataset) -> Recommender:
        return Popularity().fit(dataset)


def test_counts_are_of_history_events_alone() -> None:
    # m1 2, m2 3 (bob's view and purchase both), m3 2, m4 1, m5 2, m6 3, m7 1; bob's dislike of m8 is none
    model = Popularity().fit(toy_dataset())
    assert model.counts.tolist() == [2, 3, 2, 1, 2, 3, 1, 0]
    rankings = model.recommend([Query()], k=8)
    assert rankings.items[0].tolist() == [1, 5, 0, 2, 4, 3, 6, -1]
    assert rankings.scores[0].tolist() == [3, 3, 2, 2, 2, 1, 1, -np.inf]


@pytest.mark.parametrize("k", [1, 5, 30])
def test_it_equals_masking_every_score_and_sorting(k: int) -> None:
    rng = np.random.default_rng(0)
    dataset, _ = checkerboard(7, 20)
    shared = rng.random(20) < 0.5
    queries = [
        replace(
            dataset.query(user),
            exclude=rng.integers(0, 20, 3).astype(np.int32),
            candidates=[None, shared, rng.random(20) < 0.7][user % 3],
        )
        for user in range(7)
    ]
    model = Popularity().fit(dataset)
    scores = np.repeat(model.counts[None], 7, axis=0)
    mask_unwanted(scores, queries)
    expected, found = top_k(scores, k=k), model.recommend(queries, k=k)
    assert found.items.tolist() == expected.items.tolist()
    assert found.scores.tolist() == expected.scores.tolist()
