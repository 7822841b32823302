"""Amazon reviews and metadata as McAuley's group publishes them: 2014, 2018 and 2023."""

import re
from collections.abc import Sequence
from pathlib import Path

from genrec.data.sources.aliases import unsuitable
from genrec.data.sources.base import Kind, RawTable
from genrec.data.sources.delimited import read_table
from genrec.data.sources.lines import Lines
from genrec.data.sources.records import Record, flattened, read_records

_EVENT_COLUMNS = {
    "reviewerID": "user_id",
    "user_id": "user_id",
    "overall": "rating",
    "rating": "rating",
    "unixReviewTime": "timestamp",
    "timestamp": "timestamp",
    "reviewText": "text",
    "text": "text",
}
_REVIEWER = {"reviewerID", "user_id"}
_PRODUCT = re.compile(r"(B[0-9A-Z]{9}|\d{9}[0-9X])")
_PRICE = re.compile(r"\s*\$?\s*(\d[\d,]*(?:\.\d+)?)\s*")


def is_amazon(keys: set[str]) -> bool:
    """Whether a record's keys are those of a review or of a product."""
    return bool(keys & {"asin", "parent_asin"}) and bool(
        keys
        & {"reviewerID", "user_id", "overall", "rating", "categories", "category", "main_category", "title"}
    )


def is_ratings(fields: Sequence[str]) -> bool:
    """Whether a line is one of the ratings-only files, which have no header."""
    return (
        len(fields) == 4
        and re.fullmatch(r"[1-5](\.0)?", fields[2]) is not None
        and re.fullmatch(r"\d{9,10}", fields[3]) is not None
        and (_PRODUCT.fullmatch(fields[0]) or _PRODUCT.fullmatch(fields[1])) is not None
    )


def read_ratings(lines: Lines, *, where: str) -> RawTable:
    """A ratings-only file; 2014 has the user first, 2018 the product."""
    fields = str(lines.text[0]).split(",")
    product_first = _PRODUCT.fullmatch(fields[0]) and not _PRODUCT.fullmatch(fields[1])
    ids = ("item_id", "user_id") if product_first else ("user_id", "item_id")
    return read_table(lines, (*ids, "rating", "timestamp"), separator=",", format="amazon", where=where)


def read_amazon(lines: Lines, kind: Kind, *, path: Path) -> RawTable:
    """Reviews as events (text kept, summary left out), or metadata as items.

    Raises:
        DataError: items are wanted and these are reviews.
    """
    records = read_records(lines, path=path, literals=True)
    if kind == "events":
        return records.table("amazon", _review)
    if kind == "items":
        if records.rows and _REVIEWER & records.rows[0].keys():  # a review of 2023 has a title, of its own
            raise unsuitable(kind, list(records.rows[0]), where=str(path))
        return records.table("amazon", _product)
    return records.table("amazon")


def _review(row: Record) -> Record:
    made = {new: row[old] for old, new in _EVENT_COLUMNS.items() if old in row}
    return made | {"item_id": _product_id(row)}


def _product(row: Record) -> Record:
    return {
        "item_id": _product_id(row),
        "title": row.get("title"),
        "brand": row.get("brand") or row.get("store"),
        "categories": _categories(row),
        "price": _price(row.get("price")),
        "description": " ".join(flattened(row.get("description"))) or None,
    }


def _product_id(row: Record) -> object:
    """Variants of one product share a `parent_asin`, which is what the 2023 metadata is keyed by."""
    return row.get("parent_asin") or row.get("asin")


def _categories(row: Record) -> list[str]:
    words = flattened(row.get("categories") or row.get("category") or row.get("main_category"))
    return list(dict.fromkeys(words))


def _price(cell: object) -> float | None:
    """A price; a range, or page code caught in its place, is none."""
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return float(cell)
    found = _PRICE.fullmatch(cell) if isinstance(cell, str) else None
    return float(found[1].replace(",", "")) if found else None
