from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from genrec.data.catalogue import Catalogue
from genrec.data.dataset import Dataset
from genrec.data.interactions import INTERACTION_SCHEMA, Interactions
from genrec.models.base import Fitting, Recommender, mask_unwanted, top_k
from genrec.models.popularity import Popularity
from genrec.models.settings import PopularitySettings
from genrec.testing.data import checkerboard, toy_dataset
from genrec.testing.recommenders import RecommenderContract
from genrec.types import Query


class TestPopularity(RecommenderContract):
    def make(self, dataset: Dataset) -> Recommender:
        return Popularity.fit(PopularitySettings(), dataset, Fitting())


def test_counts_are_of_history_events_alone() -> None:
    # m1 2, m2 3 (bob's view and purchase both), m3 2, m4 1, m5 2, m6 3, m7 1; bob's dislike of m8 is none
    model = Popularity.fit(PopularitySettings(), toy_dataset(), Fitting())
    assert model.counts.tolist() == [2, 3, 2, 1, 2, 3, 1, 0]
    rankings = model.recommend([Query()], k=8)
    assert rankings.items[0].tolist() == [1, 5, 0, 2, 4, 3, 6, -1]
    assert rankings.scores[0].tolist() == [3, 3, 2, 2, 2, 1, 1, -np.inf]


def test_an_event_a_half_life_older_than_the_newest_counts_half() -> None:
    day = 86_400
    rows = [("u", "a", 10 * day), ("u", "b", 8 * day), ("v", "b", 6 * day), ("v", "c", None)]
    frame = pl.DataFrame(
        [(*row, "view", None, None) for row in rows], schema=INTERACTION_SCHEMA, orient="row"
    )
    catalogue = Catalogue(pl.DataFrame({"item_id": list("abcd"), "title": list("abcd")}))
    dataset = Dataset(catalogue, Interactions.from_frame(frame, catalogue.ids))
    model = Popularity.fit(PopularitySettings(half_life_days=2), dataset, Fitting())
    # c has no time: as old as the oldest
    assert model.counts.tolist() == pytest.approx([1, 1 / 2 + 1 / 4, 1 / 4, 0])
    assert model.recommend([Query()], k=3).items[0].tolist() == [0, 1, 2]


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
    model = Popularity.fit(PopularitySettings(), dataset, Fitting())
    scores = np.repeat(model.counts[None], 7, axis=0)
    mask_unwanted(scores, queries)
    expected, found = top_k(scores, k=k), model.recommend(queries, k=k)
    assert found.items.tolist() == expected.items.tolist()
    assert found.scores.tolist() == expected.scores.tolist()
