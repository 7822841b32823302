"""Many requests in one transaction: each is told of its own events, and none before they are on disk."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from genrec.errors import StoreError
from genrec.events import ConflictError, Event, EventStore
from genrec.serving import commits
from genrec.serving.commits import Commits


def event(name, item="i1"):
    return Event(name, "u1", item, "like", 1)


class Kept:
    """A store whose first write waits until it is let go on; `wrote` are the ids of each write."""

    def __init__(self, store):
        self.store, self.wrote, self.goes_on = store, [], threading.Event()

    def __call__(self, events):
        self.wrote.append([each.event_id for each in events])
        if len(self.wrote) == 1:
            assert self.goes_on.wait(10)
        return self.store.add(events, now=5)


@pytest.fixture
def kept(tmp_path):
    store = EventStore(f"sqlite:///{tmp_path}/events.sqlite")
    yield Kept(store)
    store.close()


def all_at_once(kept, requests):
    """What each request is given, the first being written while the others come to wait, in their order."""
    together = Commits(kept)
    with ThreadPoolExecutor(len(requests)) as pool:
        given = []
        for at, each in enumerate(requests):
            given.append(pool.submit(together.add, each))
            ends = time.monotonic() + 10
            while (not kept.wrote if not at else len(together._waiting) < at) and time.monotonic() < ends:
                time.sleep(0.001)
        assert not any(each.done() for each in given)
        kept.goes_on.set()
        return [each.exception(10) or [one.event_id for one in each.result()] for each in given]


def test_those_who_wait_are_written_together_and_each_is_told_of_its_own(kept):
    found = all_at_once(kept, [[event("a")], [event("b"), event("c")], [event("b")], [event("a")]])
    assert kept.wrote == [["a"], ["b", "c", "b", "a"]]
    assert found == [["a"], ["b", "c"], [], []]  # the first who sent it has it, to the others it is a repeat
    assert [each.event_id for each in kept.store.since(0)] == ["a", "b", "c"]


def test_a_conflict_refuses_one_request_whole_and_no_other(kept):
    sent = [[event("a")], [event("b")], [event("c"), event("a", "i2")], [event("d")], [event("b", "i2")]]
    found = all_at_once(kept, sent)
    assert [found[each] for each in (0, 1, 3)] == [["a"], ["b"], ["d"]]
    assert [type(found[each]) for each in (2, 4)] == [ConflictError, ConflictError]
    assert [each.event_id for each in kept.store.since(0)] == ["a", "b", "d"]


def test_a_store_that_fails_is_told_to_all_and_the_next_are_kept(kept):
    add, fails = kept.store.add, [True]

    def once(events, *, now):
        if len(kept.wrote) == 2 and fails.pop():
            raise StoreError("the disk is full")
        return add(events, now=now)

    kept.store.add = once
    found = all_at_once(kept, [[event("a")], [event("b")], [event("c")]])
    assert [found[0], *map(type, found[1:])] == [["a"], StoreError, StoreError]
    assert Commits(kept).add([event("b")]) == [event("b")]


def test_a_transaction_takes_so_many_events_and_a_longer_request_alone(kept, monkeypatch):
    monkeypatch.setattr(commits, "MOST", 3)
    long = [event(f"l{each}") for each in range(5)]
    found = all_at_once(kept, [[event("a")], [event("b")], long, [event("c")], [event("d")]])
    assert kept.wrote == [["a"], ["b"], [f"l{each}" for each in range(5)], ["c", "d"]]
    assert [len(each) for each in found] == [1, 1, 5, 1, 1]


def test_many_threads_count_each_event_once(tmp_path):
    store = EventStore(f"sqlite:///{tmp_path}/events.sqlite")
    together = Commits(lambda events: store.add(events, now=5))
    names = [f"e{at % 50}" for at in range(400)]
    with ThreadPoolExecutor(16) as pool:
        new = list(pool.map(lambda name: len(together.add([event(name)])), names))
    assert sum(new) == 50
    assert sorted(each.event_id for each in store.since(0)) == sorted(set(names))
    store.close()
