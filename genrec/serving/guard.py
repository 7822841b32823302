"""A language model not trusted to be well: bounded in time, left alone for a while after it failed."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from genrec.errors import BackendError
from genrec.generation.base import Decoding, Generation, Generator, Prompt

REST = 2.0
"""Seconds a generator that failed is left alone; then one call tries it again."""


class Guarded:
    """A generator with a deadline for every call, which fails at once while the one behind it is down.

    Args:
        generator: in front of which it stands.
        deadline: seconds for a call.
        clock: seconds, rising.
    """

    def __init__(
        self, generator: Generator, *, deadline: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.generator = generator
        self._deadline, self._clock = deadline, clock
        self._lock = threading.Lock()
        self._failure: BackendError | None = None
        self._tried = 0.0

    @property
    def failure(self) -> BackendError | None:
        """Why the last call failed; None where it did not."""
        return self._failure

    def generate(self, prompts: Sequence[Prompt], decoding: Decoding) -> list[list[Generation]]:
        """As the generator's own.

        Raises:
            BackendError: it failed, or has failed and is left alone.
        """
        self._refuse_while_down()
        try:
            replies = self.generator.generate(prompts, replace(decoding, deadline=self._deadline))
        except BackendError as error:
            self._failure, self._tried = error, self._clock()
            raise
        self._failure = None
        return replies

    def count_tokens(self, text: str) -> int:
        """As the generator's own."""
        return self.generator.count_tokens(text)

    def _refuse_while_down(self) -> None:
        """Let one call through after each rest, so that many do not wait for what is still down."""
        with self._lock:
            if self._failure is None:
                return
            if self._clock() - self._tried < REST:
                raise self._failure
            self._tried = self._clock()


class Silent:
    """Writes nothing: what is left of the generative model is then found by the last titles."""

    def generate(self, prompts: Sequence[Prompt], _decoding: Decoding) -> list[list[Generation]]:
        """No reply to any prompt."""
        return [[] for _ in prompts]

    def count_tokens(self, text: str) -> int:
        """About a token a word: nothing is made of the prompt."""
        return text.count(" ") + 1
