"""Metarank's events: items, users, rankings and interactions in one file; each reader takes its own."""

from pathlib import Path

from genrec.data.sources.base import Kind, RawTable
from genrec.data.sources.lines import Lines
from genrec.data.sources.records import Record, Records, read_records

KINDS = ("item", "user", "interaction", "ranking")


def is_metarank(row: Record) -> bool:
    """Whether a record is one of Metarank's events."""
    return row.get("event") in KINDS and "timestamp" in row and bool(row.keys() & {"id", "fields"})


def read_metarank(lines: Lines, kind: Kind, *, path: Path) -> RawTable:
    """The file's items, users or events; a ranking with words (field `query`) is a search."""
    records = read_records(lines, path=path)
    if kind == "events":
        events = records.of(_is_event)
        idle = sum(row.get("event") == "ranking" for row in records.rows) - sum(
            row.get("event") == "ranking" for row in events.rows
        )
        notes = (f"{idle} rankings without search words are no events",) if idle else ()
        return events.table("metarank", _event, notes=notes)
    name = "item" if kind == "items" else "user"
    known = records.of(lambda row: row.get("event") == name or row.get("event") not in KINDS)
    return _latest_first(known, name).table("metarank", columns={f"{name}_id": name})


def _is_event(row: Record) -> bool:
    if row.get("event") == "ranking":
        return "query" in _fields(row)
    return row.get("event") not in ("item", "user")


def _event(row: Record) -> Record:
    fields = _fields(row)
    is_search = row.get("event") == "ranking"
    return {
        "user_id": row.get("user"),
        "item_id": None if is_search else row.get("item"),
        "timestamp": row.get("timestamp"),
        "event": "search" if is_search else row.get("type"),
        "value": fields.get("rating", fields.get("value")),
        "text": fields.get("query", fields.get("text")),
    }


def _latest_first(records: Records, name: str) -> Records:
    """A later event changes fields of an earlier one, so each row is filled from those before it; the first
    row of an id, which validation keeps, is then the latest."""
    state: dict[object, Record] = {}
    rows: list[Record] = []
    for row in records.rows:
        key = row.get(name)
        key = key if isinstance(key, str | int) else None
        merged = {**state.get(key, {}), name: row.get(name), **_fields(row)}
        state[key] = merged
        rows.append(merged)
    return Records(rows[::-1], records.lines[::-1], records.unreadable)


def _fields(row: Record) -> Record:
    fields = row.get("fields")
    named = [each for each in fields if isinstance(each, dict)] if isinstance(fields, list) else []
    return {str(each["name"]): each.get("value") for each in named if "name" in each}
