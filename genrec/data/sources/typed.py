"""Columns of typed sources (Parquet, data sets) in the few types that the rest of the readers handle."""

import polars as pl

from genrec.data.sources.base import RawTable, row_numbers


def typed_table(frame: pl.DataFrame, format: str) -> RawTable:
    """A raw table of a frame that has types of its own; nested bytes (pictures, sound) are left out."""
    dropped = [name for name, kind in frame.schema.items() if kind.is_nested() and "Binary" in repr(kind)]
    notes = (f"columns of bytes are left out: {', '.join(dropped)}",) if dropped else ()
    plain = frame.drop(dropped).with_columns(_plain(column) for column in frame.drop(dropped))
    return RawTable(plain, row_numbers(len(frame)), format, notes=notes, typed=True)


def _plain(column: pl.Series) -> pl.Series:
    kind = column.dtype
    if kind == pl.Binary:
        return _decoded(column)
    if kind == pl.Duration:
        return column.cast(pl.Int64)
    if isinstance(kind, pl.Array):
        return column.arr.to_list()
    if isinstance(kind, pl.Categorical | pl.Enum):
        return column.cast(pl.String)
    if kind.is_unsigned_integer() or kind == pl.Int128:
        whole = column.cast(pl.Int64, strict=False)
        return whole if whole.null_count() == column.null_count() else column.cast(pl.String)
    return column


def _decoded(column: pl.Series) -> pl.Series:
    try:
        return column.cast(pl.String)
    except pl.exceptions.ComputeError:
        return column.bin.encode("hex")
