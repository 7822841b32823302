import threading
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from genrec import places
from genrec.files import sha256_of

BODY = bytes(range(256)) * 9000


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/missing":
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(BODY)))
        self.end_headers()
        with suppress(ConnectionError):  # a client that has seen enough hangs up
            self.wfile.write(BODY[:1000] if self.path == "/short" else BODY)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as served:
        thread = threading.Thread(target=served.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{served.server_port}"
        served.shutdown()
        thread.join()


@pytest.fixture
def secure(server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The same server, passed off as an https one: certificates are the standard library's to test."""
    real = urllib.request.urlopen

    def urlopen(request: urllib.request.Request, *, timeout: float) -> object:
        url = request.full_url
        request.full_url = url.replace("https:", "http:")
        response = real(request, timeout=timeout)
        response.geturl = lambda: url
        return response

    monkeypatch.setattr(urllib.request, "urlopen", urlopen)
    monkeypatch.delenv("GENREC_OFFLINE", raising=False)
    return server.replace("http:", "https:")


def test_a_download_is_the_bytes_served_and_quiet_without_a_terminal(
    secure: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "wanted").write_bytes(BODY)
    places.download(f"{secure}/whole", tmp_path / "got")
    assert sha256_of(tmp_path / "got") == sha256_of(tmp_path / "wanted")
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("path", "why"),
    [("short", f"cut short after 1000 of {len(BODY)} bytes"), ("missing", "missing: HTTP Error 404")],
)
def test_a_bad_answer_is_a_place_that_failed(secure: str, tmp_path: Path, path: str, why: str) -> None:
    with pytest.raises(places.PlaceError, match=why):
        places.download(f"{secure}/{path}", tmp_path / "got")


def test_an_answer_that_did_not_come_by_https_is_refused(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GENREC_OFFLINE", raising=False)
    with pytest.raises(places.PlaceError, match="redirected away from https"):
        places.download(f"{server}/whole", tmp_path / "got")
    assert (tmp_path / "got").read_bytes() == b""


@pytest.mark.parametrize(
    ("variable", "value", "hub", "everything"),
    [
        ("GENREC_OFFLINE", "1", True, True),
        ("GENREC_OFFLINE", "0", False, False),
        ("HF_HUB_OFFLINE", "True", True, False),
        ("HF_HUB_OFFLINE", "", False, False),
    ],
)
def test_which_network_a_variable_rules_out(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, *, hub: bool, everything: bool
) -> None:
    for name in ("GENREC_OFFLINE", "HF_HUB_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(variable, value)
    assert places.is_offline(hub=True) is hub
    assert places.is_offline() is everything


def test_a_hub_file_that_the_hubs_own_cache_has_needs_no_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cached").write_bytes(b"weights")
    asked = {}

    def load(repository: str, name: str, *, revision: str) -> str:
        asked.update(repository=repository, name=name, revision=revision)
        return str(tmp_path / "cached")

    monkeypatch.setattr("huggingface_hub.try_to_load_from_cache", load)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with places.opened("hf://org/name@abc", scratch=tmp_path) as read:
        read("sub/model.safetensors", tmp_path / "got")
    assert (tmp_path / "got").read_bytes() == b"weights"
    assert asked == {"repository": "org/name", "name": "sub/model.safetensors", "revision": "abc"}
