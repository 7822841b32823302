"""Titles as replies to a prompt: what a model learns to write, and what a trie of titles is made of."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from genrec.data.catalogue import spoken_title
from genrec.errors import UsageError
from genrec.generation.encoding import PromptEncoder
from genrec.prompting import PromptTemplate, one_line

if TYPE_CHECKING:
    from genrec.generation.trie import TitleTrie
    from genrec.types import Mask

LONGEST = 128
"""Tokens of a title, its end counted; a longer one is cut."""


def target_ids(
    title: str, encoder: PromptEncoder, template: PromptTemplate, *, words: int | None = None
) -> list[int]:
    """The tokens of a title behind a prompt, at most `LONGEST`, the last of which ends it.

    In a plain prompt a line break ends a title, and a blank stands before it where the prompt does not end
    with one; in a chat the tokenizer's end token does. `words` are those of the title that count, all where
    None.
    """
    text = one_line(spoken_title(title, words=words))
    if template.kind == "chat":
        assert encoder.end_id is not None
        ids = [*encoder.text_ids(text), encoder.end_id]
    else:
        blank = "" if template.turns[-1].text[-1:].isspace() else " "
        ids = encoder.text_ids(f"{blank}{text}\n")
    return ids if len(ids) <= LONGEST else [*ids[: LONGEST - 1], ids[-1]]


def title_trie(
    titles: Sequence[str],
    encoder: PromptEncoder,
    template: PromptTemplate,
    *,
    alive: "Mask",
    words: int | None = None,
) -> "TitleTrie":
    """The trie of a catalogue's titles as `target_ids` has them, without those of removed items.

    Raises:
        UsageError: the tokenizer joins the end of some titles with what stands before it.
    """
    from genrec.generation.trie import TitleTrie

    replies = [target_ids(each, encoder, template, words=words) for each in titles]
    ends = {each[-1] for each in replies}
    if len(ends) > 1:
        raise UsageError(
            "titles cannot be told apart by their tokens",
            why="this tokenizer reads the line break after some titles together with their last character",
            next_step="set ranking to search, or use a chat prompt",
        )
    return TitleTrie.build([each[:-1] for each in replies], end=ends.pop() if ends else 0).without(~alive)
