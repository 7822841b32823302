"""When a reply ends, and what its tokens say."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from genrec.errors import BackendError
from genrec.generation.base import Generation


@dataclass(frozen=True)
class Endings:
    """What ends a reply: an end token, a stop string in its text, its length; and the common deadline."""

    end_ids: frozenset[int]
    stop: tuple[str, ...]
    max_tokens: int
    decode: Callable[[list[int]], str]
    deadline: float | None
    """On the clock of `time.monotonic`."""

    def ends(self, tokens: Sequence[int]) -> bool:
        """Whether the reply is over with its last token."""
        if tokens[-1] in self.end_ids or len(tokens) >= self.max_tokens:
            return True
        return bool(self.stop) and any(stop in self.decode(list(tokens)) for stop in self.stop)

    def generation(self, tokens: Sequence[int], log_probability: float) -> Generation:
        """The reply, cut before the end token or the first stop string."""
        text = self.decode([token for token in tokens if token not in self.end_ids])
        cut = min((at for stop in self.stop if (at := text.find(stop)) >= 0), default=len(text))
        return Generation(text[:cut], min(log_probability, 0.0), len(tokens))

    def check_deadline(self) -> None:
        """Raise BackendError once the deadline has passed."""
        if self.deadline is not None and time.monotonic() > self.deadline:
            raise BackendError(
                "the language model did not finish before the deadline",
                where="the in-process model",
                next_step="raise `generator.timeout`, ask for fewer queries, or use a server with --backend",
            )
