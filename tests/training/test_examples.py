"""Rows to learn from, their targets checked token by token."""

import numpy as np
import pytest

from genrec.training.examples import Examples, row_of_prompt, rows_of_titles

TITLES = {item: np.array([10 * item + at for at in range(1, 1 + 1 + item % 3)] + [0]) for item in range(9)}


def lines(ids):
    """The items of a row, read back from its ids."""
    return [int(each) // 10 for each in ids if each % 10 == 1]


def test_every_title_but_the_first_is_a_target_and_its_end_too():
    (row,) = rows_of_titles([1, 2, 3], TITLES.__getitem__, max_tokens=100)
    ids, is_target = row
    assert ids.tolist() == [11, 12, 0, 21, 22, 23, 0, 31, 0]
    assert is_target.tolist() == [False] * 3 + [True] * 6


@pytest.mark.parametrize("max_tokens", [8, 9, 13, 30])
def test_a_long_history_is_cut_at_titles_and_no_target_is_lost_or_doubled(max_tokens):
    history = [0, 4, 2, 2, 7, 1, 5, 8, 3, 6]
    rows = list(rows_of_titles(history, TITLES.__getitem__, max_tokens=max_tokens))
    assert all(len(ids) <= max_tokens for ids, _ in rows)
    targets = [lines(ids[is_target]) for ids, is_target in reversed(rows)]
    assert [each for row in targets for each in row] == history[1:]
    for (before, _), (after, _) in zip(rows[1:], rows, strict=False):
        assert lines(before)[-1] == lines(after)[0]  # the next row begins with the last title of this one


def test_a_title_that_is_too_long_is_cut_and_still_ends_its_line():
    long = np.array([*range(100, 150), 0])
    (row, *_) = rows_of_titles([1, 2], {1: TITLES[1], 2: long}.__getitem__, max_tokens=20)
    assert row[0][-10:].tolist() == [*range(100, 109), 0]


def test_nothing_is_learnt_at_a_prompt():
    ids, is_target = row_of_prompt([5, 6, 7], [8, 9])
    assert ids.tolist() == [5, 6, 7, 8, 9]
    assert is_target.tolist() == [False, False, False, True, True]


def test_a_pass_has_each_row_once_padded_on_the_right():
    rows = [row_of_prompt(range(1, 2 + n), [n + 50]) for n in range(40)]
    examples = Examples.of(rows)
    seen = []
    for ids, is_target in examples.batches(np.random.default_rng(0), 60):
        assert ids.shape == is_target.shape
        for row, targets in zip(ids.tolist(), is_target.tolist(), strict=True):
            last = targets.index(True)
            assert sum(targets) == 1
            assert not any(row[last + 1 :])
            seen.append(row[last] - 50)
    assert sorted(seen) == list(range(40))


def test_no_batch_is_much_larger_than_asked_where_the_longest_rows_meet_the_shortest():
    rng = np.random.default_rng(0)
    examples = Examples.of([row_of_prompt(range(n), [1]) for n in rng.integers(5, 100, 5000)])
    sizes = [ids.numel() for ids, _ in examples.batches(rng, 1000)]
    assert max(sizes) <= 1500
    assert examples.lengths.sum() > 0.95 * sum(sizes)
