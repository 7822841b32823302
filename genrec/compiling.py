"""The one way in which inner loops are compiled."""

from collections.abc import Callable
from typing import TypeVar, cast

from numba import njit

Kernel = TypeVar("Kernel", bound=Callable[..., object])


def compiled(function: Kernel) -> Kernel:
    """Compile by numba, once a machine where its cache can be written, else in every process."""
    try:
        return cast(Kernel, njit(cache=True, nogil=True)(function))
    except RuntimeError:  # no folder for numba's cache can be written
        return cast(Kernel, njit(nogil=True)(function))
