"""Compiled heaps of the best scored items. Importing this module imports numba.

A key holds a score above the complement of its item, so that keys order by score, then by lower item.
"""

import numpy as np
from numpy.typing import NDArray

from genrec.compiling import compiled

Longs = NDArray[np.int64]

ITEM_BITS = np.int64(0x7FFFFFFF)


@compiled
def sift_down(heap: Longs, place: int, size: int) -> None:
    """Move a key of a min-heap down to its place."""
    key = heap[place]
    while True:
        child = 2 * place + 1
        if child >= size:
            break
        if child + 1 < size and heap[child + 1] < heap[child]:
            child += 1
        if heap[child] >= key:
            break
        heap[place] = heap[child]
        place = child
    heap[place] = key


@compiled
def push(heap: Longs, size: int, key: np.int64) -> int:
    """Offer a key to a min-heap of the largest; return its size. It is in heap order only once it is full."""
    if size < len(heap):
        heap[size] = key
        size += 1
        if size == len(heap):
            for place in range(size // 2 - 1, -1, -1):
                sift_down(heap, place, size)
    elif key > heap[0]:
        heap[0] = key
        sift_down(heap, 0, size)
    return size


@compiled
def sort_falling(heap: Longs, size: int) -> None:
    """Sort the first `size` keys, largest first."""
    for place in range(size // 2 - 1, -1, -1):
        sift_down(heap, place, size)
    for last in range(size - 1, 0, -1):
        heap[0], heap[last] = heap[last], heap[0]
        sift_down(heap, 0, last)


@compiled
def ordered(bits: np.int32) -> np.int64:
    """The bits of any float as an integer of the same order; of that, the bits."""
    return np.int64(bits) if bits >= 0 else np.int64(bits ^ np.int32(0x7FFFFFFF))


@compiled
def best_of_row(
    scores: NDArray[np.float32], heap: Longs, items: NDArray[np.int32], best: NDArray[np.float32]
) -> None:
    """Write the best of `scores` `[n_items]` into `items` and `best` `[k]`; -inf never enters."""
    bits = scores.view(np.int32)
    size, worst = 0, np.float32(-np.inf)
    for item in range(len(scores)):
        if scores[item] <= worst:
            continue
        own = bits[item] if scores[item] != 0 else np.int32(0)  # -0 stands beside 0
        size = push(heap, size, (ordered(own) << 32) | (ITEM_BITS - item))
        if size == len(heap):
            worst = scores[ITEM_BITS - (heap[0] & ITEM_BITS)]
    sort_falling(heap, size)
    for place in range(size):
        items[place] = ITEM_BITS - (heap[place] & ITEM_BITS)
        best[place] = scores[items[place]]


@compiled
def best_of_rows(scores: NDArray[np.float32], items: NDArray[np.int32], best: NDArray[np.float32]) -> None:
    """`best_of_row` for `scores` `[n, n_items]`, into `items` and `best` `[n, k]`."""
    heap = np.empty(items.shape[1], np.int64)
    for row in range(len(scores)):
        best_of_row(scores[row], heap, items[row], best[row])
