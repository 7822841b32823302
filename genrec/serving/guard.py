"""A language model not trusted to be well: bounded in time, left alone for a while after it failed."""

import logging
import re
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TypeVar

from genrec.errors import BackendError, GenrecError
from genrec.explaining.writer import ReasonWriter
from genrec.generation.asking import LATE
from genrec.generation.base import Decoding, Generation, Generator, Prompt, Segment
from genrec.generation.server import ServerGenerator
from genrec.stages import Stage, Stages, timing, watched
from genrec.types import Answer

log = logging.getLogger("genrec.serving")
REST = 2.0
"""Seconds a generator that failed is left alone; then one call tries it again."""
SLACK = 0.05
"""Seconds before a request's time is over in which a generator can say itself why it is late."""
CALLS = 64
"""At once, with those given up that have not ended yet."""
_ADDRESS = re.compile(
    r"\w+://|\bwww\.|\b[\w-]+\.(?:com|net|org|info|biz|io|app|dev|xyz|top|ru|cn)\b", re.IGNORECASE
)
PROBE = Prompt((("user", (Segment("Hi"),)),))
"""Asked for one token to see whether the language model answers."""
T = TypeVar("T")


@dataclass
class Call:
    """One request at work."""

    expires: float
    """On the clock of `time.monotonic`: when the language model's time for it ends."""
    failure: BackendError | None = None
    """Why reasons were not worded by the model."""
    answers: list[Answer] = field(default_factory=list)
    """What it was answered with."""
    n_hits: int = 0
    """Items that a search showed."""
    stages: Stages = field(default_factory=Stages)
    """How long it took, by what was done."""
    addresses: int = 0
    """Texts that were dropped since an address stood in them."""


_CALL: ContextVar[Call | None] = ContextVar("call", default=None)


def by(call: Call, work: Callable[[], T]) -> T:
    """Do a request's work, whose language model has until it expires, whatever waited before it began."""
    token = _CALL.set(call)
    try:
        with watched(call.stages):
            return work()
    finally:
        _CALL.reset(token)


def current() -> Call:
    """The request that this thread works on; one without end where it was not begun by `by`."""
    return _CALL.get() or Call(float("inf"))


class Guarded:
    """A generator with a deadline for every call, which fails at once while the one behind it is down.

    A call that has not ended by the deadline is given up, whatever it waits for. A reply with an address in
    it is blank: no item is found by one, and none is ever shown.

    Args:
        opens: makes the generator, when it is first needed.
        deadline: seconds for a call, or for all of a request.
        clock: seconds, rising.
        stage: what waiting for it is counted as.
    """

    def __init__(
        self,
        opens: Callable[[], Generator],
        *,
        deadline: float,
        clock: Callable[[], float] = time.monotonic,
        stage: Stage = "generate",
    ) -> None:
        self.deadline, self._opens, self._clock, self._stage = deadline, opens, clock, stage
        self._lock, self._opening = threading.Lock(), threading.Lock()
        self._failure: BackendError | None = None
        self._tried = 0.0
        self._calls = ThreadPoolExecutor(CALLS, thread_name_prefix="genrec-model")

    @cached_property
    def _opened(self) -> Generator:
        return self._opens()

    @property
    def generator(self) -> Generator:
        """What stands behind it."""
        with self._opening:
            return self._opened

    @property
    def failure(self) -> BackendError | None:
        """Why the last call failed; None where it did not."""
        return self._failure

    def generate(self, prompts: Sequence[Prompt], decoding: Decoding) -> list[list[Generation]]:
        """As the generator's own.

        Raises:
            BackendError: it failed in any way, has failed and is left alone, or the request's time is over.
        """
        if not prompts:
            return []
        left = min(self.deadline, current().expires - time.monotonic())
        if left <= 0:
            raise BackendError(LATE, why="the request had waited too long before its turn")
        self._refuse_while_down()
        try:
            with timing(self._stage):
                replies = self._bounded(prompts, decoding, left)
        except Exception as error:  # whatever it is, users get an answer
            failure = _worded(error)
            if failure.what != LATE or 2 * left >= self.deadline:  # else the request was late, not the model
                self._failure, self._tried = failure, self._clock()
            raise failure from error
        self._failure = None
        return [[_clean(each) for each in row] for row in replies]

    def count_tokens(self, text: str) -> int:
        """As the generator's own."""
        return self.generator.count_tokens(text)

    def load(self) -> None:
        """Have the model write a token, however long it takes to load; a server need not answer yet.

        Raises:
            ArtifactError: the model in process cannot be loaded.
        """
        is_server = isinstance(self.generator, ServerGenerator)
        asked = Decoding(mode="greedy", max_tokens=1, deadline=self.deadline if is_server else None)
        try:
            self.generator.generate([PROBE], asked)
        except BackendError as error:
            log.warning("not yet: %s", error)

    def _bounded(self, prompts: Sequence[Prompt], decoding: Decoding, left: float) -> list[list[Generation]]:
        decoding = replace(decoding, deadline=max(left - SLACK, left / 2))
        call = self._calls.submit(lambda: self.generator.generate(prompts, decoding))
        try:
            return call.result(timeout=left)
        except TimeoutError as error:
            call.cancel()
            raise BackendError(LATE, why="it was given up at the deadline") from error

    def _refuse_while_down(self) -> None:
        """Let one call through after each rest, so that many do not wait for what is still down."""
        with self._lock:
            if self._failure is None:
                return
            if self._clock() - self._tried < REST:
                raise BackendError(self._failure.what)
            self._tried = self._clock()


class Wording:
    """A writer of reasons that finds no words while its model is down; the request is told why."""

    def __init__(self, writer: ReasonWriter, generator: Guarded) -> None:
        self.generator = generator
        self._writer = replace(writer, generator=generator)

    def __call__(self, statements: Sequence[Sequence[str]]) -> list[list[str]]:
        """As the writer's own, or no sentence for any item."""
        try:
            return self._writer(statements)
        except BackendError as error:
            current().failure = error
            return [[] for _ in statements]


class Silent:
    """Writes nothing: what is left of the generative model is then found by the last titles."""

    def generate(self, prompts: Sequence[Prompt], _decoding: Decoding) -> list[list[Generation]]:
        """No reply to any prompt."""
        return [[] for _ in prompts]

    def count_tokens(self, text: str) -> int:
        """About a token a word: nothing is made of the prompt."""
        return text.count(" ") + 1


def _worded(error: Exception) -> BackendError:
    if isinstance(error, BackendError):
        return error
    log.error("the language model failed", exc_info=error)
    what = error.what if isinstance(error, GenrecError) else "the language model failed"
    return BackendError(what, why=type(error).__name__)


def _clean(reply: Generation) -> Generation:
    """A reply that any text can hold, without an address."""
    text = reply.text.encode("utf-8", "replace").decode()
    if _ADDRESS.search(text):
        current().addresses += 1
        text = ""
    return replace(reply, text=text)
