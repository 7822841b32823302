"""Gorse's users, items and feedback, as its import and export have them."""

from pathlib import Path

from genrec.data.sources.base import Kind, RawTable
from genrec.data.sources.lines import Lines
from genrec.data.sources.records import Record, read_records

_COLUMNS: dict[Kind, dict[str, str]] = {
    "items": {"item_id": "ItemId", "title": "Comment"},
    "events": {
        "user_id": "UserId",
        "item_id": "ItemId",
        "event": "FeedbackType",
        "timestamp": "Timestamp",
        "value": "Value",
        "text": "Comment",
    },
    "users": {"user_id": "UserId"},
}


def is_gorse(keys: set[str]) -> bool:
    """Whether a record's keys are Gorse's."""
    return "FeedbackType" in keys or (
        bool(keys & {"ItemId", "UserId"}) and bool(keys & {"Labels", "Categories", "IsHidden", "Comment"})
    )


def read_gorse(lines: Lines, kind: Kind, *, path: Path) -> RawTable:
    """Labels that are a mapping become one attribute a key; an item's comment is its title."""
    records = read_records(lines, path=path)
    make = dict if kind == "events" else _with_labels
    return records.table("gorse", make, columns=_COLUMNS[kind])


def _with_labels(row: Record) -> Record:
    made = {name.lower() if name in ("Labels", "Categories") else name: cell for name, cell in row.items()}
    labels = made.get("labels")
    if not isinstance(labels, dict):
        return made
    del made["labels"]
    return made | {str(name): cell for name, cell in labels.items() if name not in made}
