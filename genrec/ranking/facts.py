"""What is known of items beside the sources: how often and when they were chosen, and what they are."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array

from genrec.data.catalogue import Catalogue
from genrec.data.dataset import Dataset, popularity
from genrec.data.interactions import NO_TIME
from genrec.types import ScoreArray

MOST_VALUES = 0.5
"""A column with more distinct values than this share of the items says nothing that items have in common."""


@dataclass(frozen=True, eq=False)
class Log:
    """What features need of the history events that a ranker's sources were fitted on.

    `counts` float32 `[n_items]`; `times` int64, of every event that has one, by item and then by time, those
    of item i from `indptr[i]` on; `successions` float32 `[from, to]`, how often one came right after another.
    """

    counts: ScoreArray
    indptr: NDArray[np.int64]
    times: NDArray[np.int64]
    successions: csr_array

    @staticmethod
    def of(dataset: Dataset) -> "Log":
        """Of a dataset's history events."""
        events, n_items = dataset.positives, len(dataset.catalogue)
        order = np.lexsort((events.times, events.items))
        order = order[events.times[order] != NO_TIME]
        same = events.user_of[1:] == events.user_of[:-1]
        ones = np.ones(int(same.sum()), np.float32)
        return Log(
            popularity(events, n_items),
            np.searchsorted(events.items[order], np.arange(n_items + 1)),
            events.times[order],
            csr_array((ones, (events.items[:-1][same], events.items[1:][same])), shape=(n_items, n_items)),
        )

    def before(self, items: NDArray[np.int32], times: NDArray[np.int64]) -> NDArray[np.int64]:
        """Where in `times` each item's events from a moment on begin: those before it are of the past."""
        first = int(self.times[0]) if len(self.times) else 0
        first = int(self.times.min(initial=first))
        span = (
            int(self.times.max(initial=first)) - first + 2
        )  # one more than the latest, for what comes later
        owner = np.repeat(np.arange(len(self.counts)), np.diff(self.indptr))
        keys = owner * span + (self.times - first)
        return np.searchsorted(keys, items * np.int64(span) + np.clip(times - first, 0, span - 1))

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """As it is saved."""
        then = self.successions
        return {
            "counts": self.counts,
            "indptr": self.indptr,
            "times": self.times,
            "succession_indptr": then.indptr,
            "succession_items": then.indices,
            "succession_counts": then.data,
        }

    @staticmethod
    def from_arrays(arrays: Mapping[str, NDArray[Any]], *, n_items: int) -> "Log":
        """What `to_arrays` gave, for a catalogue that may have grown to `n_items` since."""
        counts, indptr, starts = arrays["counts"], arrays["indptr"], arrays["succession_indptr"]
        more = n_items - len(counts)
        then = arrays["succession_counts"], arrays["succession_items"], np.pad(starts, (0, more), mode="edge")
        return Log(
            np.pad(counts, (0, more)),
            np.pad(indptr, (0, more), mode="edge"),
            arrays["times"],
            csr_array(then, shape=(n_items, n_items)),
        )


@dataclass(frozen=True, eq=False)
class Traits:
    """What items have in common, from the catalogue as it is, so that a new item has it too.

    `words` float32 `[n_items, n_words]` of a field, rows of length 1; `numbers` float32 `[n_items]` of one,
    centred and in standard deviations, NaN where an item has none.
    """

    words: Mapping[str, csr_array]
    numbers: Mapping[str, ScoreArray]

    @staticmethod
    def of(catalogue: Catalogue) -> "Traits":
        """The words of titles, the values of attributes, and the numbers."""
        frame = catalogue.frame
        titles = frame["title"].str.to_lowercase().str.extract_all(r"[\p{L}\p{N}]+")
        words, numbers = {"title": _words(titles)}, {}
        for field in catalogue.attributes:
            column = frame[field]
            if column.dtype.is_numeric():
                if (scaled := _scaled(column)) is not None:
                    numbers[field] = scaled
            elif (values := _values(column)) is not None:
                words[field] = _words(values)
        return Traits(words, numbers)


def _values(column: pl.Series) -> pl.Series | None:
    """A field's values as lists; None where they are no choice from a few."""
    lists = (
        column if isinstance(column.dtype, pl.List) else column.cast(pl.String).reshape((-1, 1)).arr.to_list()
    )
    distinct = lists.explode().drop_nulls().n_unique()
    return lists if 1 < distinct <= MOST_VALUES * len(column) else None


def _words(lists: pl.Series) -> csr_array:
    """Rows of inverse document frequencies, of length 1; rare words weigh most."""
    table = pl.DataFrame({"row": pl.arange(len(lists), eager=True), "word": lists}).explode("word").unique()
    table = table.drop_nulls().sort("row", "word")
    codes = table["word"].rank("dense").cast(pl.Int64).to_numpy() - 1
    counts = np.bincount(codes)
    weights = np.log(1 + len(lists) / counts)[codes].astype(np.float32)
    matrix = csr_array((weights, (table["row"].to_numpy(), codes)), shape=(len(lists), max(1, len(counts))))
    lengths = np.sqrt(matrix.power(2).sum(axis=1))
    return csr_array(diags_array(1 / np.maximum(lengths, 1e-9)) @ matrix, dtype=np.float32)


def _scaled(column: pl.Series) -> ScoreArray | None:
    """Centred and in standard deviations; None where all are alike or missing."""
    values = column.cast(pl.Float64).fill_null(np.nan).to_numpy()
    known = values[np.isfinite(values)]
    if len(known) < 2 or known.std() == 0:
        return None
    return np.where(np.isfinite(values), (values - known.mean()) / known.std(), np.nan).astype(np.float32)
