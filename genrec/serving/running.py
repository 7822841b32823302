"""The server process: reads its data anew on SIGHUP, and on SIGTERM ends what it has begun, then itself."""

import logging
import signal
import threading
import time
from types import FrameType

import uvicorn
from fastapi import FastAPI

from genrec.errors import GenrecError
from genrec.serving.limits import Gate
from genrec.serving.live import Live

log = logging.getLogger("genrec.serving")
GRACE = 30.0
"""Seconds that requests in flight have to end after SIGTERM."""


class Server(uvicorn.Server):
    """Goes on listening while it drains, so that new requests are told, by a 503, to go elsewhere.

    A second signal ends it at once.
    """

    def __init__(self, config: uvicorn.Config, gate: Gate) -> None:
        super().__init__(config)
        self._gate = gate
        self._ends = 0.0

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """On the first signal begin to drain."""
        if self._gate.is_draining:
            self.should_exit = self.force_exit = True
        self._gate.is_draining, self._ends = True, time.monotonic() + GRACE

    async def on_tick(self, counter: int) -> bool:
        """As uvicorn's own, ten times a second; drained, it is over."""
        if self._gate.is_draining and (not self._gate.in_flight or time.monotonic() > self._ends):
            self.should_exit = True
        return await super().on_tick(counter)


def serve(app: FastAPI, live: Live, *, host: str, port: int) -> None:
    """Listen until a signal ends it."""
    config = uvicorn.Config(
        app, host=host, port=port, log_level="warning", access_log=False, timeout_graceful_shutdown=5
    )
    signal.signal(signal.SIGHUP, lambda *_: threading.Thread(target=_reload, args=(live,)).start())
    try:
        Server(config, app.state.gate).run()
    finally:
        live.close()


def _reload(live: Live) -> None:
    try:
        live.reload()
    except GenrecError as error:
        log.error("the data was not read anew, and what was read before is served: %s", error)
