"""An approximate nearest-neighbour graph (HNSW, Malkov & Yashunin 2018), made by usearch."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genrec.errors import ArtifactError


@dataclass(frozen=True, eq=False)
class Graph:
    """Vectors by 64-bit key."""

    index: Any

    @classmethod
    def empty(cls, dimension: int) -> "Graph":
        """A graph of no vectors.

        Raises:
            ArtifactError: usearch is not installed.
        """
        return cls(_usearch().Index(ndim=dimension, metric="ip", dtype="f32"))

    def updated(self, keys: NDArray[np.uint64], vectors: NDArray[np.float32]) -> "Graph":
        """A graph of exactly these keys; vectors of keys it has already are not read."""
        index = self.index.copy()
        held = np.asarray(index.keys, np.uint64) if len(index) else np.empty(0, np.uint64)
        gone, new = np.setdiff1d(held, keys), ~np.isin(keys, held)
        if len(gone):
            index.remove(gone)
        if new.any():
            index.add(keys[new], vectors[new])
        return Graph(index)

    def near(self, queries: NDArray[np.float32], count: int) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
        """Keys of about the `count` nearest vectors of each query, and how many were found."""
        keys = np.zeros((len(queries), count), np.uint64)
        sizes = np.zeros(len(queries), np.int64)
        for row, query in enumerate(queries):
            found = self.index.search(query, count).keys
            keys[row, : len(found)], sizes[row] = found, len(found)
        return keys, sizes

    def save(self, path: Path) -> None:
        """Write the graph."""
        self.index.save(str(path))

    @classmethod
    def load(cls, path: Path) -> "Graph":
        """Read what `save` wrote.

        Raises:
            ArtifactError: usearch is not installed, or the file is damaged.
        """
        usearch = _usearch()
        try:
            index = usearch.Index.restore(str(path))
            if index is None:
                raise ValueError("it is no graph of usearch")
        except (RuntimeError, ValueError) as error:
            raise ArtifactError(
                "cannot read the graph",
                where=str(path),
                why=str(error),
                next_step="build it again with genrec index",
            ) from error
        return cls(index)


def _usearch() -> Any:
    try:
        from usearch import index
    except ImportError as error:
        raise ArtifactError(
            "a catalogue of more than a million texts needs usearch",
            why=str(error),
            next_step="pip install 'genrec[large]'",
        ) from error
    return index
