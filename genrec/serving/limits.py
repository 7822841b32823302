"""What a request may cost: bytes and seconds of its body, and a place among those in flight."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from genrec.serving.schemas import Fault

MOST_BYTES = 2 << 20
MOST_IN_FLIGHT = 128
PATIENCE = 10.0
"""Seconds a client has to send its body, and to take each piece of the answer."""
FREE = ("/health/", "/metrics")
"""Paths that must answer when nothing else does."""
KEYED = "/v1/"
"""Paths for which a client without a key gets no place: it could take all of them."""
NO_KEY = "no key, or none that is known"
GONE: Message = {"type": "http.disconnect"}


@dataclass
class Gate:
    """Who is inside, and whether anyone else may come in."""

    in_flight: int = 0
    is_draining: bool = False
    """Whether the server is shutting down: those inside end in peace, others are sent away."""


class Limits:
    """ASGI middleware: refuses before the application sees a request, without asking any model.

    A body is counted while it streams in, so one without a length is cut as early as one with. A client that
    goes, or is slower than `patience`, frees its place.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        gate: Gate,
        opens: Callable[[Headers], bool] = lambda _headers: True,
        most_bytes: int = MOST_BYTES,
        most_in_flight: int = MOST_IN_FLIGHT,
        patience: float = PATIENCE,
    ) -> None:
        self._app, self._gate, self._opens, self._patience = app, gate, opens, patience
        self._most_bytes, self._most_in_flight = most_bytes, most_in_flight

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http" or scope["path"].startswith(FREE):
            return await self._app(scope, receive, send)
        gate = self._gate
        if gate.is_draining:
            return await refuse(scope, send, 503, "the server is shutting down", retry_after=5)
        if scope["path"].startswith(KEYED) and not self._opens(Headers(scope=scope)):
            return await refuse(scope, send, 401, NO_KEY)
        if gate.in_flight >= self._most_in_flight:
            return await refuse(scope, send, 429, f"{gate.in_flight} requests are in flight", retry_after=1)
        gate.in_flight += 1
        try:
            await self._passed_on(scope, receive, self._impatient(send))
        except ConnectionError:
            pass  # nobody is there to be told
        finally:
            gate.in_flight -= 1

    async def _passed_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            async with asyncio.timeout(self._patience):
                body = await self._whole(scope, receive)
        except TimeoutError:
            return await refuse(scope, send, 408, f"the body took over {self._patience:g} seconds")
        if body is None:
            return await refuse(scope, send, 413, f"the body is longer than {self._most_bytes} bytes")
        gone = asyncio.Event()
        await _first_of(self._app(scope, _given(body, gone), send), _until_gone(receive, gone))

    async def _whole(self, scope: Scope, receive: Receive) -> bytes | None:
        """The body; None where it is too long, as soon as that is known; ConnectionError if it ends early."""
        told = dict(scope["headers"]).get(b"content-length", b"0")
        if told.isdigit() and (len(told) > 18 or int(told) > self._most_bytes):
            return None
        body, is_more = bytearray(), True
        while is_more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ConnectionError
            body += message.get("body", b"")
            is_more = message.get("more_body", False)
            if len(body) > self._most_bytes:
                return None
        return bytes(body)

    def _impatient(self, send: Send) -> Send:
        async def sent(message: Message) -> None:
            try:
                async with asyncio.timeout(self._patience):
                    await send(message)
            except TimeoutError as error:
                raise ConnectionError("the client does not read") from error

        return sent


async def _first_of(work: Awaitable[None], end: Awaitable[None]) -> None:
    """Do some work until it is done, or until it has lost its end; then it is cancelled."""
    tasks = [asyncio.ensure_future(work), asyncio.ensure_future(end)]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for each in tasks:
            each.cancel()
        worked, _ = await asyncio.gather(*tasks, return_exceptions=True)
    if isinstance(worked, Exception):
        raise worked


async def _until_gone(receive: Receive, gone: asyncio.Event) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    gone.set()


def _given(body: bytes, gone: asyncio.Event) -> Receive:
    """The body in one piece, then that the client has gone, once it has."""
    told = False

    async def once() -> Message:
        nonlocal told
        if told:
            await gone.wait()
            return GONE
        told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return once


async def refuse(scope: Scope, send: Send, status: int, what: str, *, retry_after: int | None = None) -> None:
    """Answer with a fault, in place of the application."""
    headers = {"connection": "close"}
    if retry_after is not None:
        headers["retry-after"] = str(retry_after)
    fault = Fault(what=what, request_id=scope.get("request_id", ""))
    await JSONResponse(fault.model_dump(), status, headers)(scope, _never, send)


async def _never() -> Message:
    return GONE
