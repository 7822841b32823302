import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genrec.retrieval.fusion import Fused, Merge, fuse, k_over_m, softmax, weighted, without
from genrec.types import NO_ITEM, Rankings

MERGES: tuple[Merge, ...] = ("k-over-m", "weighted")
N_ITEMS = 30


def rankings_of(*rows: list[int], depth: int = 6) -> Rankings:
    found = Rankings.empty(len(rows), depth)
    for row, items in enumerate(rows):
        found.items[row, : len(items)] = items
        found.scores[row, : len(items)] = 10.0 - np.arange(len(items))
    return found


def top(orders: list[list[int]], *, depth: int, allowed: set[int] | None = None) -> Rankings:
    """What m searches find: each order of the whole catalogue, cut to depth, of the allowed items only."""
    rows = [[item for item in order if allowed is None or item in allowed][:depth] for order in orders]
    return rankings_of(*rows, depth=depth)


orders = st.lists(
    st.lists(st.integers(0, N_ITEMS - 1), unique=True, max_size=N_ITEMS), min_size=0, max_size=6
)
exclusions = st.lists(st.integers(0, N_ITEMS - 1), unique=True, max_size=12)


def test_k_over_m_by_hand() -> None:
    found = k_over_m(rankings_of([1, 2, 3, 4], [2, 1, 5], [2, 6, 7]), k=6)
    assert found.items.tolist() == [1, 2, 5, 6, 7, 3]
    assert found.filled == ("query", "query", "query", "query", "query", "next-best")
    assert found.query_ids == ((0, 1), (0, 1, 2), (1,), (2,), (2,), (0,))
    assert found.scores.tolist() == pytest.approx([1, 1 / 2, 1 / 3, 1 / 4, 1 / 5, 1 / 6])


def test_k_over_m_gives_the_first_queries_what_is_left_over() -> None:
    found = k_over_m(rankings_of([1, 2, 3], [4, 5, 6], [7, 8, 9]), k=5)
    assert found.items.tolist() == [1, 2, 4, 5, 7]


def test_k_over_m_goes_round_when_queries_run_dry() -> None:
    found = k_over_m(rankings_of([1], [2, 3, 4, 5], [6, 7, 8, 9]), k=9)
    assert found.items.tolist() == [1, 2, 3, 4, 6, 7, 8, 5, 9]


def test_k_over_m_for_a_shorter_list_goes_on_where_that_one_ended() -> None:
    lists = rankings_of([1, 2, 3], [4, 5, 6])
    assert k_over_m(lists, k=6, shared=2).items.tolist() == [1, 4, 2, 5, 3, 6]
    assert k_over_m(lists, k=6).items.tolist() == [1, 2, 3, 4, 5, 6]
    assert k_over_m(lists, k=2, shared=6).items.tolist() == [1, 4]


def test_weighted_by_hand() -> None:
    logs = [math.log(0.75), math.log(0.25)]
    found = weighted(rankings_of([1, 2], [2, 3]), logs, k=3)
    assert found.items.tolist() == [2, 1, 3]
    assert found.scores.tolist() == pytest.approx([0.75 / 62 + 0.25 / 61, 0.75 / 61, 0.25 / 62])
    assert found.query_ids == ((0, 1), (0,), (1,))


def test_weighted_breaks_ties_by_item_index() -> None:
    assert weighted(rankings_of([9], [4], [7]), [-1.0, -1.0, -1.0], k=2).items.tolist() == [4, 7]


def test_softmax_ignores_the_scale_and_bears_infinities() -> None:
    assert softmax([-1000.0, -1000.0]).tolist() == [0.5, 0.5]
    assert softmax([-math.inf, 0.0]).tolist() == [0.0, 1.0]
    assert softmax([-math.inf, -math.inf]).tolist() == [0.5, 0.5]
    assert softmax([]).tolist() == []


@pytest.mark.parametrize("merge", MERGES)
def test_no_queries_give_no_items(merge: Merge) -> None:
    assert len(fuse(Rankings.empty(0, 5), [], merge=merge, k=3, depth=5)) == 0
    assert len(fuse(Rankings.empty(2, 5), [-1.0, -2.0], merge=merge, k=3, depth=5)) == 0


