"""Sparse weights between items: what the models that count pairs share. Importing this imports numba."""

# ruff: noqa: PLR0917 (a compiled function takes flat arrays, and takes them by position)

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from genrec.compiling import compiled
from genrec.types import ScoreArray


def product(left: csr_array, right: csr_array) -> ScoreArray:
    """The matrix product of two sparse float32 matrices as a dense one."""
    out = np.zeros((left.shape[0], right.shape[1]), np.float32)
    _add_rows(*parts(left), *parts(right), out)
    return out


def strongest(weights: csr_array, *, k: int) -> csr_array:
    """The k largest weights of each row; of equal ones those of the lower columns."""
    indptr, columns, values = parts(weights)
    rows = np.repeat(np.arange(weights.shape[0]), np.diff(indptr))
    order = np.lexsort((columns, -values, rows))
    place = np.arange(len(order)) - indptr[rows]  # rows stay in order, so a row starts where it did
    kept = order[place < k]
    return csr_array((values[kept], (rows[kept], columns[kept])), shape=weights.shape)


def to_arrays(matrix: csr_array) -> Mapping[str, NDArray[Any]]:
    """A sparse matrix as it is saved."""
    return dict(zip(("indptr", "columns", "values"), parts(matrix), strict=True))


def from_arrays(arrays: Mapping[str, NDArray[Any]], *, n_columns: int) -> csr_array:
    """The sparse matrix from what `to_arrays` gave."""
    shape = (len(arrays["indptr"]) - 1, n_columns)
    return csr_array((arrays["values"], arrays["columns"], arrays["indptr"]), shape=shape)


def parts(matrix: csr_array) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32]]:
    """Index pointers, columns and values, in the one set of types that kernels are compiled for."""
    return (
        np.require(matrix.indptr, np.int64, ["C", "W"]),
        np.require(matrix.indices, np.int32, ["C", "W"]),
        np.require(matrix.data, np.float32, ["C", "W"]),
    )


@compiled
def _add_rows(
    left_starts: NDArray[np.int64],
    left_columns: NDArray[np.int32],
    left_values: NDArray[np.float32],
    right_starts: NDArray[np.int64],
    right_columns: NDArray[np.int32],
    right_values: NDArray[np.float32],
    out: NDArray[np.float32],
) -> None:
    """Add left times right to `out` `[left rows, right columns]`."""
    for row in range(len(left_starts) - 1):
        target = out[row]
        for place in range(left_starts[row], left_starts[row + 1]):
            column, weight = left_columns[place], left_values[place]
            for entry in range(right_starts[column], right_starts[column + 1]):
                target[right_columns[entry]] += weight * right_values[entry]
