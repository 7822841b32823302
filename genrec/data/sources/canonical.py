"""A raw table in genrec's own columns; a row that has no place in them is turned down with its reason."""

from collections.abc import Mapping

import polars as pl

from genrec.config import SourceSettings
from genrec.data.interactions import EVENT_TYPES, INTERACTION_SCHEMA
from genrec.data.sources import columns
from genrec.data.sources.aliases import RATINGS, choose_columns, normal, resolve
from genrec.data.sources.base import Kind, RawTable, SourceTable, as_content
from genrec.data.sources.times import as_seconds
from genrec.errors import UsageError


def canonical(raw: RawTable, kind: Kind, spec: SourceSettings, *, where: str) -> SourceTable:
    """The table under canonical names and types.

    Raises:
        DataError: a needed column is missing or doubled.
        UsageError: the settings name a column or an event type that there is not.
    """
    chosen = choose_columns(raw.frame.columns, kind, known=raw.columns, given=spec.columns, where=where)
    if kind == "events":
        return _events(raw, chosen, spec, where=where)
    frame = _entities(raw, chosen, key="item_id" if kind == "items" else "user_id")
    taken = {name: column for name, column in chosen.items() if name in frame.columns}
    return SourceTable(frame, raw.lines, raw.format, taken, where, raw.unreadable, raw.notes)


def _entities(raw: RawTable, chosen: Mapping[str, str], *, key: str) -> pl.DataFrame:
    """Items or users: the key, the title where there is one, then attributes under the file's names."""
    names = {column: name for name, column in chosen.items()}
    made = {key: columns.as_id(raw.frame[chosen[key]])}
    if "title" in chosen:
        made["title"] = columns.as_text(raw.frame[chosen["title"]])
    for column in raw.frame.columns:
        name = names.get(column, column)
        if name not in made:
            made[name] = columns.as_attribute(raw.frame[column].alias(name), typed=raw.typed)
    return pl.DataFrame([column.alias(name) for name, column in made.items()])


def _events(raw: RawTable, chosen: dict[str, str], spec: SourceSettings, *, where: str) -> SourceTable:
    cells = {name: raw.frame[column] for name, column in chosen.items()}
    empty = pl.repeat(None, len(raw.frame), dtype=pl.String, eager=True)
    seconds, no_time, notes = as_seconds(cells.get("timestamp", empty))
    value, no_number = columns.as_value(cells.get("value", empty))
    event, event_note = _event_types(cells.get("event"), spec, chosen, n=len(raw.frame), where=where)
    made = pl.DataFrame(
        {
            "user_id": columns.as_id(cells["user_id"]),
            "item_id": columns.as_id(cells["item_id"]),
            "timestamp": seconds,
            "event": event,
            "value": value,
            "text": columns.as_text(cells.get("text", empty)),
        },
        schema=INTERACTION_SCHEMA,
    )
    checked = made.with_columns(line=raw.lines, no_time=no_time, no_number=no_number).select(
        pl.all(), reason=_reason()
    )
    bad = checked["reason"].is_not_null()
    turned_down = checked.filter(bad).select(
        "line", "reason", as_content(raw.frame.filter(bad)).alias("content")
    )
    good = _in_order(checked.filter(~bad), cells.get("order"), ~bad)
    return SourceTable(
        good.select(pl.col(*INTERACTION_SCHEMA), pl.col("^position$")),
        good["line"],
        raw.format,
        chosen,
        where,
        pl.concat([raw.unreadable, turned_down]).sort("line"),
        (*raw.notes, *(notes if "timestamp" in chosen else ()), *event_note, *_strangers(checked)),
    )


def _reason() -> pl.Expr:
    """Why an event's cells make no event; null where they do."""
    return (
        pl.when(pl.col("event").is_null())
        .then(pl.lit("no event type"))
        .when(~pl.col("event").is_in(EVENT_TYPES))
        .then(pl.lit("an event type that genrec does not know"))
        .when(pl.col("no_time").is_not_null())
        .then(pl.col("no_time"))
        .when(pl.col("no_number"))
        .then(pl.lit("a value that is no number"))
        .when((pl.col("event") == "rating") & pl.col("value").is_null())
        .then(pl.lit("a rating without a value"))
        .when((pl.col("event") == "search") & pl.col("text").is_null() & pl.col("item_id").is_null())
        .then(pl.lit("a search without words"))
    )


def _event_types(
    column: pl.Series | None, spec: SourceSettings, chosen: Mapping[str, str], *, n: int, where: str
) -> tuple[pl.Series, tuple[str, ...]]:
    if spec.event is not None:
        name = columns.EVENT_NAMES.get(normal(spec.event))
        if name is None:
            raise UsageError(
                f"unknown event type {spec.event!r}",
                where=where,
                next_step=f"choose from {', '.join(EVENT_TYPES)}",
            )
    elif column is not None:
        return columns.as_event(column), ()
    else:
        rated = normal(chosen.get("value", "")) in RATINGS or any(
            normal(given) in RATINGS and resolve(given, "events") == "value" for given in spec.columns
        )
        name = "rating" if rated else "purchase"
    why = "as `event:` says" if spec.event else "the log has no column for it"
    return pl.repeat(name, n, dtype=pl.String, eager=True), (f"every event is a {name}: {why}",)


def _in_order(events: pl.DataFrame, order: pl.Series | None, kept: pl.Series) -> pl.DataFrame:
    """By the source's own position in the history, where each user's positions are distinct."""
    if order is None:
        return events
    position = order if order.dtype.is_integer() else columns.as_value(order)[0].cast(pl.Int64, strict=False)
    if position.has_nulls():
        return events
    ordered = events.with_columns(position=position.filter(kept))
    doubled = ordered.select(pl.struct("user_id", "position").is_duplicated().any()).item()
    return events if doubled else ordered.sort("position", maintain_order=True)


def _strangers(checked: pl.DataFrame) -> tuple[str, ...]:
    unknown = checked.filter(~pl.col("event").is_in(EVENT_TYPES))["event"].value_counts(sort=True)
    names = ", ".join(repr(each[:40]) for each in unknown["event"].head(5))
    return (f"event types that genrec does not know: {names}",) if names else ()
