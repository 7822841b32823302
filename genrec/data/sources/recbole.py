"""RecBole's atomic files: tab-separated, with a type in every column's name."""

from collections.abc import Sequence

import polars as pl

from genrec.data.sources.aliases import ALIASES, normal
from genrec.data.sources.base import Kind, RawTable
from genrec.data.sources.delimited import header, read_table
from genrec.data.sources.lines import Lines
from genrec.errors import DataError

TYPES = ("token", "token_seq", "float", "float_seq")
_RENAMED = {"class": "genres", "release_year": "year"}


def is_header(fields: Sequence[str]) -> bool:
    """Whether these fields are RecBole's, each with its type."""
    return all(":" in field and field.rsplit(":", 1)[1] in TYPES for field in fields)


def read_recbole(lines: Lines, kind: Kind, *, where: str) -> RawTable:
    """A `.inter`, `.item` or `.user` file. A title is one text, although its type is a sequence."""
    fields = header(lines, separator="\t")
    if not is_header(fields):
        raise DataError(
            "not a RecBole atomic file",
            where=where,
            why=f"its header must name a type for every column (name:token); it is {fields}",
            next_step="leave out --format to have it detected",
        )
    names = [field.rsplit(":", 1)[0] for field in fields]
    raw = read_table(lines.after_first(), names, separator="\t", format="recbole", where=where, quoted=False)
    sequences = {
        name
        for name, field in zip(names, fields, strict=True)
        if field.endswith("_seq") and not _is_text(name, kind)
    }
    frame = raw.frame.with_columns(
        pl.col(name).str.split(" ").list.eval(pl.element().filter(pl.element() != "")) for name in sequences
    )
    renamed = {old: new for old, new in _RENAMED.items() if old in names and new not in names}
    frame, notes = _with_whole_years(frame.rename(renamed))
    return RawTable(frame, raw.lines, raw.format, raw.unreadable, notes=notes)


def _with_whole_years(frame: pl.DataFrame) -> tuple[pl.DataFrame, tuple[str, ...]]:
    if "year" not in frame.columns:
        return frame, ()
    year = frame["year"].str.strip_chars()
    whole = year.cast(pl.Int64, strict=False)
    lost = year.filter(whole.is_null() & (year != "")).unique().sort().head(3).to_list()
    notes = (f"years that are no number are left out: {', '.join(map(repr, lost))}",) if lost else ()
    return frame.with_columns(whole), notes


def _is_text(name: str, kind: Kind) -> bool:
    names = ALIASES[kind].get("title", ()) + ALIASES[kind].get("text", ())
    return any(normal(name) in group for group in names) or name == "description"
