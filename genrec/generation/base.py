"""What a text generator takes and gives."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from genrec.errors import UsageError

if TYPE_CHECKING:
    from genrec.generation.trie import TitleTrie

Json = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of a prompt: `data` comes from outside and may never become a control token."""

    text: str
    data: bool = False


@dataclass(frozen=True, slots=True)
class Prompt:
    """Turns of a chat, each a role and its segments; or one turn of the role "plain", for a completion.

    The generator puts the control tokens of its own tokenizer's chat form around the turns.
    """

    turns: tuple[tuple[Literal["system", "user", "assistant", "plain"], tuple[Segment, ...]], ...]


@dataclass(frozen=True, slots=True)
class Decoding:
    """How to decode: `n` generations a prompt, those of a beam best first."""

    mode: Literal["beam", "sample", "greedy"] = "sample"
    n: int = 1
    max_tokens: int = 32
    temperature: float = 1.0
    seed: int = 0
    stop: tuple[str, ...] = ()
    length_penalty: float = 0.0
    """Beams are ranked by log-probability over tokens to this power: 0 by the sum, 1 by the mean."""
    schema: Json | None = None
    """A JSON schema the reply must fit; only servers hold to it."""
    constraint: "TitleTrie | None" = None
    """Replies are titles of this trie, fewer than `n` beams where it has fewer; not for servers."""
    deadline: float | None = None
    """Seconds the whole call may take."""

    def __post_init__(self) -> None:
        if self.mode == "greedy" and self.n > 1:
            raise UsageError(
                f"greedy decoding has one reply, not {self.n}", next_step="use mode sample or beam, or n = 1"
            )
        if self.n < 1 or self.max_tokens < 1 or self.temperature <= 0:
            raise UsageError(
                "n and max_tokens are at least 1, and temperature is above 0",
                why=f"n = {self.n}, max_tokens = {self.max_tokens}, temperature = {self.temperature}",
            )
        if self.length_penalty < 0:
            raise UsageError(f"a length penalty is at least 0, not {self.length_penalty}")
        if self.constraint is not None:
            self._check_constraint(self.constraint)

    def _check_constraint(self, trie: "TitleTrie") -> None:
        if self.stop or self.schema is not None:
            raise UsageError("titles end by themselves", next_step="leave out `stop` and `schema`")
        if trie.depth > self.max_tokens:
            raise UsageError(
                f"the longest title has {trie.depth} tokens, and a reply at most {self.max_tokens}",
                next_step="raise max_tokens, or build the trie of titles that are cut",
            )


@dataclass(frozen=True, slots=True)
class Generation:
    """One reply: text, log-probability summed over its tokens (natural log), number of tokens."""

    text: str
    log_probability: float
    tokens: int
    items: tuple[int, ...] = ()
    """The items with this title, by index, where replies were held to a catalogue's titles."""


class Generator(Protocol):
    """Writes text."""

    def generate(self, prompts: Sequence[Prompt], decoding: Decoding) -> list[list[Generation]]:
        """`decoding.n` generations for each prompt, in the order of the prompts.

        Raises:
            BackendError: a server cannot be reached, or did not answer in time.
        """
        ...

    def count_tokens(self, text: str) -> int:
        """How many tokens a piece of data is in a prompt; a server's is an estimate from above."""
        ...
