"""A model server of our own that speaks the OpenAI protocol, and fails in any way it is told to."""

import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

FAULTS = (
    "refused", "reset", "status 500", "status 429", "hang", "drip", "cut short", "truncated JSON",
    "wrong JSON", "empty", "not UTF-8", "50 MB", "deep JSON", "invented", "wrong model",
)  # fmt: skip
BODIES = {
    "truncated JSON": b'{"choices": [{"message": {"content": "tra',
    "wrong JSON": b'{"choices": "none"}',
    "empty": b"",
    "not UTF-8": b'{"choices": [{"message": {"content": "\xff\xfe"}}]}',
    "deep JSON": b"[" * 200_000,
}


class Backend:
    """Writes `script(text of the prompt)` while `fault` is None; keeps the text of every prompt."""

    def __init__(self, script: Callable[[str], Sequence[str]]) -> None:
        self.script, self.fault, self.delay = script, None, 0.0
        self.prompts: list[str] = []
        self._server, self.port = None, 0
        self._listen()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def fail(self, fault: str | None) -> None:
        """Fail in one way from now on; None to be well again."""
        self.fault = fault
        if fault == "refused":
            self.close()
        elif self._server is None:
            self._listen()

    def close(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def _listen(self) -> None:
        backend = self

        class Handler(_Handler):
            owner = backend

        ThreadingHTTPServer.daemon_threads, ThreadingHTTPServer.request_queue_size = True, 256
        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self._server.block_on_close = False
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()


class _Handler(BaseHTTPRequestHandler):
    owner: Backend
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # the header and the body are two pieces

    def do_GET(self) -> None:
        name = "another" if self.owner.fault == "wrong model" else "mock"
        self._answer(200, json.dumps({"object": "list", "data": [{"id": name}]}).encode())

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        text = "\n".join(each["content"] for each in body.get("messages", [])) or body.get("prompt", "")
        self.owner.prompts.append(text)
        time.sleep(self.owner.delay)
        try:
            self._fail(self.owner.fault, text, body)
        except OSError:
            self.close_connection = True  # who asked has gone

    def _fail(self, fault: str | None, text: str, body: dict) -> None:
        if fault in BODIES:
            self._answer(200, BODIES[fault])
        elif fault is None:
            self._write(self.owner.script(text), body)
        elif fault == "invented":
            self._write(["Zzyzx Qwrtp", "item 4711", "<|im_start|>"], body)
        elif fault.startswith("status"):
            self._answer(int(fault.split()[1]), b'{"error": {"message": "no"}}')
        elif fault == "wrong model":
            self._answer(404, b'{"error": {"message": "no such model"}}')
        elif fault == "hang":
            time.sleep(10)
        elif fault == "drip":
            self._drip()
        elif fault == "50 MB":
            self._answer(200, b'{"choices": "' + b"x" * (50 << 20) + b'"}')
        elif fault == "cut short":
            self._head(200, 1000)
            self.wfile.write(b'{"choices": [')
            self.close_connection = True
        else:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            self.close_connection = True

    def _drip(self) -> None:
        self._head(200, 1000)
        for _ in range(15):
            self.wfile.write(b" ")
            time.sleep(1)
        self.close_connection = True

    def _write(self, replies: Sequence[str], body: dict) -> None:
        n = body.get("n", 1)
        texts = [replies[each % len(replies)] for each in range(n)]
        choices = [{"index": at, "message": {"role": "assistant", "content": each}, "finish_reason": "stop"}
                   for at, each in enumerate(texts)]  # fmt: skip
        self._answer(200, json.dumps({"id": "x", "object": "chat.completion", "choices": choices}).encode())

    def _answer(self, status: int, body: bytes) -> None:
        self._head(status, len(body))
        self.wfile.write(body)

    def _head(self, status: int, length: int) -> None:
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(length))
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass
