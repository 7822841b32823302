import numpy as np
import pytest

from genrec.errors import UsageError
from genrec.ranking.candidates import Candidates
from genrec.ranking.rankers import Fusion, Labelled
from genrec.ranking.settings import TreeSettings
from genrec.ranking.trees import Trees
from genrec.types import Rankings


def test_reciprocal_ranks_by_hand():
    ranks = np.array([[1, np.nan, 0.5], [3, 2, 0.5]], np.float32)  # the third column is no rank
    found = Fusion((1.0, 2.0)).score(ranks)
    assert found == pytest.approx([1 / 61, 1 / 63 + 2 / 62])
    added = Fusion((1.0, 2.0)).contributions(ranks)
    np.testing.assert_allclose(added, [[1 / 61, 0, 0], [1 / 63, 2 / 62, 0]], rtol=1e-6)


def planted(n_queries: int, *, seed: int) -> Labelled:
    """Eight candidates a query of which that with the largest product of two features is wanted."""
    rng = np.random.default_rng(seed)
    values = rng.random((n_queries * 8, 4)).astype(np.float32)
    best = (values[:, 1] * values[:, 2]).reshape(-1, 8).argmax(axis=1)
    is_target = (np.arange(8) == best[:, None]).ravel()
    return Labelled(
        values, is_target, np.arange(0, n_queries * 8 + 1, 8), np.arange(n_queries, dtype=np.int32)
    )


def first_hits(ranker: Trees, labelled: Labelled) -> float:
    best = ranker.score(labelled.values).reshape(-1, 8).argmax(axis=1)
    return float(labelled.is_target.reshape(-1, 8)[np.arange(len(labelled)), best].mean())


def test_trees_learn_what_is_planted_and_say_by_which_features():
    trees = Trees.fit(TreeSettings(least_in_leaf=5), planted(600, seed=0), seed=0)
    held_out = planted(200, seed=1)
    assert first_hits(trees, held_out) > 0.8, "one of eight by chance"
    added = np.abs(trees.contributions(held_out.values)).sum(axis=0)
    assert min(added[1:3]) > 5 * max(added[[0, 3]])
    assert set(np.argsort(-trees.importance())[:2]) == {1, 2}


def test_contributions_sum_to_the_score():
    trees = Trees.fit(TreeSettings(least_in_leaf=5), planted(100, seed=0), seed=0)
    values = planted(20, seed=1).values
    rest = trees.score(values) - trees.contributions(values).sum(axis=1)
    assert np.ptp(rest) < 1e-4, "but for one constant"


def test_trees_are_kept_as_text(tmp_path):
    trees = Trees.fit(TreeSettings(least_in_leaf=5), planted(100, seed=0), seed=0)
    trees.save(tmp_path)
    values = planted(20, seed=1).values
    assert Trees.load(tmp_path).score(values).tolist() == trees.score(values).tolist()


def test_queries_whose_target_was_not_found_teach_nothing():
    found = Candidates.of([Rankings(np.array([[4, 7], [1, 2]], np.int32), np.ones((2, 2), np.float32))])
    values = np.arange(4, dtype=np.float32)[:, None]
    users = np.array([10, 11], np.int32)
    labelled = Labelled.of(values, found, np.array([9, 2], np.int32), users)
    assert labelled.users.tolist() == [11]
    assert labelled.values.tolist() == [[2], [3]]
    assert labelled.is_target.tolist() == [False, True]
    assert labelled.indptr.tolist() == [0, 2]


def test_without_lightgbm_it_is_said_how_to_get_it(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "lightgbm", None)
    with pytest.raises(UsageError, match="lightgbm") as raised:
        Trees.fit(TreeSettings(), planted(10, seed=0), seed=0)
    assert "genrec[hybrid]" in str(raised.value.next_step)
