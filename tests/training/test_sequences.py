import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from genrec.data.ids import IdMap
from genrec.data.interactions import Interactions
from genrec.training.sequences import Stretches, grouped, padded


def interactions(lengths: list[int]) -> Interactions:
    n = sum(lengths)
    return Interactions(
        IdMap(f"user {each}" for each in range(len(lengths))),
        np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        np.arange(n, dtype=np.int32),
        np.arange(n, dtype=np.int64),
        np.zeros(n, np.int8),
        np.zeros(n, np.float32),
    )


histories = st.lists(st.integers(0, 12), min_size=1, max_size=8)


@given(histories, st.integers(1, 6))
def test_every_event_but_the_first_is_a_target_once_right_after_its_own_past(lengths, max_length):
    events = interactions(lengths)
    stretches = Stretches.of(events, max_length)
    assert (stretches.lengths >= 1).all()
    assert (stretches.lengths <= max_length).all()
    seen = []
    for row in range(len(stretches.starts)):
        inputs, valid, targets = (each.numpy() for each in stretches.padded(np.array([row])))
        # items are numbered by row, so what comes next is one more
        assert (inputs[valid] + 1 == targets).all()
        assert len(set(events.user_of[[*inputs[valid], *targets]])) == 1
        seen += targets.tolist()
    first = set(events.indptr[:-1].tolist())
    assert sorted(seen) == [row for row in range(len(events)) if row not in first]


def test_a_long_history_is_cut_from_its_end():
    stretches = Stretches.of(interactions([8]), 3)
    assert list(zip(stretches.starts, stretches.lengths, strict=True)) == [(4, 3), (1, 3), (0, 1)]


def test_padding_stands_right_and_is_no_target():
    stretches = Stretches.of(interactions([4, 2]), 10)
    inputs, valid, targets = stretches.padded(np.array([0, 1]))
    assert inputs.tolist() == [[0, 1, 2], [4, 0, 0]]
    assert valid.tolist() == [[True, True, True], [True, False, False]]
    assert targets.tolist() == [1, 2, 3, 5]


@given(st.lists(st.integers(1, 9), max_size=300), st.integers(1, 60), st.integers(0, 3))
def test_groups_hold_every_index_once_and_their_size(lengths, size, seed):
    array = np.array(lengths, np.int64)
    groups = grouped(array, np.random.default_rng(seed), size)
    assert sorted(int(each) for group in groups for each in group) == list(range(len(lengths)))
    assert all(0 < array[group].sum() < size + max(lengths) for group in groups)


def test_groups_are_of_like_length_and_in_another_order_each_epoch():
    lengths = np.random.default_rng(0).integers(1, 50, 4000)
    rng = np.random.default_rng(0)
    first, second = grouped(lengths, rng, 1000), grouped(lengths, rng, 1000)
    spread = np.mean([lengths[each].max() - lengths[each].min() for each in first])
    assert spread < 5  # the whole spans 49
    assert [each.tolist() for each in first] != [each.tolist() for each in second]


def test_histories_are_padded_right_and_an_empty_one_is_an_item():
    inputs, last = padded([np.array([6, 7], np.int32), np.array([], np.int32), np.array([3], np.int32)])
    assert inputs.tolist() == [[6, 7], [0, 0], [3, 0]]
    assert last.tolist() == [1, 0, 0]
