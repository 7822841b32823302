"""Metrics as fractions by hand, and the same as `ir-measures` where scores fall strictly."""

from math import log2

import ir_measures
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from genrec import metrics
from genrec.metrics import ACCURACY, Hits, Labels

# user 0 finds 7 first and 5 third of three targets (9 is missed); user 1 finds its one target second;
# user 2 misses; user 3 has a short list; user 4 no target
LISTS = np.array([[7, 1, 5, 2], [3, 4, 0, 1], [0, 1, 2, 3], [6, -1, -1, -1], [0, 1, 2, 3]], np.int32)
INDPTR = np.array([0, 3, 4, 5, 6, 6])
TARGETS = np.array([5, 7, 9, 4, 8, 6], np.int32)
FOUND = Hits.of(LISTS, INDPTR, TARGETS)

IDEAL = 1 + 1 / log2(3) + 1 / log2(4)
BY_HAND = {
    "recall": [2 / 3, 1, 0, 1, 0],
    "hit-rate": [1, 1, 0, 1, 0],
    "precision": [2 / 3, 1 / 3, 0, 1 / 3, 0],
    "f1": [2 / 3, 2 * (1 / 3) / (4 / 3), 0, 2 * (1 / 3) / (4 / 3), 0],
    "ndcg": [(1 + 1 / log2(4)) / IDEAL, 1 / log2(3), 0, 1, 0],
    "mrr": [1, 1 / 2, 0, 1, 0],
    "map": [1 / 3 * (1 / 1 + 2 / 3), 1 / 2, 0, 1, 0],
}


@pytest.mark.parametrize("name", ACCURACY)
def test_at_three_by_hand(name: str) -> None:
    np.testing.assert_allclose(ACCURACY[name].per_user(FOUND, 3), BY_HAND[name])


def test_the_ideal_list_is_as_long_as_the_targets_or_k() -> None:
    # three targets, k = 1: the ideal is one hit, so a first place alone is perfect
    assert ACCURACY["ndcg"].per_user(FOUND, 1)[0] == 1
    assert ACCURACY["recall"].per_user(FOUND, 1)[0] == pytest.approx(1 / 3)


def test_a_k_beyond_the_list_counts_the_places_that_are_not_there() -> None:
    assert ACCURACY["precision"].per_user(FOUND, 10)[0] == pytest.approx(2 / 10)
    assert ACCURACY["mrr"].per_user(FOUND, 10)[1] == 1 / 2


def test_a_target_that_stands_twice_counts_once() -> None:
    found = Hits.of(np.array([[4, 5]], np.int32), np.array([0, 3]), np.array([4, 4, 6], np.int32))
    assert found.relevant.tolist() == [2]
    assert ACCURACY["recall"].per_user(found, 2).tolist() == [1 / 2]


def test_nothing_at_all_is_no_fault() -> None:
    none = Hits.of(np.empty((0, 5), np.int32), np.array([0]), np.empty(0, np.int32))
    empty = Hits.of(np.empty((2, 0), np.int32), np.array([0, 1, 1]), np.array([3], np.int32))
    for metric in ACCURACY.values():
        assert len(metric.per_user(none, 5)) == 0
        assert metric.per_user(empty, 5).tolist() == [0, 0]


PEERS = {
    "recall": ir_measures.R,
    "hit-rate": ir_measures.Success,
    "precision": ir_measures.P,
    "ndcg": ir_measures.nDCG,
    "mrr": ir_measures.RR,
}


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 2**32 - 1), st.sampled_from([1, 3, 10]))
def test_equal_to_ir_measures_where_scores_fall_strictly(seed: int, k: int) -> None:
    rng = np.random.default_rng(seed)
    lists = np.array([rng.permutation(30)[:10] for _ in range(6)], np.int32)
    lists[1, 4:] = -1
    sizes = rng.integers(1, 15, 6)
    targets = [rng.permutation(30)[:size].astype(np.int32) for size in sizes]
    found = Hits.of(lists, np.concatenate([[0], np.cumsum(sizes)]), np.concatenate(targets))
    qrels = {str(user): {str(item): 1 for item in each} for user, each in enumerate(targets)}
    run = {
        str(user): {str(item): -float(place) for place, item in enumerate(each) if item >= 0}
        for user, each in enumerate(lists)
    }
    for name, peer in PEERS.items():
        measured = {int(each.query_id): each.value for each in ir_measures.iter_calc([peer @ k], qrels, run)}
        ours = ACCURACY[name].per_user(found, k)
        np.testing.assert_allclose(ours, [measured[user] for user in range(6)], atol=1e-6, err_msg=name)


