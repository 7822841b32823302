"""Search by sentence embeddings: exact inner product, an approximate graph above a million texts."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genrec.config import DenseSettings
from genrec.data.catalogue import Catalogue
from genrec.errors import ArtifactError
from genrec.retrieval.batch import check_k, for_each, kernel_mask, writable
from genrec.retrieval.embedding import Embedder, SentenceTransformerEmbedder
from genrec.retrieval.graph import Graph
from genrec.retrieval.text import field_texts, text_hashes, words
from genrec.types import ItemArray, Mask, Rankings, no_items

__all__ = ["Dense", "Embedder", "SentenceTransformerEmbedder"]

EXACT_UP_TO = 1_000_000
"""Distinct texts up to which every one is compared with the query."""
_ARRAYS, _SETTINGS, _GRAPH = "vectors.safetensors", "dense.json", "graph.usearch"
_QUERIES, _ROWS = 256, 4096  # of one matrix product: its result stays in the cache
_SPARE = 16  # rows kept beyond k, for a product's rounding may swap the last ones


@dataclass(frozen=True, eq=False)
class _Texts:
    """The distinct texts of the living items: `vectors` `[n_texts, dimension]`, by rising `hashes` uint64.

    `row_of` int32 `[n_items]` is the text of each item, -1 for a removed one and for one without text.
    """

    hashes: NDArray[np.uint64]
    vectors: NDArray[np.float32]
    row_of: ItemArray


class Dense:
    """Items by the inner product of their text's embedding and the query's.

    Every item with a text matches every query to some degree, so lists are full; a query without a word finds
    nothing. A text that several items share is embedded once and scored once.
    """

    def __init__(
        self, settings: DenseSettings, embedder: Embedder, *, texts: _Texts, graph: Graph | None
    ) -> None:
        """Made by `build`, `load` and `updated`, not by hand."""
        self.settings, self._embedder, self._texts, self._graph = settings, embedder, texts, graph

    @classmethod
    def build(cls, catalogue: Catalogue, settings: DenseSettings, *, embedder: Embedder) -> "Dense":
        """Embed a catalogue's living items.

        Raises:
            UsageError: the catalogue lacks a field that the settings name.
            ArtifactError: the embedder cannot be had, or usearch is needed and not installed.
        """
        none = _Texts(np.empty(0, np.uint64), np.empty((0, 0), np.float32), no_items())
        index = cls(settings, embedder, texts=none, graph=None).updated(catalogue)
        if len(index._texts.hashes):  # compile and cache the kernels here, where one expects to wait
            index._search_block(
                index._texts.vectors[:1], np.empty(0, np.bool_), found=Rankings.empty(1, 1), rows=[0]
            )
        return index

    def updated(self, catalogue: Catalogue) -> "Dense":
        """An index of a changed catalogue; only texts that are new to it are embedded."""
        texts = _embedded(self._texts, catalogue, self.settings, embedder=self._embedder)
        graph = None
        if len(texts.hashes) > EXACT_UP_TO:
            graph = (self._graph or Graph.empty(texts.vectors.shape[1])).updated(texts.hashes, texts.vectors)
        return Dense(self.settings, self._embedder, texts=texts, graph=graph)

    @property
    def n_items(self) -> int:
        """Number of items, removed ones included."""
        return len(self._texts.row_of)

    def search(self, queries: Sequence[str], *, k: int, candidates: Mask | None = None) -> Rankings:
        """The best k items of each query; see `Retriever.search`.

        Candidates are always searched exactly.

        Raises:
            ArtifactError: the embedder is not of the model that the index was built with.
        """
        check_k(k)
        mask = kernel_mask(candidates, n_items=self.n_items)
        distinct = list(dict.fromkeys(queries))
        found = Rankings.empty(len(distinct), k)
        worded = [row for row, query in enumerate(distinct) if words(query)]
        if worded and len(self._texts.hashes):
            vectors = self._encoded([distinct[row] for row in worded])
            for start in range(0, len(worded), _QUERIES):
                block = slice(start, start + _QUERIES)
                self._search_block(vectors[block], mask, found=found, rows=worded[block])
        return for_each(queries, distinct, found)

    def _encoded(self, queries: list[str]) -> NDArray[np.float32]:
        vectors = writable(self._embedder.encode(queries))
        _check_dimension(self._texts.vectors, vectors)
        return vectors

    def _search_block(
        self, queries: NDArray[np.float32], candidates: Mask, *, found: Rankings, rows: list[int]
    ) -> None:
        """Search a few queries `[n, dimension]` and write their lists into these rows of `found`."""
        from genrec.retrieval import kernels

        depth = min(found.items.shape[1] + _SPARE, len(self._texts.hashes))
        if self._graph is not None and not len(candidates):
            heaps, sizes = self._near(queries, depth)
        else:
            heaps, sizes = self._scanned(queries, depth, candidates)
        part = Rankings.empty(len(rows), found.items.shape[1])
        kernels.rank_exactly(
            queries, self._texts.vectors, heaps, sizes, *self._members, candidates, part.items, part.scores
        )
        found.items[rows], found.scores[rows] = part.items, part.scores

    def _scanned(
        self, queries: NDArray[np.float32], depth: int, candidates: Mask
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The best texts of each query by comparing all, as `kernels.keep_best` leaves them."""
        from genrec.retrieval import kernels

        vectors = self._texts.vectors
        allowed = np.empty(0, np.bool_)
        if len(candidates):
            allowed = np.zeros(len(vectors), np.bool_)
            allowed[self._texts.row_of[candidates & (self._texts.row_of >= 0)]] = True
        heaps = np.zeros((len(queries), depth), np.int64)
        sizes = np.zeros(len(queries), np.int64)
        for first in range(0, len(vectors), _ROWS):
            products = queries @ vectors[first : first + _ROWS].T
            kernels.keep_best(products, first, allowed, heaps, sizes)
        return heaps, sizes

    def _near(self, queries: NDArray[np.float32], depth: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The best texts of each query by the graph, in the form of `_scanned`."""
        assert self._graph is not None
        hashes, sizes = self._graph.near(queries, depth)
        rows = np.searchsorted(self._texts.hashes, hashes)
        return np.iinfo(np.int32).max - rows.astype(np.int64), sizes

    @cached_property
    def _members(self) -> tuple[NDArray[np.int64], ItemArray]:
        """The items of each text: `items[first[r]:first[r + 1]]`, by index."""
        items = np.flatnonzero(self._texts.row_of >= 0)
        rows = self._texts.row_of[items]
        first = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=len(self._texts.hashes)))])
        return first.astype(np.int64), items[np.argsort(rows, kind="stable")].astype(np.int32)

    def save(self, folder: Path) -> None:
        """Write the index into an existing folder; the embedder is not part of it."""
        from safetensors.numpy import save_file

        texts = self._texts
        arrays: dict[str, NDArray[Any]] = {
            "hashes": texts.hashes,
            "vectors": texts.vectors,
            "row_of": texts.row_of,
        }
        save_file(arrays, folder / _ARRAYS)
        (folder / _SETTINGS).write_text(self.settings.model_dump_json(indent=2), encoding="utf-8")
        if self._graph is not None:
            self._graph.save(folder / _GRAPH)

    @classmethod
    def load(cls, folder: Path, *, embedder: Embedder) -> "Dense":
        """Read what `save` wrote.

        Raises:
            ArtifactError: a file is missing, damaged, or does not fit the others.
        """
        from safetensors import SafetensorError
        from safetensors.numpy import load_file

        try:
            settings = DenseSettings.model_validate_json((folder / _SETTINGS).read_bytes())
            arrays = load_file(folder / _ARRAYS)
            texts = _Texts(**{name: writable(each) for name, each in arrays.items()})
            _check(texts)
        except (OSError, ValueError, TypeError, SafetensorError) as error:
            raise ArtifactError(
                "cannot read the dense index",
                where=str(folder),
                why=str(error),
                next_step="build it again with genrec index",
            ) from error
        graph = Graph.load(folder / _GRAPH) if (folder / _GRAPH).exists() else None
        return cls(settings, embedder, texts=texts, graph=graph)


def _embedded(old: _Texts, catalogue: Catalogue, settings: DenseSettings, *, embedder: Embedder) -> _Texts:
    """The texts of a catalogue, with the vectors of `old` where it has them."""
    fields = zip(*(field_texts(catalogue, name) for name in settings.fields), strict=True)
    texts = [" ".join(each for each in cells if each) for cells in fields]
    worded = np.fromiter((bool(text.strip()) for text in texts), np.bool_, len(texts))
    usable = np.flatnonzero(catalogue.alive & worded)
    of_items = text_hashes([texts[item]] for item in usable)
    hashes, first, row_of_usable = np.unique(of_items, return_index=True, return_inverse=True)
    row_of = np.full(len(texts), -1, np.int32)
    row_of[usable] = row_of_usable
    known = np.isin(hashes, old.hashes)
    fresh = embedder.encode([texts[usable[each]] for each in first[~known]]) if not known.all() else None
    vectors = np.empty((len(hashes), (old.vectors if fresh is None else fresh).shape[1]), np.float32)
    if known.any():
        _check_dimension(old.vectors, vectors)
        vectors[known] = old.vectors[np.searchsorted(old.hashes, hashes[known])]
    if fresh is not None:
        vectors[~known] = fresh
    return _Texts(hashes, vectors, row_of)


def _check_dimension(indexed: NDArray[np.float32], encoded: NDArray[np.float32]) -> None:
    if indexed.shape[1] != encoded.shape[1]:
        raise ArtifactError(
            "the embeddings of the index are of another model",
            why=f"they have {indexed.shape[1]} numbers each, the model gives {encoded.shape[1]}",
            next_step="build it again with genrec index",
        )


def _check(texts: _Texts) -> None:
    """Refuse arrays that the kernels could run out of."""
    n_texts = len(texts.hashes)
    if (
        texts.vectors.ndim != 2
        or len(texts.vectors) != n_texts
        or not ((texts.row_of >= -1) & (texts.row_of < n_texts)).all()
    ):
        raise ValueError("its arrays do not fit each other")
