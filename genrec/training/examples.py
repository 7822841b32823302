"""Histories as text to learn from: token ids, and which of them are targets.

Two forms. A row of titles is a whole history, one title a line, in which every title but the first is a
target: a causal model predicts each from all before it in one pass, as SASRec does. A row of a prompt is the
prompt of GPT4Rec (Li et al. 2023, arXiv 2304.03879), or another, with one target.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from genrec.training.loop import Batch
from genrec.training.sequences import grouped
from genrec.types import Mask

Ids = NDArray[np.int32]
Row = tuple[Ids, Mask]
"""Ids and which of them are targets, `[length]` each."""


@dataclass(frozen=True, eq=False)
class Examples:
    """Rows of token ids: row i is `ids[indptr[i]:indptr[i + 1]]`, and the model learns where `is_target`."""

    ids: Ids
    is_target: Mask
    indptr: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.indptr) - 1

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Tokens of each row."""
        return np.diff(self.indptr)

    @staticmethod
    def of(rows: Sequence[Row]) -> "Examples":
        """Rows of ids and which of them are targets, both `[length]`."""
        lengths = [len(ids) for ids, _ in rows]
        return Examples(
            np.concatenate([np.empty(0, np.int32), *(ids for ids, _ in rows)]),
            np.concatenate([np.empty(0, np.bool_), *(targets for _, targets in rows)]),
            np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        )

    def write(self, path: Path) -> None:
        """Write the rows as one Arrow file, which `datasets.Dataset.from_file` opens too.

        Its columns are `ids` and `is_target`, a list a row, in one record batch; `is_target` as int8, since
        Arrow packs bool into bits, which cannot be mapped.
        """
        import pyarrow as pa
        from datasets import Features
        from datasets.arrow_writer import ArrowWriter

        columns = {"ids": self.ids, "is_target": self.is_target.view(np.int8)}
        lists = {name: pa.LargeListArray.from_arrays(self.indptr, each) for name, each in columns.items()}
        table = pa.table(lists)
        features = Features.from_arrow_schema(table.schema)
        with ArrowWriter(features=features, path=str(path)) as writer:
            writer.write_table(table, len(table))
            writer.finalize()

    @staticmethod
    def read(path: Path) -> "Examples":
        """The rows that `write` wrote, mapped into memory and not copied."""
        from datasets import Dataset

        table = Dataset.from_file(str(path)).data
        ids, is_target = (table.column(name).chunk(0) for name in ("ids", "is_target"))
        return Examples(
            ids.values.to_numpy(zero_copy_only=True),
            is_target.values.to_numpy(zero_copy_only=True).view(np.bool_),
            ids.offsets.to_numpy(zero_copy_only=True),
        )

    def row(self, row: int) -> Row:
        """Ids and targets of one row, `[length]` each."""
        part = slice(self.indptr[row], self.indptr[row + 1])
        return self.ids[part], self.is_target[part]

    def batches(self, rng: np.random.Generator, tokens: int) -> Iterator[Batch]:
        """All rows once in random order, those of like length together, about `tokens` at a time.

        Each batch is ids int64 `[n, length]`, padded on the right with 0, and bool `[n, length]`, True at
        targets. A causal model never sees padding that stands on the right, so it needs no mask.
        """
        for rows in grouped(self.lengths, rng, tokens):
            yield from (self.padded(each) for each in self._alike(rows, tokens))

    def _alike(self, rows: NDArray[np.int64], tokens: int) -> list[NDArray[np.int64]]:
        """The rows, cut where they differ most in length until none exceeds `tokens` by half when padded."""
        lengths = self.lengths[rows]
        if len(rows) == 1 or 2 * len(rows) * lengths.max() <= 3 * tokens:
            return [rows]
        parts = np.split(rows, [np.argmax(np.abs(np.diff(lengths))) + 1])
        return [each for part in parts for each in self._alike(part, tokens)]

    def padded(self, rows: NDArray[np.int64]) -> Batch:
        """Ids int64 and targets bool `[n, length]` of some rows, padded on the right with 0 and False."""
        lengths = self.lengths[rows, None]
        places = np.arange(lengths.max())
        inside = places < lengths
        at = self.indptr[rows][:, None] + np.minimum(places, lengths - 1)
        return (
            torch.from_numpy(np.where(inside, self.ids[at], 0).astype(np.int64)),
            torch.from_numpy(self.is_target[at] & inside),
        )


def rows_of_titles(history: Sequence[int], titles: Callable[[int], Ids], *, max_tokens: int) -> Iterator[Row]:
    """A history as rows of at most `max_tokens`, cut from its newest end.

    Every title but the history's first is a target in exactly one row. A row begins with the last title of
    the row before it, as context; a title that is too long for a row of its own is cut at its end.

    Args:
        history: item indices, oldest first.
        titles: the ids of an item's title with the end of its line.
        max_tokens: of a row.
    """
    parts = [_shortened(titles(item), max_tokens // 2) for item in history]
    end = len(parts)
    while end > 1:
        start, room = end - 1, max_tokens - len(parts[end - 1])
        while start > 0 and len(parts[start - 1]) <= room:
            start -= 1
            room -= len(parts[start])
        row = parts[start:end]
        is_target = np.repeat(np.arange(len(row)) > 0, [len(each) for each in row])
        yield np.concatenate(row), is_target
        end = start + 1


def _shortened(ids: Ids, length: int) -> Ids:
    """At most so many ids; the last one, which ends the line, stays."""
    return ids if len(ids) <= length else np.concatenate([ids[: length - 1], ids[-1:]])


def row_of_prompt(prompt: Sequence[int], target: Sequence[int]) -> Row:
    """A prompt, at which nothing is learnt, and the target after it."""
    ids = np.array([*prompt, *target], np.int32)
    return ids, np.arange(len(ids)) >= len(prompt)
