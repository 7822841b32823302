"""The trie against sets and dicts of the same titles."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genrec.errors import DataError, UsageError
from genrec.generation.trie import ROOT, TitleTrie

END = 2
TITLES = st.lists(st.lists(st.sampled_from([0, 1, 3, 70_000]), max_size=5), max_size=30)


def walked(trie):
    """All titles that can be reached with the items at their ends, one node at a time from the root."""
    found, waiting = {}, [(ROOT, ())]
    while waiting:
        node, title = waiting.pop()
        if title[-1:] == (END,):
            assert trie.path(node) == list(title)
            found[title[:-1]] = trie.items_at(node)
            continue
        offsets, tokens, children = trie.allowed(np.array([node], np.int32))
        assert offsets.tolist() == [0, len(tokens)]
        assert (np.diff(tokens) > 0).all()
        waiting += [(child, (*title, token)) for token, child in zip(tokens.tolist(), children, strict=True)]
    return found


def grouped(titles, removed=()):
    groups = {}
    for item, title in enumerate(titles):
        if item not in removed:
            groups[tuple(title)] = (*groups.get(tuple(title), ()), item)
    return groups


@settings(deadline=None)
@given(TITLES)
def test_what_can_be_reached_are_the_titles_with_their_items(titles):
    assert walked(TitleTrie.build(titles, end=END)) == grouped(titles)


@settings(deadline=None)
@given(TITLES, st.data())
def test_no_walk_enters_what_leads_to_removed_items_alone(titles, data):
    trie = TitleTrie.build(titles, end=END)
    removed = data.draw(st.sets(st.sampled_from(range(len(titles)))) if titles else st.just(set()))
    mask = np.isin(np.arange(len(titles)), list(removed))
    less = trie.without(mask)
    assert walked(less) == grouped(titles, removed)
    assert less.n_living == len(titles) - len(removed)
    assert walked(trie) == grouped(titles)
    more = data.draw(st.sets(st.sampled_from(range(len(titles)))) if titles else st.just(set()))
    twice = less.without(np.isin(np.arange(len(titles)), list(more)))
    assert walked(twice) == grouped(titles, removed | more)


@settings(deadline=None)
@given(TITLES)
def test_nodes_are_the_different_beginnings(titles):
    beginnings = {(*title, END)[:length] for title in titles for length in range(1, len(title) + 2)}
    trie = TitleTrie.build(titles, end=END)
    assert trie.n_nodes == len(beginnings) + 1
    assert trie.depth == max((len(title) + 1 for title in titles), default=0)
    assert [trie.path(node) for node in range(1, trie.n_nodes)] == [
        list(each) for each in sorted(beginnings, key=lambda each: (len(each), each))
    ]


def test_many_nodes_at_once_by_hand():
    # Level by level: root 0; 5 is 1, 7 is 2; "5 end" 3, "5 6" 4, "7 6" 5; "5 6 end" 6, "7 6 end" 7.
    trie = TitleTrie.build([[5, 6], [5], [7, 6], [5, 6]], end=END)
    offsets, tokens, children = trie.allowed(np.array([1, 0, 3, 1], np.int32))
    assert offsets.tolist() == [0, 2, 4, 4, 6]
    assert tokens.tolist() == [END, 6, 5, 7, END, 6]
    assert children.tolist() == [3, 4, 1, 2, 3, 4]
    assert trie.items_at(6) == (0, 3)
    assert (trie.depth, trie.vocabulary, trie.n_items, trie.n_nodes) == (3, 8, 4, 8)


def test_sorting_holds_for_titles_that_share_long_beginnings():
    rng = np.random.default_rng(0)
    titles = [[1] * rng.integers(0, 400) + rng.integers(3, 6, 2).tolist() for _ in range(300)]
    assert walked(TitleTrie.build(titles, end=END)) == grouped(titles)


@pytest.mark.parametrize("title", [[5, END, 6], [-1]])
def test_a_title_with_a_token_it_cannot_have_is_named(title):
    with pytest.raises(DataError, match="item 1"):
        TitleTrie.build([[5], title], end=END)


def test_an_end_below_zero_is_refused():
    with pytest.raises(DataError, match="-1"):
        TitleTrie.build([[5]], end=-1)


def test_a_mask_of_another_length_is_refused():
    with pytest.raises(UsageError, match="3 items, for a trie of 1"):
        TitleTrie.build([[5]], end=END).without(np.zeros(3, np.bool_))


def test_the_arrays_cannot_be_written():
    trie = TitleTrie.build([[5]], end=END)
    with pytest.raises(ValueError, match="read-only"):
        trie.token[0] = 9
