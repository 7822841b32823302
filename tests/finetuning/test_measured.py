"""NDCG and recall with their intervals, beside sums by hand."""

import numpy as np
import pytest

from genrec.finetuning.measured import measured
from genrec.metrics import Hits


def test_means_and_intervals_of_users():
    lists = np.array([[1, 2], [2, 1], [0, 2], [0, 2]] * 25, np.int32)
    targets = np.ones(100, np.int32)
    found = measured(Hits.of(lists, np.arange(101), targets), 2)
    assert (found.users, found.cutoff) == (100, 2)
    assert found.recall[0] == pytest.approx(0.5)
    assert found.ndcg[0] == pytest.approx((1 + 1 / np.log2(3)) / 4)
    mean, low, high = found.recall  # the interval of a share of one half: half a width of 1.96 * 0.5 / 10
    assert low == pytest.approx(mean - 0.098, abs=0.02)
    assert high == pytest.approx(mean + 0.098, abs=0.02)