def test_map_equals_ir_measures_where_all_targets_fit() -> None:
    # trec_eval divides by all targets, ours by min(k, targets): the same where they fit
    found = Hits.of(np.array([[7, 1, 5, 2]], np.int32), np.array([0, 3]), np.array([5, 7, 9], np.int32))
    run = {"0": {"7": 4.0, "1": 3.0, "5": 2.0, "2": 1.0}}
    qrels = {"0": {"5": 1, "7": 1, "9": 1}}
    expected = ir_measures.calc_aggregate([ir_measures.AP @ 4], qrels, run)[ir_measures.AP @ 4]
    assert ACCURACY["map"].per_user(found, 4)[0] == pytest.approx(expected, abs=1e-6)


def test_auc_equals_scikit_learn() -> None:
    scores = np.random.default_rng(0).integers(0, 6, 40)
    target, others = scores[0], scores[1:]
    counted = [np.array([(others > target).sum()]), np.array([(others == target).sum()]), np.array([39])]
    expected = roc_auc_score(np.arange(40) == 0, scores)
    assert metrics.area_under_curve(*counted)[0] == pytest.approx(expected)


def test_rating_errors_by_hand_leave_out_what_is_not_predicted() -> None:
    predicted, rated = np.array([4, 2, np.nan]), np.array([5, 4, 1])
    assert metrics.mean_absolute_error(predicted, rated) == (1 + 2) / 2
    assert metrics.root_mean_squared_error(predicted, rated) == pytest.approx(((1 + 4) / 2) ** 0.5)
    assert np.isnan(metrics.mean_absolute_error(predicted[2:], rated[2:]))


def test_what_all_lists_show_by_hand() -> None:
    shown = metrics.shown_counts(np.array([[0, 1], [0, 2], [0, -1]], np.int32), 5)
    alive = np.array([True, True, True, True, False])
    assert shown.tolist() == [3, 1, 1, 0, 0]
    assert metrics.coverage(shown, alive) == 3 / 4
    assert metrics.entropy(shown) == pytest.approx(-(3 / 5 * log2(3 / 5) + 2 * (1 / 5 * log2(1 / 5))))
    # mean absolute difference over twice the mean, all ordered pairs of (0, 1, 1, 3)
    counts = [0, 1, 1, 3]
    spread = sum(abs(a - b) for a in counts for b in counts) / len(counts) ** 2
    assert metrics.gini(shown, alive) == pytest.approx(spread / (2 * 5 / 4))


def test_means_over_lists() -> None:
    lists = np.array([[0, 2], [1, -1], [-1, -1]], np.int32)
    assert metrics.list_mean(lists, np.array([4.0, 5.0, 1.0]))[:2].tolist() == [5 / 2, 5]
    assert np.isnan(metrics.list_mean(lists, np.ones(3))[2])
    assert metrics.self_information(np.array([4, 1, 0]), 8).tolist() == [1, 3, 3]


def test_pairs_of_a_list_by_hand_in_any_block() -> None:
    lists = np.array([[0, 1, 2], [2, 1, -1], [0, -1, -1]], np.int32)

    def similarity(left: np.ndarray, right: np.ndarray) -> np.ndarray:
        return (left + right).astype(float)

    for block in (1, 2, 9):
        found = metrics.pair_mean(lists, similarity, block=block)
        assert found[:2].tolist() == [(1 + 2 + 3) / 3, 3]
        assert np.isnan(found[2])


def test_labels_over_more_than_one_word() -> None:
    # item 0 {0, 70}, item 1 {70, 3}, item 2 none, item 3 {0, 70}
    labels = Labels.of(np.array([0, 0, 1, 1, 3, 3]), np.array([0, 70, 70, 3, 0, 70]), 4)
    pairs = np.array([0, 0, 0], np.int32), np.array([1, 3, 2], np.int32)
    found = labels.jaccard(*pairs)
    assert found[:2].tolist() == [1 / 3, 1]
    assert np.isnan(found[2])
    listed = labels.union(np.array([[0, -1], [2, 1]], np.int32))
    wanted = labels.union_of_rows(np.array([0, 2, 2]), np.array([0, 1], np.int32))
    covered = metrics.label_coverage(listed, wanted)
    assert covered[0] == 2 / 3
    assert np.isnan(covered[1])


def test_every_metric_says_what_it_is() -> None:
    assert {f"{name}@k" for name in ACCURACY} <= set(metrics.DEFINITIONS)
    assert all(len(each) > 10 for each in metrics.DEFINITIONS.values())


def test_the_definition_of_categories_says_what_is_none():
    told = metrics.DEFINITIONS["category-coverage"]
    assert "'unknown'" in told
    assert "'(no genres listed)'" in told
