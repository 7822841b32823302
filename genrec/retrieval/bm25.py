"""Okapi BM25 over weighted fields, exact, with items that come and go."""

from array import array
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genrec.config import BM25Settings, parse_settings
from genrec.data.catalogue import Catalogue
from genrec.errors import ArtifactError
from genrec.retrieval.batch import check_k, for_each, kernel_mask, writable
from genrec.retrieval.text import field_texts, text_hashes, words
from genrec.types import Mask, Rankings

_VOCABULARY, _ARRAYS, _SETTINGS = "vocabulary.txt", "terms.safetensors", "bm25.json"


@dataclass(frozen=True, eq=False)
class _Terms:
    """The words of every item as numbers: `terms[starts[c]:starts[c + 1]]` are those of cell c.

    Cell `item * n_fields + field` is one field of one item. `hashes` uint64 `[n_items]` tell whether the text
    of an item has changed; a vocabulary only grows.
    """

    vocabulary: dict[str, int]
    starts: NDArray[np.int64]
    terms: NDArray[np.int32]
    hashes: NDArray[np.uint64]


@dataclass(frozen=True, eq=False)
class _Postings:
    """The inverted index of the living items, as `kernels` describes it."""

    indptr: NDArray[np.int64]
    items: NDArray[np.int32]
    frequencies: NDArray[np.float32]
    lengths: NDArray[np.float64]
    """Field-weighted length of each item, `[n_items]`; 0 of a removed one."""


