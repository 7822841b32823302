"""Lines cut into fields by one separator. Every line ends in the frame or among the rejects."""

import csv
from collections.abc import Sequence
from itertools import islice

import polars as pl

from genrec.data.sources.base import RawTable, rejects
from genrec.data.sources.lines import Lines
from genrec.errors import DataError

_LONGEST_RECORD = 1000
"""Lines one quoted record may span; beyond, its quote counts as never closed."""

UNCLOSED = "a quote that is never closed, or is followed by more text"


def header(lines: Lines, *, separator: str) -> list[str]:
    """The fields of the first line, without spaces around them."""
    first = str(lines.text[0])
    fields = next(csv.reader([first], delimiter=separator)) if '"' in first else first.split(separator)
    return [field.strip() for field in fields]


def read_table(
    lines: Lines, names: Sequence[str], *, separator: str, format: str, where: str, quoted: bool = True
) -> RawTable:
    """A raw table of text columns.

    Args:
        lines: the rows, without a header.
        names: a name for each field; an unnamed column (pandas' index) is left out.
        separator: one or more characters.
        format: the name of the format, for the report.
        where: the file, for errors.
        quoted: whether fields may stand in double quotes, as RFC 4180 has them.

    Raises:
        DataError: two columns have one name.
    """
    refuse_doubled(names, where=where)
    has_quote = (
        lines.text.str.contains('"', literal=True) if quoted else pl.repeat(False, len(lines), eager=True)
    )
    records, taken, bad = _quoted_records(lines, has_quote, separator=separator, width=len(names))
    plain, short = _plain_records(lines, ~taken, separator=separator, width=len(names))
    frame = plain if not len(records) else pl.concat([plain, records]).sort("line")
    kept = {f"field_{at}": name for at, name in enumerate(names) if name}
    return RawTable(
        frame.select(pl.col(field).alias(name) for field, name in kept.items()),
        frame["line"],
        format,
        pl.concat([lines.unreadable, rejects(bad), short]).sort("line"),
    )


def refuse_doubled(names: Sequence[str], *, where: str) -> None:
    """Raise a `DataError` if two columns have one name."""
    doubled = sorted({name for name in names if name and list(names).count(name) > 1})
    if doubled:
        raise DataError(
            f"two columns have the name {doubled[0]!r}", where=where, next_step="rename or remove one of them"
        )


def _fields(width: int) -> list[str]:
    return [f"field_{at}" for at in range(width)]


def _plain_records(
    lines: Lines, kept: pl.Series, *, separator: str, width: int
) -> tuple[pl.DataFrame, pl.DataFrame]:
    frame = pl.DataFrame({"line": lines.numbers, "text": lines.text}).filter(kept)
    found = pl.col("text").str.count_matches(separator, literal=True) + 1
    fitting, other = frame.filter(found == width), frame.filter(found != width)
    cut = pl.col("text").str.split_exact(separator, width - 1).struct.rename_fields(_fields(width))
    reason = pl.format("{} fields instead of {}", found, pl.lit(width))
    return (
        fitting.select("line", cut.alias("cut")).unnest("cut"),
        other.select("line", reason.alias("reason"), pl.col("text").str.slice(0, 500).alias("content")),
    )


def _quoted_records(
    lines: Lines, has_quote: pl.Series, *, separator: str, width: int
) -> tuple[pl.DataFrame, pl.Series, list[tuple[int, str, str]]]:
    """Records that begin on a line with a quote; also which lines they took, and those that are faulty."""
    taken, rows = [False] * len(lines), []
    bad: list[tuple[int, str, str]] = []
    texts = lines.text.to_list() if has_quote.any() else []
    numbers = lines.numbers
    for start in has_quote.arg_true():
        if taken[start]:
            continue
        reader = csv.reader(
            (text + "\n" for text in islice(texts, start, start + _LONGEST_RECORD)),
            delimiter=separator,
            strict=True,
        )
        try:
            fields, span = next(reader), reader.line_num
        except csv.Error:
            fields, span = None, 1
        taken[start : start + span] = [True] * span
        if fields is None:
            bad.append((numbers[start], UNCLOSED, texts[start]))
        elif len(fields) != width:
            bad.append((numbers[start], f"{len(fields)} fields instead of {width}", texts[start]))
        else:
            rows.append((numbers[start], *fields))
    schema = {"line": pl.Int64(), **{name: pl.String() for name in _fields(width)}}
    return (
        pl.DataFrame(rows, schema=schema, orient="row"),
        pl.Series("taken", taken, dtype=pl.Boolean),
        bad,
    )
