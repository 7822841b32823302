import numpy as np
from scipy.sparse import csr_array

from genrec.training.pairs import Pairs


def chosen() -> np.ndarray:
    matrix = np.random.default_rng(0).random((40, 30)) < 0.3
    matrix[7] = True  # this user has everything
    matrix[8] = False
    return matrix


def test_an_epoch_holds_every_pair_once_and_negatives_that_were_not_chosen():
    matrix = chosen()
    pairs = Pairs.of(csr_array(matrix.astype(np.float32)))
    seen = []
    for users, items, negatives in pairs.batches(np.random.default_rng(1), 64, n_negatives=5):
        assert len(users) <= 64
        assert negatives.shape == (len(users), 5)
        seen += zip(users.tolist(), items.tolist(), strict=True)
        some = users.numpy() != 7
        assert not matrix[users.numpy()[some, None], negatives.numpy()[some]].any()
    assert sorted(seen) == list(zip(*map(list, np.nonzero(matrix)), strict=True))


def test_negatives_are_drawn_evenly_from_what_was_not_chosen():
    matrix = chosen()
    pairs = Pairs.of(csr_array(matrix.astype(np.float32)))
    drawn = pairs.negatives(np.full(20_000, 3), np.random.default_rng(0), n_negatives=1)
    counts = np.bincount(drawn.ravel(), minlength=30)
    assert (counts[matrix[3]] == 0).all()
    expected = 20_000 / (~matrix[3]).sum()
    np.testing.assert_allclose(counts[~matrix[3]], expected, rtol=0.15)