class BM25:
    """Simple BM25F (Robertson & Zaragoza, "The Probabilistic Relevance Framework", 2009, section 3.6).

    An item d scores, for a query of terms t (repeated ones count again),

        sum over t of  log(1 + (N - df + 0.5) / (df + 0.5)) * tf / (tf + k1 * (1 - b + b * dl / avdl))

    where tf and dl are the term's frequency and the length of d, each summed over fields by their weights
    before saturation; N, df and avdl count living items only. The idf is Lucene's, never negative; the
    constant factor k1 + 1 is left out, as it is there.
    """

    def __init__(self, settings: BM25Settings, alive: Mask, *, terms: _Terms, postings: _Postings) -> None:
        """Made by `build`, `load`, `updated` and `tuned`, not by hand."""
        self.settings, self.alive = settings, alive
        self._terms, self._postings = terms, postings

    @classmethod
    def build(cls, catalogue: Catalogue, settings: BM25Settings) -> "BM25":
        """Index a catalogue's living items.

        Raises:
            UsageError: the catalogue lacks a field that the settings weigh.
        """
        none = _Terms({}, np.zeros(1, np.int64), np.empty(0, np.int32), np.empty(0, np.uint64))
        index = cls._of(_changed(none, catalogue, settings), settings, writable(catalogue.alive))
        index.search(["a"], k=1)  # compiles and caches the kernels here, where one expects to wait
        return index

    @classmethod
    def _of(cls, terms: _Terms, settings: BM25Settings, alive: Mask) -> "BM25":
        return cls(settings, alive, terms=terms, postings=_invert(terms, settings, alive))

    def updated(self, catalogue: Catalogue) -> "BM25":
        """An index of a changed catalogue, equal to a fresh one; only changed texts are read again."""
        terms = _changed(self._terms, catalogue, self.settings)
        return self._of(terms, self.settings, writable(catalogue.alive))

    def tuned(self, *, k1: float, b: float) -> "BM25":
        """The same index with other parameters; nothing is read or inverted again."""
        settings = parse_settings(
            BM25Settings, self.settings.model_dump() | {"k1": k1, "b": b}, where="BM25.tuned"
        )
        return BM25(settings, self.alive, terms=self._terms, postings=self._postings)

    @property
    def n_items(self) -> int:
        """Number of items, removed ones included."""
        return len(self.alive)

    def search(self, queries: Sequence[str], *, k: int, candidates: Mask | None = None) -> Rankings:
        """The best k items of each query with a score above 0; see `Retriever.search`."""
        from genrec.retrieval import kernels

        check_k(k)
        mask = kernel_mask(candidates, n_items=self.n_items)
        distinct = list(dict.fromkeys(queries))
        found = Rankings.empty(len(distinct), k)
        impacts, highest = self._impacts
        starts, terms, counts = self._query_terms(distinct)
        kernels.search(
            self._postings.indptr,
            self._postings.items,
            impacts,
            highest,
            starts,
            terms,
            counts,
            mask,
            self.n_items,
            found.items,
            found.scores,
        )
        return for_each(queries, distinct, found)

    @cached_property
    def _impacts(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """What each posting adds to a score, and the most that any posting of each term does."""
        from genrec.retrieval import kernels

        postings, k1, b = self._postings, self.settings.k1, self.settings.b
        n_alive, df = int(self.alive.sum()), np.diff(postings.indptr)
        idf = np.log1p((n_alive - df + 0.5) / (df + 0.5))
        average = postings.lengths.sum() / max(n_alive, 1) or 1.0  # 1 where no item has a word
        saturation = k1 * (1 - b + b * postings.lengths / average)
        return kernels.weigh(postings.indptr, postings.items, postings.frequencies, saturation, idf)

    def _query_terms(
        self, queries: Iterable[str]
    ) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32]]:
        """Starts `[n_queries + 1]`, known terms, and how often each stands in its query."""
        known = self._terms.vocabulary.get
        starts, terms, counts = [0], array("i"), array("f")
        for query in queries:
            own: dict[int, int] = {}
            for word in words(query):
                term = known(word)
                if term is not None:
                    own[term] = own.get(term, 0) + 1
            terms.extend(own)
            counts.extend(own.values())
            starts.append(len(terms))
        return np.array(starts, np.int64), np.array(terms, np.int32), np.array(counts, np.float32)

    def save(self, folder: Path) -> None:
        """Write the index into an existing folder; postings are made again from it when it is read."""
        from safetensors.numpy import save_file

        kept = self._terms
        arrays: dict[str, NDArray[Any]] = {
            "starts": kept.starts,
            "terms": kept.terms,
            "hashes": kept.hashes,
            "alive": self.alive,
        }
        save_file(arrays, folder / _ARRAYS)
        (folder / _VOCABULARY).write_text("\n".join(kept.vocabulary), encoding="utf-8")
        (folder / _SETTINGS).write_text(self.settings.model_dump_json(indent=2), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> "BM25":
        """Read what `save` wrote.

        Raises:
            ArtifactError: a file is missing, damaged, or does not fit the others.
        """
        from safetensors import SafetensorError
        from safetensors.numpy import load_file

        try:
            settings = BM25Settings.model_validate_json((folder / _SETTINGS).read_bytes())
            vocabulary = (folder / _VOCABULARY).read_text(encoding="utf-8").split()
            arrays = {name: writable(each) for name, each in load_file(folder / _ARRAYS).items()}
            alive = arrays.pop("alive")
            terms = _Terms({word: term for term, word in enumerate(vocabulary)}, **arrays)
        except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
            raise _damaged(folder, str(error)) from error
        _check(terms, alive, len(settings.fields), folder=folder)
        return cls._of(terms, settings, alive)


def _changed(old: _Terms, catalogue: Catalogue, settings: BM25Settings) -> _Terms:
    """The terms of a catalogue, taken from `old` where an item's text is as it was."""
    texts = list(zip(*(field_texts(catalogue, name) for name in settings.fields), strict=True))
    hashes, n_old = text_hashes(texts), len(old.hashes)
    fresh = np.ones(len(texts), np.bool_)
    fresh[:n_old] = hashes[:n_old] != old.hashes[: len(texts)]
    vocabulary: defaultdict[str, int] = defaultdict(None, old.vocabulary)
    vocabulary.default_factory = vocabulary.__len__
    pool, ends = array("i", old.terms.tobytes()), array("q")
    for item in np.flatnonzero(fresh).tolist():
        for text in texts[item]:
            pool.extend(map(vocabulary.__getitem__, words(text)))
            ends.append(len(pool))
    cells = np.repeat(fresh, len(settings.fields))
    starts, stops = np.empty(len(cells), np.int64), np.empty(len(cells), np.int64)
    stops[cells] = ends
    starts[cells] = np.concatenate([[len(old.terms)], stops[cells]])[:-1]
    kept = np.flatnonzero(~cells)
    starts[kept], stops[kept] = old.starts[kept], old.starts[kept + 1]
    return _Terms(dict(vocabulary), *_gathered(np.frombuffer(pool, np.int32), starts, stops), hashes)


def _gathered(
    pool: NDArray[np.int32], starts: NDArray[np.int64], stops: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """The pieces `pool[start:stop]` one after another: their bounds, and their elements."""
    lengths = stops - starts
    bounds = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    return bounds, pool[np.repeat(starts - bounds[:-1], lengths) + np.arange(bounds[-1])]


def _invert(terms: _Terms, settings: BM25Settings, alive: Mask) -> _Postings:
    from genrec.retrieval import kernels

    weights = np.array(list(settings.fields.values()), np.float32)
    counts = kernels.count_items(terms.starts, terms.terms, len(weights), alive, len(terms.vocabulary))
    indptr = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    items, frequencies = kernels.invert(terms.starts, terms.terms, weights, alive, indptr)
    lengths = np.diff(terms.starts).reshape(len(alive), len(weights)) @ weights.astype(np.float64)
    return _Postings(indptr, items, frequencies, np.where(alive, lengths, 0.0))


def _check(terms: _Terms, alive: Mask, n_fields: int, *, folder: Path) -> None:
    """Refuse arrays that the kernels could run out of."""
    fits = (
        len(terms.hashes) == len(alive)
        and len(terms.starts) == len(alive) * n_fields + 1
        and terms.starts[0] == 0
        and terms.starts[-1] == len(terms.terms)
        and bool((np.diff(terms.starts) >= 0).all())
        and bool(((terms.terms >= 0) & (terms.terms < len(terms.vocabulary))).all())
    )
    if not fits:
        raise _damaged(folder, "its files do not fit each other")


def _damaged(folder: Path, why: str) -> ArtifactError:
    return ArtifactError(
        "cannot read the BM25 index", where=str(folder), why=why, next_step="build it again with genrec index"
    )
