"""What is logged: a line a request, and nothing of what was in it."""

import json
import logging
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest
from serving_process import is_up

from genrec.serving.keys import Keys
from genrec.serving.logs import Line

CANARY = "qzx7canary"
"""In every id, text and key below."""


def sent(address, method, path, body=None, *, key, headers=()):
    """The status, and the request id that the reply names."""
    data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    asked = urllib.request.Request(address + path, data, {"content-type": "application/json"}, method=method)
    asked.add_header("authorization", f"Bearer {key}")
    for name, value in headers:
        asked.add_header(name, value)
    try:
        with urllib.request.urlopen(asked, timeout=60) as reply:
            return reply.status, reply.headers["x-request-id"]
    except urllib.error.HTTPError as error:
        return error.code, error.headers["x-request-id"]


def requests(address, key):
    """Send canaries by every way in; pairs of status and request id."""
    user, item, text = f"user-{CANARY}", f"item-{CANARY}", f"I want {CANARY}"
    like = {"event_id": f"e-{CANARY}", "user_id": user, "item_id": "5", "type": "like"}
    asked = [
        ("POST", "/v1/recommend", {"user_id": user}),
        ("POST", "/v1/recommend", {"user_id": user, "text": text}),
        ("POST", "/v1/recommend", {"user_id": user, "where": f'brand = "{CANARY}"'}),
        ("POST", "/v1/recommend", {"history": [item]}),
        ("POST", "/v1/recommend", {CANARY: 1}),
        ("POST", "/v1/recommend", b'{"user_id": "' + CANARY.encode()),
        ("POST", "/v1/search", {"text": text}),
        ("POST", "/v1/explain", {"user_id": user, "item_id": item}),
        ("POST", "/v1/feedback", like),
        ("POST", "/v1/feedback", like | {"item_id": "6"}),
        ("PUT", f"/v1/items/{item}", {"title": CANARY, "price": CANARY}),
        ("PUT", f"/v1/items/{item}", {"title": CANARY}),
        ("GET", f"/v1/items/{item}", None),
        ("GET", f"/v1/items/{item}/similar", None),
        ("GET", f"/v1/users/{user}/history", None),
        ("POST", f"/v1/models/{CANARY}/recommend", {"user_id": user}),
        ("DELETE", f"/v1/users/{user}", None),
        ("GET", f"/{CANARY}?{CANARY}={CANARY}", None),
        ("BREW", f"/v1/recommend?{CANARY}", None),
    ]
    found = [sent(address, *each, key=key, headers=[("x-request-id", CANARY)]) for each in asked]
    return [*found, sent(address, "POST", "/v1/search", {"text": text}, key=f"genrec_{CANARY}")]


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


@pytest.fixture
def logged(workspace, tmp_path_factory):
    """What a real server process has written, whole, and what it was asked, by the form of its log."""

    def serve(form):
        keys, key = Keys({}).with_new("client")
        keys.save(workspace.root)
        address = f"http://127.0.0.1:{free_port()}"
        command = [sys.executable, "-m", "genrec", "serve", "--tenant", f"shop={workspace.root}"]
        command += ["--model", "popularity", "--port", address.rpartition(":")[2], "--log", form]
        path = tmp_path_factory.mktemp("log") / "log"
        with path.open("w") as file, subprocess.Popen(command, stdout=file, stderr=file) as server:
            try:
                while "serving" not in path.read_text() or not is_up(address):
                    assert server.poll() is None, path.read_text()
                    time.sleep(0.1)
                done = requests(f"{address}/t/shop", key)
                send_garbage(address)
            finally:
                server.send_signal(signal.SIGTERM)
            server.wait(30)
        return path.read_text(), done, key

    return serve


def send_garbage(address):
    host, port = address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as raw:
        raw.sendall(f"{CANARY} {CANARY}\r\n\r\n".encode())
        raw.recv(1000)


@pytest.mark.slow
def test_a_whole_log_tells_every_request_and_nobodys_words(logged):
    text, done, key = logged("json")
    assert CANARY not in text
    assert key not in text
    assert not re.search(r"item-|user-|e-q|/v1/items/[^{]", text)
    assert {status for status, _ in done} == {200, 201, 400, 401, 404, 405, 409, 422}
    lines = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    told = {line["request_id"]: line for line in lines if "request_id" in line}
    for status, name in done:
        assert told[name]["status"] == status
        assert told[name]["tenant"] == "shop"
        assert told[name]["seconds"] >= 0
    first, second = (told[name] for _, name in done[:2])
    assert (first["method"], first["route"]) == ("POST", "/v1/recommend")
    assert (first["degraded"], second["degraded"]) == (True, False)  # of the first nothing is known
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", first["time"])
    assert told[done[-2][1]]["method"] == "other"
    assert {line["event"] for line in lines} == {"request", "Invalid HTTP request received."}


@pytest.mark.slow
def test_the_text_form_tells_the_same(logged):
    text, done, _ = logged("text")
    assert CANARY not in text
    for status, name in done:
        (line,) = (each for each in text.splitlines() if f"request_id={name}" in each)
        assert f" status={status} " in line


def record(name, message, *given, error=None):
    info = (type(error), error, error.__traceback__) if error else None
    return logging.LogRecord(name, logging.ERROR, "x.py", 1, message, given, info)


@pytest.mark.parametrize("form", ["json", "text"])
def test_an_error_is_told_by_its_kind_and_places_without_its_words(form):
    try:
        raise KeyError(CANARY)
    except KeyError as error:
        ours = Line(form).format(record("genrec.serving", "it failed", error=error))
        theirs = Line(form).format(
            record("uvicorn.error", "Exception in %s\nof %s", CANARY, CANARY, error=error)
        )
    for line in (ours, theirs):
        assert CANARY not in line
        assert "KeyError" in line
        assert f"{os.path.basename(__file__)}:" in line
        assert "\n" not in line
    assert "Exception in %s" in theirs
