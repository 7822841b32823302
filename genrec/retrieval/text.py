"""Catalogue fields as plain text, and text as the words that BM25 counts."""

import hashlib
import unicodedata
from collections.abc import Iterable, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from genrec.data.catalogue import Catalogue
from genrec.errors import UsageError

_ACCENTS = range(0x0300, 0x0370)
_UNSPACED = (range(0x3040, 0x3100), range(0x3400, 0x4DC0), range(0x4E00, 0xA000))  # kana, Han


class _Fold(dict[int, str]):
    """A table for `str.translate` that works out each character once, when it first meets it."""

    def __missing__(self, code: int) -> str:
        self[code] = folded = _fold(code)
        return folded


def _fold(code: int) -> str:
    character = chr(code).lower()
    if code in _ACCENTS:
        return ""
    if unicodedata.category(character[0])[0] not in "LNM":
        return " "
    if any(code in block for block in _UNSPACED):
        return f" {character} "
    bare = "".join(each for each in unicodedata.normalize("NFD", character) if ord(each) not in _ACCENTS)
    return unicodedata.normalize("NFC", bare)


_FOLD = _Fold()


def words(text: str) -> list[str]:
    """The words of a text: NFKC, casefolded, without accents; letters and digits of any script.

    Everything else separates words. Han and kana characters stand alone, for their scripts put no spaces.
    There are no stop words: BM25's idf weighs them down already, and titles may be made of them alone ("It").
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).casefold()
    return text.translate(_FOLD).split()


def field_texts(catalogue: Catalogue, name: str) -> list[str]:
    """One field of every item as text, by item index: lists joined by spaces, nulls empty.

    Raises:
        UsageError: the catalogue has no such field; the message names those it has.
    """
    if name != "title" and name not in catalogue.attributes:
        raise UsageError(
            f"the catalogue has no field {name!r} to search in",
            why=f"its fields are {', '.join(['title', *catalogue.attributes])}",
            next_step="name one of them under `fields` in the retriever's settings",
        )
    return _as_text(catalogue.frame[name]).fill_null("").to_list()


def text_hashes(texts: Iterable[Sequence[str]]) -> NDArray[np.uint64]:
    """Eight bytes of BLAKE2b of each item's field texts."""
    hashed = (hashlib.blake2b("\0".join(each).encode(), digest_size=8).digest() for each in texts)
    return np.frombuffer(b"".join(hashed), np.uint64)


def _as_text(column: pl.Series) -> pl.Series:
    if isinstance(column.dtype, pl.List):
        return column.cast(pl.List(pl.String)).list.join(" ")
    if column.dtype.is_float():  # 1999.0 is searched for as 1999
        whole = column.cast(pl.Int64, strict=False)
        return whole.cast(pl.String).zip_with((whole == column).fill_null(False), column.cast(pl.String))
    return column.cast(pl.String)
