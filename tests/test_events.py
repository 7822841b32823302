"""The event store: once each, on disk before it says so, and forgotten for good."""

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import polars as pl
import psycopg
import pytest

from genrec.data.interactions import INTERACTION_SCHEMA
from genrec.errors import StoreError, UsageError
from genrec.events import ConflictError, Event, EventStore

LIKE = Event("e1", "ann", "50", "like", 10)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def url(request, tmp_path):
    """Of a store that nobody has used, on SQLite and on a real PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/events.sqlite"
    return request.getfixturevalue("postgresql").new_database()


@pytest.fixture
def store(url):
    made = EventStore(url)
    yield made
    made.close()


@pytest.fixture
def sqlite_store(tmp_path):
    made = EventStore(f"sqlite:///{tmp_path}/events.sqlite")
    yield made
    made.close()


BINARIES = Path("/usr/lib/postgresql")
"""Where Debian puts those that are not on the path."""


class Cluster:
    """A PostgreSQL of our own, run by an unprivileged user, on a socket in its folder."""

    def __init__(self, binaries, folder):
        self.folder, self._databases = folder, 0
        self._as = {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.getuid() == 0 else {}
        if self._as:
            shutil.chown(folder, "nobody")
        made = [
            binaries / "initdb",
            "-D",
            folder / "data",
            "-U",
            "genrec",
            "-A",
            "trust",
            "--no-locale",
            "-E",
            "UTF8",
        ]
        subprocess.run(made, check=True, capture_output=True, cwd=folder, **self._as)
        told = ["-D", folder / "data", "-k", folder, "-c", "listen_addresses="]
        with (folder / "log").open("wb") as log:
            self._server = subprocess.Popen(
                [binaries / "postgres", *told], stderr=log, cwd=folder, **self._as
            )
        self._wait()

    def _wait(self):
        ends = time.monotonic() + 60
        while True:
            try:
                return psycopg.connect(host=str(self.folder), user="genrec", dbname="postgres").close()
            except psycopg.OperationalError:
                assert time.monotonic() < ends, (self.folder / "log").read_text()
                time.sleep(0.1)

    def new_database(self):
        self._databases += 1
        name = f"store{self._databases}"
        with psycopg.connect(
            host=str(self.folder), user="genrec", dbname="postgres", autocommit=True
        ) as asked:
            asked.execute(f"CREATE DATABASE {name}")
        return f"postgresql+psycopg://genrec@/{name}?host={self.folder}"

    def stop(self):
        self._server.send_signal(signal.SIGINT)
        self._server.wait(60)


@pytest.fixture(scope="session")
def postgresql():
    found = shutil.which("initdb")
    places = sorted(BINARIES.glob("*/bin/initdb")) or ([Path(found).resolve()] if found else [])
    if not places:
        pytest.skip("no initdb: install PostgreSQL, on Debian apt-get install postgresql")
    folder = Path(tempfile.mkdtemp(prefix="genrec-pg-", dir="/tmp"))  # a socket's path is short
    cluster = Cluster(places[-1].parent, folder)
    yield cluster
    cluster.stop()
    shutil.rmtree(folder)


def test_a_repeat_counts_once_and_another_body_is_refused_whole(store):
    assert store.add([LIKE, LIKE], now=99) == [LIKE]
    assert store.add([LIKE], now=99) == []
    with pytest.raises(ConflictError, match="e1 was sent before"):
        store.add([Event("e2", "bob", "1", "like"), Event("e1", "ann", "51", "like", 10)], now=99)
    assert [each.event_id for each in store.since(0)] == ["e1"]


def test_an_event_without_a_time_has_that_of_its_first_arrival(store):
    sent = Event("e1", "ann", "50", "like")
    assert store.add([sent], now=7)[0].timestamp == 7
    assert store.add([sent], now=8) == []
    assert store.since(0)[0].timestamp == 7


def test_what_came_since_a_place(store):
    store.add([LIKE], now=0)
    place = store.place
    store.add([Event("e2", "bob", None, "search", 11, text="jazz")], now=0)
    assert [each.text for each in store.since(place)] == ["jazz"]
    assert store.frame(until=place)["user_id"].to_list() == ["ann"]
    assert store.frame().schema == INTERACTION_SCHEMA


def test_a_forgotten_user_leaves_no_trace_and_repeats_count_for_nothing(store, tmp_path, url):
    store.add([Event(f"e{each}", "ann-4711", "50", "like", each) for each in range(700)], now=0)
    store.add([Event("other", "bob", "50", "like", 1)], now=0)
    assert store.forget("ann-4711") == 700
    assert [each.user_id for each in store.since(0)] == ["bob"]
    assert store.add([Event("e3", "ann-4711", "50", "like", 3)], now=0) == []
    log = pl.DataFrame([("ann-4711", "1", 1, "like", None, None)], INTERACTION_SCHEMA, orient="row")
    assert store.continued(log)["user_id"].to_list() == ["bob"]
    if url.startswith("sqlite"):
        on_disk = b"".join(each.read_bytes() for each in tmp_path.iterdir())
        assert b"ann-4711" not in on_disk
        assert b"bob" in on_disk
    assert len(store.add([Event("new", "ann-4711", "50", "like", 9)], now=0)) == 1


def test_a_store_that_cannot_be_written_says_so(tmp_path):
    with pytest.raises(StoreError, match="event store cannot be used"):
        EventStore(f"sqlite:///{tmp_path}/no/such/folder/events.sqlite")
    with pytest.raises(UsageError, match="no event store of the kind"):
        EventStore("mssql+pyodbc://nobody")


def test_sqlite_is_told_to_sync_each_commit(sqlite_store):
    with sqlite_store._engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2  # FULL
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"


FULL = """
import resource, sys
from genrec.errors import StoreError
from genrec.events import EventStore