def test_without_closes_up_and_cuts() -> None:
    kept = without(rankings_of([1, 2, 3, 4], [2, 5]), np.array([2, 9], np.int32), depth=2)
    assert kept.items.tolist() == [[1, 3], [5, NO_ITEM]]
    assert kept.scores.tolist() == [[10.0, 8.0], [9.0, -np.inf]]


def merged(orders: list[list[int]], merge: Merge, *, k: int, depth: int, excluded: list[int]) -> Fused:
    logs = [-float(row) for row in range(len(orders))]
    found = top(orders, depth=depth + len(excluded))
    return fuse(found, logs, merge=merge, k=k, depth=depth, exclude=np.array(excluded, np.int32))


@settings(deadline=None)
@given(orders, exclusions, st.sampled_from(MERGES), st.integers(1, 40), st.integers(1, 12))
def test_excluding_after_the_search_equals_masking_before_it(
    lists: list[list[int]], excluded: list[int], merge: Merge, k: int, depth: int
) -> None:
    after = merged(lists, merge, k=k, depth=depth, excluded=excluded)
    masked = [[item for item in order if item not in excluded] for order in lists]
    before = merged(masked, merge, k=k, depth=depth, excluded=[])
    assert after.items.tolist() == before.items.tolist()
    assert after.scores.tobytes() == before.scores.tobytes()
    assert (after.query_ids, after.filled) == (before.query_ids, before.filled)


@settings(deadline=None)
@given(orders, exclusions, st.sampled_from(MERGES), st.integers(1, 40), st.integers(1, 12))
def test_what_every_merge_holds_to(
    lists: list[list[int]], excluded: list[int], merge: Merge, k: int, depth: int
) -> None:
    found = merged(lists, merge, k=k, depth=depth, excluded=excluded)
    items = found.items.tolist()
    reach = [[item for item in order if item not in excluded][:depth] for order in lists]
    assert len(set(items)) == len(items)
    assert not set(items) & set(excluded)
    assert len(items) == min(k, len({item for order in reach for item in order}))
    assert found.query_ids == tuple(tuple(q for q, r in enumerate(reach) if item in r) for item in items)
    assert items == found.items[np.lexsort((found.items, -found.scores))].tolist()
    assert found.items.dtype == np.int32
    assert found.scores.dtype == np.float32


@settings(deadline=None)
@given(orders, st.integers(1, 40))
def test_every_query_has_its_share(lists: list[list[int]], k: int) -> None:
    """By its own share a query gives its next new items, in its order, and less only where it ran dry."""
    found = merged(lists, "k-over-m", k=k, depth=N_ITEMS, excluded=[])
    own = [item for item, source in zip(found.items.tolist(), found.filled, strict=True) if source == "query"]
    taken: list[int] = []
    for row, order in enumerate(lists):
        share = k // len(lists) + (row < k % len(lists))
        taken += [item for item in order if item not in taken][:share]
    assert own == taken


@settings(deadline=None)
@given(orders, st.permutations(range(6)), st.integers(1, 40))
def test_weighted_does_not_depend_on_the_order_of_the_queries(
    lists: list[list[int]], permutation: list[int], k: int
) -> None:
    order = [row for row in permutation if row < len(lists)]
    logs = [-float(row) for row in range(len(lists))]
    found = weighted(top(lists, depth=10), logs, k=N_ITEMS)
    turned = weighted(top([lists[row] for row in order], depth=10), [logs[row] for row in order], k=N_ITEMS)
    assert dict(zip(found.items.tolist(), found.scores.tolist(), strict=True)) == pytest.approx(
        dict(zip(turned.items.tolist(), turned.scores.tolist(), strict=True))
    )
    assert found.items[:k].tolist() == weighted(top(lists, depth=10), logs, k=k).items.tolist()


@settings(deadline=None)
@given(orders, st.permutations(range(N_ITEMS)))
def test_k_over_m_knows_items_by_nothing_but_their_places(lists: list[list[int]], renamed: list[int]) -> None:
    found = k_over_m(top(lists, depth=10), k=10)
    turned = k_over_m(top([[renamed[item] for item in order] for order in lists], depth=10), k=10)
    assert turned.items.tolist() == [renamed[item] for item in found.items.tolist()]
    assert turned.query_ids == found.query_ids
