"""Prompts to token ids, such that data never becomes a control token."""

import re
import secrets
from typing import TYPE_CHECKING

from genrec.generation.base import Prompt, Segment

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


class PromptEncoder:
    """Encodes prompts with a tokenizer and its chat template.

    The template is rendered with a secret placeholder for each data segment. Control tokens are looked for in
    that text alone; the runs of text between them, data put in, are then tokenised with special tokens split.
    So a title is tokenised in its surroundings, as usual, and `<|im_end|>` in it becomes its characters.
    """

    def __init__(self, tokenizer: "PreTrainedTokenizerBase") -> None:
        self._tokenizer = tokenizer
        self._control = {
            each.content: number
            for number, each in tokenizer.added_tokens_decoder.items()
            if not each.content.isspace()
        }
        added = [each for each in tokenizer.added_tokens_decoder.values() if not each.content.isspace()]
        # Longest first, and with the blanks that a token set to swallow them takes along.
        parts = [
            (r"\s*" if each.lstrip else "")
            + f"(?:{re.escape(each.content)})"
            + (r"\s*" if each.rstrip else "")
            for each in sorted(added, key=lambda each: -len(each.content))
        ]
        self._splitter = re.compile(f"({'|'.join(parts)})") if parts else None
        self._control_ids = frozenset(self._control.values())

    def encode(self, prompt: Prompt) -> list[int]:
        """The ids of a prompt, ready to be continued by the model."""
        nonce = secrets.token_hex(16)
        data: list[str] = []
        turns = [
            {"role": role, "content": "".join(_placed(segment, nonce, data) for segment in segments)}
            for role, segments in prompt.turns
        ]
        is_chat = self._tokenizer.chat_template and turns[0]["role"] != "plain"
        text = self._in_chat_form(turns) if is_chat else "\n".join(turn["content"] for turn in turns)
        ids = [] if is_chat else self._opening()
        for number, piece in enumerate(self._splitter.split(text) if self._splitter else [text]):
            if number % 2:  # what the splitter captured
                ids.append(self._control[piece if piece in self._control else piece.strip()])
            elif piece:
                ids += self.text_ids(re.sub(f"{nonce}n(\\d+)e", lambda found: data[int(found[1])], piece))
        return ids

    @property
    def end_id(self) -> int | None:
        """The tokenizer's end token."""
        end: int | None = self._tokenizer.eos_token_id
        return end

    def count_tokens(self, text: str) -> int:
        """How many tokens a text is as data."""
        return len(self.text_ids(text))

    def decode(self, ids: list[int]) -> str:
        """Text of generated ids, control tokens left out."""
        text = self._tokenizer.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False)
        return str(text)

    def _in_chat_form(self, turns: list[dict[str, str]]) -> str:
        return str(self._tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True))

    def _opening(self) -> list[int]:
        """The start token of a plain text, where the tokenizer sets one."""
        ids = list(self._tokenizer("").input_ids)
        return ids[:1] if ids and ids[0] == self._tokenizer.bos_token_id else []

    def text_ids(self, text: str) -> list[int]:
        """Ids of text without any control id.

        Splitting special tokens is not enough where a vocabulary itself holds one, or an added token is not
        marked special; such a text is taken apart into characters, which no tokenizer puts together again.
        """
        ids = self._split_ids(text)
        if self._control_ids.isdisjoint(ids):
            return ids
        return [each for character in text for each in self._split_ids(character)]

    def _split_ids(self, text: str) -> list[int]:
        return list(self._tokenizer.encode(text, add_special_tokens=False, split_special_tokens=True))


def _placed(segment: Segment, nonce: str, data: list[str]) -> str:
    if not segment.data:
        return segment.text
    data.append(segment.text)
    return f"{nonce}n{len(data) - 1}e"
