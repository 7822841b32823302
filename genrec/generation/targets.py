"""Items as replies to a prompt: what a model learns to write, and what a trie of titles is made of."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from genrec.data.catalogue import Catalogue, spoken_title
from genrec.errors import UsageError
from genrec.generation.encoding import PromptEncoder
from genrec.prompting import PromptTemplate, one_line

if TYPE_CHECKING:
    from genrec.generation.trie import TitleTrie

LONGEST = 128
"""Tokens of a reply, its end counted; a longer one is cut."""


def item_text(
    catalogue: Catalogue, item: int, fields: Sequence[str] = (), *, words: int | None = None
) -> str:
    """What stands for an item in histories and replies: its title as people say it, then these attributes.

    Empty where the item has no title, such as one that has left the catalogue; `words` are those of the title
    that count, all where None.
    """
    title = one_line(spoken_title(catalogue.titles[item], words=words))
    values = [one_line(each) for field in fields for each in catalogue.values(item, field)] if title else []
    return ", ".join(each for each in (title, *values) if each)


def check_fields(catalogue: Catalogue, fields: Sequence[str]) -> None:
    """Refuse attributes that the catalogue has not.

    Raises:
        UsageError: naming one, with the choices.
    """
    for each in fields:
        if each not in catalogue.attributes:
            raise UsageError(
                f"the catalogue has no attribute {each}",
                next_step=f"choose from {', '.join(catalogue.attributes) or 'none: it has titles alone'}",
            )


def reply_ids(text: str, encoder: PromptEncoder, template: PromptTemplate) -> list[int]:
    """The tokens of a text behind a prompt, the last of which ends it.

    In a plain prompt a line break ends a reply, and a blank stands before it where the prompt does not end
    with one; in a chat the tokenizer's end token does.

    Raises:
        UsageError: a chat prompt, and a tokenizer without an end token.
    """
    if template.kind == "chat":
        if encoder.end_id is None:
            raise UsageError(
                f"the tokenizer has no end token, which the chat prompt {template.name} needs",
                next_step="set examples.prompt to query-titles or query-gpt4rec",
            )
        return [*encoder.text_ids(text), encoder.end_id]
    blank = "" if template.turns[-1].text[-1:].isspace() else " "
    return encoder.text_ids(f"{blank}{text}\n")


def cut(ids: list[int], longest: int) -> list[int]:
    """At most so many tokens; the last one, which ends the reply, stays."""
    return ids if len(ids) <= longest else [*ids[: longest - 1], ids[-1]]


def target_ids(text: str, encoder: PromptEncoder, template: PromptTemplate) -> list[int]:
    """The tokens of a text behind a prompt, at most `LONGEST`, the last of which ends it."""
    return cut(reply_ids(text, encoder, template), LONGEST)


def title_trie(
    catalogue: Catalogue,
    encoder: PromptEncoder,
    template: PromptTemplate,
    *,
    fields: Sequence[str] = (),
    words: int | None = None,
) -> "TitleTrie":
    """The trie of a catalogue's items as `target_ids` has them, without removed and untitled ones.

    Raises:
        UsageError: the tokenizer joins the end of some titles with what stands before it.
    """
    import numpy as np

    from genrec.generation.trie import TitleTrie

    texts = [item_text(catalogue, item, fields, words=words) for item in range(len(catalogue))]
    replies = [target_ids(each, encoder, template) if each else [] for each in texts]
    ends = {each[-1] for each in replies if each}
    if len(ends) > 1:
        raise UsageError(
            "titles cannot be told apart by their tokens",
            why="this tokenizer reads the line break after some titles together with their last character",
            next_step="set ranking to search, or use a chat prompt",
        )
    built = TitleTrie.build([each[:-1] for each in replies], end=ends.pop() if ends else 0)
    return built.without(~(catalogue.alive & np.array([bool(each) for each in texts], np.bool_)))
