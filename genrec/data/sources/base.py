"""The values a reader hands on: a table as its file has it, and the same table in genrec's own columns."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import polars as pl

Kind = Literal["items", "events", "users"]

REJECT_SCHEMA: dict[str, pl.DataType] = {"line": pl.Int64(), "reason": pl.String(), "content": pl.String()}
"""A row that was turned down: its 1-based line (or row) in the source, why, and what it held."""

CONTENT_LENGTH = 500
"""Characters of a rejected row that are kept."""


def rejects(rows: list[tuple[int, str, str]]) -> pl.DataFrame:
    """A reject frame of (line, reason, content) rows."""
    cut = [(line, reason, content[:CONTENT_LENGTH]) for line, reason, content in rows]
    return pl.DataFrame(cut, schema=REJECT_SCHEMA, orient="row")


@dataclass(frozen=True, eq=False)
class RawTable:
    """A file's rows under the file's own column names.

    `lines` aligns with `frame`; `columns` is what the format knows of its own columns (canonical to own);
    `typed` is False where every cell is text whose type is still to be found.
    """

    frame: pl.DataFrame
    lines: pl.Series
    format: str
    unreadable: pl.DataFrame = field(default_factory=lambda: rejects([]))
    columns: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    typed: bool = False


@dataclass(frozen=True, eq=False)
class SourceTable:
    """A file's rows in canonical columns, in order, with those that could not be read.

    Attributes:
        frame: `INTERACTION_SCHEMA` for events, and `position` where the source has the place in the user's
            history; `item_id`, `title` (or `user_id`) and attributes otherwise.
        lines: the 1-based line of each row in the source; a row number where there are no lines.
        columns: canonical name to the source's column taken for it.
        unreadable: `REJECT_SCHEMA`; together with `frame` these are all rows of the source.
    """

    frame: pl.DataFrame
    lines: pl.Series
    format: str
    columns: Mapping[str, str]
    where: str
    unreadable: pl.DataFrame
    notes: tuple[str, ...] = ()


def row_numbers(n: int) -> pl.Series:
    """1 to n, for sources without lines."""
    return pl.int_range(1, n + 1, eager=True, dtype=pl.Int64).alias("line")


def as_content(frame: pl.DataFrame) -> pl.Series:
    """Each row as JSON, cut to `CONTENT_LENGTH`, for a reject file."""
    if not frame.width or not len(frame):
        return pl.Series("content", [""] * len(frame), dtype=pl.String)
    row = pl.struct(pl.all()).struct.json_encode().str.slice(0, CONTENT_LENGTH)
    return frame.select(row.alias("content"))["content"]
