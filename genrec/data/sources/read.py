"""Read a source: find the file, tell its format by what is in it, and put it in genrec's columns."""

from pathlib import Path
from typing import Literal, get_args

import polars as pl

from genrec.config import SourceSettings
from genrec.data.sources.aliases import choose_columns, unsuitable
from genrec.data.sources.amazon import is_amazon, is_ratings, read_amazon, read_ratings
from genrec.data.sources.base import Kind, RawTable, SourceTable
from genrec.data.sources.canonical import canonical
from genrec.data.sources.delimited import header, read_table, refuse_doubled
from genrec.data.sources.gorse import is_gorse, read_gorse
from genrec.data.sources.hub import PREFIX, read_hub
from genrec.data.sources.lines import Lines, read_lines
from genrec.data.sources.metarank import is_metarank, read_metarank
from genrec.data.sources.movielens import is_csv, is_headerless, read_movielens
from genrec.data.sources.places import find_file
from genrec.data.sources.recbole import is_header, read_recbole
from genrec.data.sources.records import parse_record, read_records
from genrec.data.sources.typed import typed_table
from genrec.errors import DataError, UsageError

Format = Literal[
    "csv", "tsv", "parquet", "jsonl", "recbole", "movielens", "amazon", "gorse", "metarank", "hf"
]
FORMATS: tuple[Format, ...] = get_args(Format)

_SEPARATORS = (",", "\t", ";", "|")


def read_items(spec: SourceSettings, root: Path) -> SourceTable:
    """The catalogue: `item_id`, `title` and attributes.

    Args:
        spec: what to read; `format` and `columns` force what is otherwise detected.
        root: what a relative path is relative to.

    Raises:
        DataError: the source cannot be read, or its columns are not those of items.
        UsageError: a setting names a format, column or event type that there is not.
    """
    return _read(spec, root, "items")


def read_events(spec: SourceSettings, root: Path) -> SourceTable:
    """The interactions, in `INTERACTION_SCHEMA`; arguments and errors as `read_items`."""
    return _read(spec, root, "events")


def read_users(spec: SourceSettings, root: Path) -> SourceTable:
    """The users: `user_id` and attributes; arguments and errors as `read_items`."""
    return _read(spec, root, "users")


def _read(spec: SourceSettings, root: Path, kind: Kind) -> SourceTable:
    if spec.format not in ("auto", *FORMATS):
        raise UsageError(
            f"unknown format {spec.format!r}", where=spec.path, next_step=f"choose from {', '.join(FORMATS)}"
        )
    if spec.path.startswith(PREFIX) or spec.format == "hf":
        return canonical(read_hub(spec.path, root), kind, spec, where=spec.path)
    path = find_file(root / Path(spec.path).expanduser(), kind)
    where = str(path)
    if spec.format == "parquet" or (spec.format == "auto" and _is_parquet(path)):
        return canonical(_read_parquet(path), kind, spec, where=where)
    lines = read_lines(path, fallback="latin-1" if _is_grouplens(path) else None)
    if not len(lines):
        reason = lines.unreadable["reason"].value_counts(sort=True)["reason"][0]
        raise DataError(f"no line of {path.name} can be read", where=where, why=f"first reason: {reason}")
    format_ = detect(lines, kind, spec, where=where) if spec.format == "auto" else spec.format
    return canonical(_read_text(lines, format_, kind, path), kind, spec, where=where)


def detect(lines: Lines, kind: Kind, spec: SourceSettings, *, where: str) -> str:
    """The format of a text file, by its first line.

    Raises:
        DataError: no reader takes it; the message names the columns seen and needed.
    """
    first = str(lines.text[0]).strip()
    if first.startswith(("{", "[")):
        return _detect_records(lines)
    if is_header(first.split("\t")):
        return "recbole"
    if is_headerless(first, kind) or is_csv(first.split(",")):
        return "movielens"
    if kind == "events" and is_ratings(first.split(",")):
        return "amazon"
    separator = _separator(first)
    fields = header(lines, separator=separator)
    if len(fields) < 2 and kind != "users":
        raise unsuitable(kind, fields, where=where)
    refuse_doubled(fields, where=where)
    choose_columns(fields, kind, known={}, given=spec.columns, where=where)
    return "tsv" if separator == "\t" else "csv"


def _detect_records(lines: Lines) -> str:
    for text in lines.text.head(20):
        row = parse_record(text.strip().removeprefix("[").removesuffix(",").removesuffix("]"), literals=True)
        if isinstance(row, str):
            continue
        keys = set(row)
        if is_metarank(row):
            return "metarank"
        if is_gorse(keys):
            return "gorse"
        return "amazon" if is_amazon(keys) else "jsonl"
    return "jsonl"


def _read_text(lines: Lines, format_: str, kind: Kind, path: Path) -> RawTable:
    where = str(path)
    if format_ == "recbole":
        return read_recbole(lines, kind, where=where)
    if format_ == "movielens":
        return read_movielens(lines, kind, where=where)
    if format_ == "amazon" and is_ratings(str(lines.text[0]).split(",")):
        return read_ratings(lines, where=where)
    if format_ == "amazon":
        return read_amazon(lines, kind, path=path)
    if format_ == "gorse":
        return read_gorse(lines, kind, path=path)
    if format_ == "metarank":
        return read_metarank(lines, kind, path=path)
    if format_ == "jsonl":
        return read_records(lines, path=path).table("jsonl")
    separator = "\t" if format_ == "tsv" else _separator(str(lines.text[0]))
    names = header(lines, separator=separator)
    return read_table(lines.after_first(), names, separator=separator, format=format_, where=where)


def _separator(first: str) -> str:
    return max(_SEPARATORS, key=first.count)


def _is_grouplens(path: Path) -> bool:
    """Whether a file is of the MovieLens sets that are in Latin-1."""
    return path.name in ("u.item", "u.user", "movies.dat", "users.dat")


def _is_parquet(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(4) == b"PAR1"
    except OSError as error:
        raise _unreadable(path, error.strerror or str(error)) from error


def _read_parquet(path: Path) -> RawTable:
    try:
        frame = pl.read_parquet(path)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise _unreadable(path, str(error)) from error
    return typed_table(frame, "parquet")


def _unreadable(path: Path, why: str) -> DataError:
    return DataError(f"cannot read {path.name}", where=str(path), why=why, next_step="check the path")
