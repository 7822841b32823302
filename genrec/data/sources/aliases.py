"""Which of a file's columns is taken for what."""

import re
from collections.abc import Mapping, Sequence

from genrec.data.sources.base import Kind
from genrec.errors import DataError, UsageError

RATINGS = ("rating", "stars", "score", "overall", "starrating", "reviewrating", "userrating", "grade")

_USER = (
    ("userid",),
    ("user", "uid", "userno", "customerid", "customer", "reviewerid", "visitorid", "accountid", "memberid"),
    ("sessionid",),
)
_ITEM = (
    ("itemid",),
    ("productid", "movieid", "bookid", "articleid", "trackid", "songid", "artistid", "businessid", "gameid"),
    ("parentasin",),
    ("item", "asin", "sku", "isbn", "iid", "product", "movie"),
)
_TITLE = (
    ("title",),
    ("movietitle", "producttitle", "itemtitle", "booktitle", "articletitle", "productname", "moviename",
     "itemname", "trackname", "artistname", "businessname", "gamename", "headline", "name"),
)  # fmt: skip

ALIASES: dict[Kind, dict[str, tuple[tuple[str, ...], ...]]] = {
    "items": {"item_id": (*_ITEM, ("id",)), "title": _TITLE},
    "users": {"user_id": (*_USER, ("id",))},
    "events": {
        "user_id": _USER,
        "item_id": _ITEM,
        "timestamp": (
            ("timestamp",),
            ("unixreviewtime", "unixtimestamp", "unixtime", "timestampms"),
            ("ts", "time", "datetime", "date", "day", "eventtime", "eventdate", "createdat", "reviewtime",
             "reviewdate", "orderdate", "purchasedate"),
        ),
        "event": (
            ("event",),
            ("eventtype", "action", "actiontype", "behavior", "behaviour", "behaviortype", "feedbacktype",
             "interactiontype"),
            ("type",),
        ),
        "value": (("value",), RATINGS, ("count", "listencount", "playcount", "plays", "quantity", "weight")),
        "text": (
            ("text",),
            ("reviewtext", "reviewbody", "review", "comment", "query", "searchquery", "searchterm"),
        ),
        "order": (("pos",),),
    },
}  # fmt: skip
"""Per table and canonical column its aliases, in groups: the first group with a match decides."""

REQUIRED: dict[Kind, tuple[str, ...]] = {
    "items": ("item_id", "title"),
    "users": ("user_id",),
    "events": ("user_id", "item_id"),
}


def normal(name: str) -> str:
    """A column name without case, spaces and punctuation."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def choose_columns(
    seen: Sequence[str], kind: Kind, *, known: Mapping[str, str], given: Mapping[str, str], where: str
) -> dict[str, str]:
    """Canonical column to the file's column.

    Args:
        seen: the file's columns.
        kind: the table they are read as.
        known: what the format says of its own columns; taken where they are there.
        given: what the user says; wins over all else.
        where: the file, for errors.

    Raises:
        UsageError: a given column is not in the file, or names no column that genrec has.
        DataError: a needed column is missing, or two columns would do and neither has the exact name.
    """
    chosen = {name: column for name, column in known.items() if column in seen}
    chosen |= _checked(given, seen, kind, where=where)
    for canonical, groups in ALIASES[kind].items():
        if canonical not in chosen:
            free = [name for name in seen if name not in chosen.values()]
            found = _match(canonical, groups, free, where=where)
            chosen |= {canonical: found} if found else {}
    missing = [name for name in REQUIRED[kind] if name not in chosen]
    if missing:
        raise unsuitable(kind, seen, missing=missing, where=where)
    return chosen


def unsuitable(kind: Kind, seen: Sequence[str], *, where: str, missing: Sequence[str] = ()) -> DataError:
    """The error for a file in which the needed columns cannot be found."""
    needed = ", ".join(REQUIRED[kind])
    return DataError(
        f"no column for {' or '.join(missing)} in the {kind}"
        if missing
        else f"cannot tell what these {kind} are",
        where=where,
        why=f"columns seen: {', '.join(map(repr, seen)) or 'none'}; needed: {needed}",
        next_step="say which is which: `columns:` in genrec.yaml, or genrec init --column; "
        "or force a reader with --format",
    )


def resolve(name: str, kind: Kind) -> str:
    """The canonical column that a name or an alias means; the name itself where there is none."""
    for canonical, groups in ALIASES[kind].items():
        if name == canonical or normal(name) in (each for group in groups[:2] for each in group):
            return canonical
    return name


def _match(canonical: str, groups: Sequence[Sequence[str]], free: Sequence[str], *, where: str) -> str | None:
    if canonical in free:
        return canonical
    for group in groups:
        found = [name for name in free if normal(name) in group]
        if len(found) > 1:
            raise DataError(
                f"{len(found)} columns could be {canonical}: {', '.join(map(repr, found))}",
                where=where,
                next_step=f"say which: `columns: {{{canonical}: {found[0]}}}` in genrec.yaml, "
                "or genrec init --column",
            )
        if found:
            return found[0]
    return None


def _checked(given: Mapping[str, str], seen: Sequence[str], kind: Kind, *, where: str) -> dict[str, str]:
    for name, column in given.items():
        if column not in seen:
            raise UsageError(
                f"`columns:` takes {column!r} for {name}, which is not in the file",
                where=where,
                why=f"columns seen: {', '.join(map(repr, seen))}",
            )
        if kind == "events" and resolve(name, kind) not in ALIASES[kind]:
            raise UsageError(
                f"`columns:` names {name!r}, which no event has",
                where=where,
                why=f"choose from {', '.join(ALIASES[kind])}",
            )
    return {resolve(name, kind): column for name, column in given.items()}
