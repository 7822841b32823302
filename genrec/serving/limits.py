"""What a request may cost: bytes of its body, and a place among those in flight."""

import json
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BYTES = 2 << 20
MOST_IN_FLIGHT = 128
FREE = ("/health/", "/metrics")
"""Paths that must answer when nothing else does."""


class Limits:
    """ASGI middleware: refuses before the application sees a request, without asking any model.

    A body is counted while it streams in, so one without a length is cut as early as one with. A client that
    goes frees its place, for its request ends with it.
    """

    def __init__(
        self, app: ASGIApp, *, most_bytes: int = MOST_BYTES, most_in_flight: int = MOST_IN_FLIGHT
    ) -> None:
        self._app, self._most_bytes, self._most_in_flight = app, most_bytes, most_in_flight
        self.in_flight = 0
        self.is_draining = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http" or scope["path"].startswith(FREE):
            return await self._app(scope, receive, send)
        if self.is_draining:
            return await _refuse(send, 503, "the server is shutting down")
        if self.in_flight >= self._most_in_flight:
            return await _refuse(send, 429, f"{self.in_flight} requests are in flight", retry_after=1)
        self.in_flight += 1
        try:
            body = await self._whole(scope, receive)
            if body is None:
                return await _refuse(send, 413, f"the body is longer than {self._most_bytes} bytes")
            await self._app(scope, _given(body, receive), send)
        finally:
            self.in_flight -= 1

    async def _whole(self, scope: Scope, receive: Receive) -> bytes | None:
        """The body; None where it is too long, as soon as that is known."""
        told = dict(scope["headers"]).get(b"content-length", b"0")
        if told.isdigit() and int(told) > self._most_bytes:
            return None
        body, is_more = bytearray(), True
        while is_more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return bytes(body)
            body += message.get("body", b"")
            is_more = message.get("more_body", False)
            if len(body) > self._most_bytes:
                return None
        return bytes(body)


def _given(body: bytes, receive: Receive) -> Receive:
    """The body in one piece, then whatever the client says next."""
    told = False

    async def once() -> Message:
        nonlocal told
        if told:
            return await receive()
        told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return once


async def _refuse(send: Send, status: int, what: str, *, retry_after: int | None = None) -> None:
    fault: dict[str, Any] = {"what": what, "where": "", "why": "", "next_step": "", "request_id": ""}
    headers = [(b"content-type", b"application/json"), (b"connection", b"close")]
    if retry_after is not None:
        headers.append((b"retry-after", str(retry_after).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(fault).encode()})
