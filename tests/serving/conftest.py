"""A shop of seven items behind the real application, its language model scripted, or the real server."""

import datetime
import json
import os
from pathlib import Path

import pytest
from serving_backend import Backend
from serving_process import Process
from starlette.testclient import TestClient

from genrec.errors import BackendError
from genrec.generation.scripted import ScriptedGenerator
from genrec.index import build
from genrec.serving.app import application
from genrec.serving.keys import Keys
from genrec.serving.live import Live
from genrec.workspace import Workspace

SETTINGS = """
name: shop
catalogue: {path: items.csv}
interactions: {path: events.csv}
retriever: bm25
dense: null
"""
ITEMS = """item_id,title,brand,price
1,Red running shoes,Fleet,59.90
2,Blue running shoes,Fleet,64.50
3,Trail shoes,Moor,89.00
4,Rain jacket,Moor,120
5,Wool socks,Moor,12
6,Running shorts,Fleet,35
7,Tent,Moor,300
"""
EVENTS = """user_id,item_id,event,timestamp
ann,1,purchase,1700000000
ann,3,view,1700000900
bob,1,purchase,1700001000
bob,4,purchase,1700002000
"""


class Switchable:
    """A generator that fails while `failure` is set."""

    def __init__(self) -> None:
        self.failure: BackendError | None = None
        self.calls = 0
        self._writer = ScriptedGenerator(["trail shoes", "rain jacket"])

    def generate(self, prompts, decoding):
        self.calls += 1
        if self.failure is not None:
            raise self.failure
        return self._writer.generate(prompts, decoding)

    def count_tokens(self, text):
        return self._writer.count_tokens(text)


@pytest.fixture
def workspace(tmp_path):
    for name, content in (("genrec.yaml", SETTINGS), ("items.csv", ITEMS), ("events.csv", EVENTS)):
        (tmp_path / name).write_text(content)
    opened = Workspace.open(tmp_path)
    build(opened)
    return opened


@pytest.fixture
def generator():
    return Switchable()


@pytest.fixture
def live(workspace, generator):
    opened = Live.open(workspace, deadline=1.0, generator=generator)
    yield opened
    opened.store.close()


@pytest.fixture
def client(live):
    with TestClient(application(live, keys=Keys({}), threads=2), raise_server_exceptions=False) as asked:
        yield asked


RESULT = pytest.StashKey[pytest.CallInfo]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.when == "call":
        item.stash[RESULT] = report
    return report


@pytest.fixture
def promise(request):
    """Takes note of a figure that a test has reached, and whether it is the promised one.

    Tests allow a busy machine more time than is promised; the line that GENREC_RESILIENCE keeps does not.
    """
    figures, held = [], []

    def note(figure, is_held=True):
        figures.append(figure)
        held.append(is_held)

    yield note
    report = request.node.stash.get(RESULT, None)
    kept = os.environ.get("GENREC_RESILIENCE")
    print(f"\n{request.node.name}: {'; '.join(figures)}")
    if kept and report is not None:  # one that was interrupted has no verdict
        line = {
            "promise": request.node.obj.__doc__.strip(),
            "figures": figures,
            "test": f"{request.node.path.name}::{request.node.name}",
            "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
            "verdict": "PASS" if report.passed and all(held) else "FAIL",
        }
        with Path(kept).open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(line) + "\n")


@pytest.fixture
def backend():
    """A model server that writes what finds items of the shop."""
    made = Backend(lambda _text: ["trail shoes", "rain jacket"])
    yield made
    made.close()


@pytest.fixture
def served(workspace, backend):
    """Starts the real server of the shop, over the model server and with a deadline of a second."""
    begun = []

    def start(*more, model=None):
        write = ("--model", model) if model else ("--backend", backend.url)
        begun.append(Process(workspace.root, *write, "--deadline", "1", *more))
        return begun[-1]

    yield start
    for each in begun:
        each.stop()
