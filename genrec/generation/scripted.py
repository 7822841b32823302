"""A generator that says what it was told to, for tests and demonstrations without a model."""

from collections.abc import Callable, Sequence
from itertools import cycle, islice

from genrec.generation.base import Decoding, Generation, Prompt

Script = Callable[[str], Sequence[str]]


class ScriptedGenerator:
    """Answers from a function of the prompt's text, or with the same replies each time.

    Args:
        replies: the replies, or a function from the prompt's text to them; repeated where too few.
    """

    def __init__(self, replies: Sequence[str] | Script) -> None:
        self._script: Script = replies if callable(replies) else lambda _: replies
        self.prompts: list[Prompt] = []
        """Every prompt so far."""

    def generate(self, prompts: Sequence[Prompt], decoding: Decoding) -> list[list[Generation]]:
        """The script's replies, the first ones the likeliest, cut at `max_tokens` words."""
        self.prompts += prompts
        return [_generations(self._script(text_of(prompt)), decoding) for prompt in prompts]

    def count_tokens(self, text: str) -> int:
        """Words."""
        return len(text.split())


def text_of(prompt: Prompt) -> str:
    """All text of a prompt, a turn a line."""
    return "\n".join("".join(segment.text for segment in segments) for _, segments in prompt.turns)


def _generations(replies: Sequence[str], decoding: Decoding) -> list[Generation]:
    return [
        _generation(text, -float(rank), decoding)
        for rank, text in enumerate(islice(cycle(replies), decoding.n))
    ]


def _generation(text: str, log_probability: float, decoding: Decoding) -> Generation:
    cut = min((at for stop in decoding.stop if (at := text.find(stop)) >= 0), default=len(text))
    words = text[:cut].split(" ")[: decoding.max_tokens]
    return Generation(" ".join(words), log_probability, len(words))
