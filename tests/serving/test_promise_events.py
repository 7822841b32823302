"""Events that were acknowledged, over kills of the real server, run without a language model."""

import http.client
import json
import random
import threading
import time
from pathlib import Path

import pytest
from serving_process import Forker, Process, free_port, kill

from genrec.events import EventStore

pytestmark = pytest.mark.slow


def event(name, **more):
    return {"event_id": name, "user_id": f"u{hash(name) % 50}", "item_id": "5", "type": "like"} | more


def settle(workspace):
    """Set the model to one that needs no language model."""
    path = workspace.root / "genrec.yaml"
    path.write_text(path.read_text() + "model: popularity\n")


JSON = {"content-type": "application/json"}


class Sender(threading.Thread):
    """Sends events one by one until the server is gone, and keeps those that it acknowledged."""

    def __init__(self, port, name):
        super().__init__()
        self.port, self.name, self.acknowledged = port, name, []

    def run(self):
        to = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        for number in range(10_000):
            name = f"{self.name}-{number}"
            try:
                to.request("POST", "/v1/feedback", json.dumps(event(name, user_id=self.name)), JSON)
                reply = json.loads(to.getresponse().read())
            except (OSError, http.client.HTTPException):
                to.close()
                return
            assert reply == {"accepted": 1, "repeated": 0}
            self.acknowledged.append(name)


@pytest.mark.parametrize("kills", [100, pytest.param(1000, marks=pytest.mark.nightly)])
def test_acknowledged_events_survive_kills(workspace, promise, kills):
    """an acknowledged event is never lost"""
    settle(workspace)
    rng, port, acknowledged = random.Random(kills), free_port(), set()
    forker = Forker(workspace.root / "server.log")
    try:
        for at in range(kills):
            pid = forker.start(workspace.root, port)
            senders = [Sender(port, f"k{at}s{each}") for each in range(4)]
            for each in senders:
                each.start()
            while not any(each.acknowledged for each in senders) and any(each.is_alive() for each in senders):
                time.sleep(0.001)
            time.sleep(rng.uniform(0, 0.05))
            kill(pid)
            for each in senders:
                each.join(30)
                acknowledged |= set(each.acknowledged)
    finally:
        forker.close()
    store = EventStore(f"sqlite:///{workspace.root}/events.sqlite", reads_only=True)
    kept = [each.event_id for each in store.since(0)]
    store.close()
    lost = acknowledged - set(kept)
    promise(f"{kills} times kill -9 under 4 senders: {len(lost)} of {len(acknowledged)} acknowledged lost")
    assert not lost
    assert len(acknowledged) >= kills
    assert len(kept) == len(set(kept))
    assert len(kept) - len(acknowledged) <= 4 * kills  # on disk, and killed before it could say so


def test_an_event_sent_thrice_across_a_kill_counts_once(workspace, promise):
    """a repeated event counts once, for ever"""
    settle(workspace)
    rng, sent = random.Random(7), [event(f"e{each}", user_id=f"u{each % 99}") for each in range(10_000)] * 3
    rng.shuffle(sent)
    accepted, half = 0, len(sent) // 2
    server = Process(workspace.root)
    for start in range(0, len(sent), 250):
        if start == half:
            server.process.kill()
            server.stop()
            server = Process(workspace.root)
        reply = server.client.post("/v1/feedback", json=sent[start : start + 250]).json()
        assert reply["accepted"] + reply["repeated"] == 250
        accepted += reply["accepted"]
    other = server.client.post("/v1/feedback", json=sent[0] | {"item_id": "7"}).status_code
    server.stop()
    store = EventStore(f"sqlite:///{workspace.root}/events.sqlite", reads_only=True)
    rows = len(store.since(0))
    store.close()
    promise(
        f"10,000 events three times, shuffled, a kill half-way: {rows:,} rows; another body of an id: {other}"
    )
    assert (rows, accepted, other) == (10_000, 10_000, 409)


def test_a_server_without_a_language_model_loads_none(workspace, promise):
    """an acknowledged event is never lost"""
    settle(workspace)
    start = time.monotonic()
    server = Process(workspace.root)
    took = time.monotonic() - start
    running = Path(f"/proc/{server.process.pid}")
    maps, ticks = (running / "maps").read_text(), (running / "stat").read_text().rpartition(")")[2].split()
    server.stop()
    seconds = (int(ticks[11]) + int(ticks[12])) / 100
    promise(f"started without a language model in {took:.1f} s, {seconds:.1f} s of them on a processor")
    assert "libtorch" not in maps
    assert seconds < 10
