"""Where served events are kept for good: SQLite beside the data, or PostgreSQL by its URL.

An event is acknowledged once it is on disk, and counts once, however often it is sent. `genrec serve` writes
here; whoever opens the workspace reads its events as those of the log.
"""

import hashlib
import json
import logging
import os
import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

import polars as pl
from sqlalchemy import (
    URL,
    BigInteger,
    Column,
    Connection,
    Engine,
    Float,
    Index,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    create_engine,
    delete,
    event,
    func,
    insert,
    inspect,
    make_url,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, DatabaseError

from genrec.data.interactions import INTERACTION_SCHEMA, EventType
from genrec.errors import StoreError, UsageError

AT_ONCE = 500
"""Rows a statement: SQLite allows 32,766 variables, PostgreSQL 65,535."""

TURN = 0x67656E726563
"""The number of the lock that writers of one PostgreSQL database share."""

CHECKED = "checked"
"""The row that `check` writes."""

EMPTYING = 2_000
"""Milliseconds for which SQLite tries again while others still read what was deleted."""

log = logging.getLogger(__name__)
_TABLES = MetaData()
_EVENTS = Table(
    "events",
    _TABLES,
    Column(
        "place", BigInteger().with_variant(sqlite.INTEGER, "sqlite"), primary_key=True, autoincrement=True
    ),
    Column("event_id", String, nullable=False, unique=True),
    Column("digest", LargeBinary, nullable=False),
    Column("user_id", String, nullable=False),
    Column("item_id", String),
    Column("type", String, nullable=False),
    Column("timestamp", BigInteger, nullable=False),
    Column("value", Float),
    Column("text", Text),
    Index("events_of_user", "user_id"),
)
_FORGOTTEN = Table("forgotten", _TABLES, Column("hash", LargeBinary, primary_key=True))
SESSIONS = Table(
    "sessions",
    _TABLES,
    Column("session_id", String, primary_key=True),
    Column("user_id", String, index=True),
    Column("state", Text, nullable=False),
    Column("expires", BigInteger, nullable=False, index=True),
)
"""Dialogues that go on: see `sessions`."""
_META = Table("meta", _TABLES, Column("name", String, primary_key=True), Column("value", LargeBinary))
_ASKED_SALT = select(_META.c.value).where(_META.c.name == "salt")


@dataclass(frozen=True, slots=True)
class Event:
    """What a user did; `item_id` is None for a search, whose words are `text`."""

    event_id: str
    user_id: str
    item_id: str | None
    type: EventType
    timestamp: int | None = None
    """Unix seconds; when it was received, where None was sent."""
    value: float | None = None
    text: str | None = None


class ConflictError(UsageError):
    """An event id that was used before with another body."""


class EventStore:
    """Events, once each, and the hashes of those that were forgotten.

    Args:
        url: of SQLAlchemy, such as `sqlite:///events.sqlite` or `postgresql+psycopg://…`.
        reads_only: whether nothing is made or written; one that was never written to then has no event.

    Raises:
        StoreError: the store cannot be opened.
    """

    def __init__(self, url: str, *, reads_only: bool = False) -> None:
        self.url = url
        self._engine = _opened(url, reads_only=reads_only)
        self._writing = self._engine.execution_options(writes=True)
        try:
            with self._reporting():
                self.is_made = self._prepared(reads_only)
        except StoreError:
            self.close()
            raise

    def _prepared(self, reads_only: bool) -> bool:
        """Whether it has its tables, which are made where they may be."""
        if reads_only:
            with self._engine.connect() as connection:
                is_made = inspect(connection).has_table(_META.name)
                self._salt = (connection.execute(_ASKED_SALT).scalar() if is_made else None) or b""
            return is_made
        with self._writing.begin() as connection:
            _TABLES.create_all(connection)
            self._salt = _salt(connection)
        return True

    def add(self, events: Sequence[Event], *, now: int) -> list[Event]:
        """Keep the events that are new, on disk before this returns; all of them or none.

        Args:
            events: as they were sent.
            now: unix seconds, the time of those that were sent without one.

        Returns:
            The new ones, with times; a repeated event, and one that was forgotten, is none.

        Raises:
            ConflictError: an id stands there with another body.
            StoreError: it cannot be written; nothing was kept.
        """
        digests = _digests(events)
        with self._reporting(), self._writing.begin() as connection:
            gone = self._forgotten(connection, digests)
            timed = (each if each.timestamp is not None else replace(each, timestamp=now) for each in events)
            wanted = {each.event_id: each for each in timed if each.event_id not in gone}
            kept = self._inserted(connection, list(wanted.values()), digests)
            _check_repeats(connection, [each for each in wanted if each not in kept], digests)
        return [wanted[each] for each in wanted if each in kept]

    @property
    def place(self) -> int:
        """Where the newest event stands; 0 where there is none."""
        with self._reporting(), self._engine.connect() as connection:
            return connection.execute(select(func.max(_EVENTS.c.place))).scalar() or 0

    def since(self, place: int) -> list[Event]:
        """Events that stand behind a place, oldest first."""
        columns = [_EVENTS.c[name] for name in _FIELDS]
        asked = select(*columns).where(_EVENTS.c.place > place).order_by(_EVENTS.c.place)
        with self._reporting(), self._engine.connect() as connection:
            return [Event(*row) for row in connection.execute(asked)]

    def frame(self, until: int | None = None) -> pl.DataFrame:
        """Events up to a place, or all, as a canonical frame of interactions, in the order they came."""
        asked = select(*(_EVENTS.c[name] for name in _FIELDS[1:])).order_by(_EVENTS.c.place)
        if until is not None:
            asked = asked.where(_EVENTS.c.place <= until)
        with self._reporting(), self._engine.connect() as connection:
            rows = connection.execute(asked).all()
        names = ["user_id", "item_id", "event", "timestamp", "value", "text"]
        schema = {name: INTERACTION_SCHEMA[name] for name in names}
        return pl.DataFrame([tuple(row) for row in rows], schema, orient="row").select(*INTERACTION_SCHEMA)

    def continued(self, log: pl.DataFrame, *, until: int | None = None) -> pl.DataFrame:
        """A log in canonical form without forgotten users, with the served events up to a place after it.

        A position that the source gave is left out: rows are in that order, and served events have none.
        """
        gone = self.forgotten_users(log["user_id"].unique().to_list())
        kept = (log.filter(~pl.col("user_id").is_in(list(gone))) if gone else log).select(*INTERACTION_SCHEMA)
        return pl.concat([kept, self.frame(until).cast(kept.schema)])

    def forget(self, user_id: str) -> int:
        """Delete all events of a user, but for a salted hash of each id, so that a repeat counts for nothing.

        What stands of the user in the workspace's own tables is left out from now on: see `continued`.

        Returns:
            How many events were deleted.
        """
        of_user = select(_EVENTS.c.event_id).where(_EVENTS.c.user_id == user_id)
        with self._reporting(), self._writing.begin() as connection:
            ids = connection.execute(of_user).scalars().all()
            hashes = [self._hash("event", each) for each in ids]
            self._remember(connection, [*hashes, self._hash("user", user_id)])
            connection.execute(delete(_EVENTS).where(_EVENTS.c.user_id == user_id))
            connection.execute(delete(SESSIONS).where(SESSIONS.c.user_id == user_id))
        self._empty_log()
        return len(ids)

    def _empty_log(self) -> None:
        """SQLite's write-ahead log holds what was deleted until its pages are used again."""
        if self._engine.dialect.name != "sqlite":
            return
        with self._reporting(), self._engine.connect() as connection:
            connection.detach()  # its patience is its own
            connection.exec_driver_sql("COMMIT")  # what `_begin` began: a checkpoint stands in none
            connection.exec_driver_sql(f"PRAGMA busy_timeout={EMPTYING}")
            is_busy, _, _ = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
            connection.exec_driver_sql("BEGIN")
        if is_busy:
            log.warning(
                "others read the store: what was deleted stays in its log until one more is forgotten"
            )

    def forgotten_users(self, user_ids: Iterable[str]) -> set[str]:
        """Those of some users who asked to be forgotten."""
        with self._reporting(), self._engine.connect() as connection:
            known = set(connection.execute(select(_FORGOTTEN.c.hash)).scalars())
        return {each for each in user_ids if self._hash("user", each) in known} if known else set()

    def check(self) -> None:
        """Write a row anew and commit it: before that SQLite writes nothing, and no full disk is seen.

        Raises:
            StoreError: it cannot be written.
        """
        with self._reporting(), self._writing.begin() as connection:
            connection.execute(delete(_META).where(_META.c.name == CHECKED))
            connection.execute(insert(_META).values(name=CHECKED, value=secrets.token_bytes(8)))

    @contextmanager
    def transaction(self, *, writes: bool) -> Iterator[Connection]:
        """A connection whose statements hold together.

        Raises:
            DataError: the store cannot be used.
        """
        with self._reporting(), (self._writing if writes else self._engine).begin() as connection:
            yield connection

    def close(self) -> None:
        """Let go of its connections."""
        self._engine.dispose()

    def _inserted(
        self, connection: Connection, events: Sequence[Event], digests: dict[str, bytes]
    ) -> set[str]:
        dialect = postgresql if self._engine.dialect.name == "postgresql" else sqlite
        kept: set[str] = set()
        statement = dialect.insert(_EVENTS).on_conflict_do_nothing().returning(_EVENTS.c.event_id)
        for part in _parts(events):
            rows = [_row(each) | {"digest": digests[each.event_id]} for each in part]
            kept |= set(connection.execute(statement, rows).scalars())
        return kept

    def _forgotten(self, connection: Connection, ids: Iterable[str]) -> set[str]:
        hashed = {self._hash("event", each): each for each in ids}
        gone: set[str] = set()
        for part in _parts(list(hashed)):
            found = connection.execute(select(_FORGOTTEN.c.hash).where(_FORGOTTEN.c.hash.in_(part)))
            gone |= {hashed[each] for each in found.scalars()}
        return gone

    def _remember(self, connection: Connection, hashes: Sequence[bytes]) -> None:
        dialect = postgresql if self._engine.dialect.name == "postgresql" else sqlite
        rows = [{"hash": each} for each in hashes]
        connection.execute(dialect.insert(_FORGOTTEN).on_conflict_do_nothing(), rows)

    def _hash(self, kind: str, name: str) -> bytes:
        return hashlib.blake2b(f"{kind}\0{name}".encode(), key=self._salt, digest_size=16).digest()

    @contextmanager
    def _reporting(self) -> Iterator[None]:
        try:
            yield
        except DatabaseError as error:
            where = self._engine.url.render_as_string(hide_password=True)
            raise StoreError(
                "the event store cannot be used",
                where=where,
                why=str(error.orig or error),
                next_step="check that it can be reached and written, and that its disk is not full",
            ) from error


def _row(each: Event) -> dict[str, object]:
    return {name: getattr(each, name) for name in _FIELDS}


_T = TypeVar("_T")
_FIELDS = ("event_id", "user_id", "item_id", "type", "timestamp", "value", "text")


def _opened(url: str, *, reads_only: bool) -> Engine:
    kind = url.partition(":")[0].partition("+")[0]
    if kind not in {"sqlite", "postgresql"}:
        raise UsageError(
            f"no event store of the kind {kind!r}",
            next_step="give a URL such as sqlite:///events.sqlite or postgresql+psycopg://user@host/name",
        )
    try:
        place = _readable(url) if reads_only and kind == "sqlite" else url
        engine = create_engine(place, pool_pre_ping=kind != "sqlite")
    except (ImportError, ArgumentError) as error:
        raise UsageError("the event store's URL cannot be used", why=str(error)) from error
    if kind == "sqlite":
        event.listen(engine, "connect", _end_by_hand if reads_only else _make_durable)
        event.listen(engine, "begin", _begin)
    else:
        event.listen(engine, "begin", _take_turn)
    return engine


def _begin(connection: Connection) -> None:
    """A writer takes its place at once: one that has read first would be refused, not made to wait."""
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _take_turn(connection: Connection) -> None:
    """Writers of PostgreSQL go one after another, as SQLite's do: places then rise as commits come."""
    if connection.get_execution_options().get("writes"):
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({TURN})")


def _readable(url: str) -> URL:
    """A SQLite file opened for reading alone; where its folder is read-only, as one that nobody changes.

    Else SQLite puts a file beside it, even to read.
    """
    given = make_url(url)
    path = given.database or ""
    how = {"mode": "ro", "uri": "true"}
    if not os.access(Path(path).parent, os.W_OK):
        how["immutable"] = "1"
    return given.set(database=f"file:{quote(path)}", query=how)


def _end_by_hand(connection: object, _record: object) -> None:
    connection.isolation_level = None  # type: ignore[attr-defined]  # BEGIN is ours: see `_opened`


def _make_durable(connection: object, record: object) -> None:
    """What is committed is on disk; a reader does not wait for a writer, nor a writer long for another."""
    _end_by_hand(connection, record)
    cursor = connection.cursor()  # type: ignore[attr-defined]
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=10000", "secure_delete=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _salt(connection: Connection) -> bytes:
    """Drawn once for a store; of two that open it at once, the first one's counts."""
    found = connection.execute(_ASKED_SALT).scalar()
    if found is None:
        found = secrets.token_bytes(32)
        connection.execute(insert(_META).values(name="salt", value=found))
    return bytes(found)


def _digests(events: Sequence[Event]) -> dict[str, bytes]:
    """The hash of each event's body by its id.

    Raises:
        ConflictError: one id stands there with two bodies.
    """
    found: dict[str, bytes] = {}
    for each in events:
        body = json.dumps(list(_row(each).values()))
        digest = hashlib.blake2b(body.encode(), digest_size=16).digest()
        if found.setdefault(each.event_id, digest) != digest:
            raise _conflict(each.event_id)
    return found


def _check_repeats(connection: Connection, ids: Sequence[str], digests: dict[str, bytes]) -> None:
    for part in _parts(ids):
        columns = select(_EVENTS.c.event_id, _EVENTS.c.digest)
        for name, digest in connection.execute(columns.where(_EVENTS.c.event_id.in_(part))):
            if bytes(digest) != digests[name]:
                raise _conflict(name)


def _conflict(event_id: str) -> ConflictError:
    return ConflictError(
        f"event {event_id} was sent before with another body", next_step="give a new event an id of its own"
    )


def _parts(rows: Sequence[_T]) -> Iterator[Sequence[_T]]:
    for start in range(0, len(rows), AT_ONCE):
        yield rows[start : start + AT_ONCE]
