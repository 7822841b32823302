from math import log2

import numpy as np
import pytest

from genrec.config import Ratio
from genrec.data.splits import split
from genrec.testing.data import checkerboard
from genrec.training.validation import ndcg
from genrec.types import Rankings


def test_ndcg_equals_the_fractions_by_hand():
    dataset, _ = checkerboard(2, 12)  # five events a user
    holdout = split(dataset, Ratio(train=0.4, validation=0.2, test=0.4)).test
    first, second = (holdout.targets(row).tolist() for row in range(2))
    items = np.full((2, 3), -1, np.int32)
    items[0] = [first[1], first[0], 11]  # both found, at the top
    items[1, :2] = [0, second[0]]  # one found, second
    found = ndcg(Rankings(items, np.zeros((2, 3), np.float32)), holdout)
    ideal = 1 + 1 / log2(3)
    assert found == pytest.approx((1 + (1 / log2(3)) / ideal) / 2)
