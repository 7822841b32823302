"""One request to a model server: retried, bounded in time and size, and its failures in words."""

import json
import random
import time
import weakref
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from genrec.errors import BackendError

if TYPE_CHECKING:
    import httpx2

REPLY_BYTES = 16 << 20
FIRST_WAIT, LONGEST_WAIT = 0.25, 8.0
LAST_TRY = 0.25
"""Share of the time that must be left for a request to be sent again: else it ends too late to say why."""
LATE, UNREACHABLE = "the model server did not answer in time", "the model server cannot be reached"
RETRIED_STATUS = frozenset({408, 409, 429, 500, 502, 503, 504})

CONNECTIONS = 100
"""Kept open between requests; more are opened where more are needed."""

Json = Mapping[str, Any]


class Asker:
    """Sends requests of the OpenAI protocol.

    Over httpx2 alone: the openai client stands on it too, and adds 1.3 ms of CPU to its 0.7 a request, for
    retries that know no common deadline and replies in classes that nobody here reads.
    """

    def __init__(self, url: str, *, api_key: str | None) -> None:
        self._url = url
        self._api_key = api_key

    def ask(self, path: str, body: Json | None = None, *, expires: float) -> Json:
        """The JSON object of the answer.

        Refused connections, 429 and 5xx are tried again, with growing waits, while a quarter of the time is
        left, and as much as the last try took.

        Args:
            path: of the endpoint, behind the server's address.
            body: what is sent; nothing is, and the answer merely read, where None.
            expires: the deadline on the clock of `time.monotonic`.

        Raises:
            RefusedError: the server answered 4xx.
            BackendError: it is down, too late, or answers what is no JSON object.
        """
        import httpx2

        wait, told, spared = FIRST_WAIT, None, LAST_TRY * (expires - time.monotonic())
        while True:
            began = time.monotonic()
            try:
                return self._once(path, body, expires)
            except RefusedError as error:
                if error.status not in RETRIED_STATUS:
                    raise
                cause: Exception = error
                told = f"the model server answers with {error.status}", error.why
            except httpx2.TransportError as error:
                is_late = isinstance(error, httpx2.TimeoutException)
                if told is None or not is_late:  # a last try that ran out of time hides no fault before it
                    told = LATE if is_late else UNREACHABLE, str(error) or type(error).__name__
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

    def _once(self, path: str, body: Json | None, expires: float) -> Json:
        left = max(expires - time.monotonic(), 0.001)
        method = "GET" if body is None else "POST"
        with self._client.stream(method, f"{self._url}/{path}", json=body, timeout=left) as response:
            told = bytearray()
            for chunk in response.iter_bytes():
                told += chunk
                if len(told) > REPLY_BYTES:
                    raise self.wrong_answer(f"a reply above {REPLY_BYTES} bytes")
                if time.monotonic() > expires:  # each chunk came in time, and yet they never end
                    raise self._down(LATE, "its answer did not end before the deadline")
            if not response.is_success:
                raise RefusedError(self._url, response.status_code, _message(response.status_code, told))
        try:
            parsed = json.loads(told)
        except (ValueError, RecursionError) as error:
            raise self.wrong_answer(f"its reply is no JSON: {bytes(told[:80])!r}") from error
        if not isinstance(parsed, dict):
            raise self.wrong_answer("its reply is no JSON object")
        return parsed

    @cached_property
    def _client(self) -> "httpx2.Client":
        import httpx2

        client = httpx2.Client(
            headers={"authorization": f"Bearer {self._api_key or 'none'}"},
            limits=httpx2.Limits(max_connections=None, max_keepalive_connections=CONNECTIONS),
            follow_redirects=False,  # the key goes nowhere else
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


def _message(status: int, body: bytearray) -> str:
    """The server's own words, bounded: they end up on a terminal."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        said = body.decode("utf-8", "replace")
    inner = said.get("error", said) if isinstance(said, dict) else said
    words = inner.get("message") if isinstance(inner, dict) else inner
    return " ".join(str(words or f"Error code: {status}").split())[:300]
