"""One request to a model server: retried, bounded in time and size, and its failures in words."""

import json
import random
import time
import weakref
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from functools import cached_property
from typing import Any

from genrec.errors import BackendError

REPLY_BYTES = 16 << 20
FIRST_WAIT, LONGEST_WAIT = 0.25, 8.0
LAST_TRY = 0.25
"""Share of the time that must be left for a request to be sent again: else it ends too late to say why."""
LATE, UNREACHABLE = "the model server did not answer in time", "the model server cannot be reached"
RETRIED_STATUS = frozenset({408, 409, 429, 500, 502, 503, 504})

Json = Mapping[str, Any]
Send = Callable[[Any, float], AbstractContextManager[Any]]
"""From the openai client and the seconds left to a streamed response."""


class Asker:
    """Sends requests through the openai client, whose own retries know no common deadline and are off."""

    def __init__(self, url: str, *, api_key: str | None) -> None:
        self._url = url
        self._api_key = api_key

    def ask(self, send: Send, *, expires: float) -> Json:
        """The JSON object of the answer.

        Refused connections, 429 and 5xx are tried again, with growing waits, while a quarter of the time is
        left, and as much as the last try took.

        Args:
            send: makes the request.
            expires: the deadline on the clock of `time.monotonic`.

        Raises:
            RefusedError: the server answered 4xx.
            BackendError: it is down, too late, or answers what is no JSON object.
        """
        import httpx2
        import openai

        wait, told, spared = FIRST_WAIT, None, LAST_TRY * (expires - time.monotonic())
        while True:
            began = time.monotonic()
            try:
                return self._once(send, expires)
            except openai.APIStatusError as error:
                if error.status_code not in RETRIED_STATUS:
                    raise RefusedError(self._url, error.status_code, _message(error)) from error
                cause: Exception = error
                told = f"the model server answers with {error.status_code}", _message(error)
            except (openai.APIConnectionError, httpx2.TransportError) as error:
                is_late = isinstance(error, (openai.APITimeoutError, httpx2.TimeoutException))
                if told is None or not is_late:  # a last try that ran out of time hides no fault before it
                    told = LATE if is_late else UNREACHABLE, _connection_fault(error)
                cause = error
            pause = wait * random.uniform(0.5, 1.0)  # so that many clients do not come back at once
            now = time.monotonic()
            if now + pause + max(now - began, spared) >= expires:
                raise self._down(*told) from cause
            time.sleep(pause)
            wait = min(2 * wait, LONGEST_WAIT)

    def wrong_answer(self, why: str) -> BackendError:
        """The error for an answer that does not fit the protocol."""
        return BackendError(
            "the model server answers wrongly",
            where=self._url,
            why=why,
            next_step="check that the URL is that of an OpenAI-style server",
        )

    def _once(self, send: Send, expires: float) -> Json:
        with send(self._client, max(expires - time.monotonic(), 0.001)) as response:
            body = bytearray()
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > REPLY_BYTES:
                    raise self.wrong_answer(f"a reply above {REPLY_BYTES} bytes")
                if time.monotonic() > expires:  # each chunk came in time, and yet they never end
                    raise self._down(LATE, "its answer did not end before the deadline")
        try:
            parsed = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise self.wrong_answer(f"its reply is no JSON: {bytes(body[:80])!r}") from error
        if not isinstance(parsed, dict):
            raise self.wrong_answer("its reply is no JSON object")
        return parsed

    @cached_property
    def _client(self) -> Any:
        import openai

        client = openai.OpenAI(
            base_url=self._url,
            api_key=self._api_key or "none",
            max_retries=0,
            http_client=openai.DefaultHttpxClient(follow_redirects=False),  # the key goes nowhere else
        )
        weakref.finalize(self, client.close)  # its connections are kept open between calls
        return client

    def _down(self, what: str, why: str) -> BackendError:
        return BackendError(
            what,
            where=self._url,
            why=why,
            next_step="start one, such as `python -m vllm.entrypoints.openai.api_server --model DIR`, "
            "or leave out --backend for the in-process model",
        )


class RefusedError(BackendError):
    """The server understood and refused: trying again would not help."""

    def __init__(self, url: str, status: int, message: str) -> None:
        self.status = status
        super().__init__(
            f"the model server refused the request ({status})",
            where=url,
            why=message,
            next_step="check the key in GENREC_BACKEND_KEY" if status in {401, 403} else _next_step(status),
        )


def _next_step(status: int) -> str:
    return (
        "give the address the server redirects to" if 300 <= status < 400 else "check the model and settings"
    )


def _message(error: Any) -> str:
    """The server's own words, bounded: they end up on a terminal."""
    body = error.body
    inner = body.get("error", body) if isinstance(body, dict) else body
    said = inner.get("message") if isinstance(inner, dict) else inner
    return " ".join(str(said or error.message).split())[:300]


def _connection_fault(error: Exception) -> str:
    cause = error.__cause__ or error
    return str(cause) or type(cause).__name__
