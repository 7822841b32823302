"""What every search does around its own work."""

from collections.abc import Sequence
from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from genrec.errors import UsageError
from genrec.types import Mask, Rankings

AnyArray = TypeVar("AnyArray", bound=NDArray[Any])


def check_k(k: int) -> None:
    """Refuse a k below 1.

    Raises:
        UsageError: it is so.
    """
    if k < 1:
        raise UsageError(f"k is {k}", why="a list has at least one place", next_step="ask for k of 1 or more")


def kernel_mask(candidates: Mask | None, *, n_items: int) -> Mask:
    """The candidates as the kernels take them: an empty array where all may be found.

    Raises:
        UsageError: they are of another catalogue.
    """
    if candidates is None:
        return np.empty(0, np.bool_)
    if candidates.shape != (n_items,):
        raise UsageError(
            f"candidates have the shape {candidates.shape}, the index has {n_items} items",
            next_step="bring the index up to date with the catalogue first",
        )
    return writable(candidates)


def for_each(queries: Sequence[str], distinct: Sequence[str], found: Rankings) -> Rankings:
    """Results of the distinct queries, handed out to all: a row for each of `queries`."""
    if len(distinct) == len(queries):
        return found
    place = {query: row for row, query in enumerate(distinct)}
    rows = [place[query] for query in queries]
    return Rankings(found.items[rows], found.scores[rows])


def writable(each: AnyArray) -> AnyArray:
    """The array as the kernels are compiled for it: numba compiles them anew for a read-only one."""
    return cast(AnyArray, np.require(each, requirements=("C", "W")))