store = EventStore(sys.argv[1])
store.check()
resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
try:
    store.check()
    print("well")
except StoreError as error:
    print(error.what)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
store.check()
"""


def test_a_check_sees_that_no_byte_can_be_written(tmp_path):
    given = (sys.executable, "-c", FULL, f"sqlite:///{tmp_path}/events.sqlite")
    done = subprocess.run(given, capture_output=True, text=True, check=False, timeout=120)
    assert (done.stdout, done.returncode) == ("the event store cannot be used\n", 0), done.stderr


def test_a_check_leaves_one_row(store):
    for _ in range(3):
        store.check()
    with store.transaction(writes=False) as connection:
        names = connection.exec_driver_sql("SELECT name FROM meta ORDER BY name").scalars().all()
    assert names == ["checked", "salt"]


def test_a_log_with_positions_is_continued_in_its_order(sqlite_store):
    rows = [("ann", "2", 5, "like", None, None, 0), ("ann", "1", 5, "like", None, None, 1)]
    log = pl.DataFrame(rows, {**INTERACTION_SCHEMA, "position": pl.Int64}, orient="row")
    sqlite_store.add([Event("e", "ann", "3", "like", 5)], now=0)
    assert sqlite_store.continued(log)["item_id"].to_list() == ["2", "1", "3"]


def test_what_others_still_read_of_the_forgotten_is_said(sqlite_store, tmp_path, caplog, monkeypatch):
    monkeypatch.setattr("genrec.events.EMPTYING", 50)
    for user in ("ann-4711", "bob-4711"):
        sqlite_store.add([Event(user, user, "50", "like", 1)], now=0)
    log = tmp_path / "events.sqlite-wal"
    with sqlite_store.transaction(writes=False) as reader:
        reader.exec_driver_sql("SELECT * FROM events").all()
        sqlite_store.forget("ann-4711")
        assert b"ann-4711" in log.read_bytes()
        assert "what was deleted stays" in caplog.text
    caplog.clear()
    sqlite_store.forget("bob-4711")
    assert (log.read_bytes(), caplog.text) == (b"", "")


def test_a_reader_writes_nothing(sqlite_store, tmp_path):
    sqlite_store.add([LIKE], now=0)
    sqlite_store.close()
    before = {each: each.read_bytes() for each in tmp_path.iterdir()}
    with closing(EventStore(sqlite_store.url, reads_only=True)) as reader:
        assert reader.is_made
        assert [each.event_id for each in reader.since(0)] == ["e1"]
        with pytest.raises(StoreError, match="cannot be used"):
            reader.add([Event("e2", "bob", "1", "like")], now=0)
    left = {each: each.read_bytes() for each in tmp_path.iterdir() if each.suffix == ".sqlite"}
    assert left == before


def test_a_store_of_which_only_the_file_is_there_has_no_event(tmp_path):
    (tmp_path / "events.sqlite").touch()
    with closing(EventStore(f"sqlite:///{tmp_path}/events.sqlite", reads_only=True)) as reader:
        assert not reader.is_made
    assert (tmp_path / "events.sqlite").stat().st_size == 0


WRITER = """
import sys
from genrec.events import Event, EventStore
store = EventStore(sys.argv[1])
for number in range(int(sys.argv[2]), 10**9):
    store.add([Event(str(number), "ann", "50", "like", number)], now=0)
    print(number, flush=True)
"""


def test_two_that_open_a_store_at_once_share_its_salt(url):
    with ThreadPoolExecutor(4) as pool:
        stores = list(pool.map(EventStore, [url] * 4))
    assert len({each._salt for each in stores}) == 1
    for each in stores:
        each.close()


def test_a_reader_of_either_kind_sees_what_is_written(store):
    store.add([LIKE], now=0)
    with closing(EventStore(store.url, reads_only=True)) as reader:
        assert reader.is_made
        assert [each.event_id for each in reader.since(0)] == ["e1"]


@pytest.mark.slow
def test_an_acknowledged_event_survives_kills(store):
    rng, acknowledged, begun = random.Random(0), set(), 0
    for _ in range(10):
        command = [sys.executable, "-c", WRITER, store.url, str(begun)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
            acknowledged.add(int(writer.stdout.readline()))
            time.sleep(rng.uniform(0, 0.2))
            os.kill(writer.pid, signal.SIGKILL)
            acknowledged |= {int(line) for line in writer.stdout.read().split()}
        begun = max(acknowledged) + 1
    kept = {int(each.event_id) for each in store.since(0)}
    assert len(acknowledged) > 20
    assert acknowledged <= kept
    assert len(kept - acknowledged) <= 10  # written, and killed before it could say so
