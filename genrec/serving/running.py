"""The server process: reads its data anew on SIGHUP, and on SIGTERM ends what it has begun, then itself."""

import signal
import socket
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

from genrec.errors import UsageError
from genrec.serving.limits import Gate
from genrec.serving.live import Live

GRACE = 30.0
"""Seconds that requests in flight have to end after SIGTERM."""


class Server(uvicorn.Server):
    """Goes on listening while it drains, so that new requests are told, by a 503, to go elsewhere.

    A second signal ends it at once.
    """

    def __init__(self, config: uvicorn.Config, gates: Sequence[Gate]) -> None:
        super().__init__(config)
        self._gates, self._is_draining = gates, False
        self._ends = 0.0

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """On the first signal begin to drain."""
        if self._is_draining:
            self.should_exit = self.force_exit = True
        self._is_draining, self._ends = True, time.monotonic() + GRACE
        for each in self._gates:
            each.is_draining = True

    async def on_tick(self, counter: int) -> bool:
        """As uvicorn's own, ten times a second; drained, it is over."""
        is_empty = not any(each.in_flight for each in self._gates)
        if self._is_draining and (is_empty or time.monotonic() > self._ends):
            self.should_exit = True
        return await super().on_tick(counter)


def bound(host: str, port: int) -> socket.socket:
    """A socket at an address, on which nobody listens yet; its own port is told by `getsockname`.

    Args:
        host: a name or an address.
        port: 0 for any that is free.

    Raises:
        UsageError: somebody is there, or there is no such address.
    """
    with ExitStack() as undone:
        try:
            family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
            found = undone.enter_context(socket.socket(family, kind, protocol))
            found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            found.bind(address)
        except OSError as error:
            raise UsageError(
                f"cannot listen on {host}:{port}",
                why=error.strerror or str(error),
                next_step="give another --port; 0 takes any that is free",
            ) from error
        undone.pop_all()
    return found


def serve(app: ASGIApp, lives: Sequence[Live], gates: Sequence[Gate], *, at: socket.socket) -> None:
    """Listen on a bound socket until a signal ends it."""
    config = uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=5)
    signal.signal(signal.SIGHUP, lambda *_: threading.Thread(target=_reload, args=(lives,)).start())
    try:
        Server(config, gates).run(sockets=[at])
    finally:
        for each in lives:
            each.close()


def _reload(lives: Sequence[Live]) -> None:
    for each in lives:
        each.refresh()
