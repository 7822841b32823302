"""Text files as numbered lines: compressed or not, with the lines that are no text told apart."""

import gzip
import zlib
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from genrec.data.sources.base import rejects
from genrec.errors import DataError

GZIP_MAGIC = b"\x1f\x8b"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, eq=False)
class Lines:
    """Lines that are not blank, with their 1-based numbers, and those that hold no text."""

    text: pl.Series
    numbers: pl.Series
    unreadable: pl.DataFrame

    def __len__(self) -> int:
        return len(self.text)

    def after_first(self) -> "Lines":
        """Without the first line: a header."""
        return Lines(self.text[1:], self.numbers[1:], self.unreadable)


def read_bytes(path: Path) -> bytes:
    """A file's content, decompressed.

    Raises:
        DataError: the file is missing, empty, damaged or UTF-16.
    """
    try:
        data = path.read_bytes()
        data = gzip.decompress(data) if data.startswith(GZIP_MAGIC) else data
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(f"{path.name} is damaged", where=str(path), why=str(error)) from error
    except OSError as error:
        why = error.strerror or str(error)
        raise DataError(
            f"cannot read {path.name}", where=str(path), why=why, next_step="check the path"
        ) from error
    if not data.strip():
        raise DataError(f"{path.name} is empty", where=str(path), next_step="give a file that has rows")
    if data.startswith(_UTF16_MARKS):
        raise DataError(f"{path.name} is UTF-16", where=str(path), next_step="save it as UTF-8")
    return data


def read_lines(path: Path, *, fallback: str | None = None) -> Lines:
    """The lines of a UTF-8 file.

    Args:
        path: the file; gzip is recognised by its content.
        fallback: the encoding of a file that is not UTF-8 as a whole; without one its bad lines are rejected.
    """
    data = read_bytes(path).removeprefix(b"\xef\xbb\xbf")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        if fallback is None:
            return _sorted_out(data)
        text = data.decode(fallback)
    return _sorted_out(data) if "\0" in text else _numbered(text.split("\n"))


def _numbered(texts: list[str]) -> Lines:
    return _without_blanks(
        pl.Series("text", texts, dtype=pl.String), pl.int_range(1, len(texts) + 1, eager=True, dtype=pl.Int64)
    )


def _sorted_out(data: bytes) -> Lines:
    good: list[tuple[int, str]] = []
    bad: list[tuple[int, str, str]] = []
    for number, line in enumerate(data.split(b"\n"), start=1):
        reason = _fault(line)
        if reason:
            bad.append((number, reason, line.decode("utf-8", errors="replace").replace("\0", "\\0")))
        else:
            good.append((number, line.decode("utf-8")))
    numbers = pl.Series("line", [number for number, _ in good], dtype=pl.Int64)
    lines = _without_blanks(pl.Series("text", [text for _, text in good], dtype=pl.String), numbers)
    return Lines(lines.text, lines.numbers, rejects(bad))


def _fault(line: bytes) -> str | None:
    if b"\0" in line:
        return "NUL byte"
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return "not UTF-8"
    return None


def _without_blanks(text: pl.Series, numbers: pl.Series) -> Lines:
    text = text.str.strip_chars_end("\r")
    kept = text.str.strip_chars(" ") != ""
    return Lines(text.filter(kept), numbers.alias("line").filter(kept), rejects([]))
