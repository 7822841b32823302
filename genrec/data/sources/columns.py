"""A source's cells as ids, words, numbers and lists. A cell that cannot be one is named, never guessed."""

import json
import re

import polars as pl

LISTS = ("genres", "categories", "tags", "labels", "class", "actors", "keywords", "also_buy", "also_view")
"""Columns whose text is cut at commas where it has no bars."""

_SINGULAR_LISTS = ("genre", "category", "tag", "label")
_NO_VALUES = ("(no genres listed)", "unknown", "")

EVENT_SYNONYMS: dict[str, tuple[str, ...]] = {
    "view": ("pv", "pageview", "productview", "impressiondetail", "detail", "read", "visit", "play", "watch"),
    "click": ("clicks", "clickout", "open"),
    "cart": ("addtocart", "cartadd", "basket", "addtobasket"),
    "wishlist": ("addtowishlist", "favourite", "favorite", "fav", "save", "bookmark"),
    "purchase": ("buy", "order", "transaction", "bought", "checkout", "sale", "conversion"),
    "rating": ("rate", "review", "stars"),
    "like": ("star", "likes", "thumbsup", "upvote", "love"),
    "dislike": ("thumbsdown", "downvote"),
    "hide": ("notinterested", "dismiss", "skip"),
    "search": ("query", "searchquery"),
}
EVENT_NAMES = {each: name for name, synonyms in EVENT_SYNONYMS.items() for each in (name, *synonyms)}


def as_id(column: pl.Series) -> pl.Series:
    """Ids as text without spaces around them; an empty one is null; 7.0 is "7"."""
    if column.dtype.is_float():
        whole = column.is_finite() & (column == column.floor())
        exact = column.set(~whole.fill_null(False), None).cast(pl.Int64, strict=False).cast(pl.String)
        column = exact if bool(whole.drop_nulls().all()) else column.fill_nan(None).cast(pl.String)
    return as_text(column)


def as_text(column: pl.Series) -> pl.Series:
    """Words without spaces around them; nothing is null."""
    text = _as_string(column).str.strip_chars()
    return text.set(text == "", None)


def as_event(column: pl.Series) -> pl.Series:
    """Event types under genrec's names; one that genrec does not know stays as it is."""
    given = as_text(column)
    bare = given.str.to_lowercase().str.replace_all(r"[^a-z0-9]", "")
    return bare.replace_strict(EVENT_NAMES, default=given, return_dtype=pl.String)


def as_value(column: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Numbers, and which cells hold something that is no finite number."""
    text = None if column.dtype.is_numeric() else as_text(column)
    number = (column if text is None else text).cast(pl.Float64, strict=False)
    given = (column if text is None else text).is_not_null()
    bad = given & ~number.is_finite().fill_null(False)
    return number.set(bad, None), bad


def as_attribute(column: pl.Series, *, typed: bool) -> pl.Series:
    """An attribute as String, Int64, Float64, Boolean or List(String), by its name and what it holds."""
    kind = column.dtype
    if isinstance(kind, pl.List):
        return _clean_lists(column.cast(pl.List(pl.String), strict=False))
    if kind == pl.Boolean or kind.is_integer():
        return column if kind == pl.Boolean else column.cast(pl.Int64)
    if kind.is_float() or kind.is_decimal():
        return column.cast(pl.Float64).fill_nan(None)
    text = as_text(column)
    if _is_list(text):
        return _as_list(text)
    return text if typed else _inferred(text)


def _as_string(column: pl.Series) -> pl.Series:
    if isinstance(column.dtype, pl.Struct):
        return column.struct.json_encode().set(column.is_null(), None)
    if isinstance(column.dtype, pl.List):
        return column.cast(pl.List(pl.String), strict=False).list.join(" ")
    return column.cast(pl.String)


def _inferred(text: pl.Series) -> pl.Series:
    """Text that is numbers or truth values throughout becomes them; a leading zero means a code."""
    given = text.drop_nulls()
    if not len(given):
        return text
    if given.str.contains(r"^-?(0|[1-9]\d{0,17})$").all():
        return text.cast(pl.Int64)
    if given.str.contains(r"^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d{1,2})?$").all():
        return text.cast(pl.Float64)
    if given.str.to_lowercase().is_in(["true", "false"]).all():
        return (text.str.to_lowercase() == "true").alias(text.name)
    return text


def _is_list(text: pl.Series) -> bool:
    name = re.sub(r"[^a-z]+", "_", text.name.lower())
    if name in LISTS:
        return True
    looks = text.str.starts_with("[") & text.str.ends_with("]")
    if name in _SINGULAR_LISTS:
        return bool((looks | text.str.contains("|", literal=True)).any())
    return bool(looks.all()) and len(text.drop_nulls()) > 0


def _as_list(text: pl.Series) -> pl.Series:
    separator = "|" if text.str.contains("|", literal=True).any() else ","
    arrays = text.str.starts_with("[") & text.str.ends_with("]")
    if arrays.any():
        values = [_array(cell, separator) for cell in text.to_list()]
        return _clean_lists(pl.Series(text.name, values, dtype=pl.List(pl.String)))
    return _clean_lists(text.str.split(separator))


def _array(cell: str | None, separator: str) -> list[str] | None:
    """A JSON array, or Python's way to print a list, or a list of words."""
    if cell is None:
        return None
    if cell.startswith("[") and cell.endswith("]"):
        try:
            return [str(each) for each in json.loads(cell) if each is not None]
        except (ValueError, RecursionError):
            cell = re.sub(r"""^\s*['"]|['"]\s*$""", "", cell[1:-1])
            return re.split(r"""['"]\s*,\s*['"]""", cell) if re.search("""['"],""", cell) else cell.split(",")
    return cell.split(separator)


def _clean_lists(column: pl.Series) -> pl.Series:
    """Values without spaces around them, empty ones dropped, each once, in order."""
    value = pl.element().str.strip_chars()
    kept = pl.element().filter(~pl.element().is_in(_NO_VALUES) & pl.element().is_not_null())
    return column.list.eval(value).list.eval(kept).list.unique(maintain_order=True)
