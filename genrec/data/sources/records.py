"""JSON: one record a line, or one array. A line that is no record is turned down with its number."""

import ast
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from genrec.data.sources.base import RawTable, rejects
from genrec.data.sources.lines import Lines
from genrec.errors import DataError

Record = dict[str, object]
_INT64 = range(-(2**63), 2**63)


@dataclass(frozen=True, eq=False)
class Records:
    """Parsed records with their lines, and the lines that are none."""

    rows: list[Record]
    lines: list[int]
    unreadable: pl.DataFrame

    def table(
        self,
        format: str,
        make: Callable[[Record], Record] = dict,
        *,
        columns: Mapping[str, str] | None = None,
        notes: tuple[str, ...] = (),
    ) -> RawTable:
        """A raw table of what `make` takes from each record."""
        frame = record_frame([make(row) for row in self.rows])
        lines = pl.Series("line", self.lines, dtype=pl.Int64)
        return RawTable(frame, lines, format, self.unreadable, columns or {}, notes, typed=True)

    def of(self, keep: Callable[[Record], bool]) -> "Records":
        """The records that `keep` accepts."""
        kept = [(row, line) for row, line in zip(self.rows, self.lines, strict=True) if keep(row)]
        return Records([row for row, _ in kept], [line for _, line in kept], self.unreadable)


def read_records(lines: Lines, *, path: Path, literals: bool = False) -> Records:
    """The records of a file.

    Args:
        lines: its lines.
        path: the file, for errors.
        literals: whether a line may be a Python literal, as Amazon's 2014 metadata has them.
    """
    if lines.text[0].lstrip().startswith("["):
        return _array(lines, path)
    rows: list[Record] = []
    numbers: list[int] = []
    bad: list[tuple[int, str, str]] = []
    for number, text in zip(lines.numbers.to_list(), lines.text.to_list(), strict=True):
        parsed = parse_record(text, literals=literals)
        if isinstance(parsed, str):
            bad.append((number, parsed, text))
        else:
            rows.append(parsed)
            numbers.append(number)
    return Records(rows, numbers, pl.concat([lines.unreadable, rejects(bad)]).sort("line"))


def parse_record(text: str, *, literals: bool = False) -> Record | str:
    """A record, or the reason why the text is none."""
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        parsed = _literal(text) if literals else None
        if parsed is None:
            return "not valid JSON"
    if not isinstance(parsed, dict):
        return "not a JSON object"
    return "half of a surrogate pair" if "\\ud" in text.lower() and _is_torn(parsed) else parsed


def _literal(text: str) -> object:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return None


def _is_torn(parsed: object) -> bool:
    try:
        json.dumps(parsed, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    return False


def _array(lines: Lines, path: Path) -> Records:
    text = "\n".join(lines.text.to_list())
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DataError(
            f"{path.name} is no valid JSON array",
            where=str(path),
            why=str(error),
            next_step="write one record a line, so that one bad record does not lose the others",
        ) from error
    good = [
        (row, at) for at, row in enumerate(parsed, start=1) if isinstance(row, dict) and not _is_torn(row)
    ]
    taken = {at for _, at in good}
    bad = [
        (at, "not a JSON object", json.dumps(row))
        for at, row in enumerate(parsed, start=1)
        if at not in taken
    ]
    unreadable = pl.concat([lines.unreadable, rejects(bad)])
    return Records([row for row, _ in good], [at for _, at in good], unreadable)


def record_frame(rows: list[Record]) -> pl.DataFrame:
    """Records as columns, one for every key that any of them has."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    return pl.DataFrame([_column(name, [row.get(name) for row in rows]) for name in names])


def _column(name: str, cells: list[object]) -> pl.Series:
    kinds = {type(cell) for cell in cells} - {type(None)}
    if kinds <= {str}:
        return pl.Series(name, cells, dtype=pl.String)
    if kinds == {bool}:
        return pl.Series(name, cells, dtype=pl.Boolean)
    if kinds == {int} and all(cell is None or cell in _INT64 for cell in cells):
        return pl.Series(name, cells, dtype=pl.Int64)
    if kinds <= {int, float}:
        return pl.Series(name, cells, dtype=pl.Float64, strict=False)
    if list in kinds:
        return pl.Series(name, [_words(cell) for cell in cells], dtype=pl.List(pl.String))
    return pl.Series(name, [None if cell is None else _word(cell) for cell in cells], dtype=pl.String)


def _words(cell: object) -> list[str] | None:
    if cell is None:
        return None
    return list(flattened(cell)) if isinstance(cell, list) else [_word(cell)]


def flattened(cell: object) -> Iterable[str]:
    """The words in nested lists, in order."""
    if isinstance(cell, list):
        for each in cell:
            yield from flattened(each)
    elif cell is not None:
        yield _word(cell)


def _word(cell: object) -> str:
    return cell if isinstance(cell, str) else json.dumps(cell, ensure_ascii=False)
