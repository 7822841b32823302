"""Prompts as versioned files: load one, fill it, trim a history to its budget, read the reply."""

import hashlib
import html
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, PrivateAttr

from genrec.assets import asset_path
from genrec.config import Settings, parse_settings, read_yaml
from genrec.errors import UsageError
from genrec.generation.base import Prompt, Segment

Role = Literal["system", "user", "assistant", "plain"]


class Turn(Settings):
    """One turn: a line naming an optional variable that was given nothing is left out."""

    role: Role
    text: str


class PromptTemplate(Settings):
    """A prompt file. Texts name variables as `{history}`; a brace of the text itself is doubled."""

    name: str
    version: Annotated[int, Field(ge=1)]
    description: str
    kind: Literal["plain", "chat"]
    """plain: one text to be continued; chat: turns, to which the model's own chat form is applied."""
    variables: dict[str, Literal["required", "optional"]]
    turns: Annotated[tuple[Turn, ...], Field(min_length=1)]
    output: Literal["line", "sentence"]
    """line: search words, bare of a final full stop; sentence: prose."""
    join: str = "; "
    """Between the elements of a variable that is given a list."""
    stop: tuple[str, ...] = ()
    max_characters: Annotated[int, Field(ge=1)] = 120
    """A line is cut here, at a word; a sentence that is longer is dropped."""
    _hash: str = PrivateAttr("")

    @property
    def hash(self) -> str:
        """SHA-256 of the file."""
        return self._hash


def load_prompt(name_or_path: str | Path) -> PromptTemplate:
    """A prompt genrec ships, by name, or any by the path of its YAML file.

    Raises:
        UsageError: a key, variable or role does not fit; the message names it.
        DataError: the file cannot be read.
    """
    path = _prompt_path(name_or_path)
    template = parse_settings(PromptTemplate, read_yaml(path), where=str(path))
    for fault in _faults(template):
        raise UsageError(f"prompt {template.name} does not hold together", where=str(path), why=fault)
    template._hash = hashlib.sha256(path.read_bytes()).hexdigest()
    return template


def _prompt_path(name_or_path: str | Path) -> Path:
    if isinstance(name_or_path, Path) or name_or_path.endswith((".yaml", ".yml")):
        return Path(name_or_path)
    return asset_path("prompts", f"{name_or_path}.yaml")


def _faults(template: PromptTemplate) -> list[str]:
    used = {name for turn in template.turns for name in _variables(turn.text)}
    declared = set(template.variables)
    faults = [f"variable {name} is used and not declared" for name in sorted(used - declared)]
    faults += [
        f"a lone brace in {turn.text!r}: double it, or name a variable in it"
        for turn in template.turns
        if {"{", "}"} & set(_PIECE.split(turn.text))
    ]
    faults += [f"variable {name} is declared and not used" for name in sorted(declared - used)]
    roles = [turn.role for turn in template.turns]
    if template.kind == "plain" and roles != ["plain"]:
        faults.append(f"a plain prompt has one turn, of role plain, not {', '.join(roles)}")
    if template.kind == "chat" and ("plain" in roles or roles[-1] != "user"):
        faults.append("the turns of a chat are system, user and assistant, the last one user")
    return faults


_PIECE = re.compile(r"(\{\{|\}\}|\{[a-z_]+\}|[{}])")


def _variables(text: str) -> list[str]:
    return [piece[1:-1] for piece in _PIECE.split(text) if len(piece) > 2 and piece.startswith("{")]


def render(template: PromptTemplate, /, **values: str | Sequence[str] | None) -> Prompt:
    """Fill a template; what was filled in stays apart from the template's own text.

    Args:
        template: the prompt.
        values: a text, or texts to be joined, for each variable; an optional one may be missing or empty.

    Raises:
        UsageError: a value is unknown, a required one is empty, or nothing at all is given.
    """
    if unknown := sorted(set(values) - set(template.variables)):
        choices = ", ".join(template.variables)
        raise UsageError(f"prompt {template.name} has no {unknown[0]}", why=f"its variables are {choices}")
    filled = {name: _as_text(value or "", join=template.join) for name, value in values.items()}
    given = {name for name, text in filled.items() if text}
    required = {name for name, kind in template.variables.items() if kind == "required"}
    if missing := sorted(required - given):
        raise UsageError(f"prompt {template.name} needs {missing[0]}", why="it was given nothing")
    if template.variables and not given:
        raise UsageError(f"prompt {template.name} was given nothing", next_step="give a history or a text")
    return Prompt(tuple((turn.role, _segments(_text_of(turn), filled)) for turn in template.turns))


def _as_text(value: str | Sequence[str], *, join: str) -> str:
    """Data on one line: a line break in a title would look like the end of the list it stands in."""
    parts = [value] if isinstance(value, str) else value
    return join.join(clean for part in parts if (clean := one_line(part)))


def _text_of(turn: Turn) -> str:
    """A turn's text; a plain one may end with a line break, after which the model begins."""
    return turn.text if turn.role == "plain" else turn.text.strip("\n")


def _segments(text: str, values: Mapping[str, str]) -> tuple[Segment, ...]:
    lines = text.splitlines(keepends=True)
    kept = "".join(line for line in lines if all(values.get(name) for name in _variables(line)))
    if not text.endswith("\n"):
        kept = kept.rstrip("\n")  # the last line may have been left out
    segments: list[Segment] = []
    for number, piece in enumerate(_PIECE.split(kept)):
        if number % 2 and len(piece) > 2:
            segments.append(Segment(values[piece[1:-1]], data=True))
        elif piece:
            segments.append(Segment(piece[0] if number % 2 else piece))
    return tuple(segments)


def trim_history(
    titles: Sequence[str], count_tokens: Callable[[str], int], budget: int, *, join: str = "; "
) -> tuple[list[str], int]:
    """The newest titles that fit the budget, oldest first, and how many were cut.

    A newest title that alone is above the budget is shortened to fit, so that something is always kept.
    """
    left, kept = budget, 0
    for title in reversed(titles):
        left -= count_tokens(title + join)
        if left < 0:
            break
        kept += 1
    if titles and not kept:
        return [_shortened(titles[-1], count_tokens, budget)], len(titles) - 1
    return list(titles[len(titles) - kept :]), len(titles) - kept


def _shortened(title: str, count_tokens: Callable[[str], int], budget: int) -> str:
    while len(title) > 1 and count_tokens(title) > budget:
        title = title[: len(title) // 2]
    return title


_MARKUP = re.compile(r"<[^<>]*>|\[([^\[\]]*)\]\([^()]*\)|\*\*|__|`+|https?://\S+|www\.\S+")
_LABEL = re.compile(
    r"^(?:(?:search|next|suggested)\s+)?(?:quer(?:y|ies)|search|answer|reply|reason|sentence|output|title)\s*:\s*",
    re.IGNORECASE,
)
_LIST_MARK = re.compile(r"^(?:[-*•·>#]+\s+|\(?\d{1,2}[.)]\s+)")
_QUOTES = {'"': '"', "'": "'", "“": "”", "‘": "’", "«": "»", "„": "“"}


def parse_reply(text: str, template: PromptTemplate) -> str:
    """The first line of a reply, bare of list marks, labels, quotes, markup and control characters.

    Returns:
        The words, or an empty string where nothing usable was said.
    """
    lines = (_bare(line) for line in text.splitlines())
    line = next((line for line in lines if line), "")
    if template.output == "sentence":
        return line if len(line) <= template.max_characters else ""
    return _cut(line, template.max_characters).rstrip(" .,;:")


def _bare(line: str) -> str:
    """A line without what small models put around their answer; again until nothing more comes off."""
    before, line = "", one_line(_MARKUP.sub(r"\1", html.unescape(line)))
    while line != before:
        before = line
        line = _LABEL.sub("", _LIST_MARK.sub("", line)).strip()
        if len(line) > 1 and _QUOTES.get(line[0]) == line[-1] and line[0] not in line[1:-1]:
            line = line[1:-1].strip()
        elif line[:1] in _QUOTES and line.count(line[0]) == 1 and line[0] != "'":
            line = line[1:].strip()
    return line if any(each.isalnum() for each in line) else ""


def one_line(text: str) -> str:
    """One line: whitespace runs become a space; control, format and surrogate characters go."""
    if not text.isprintable():
        text = "".join(each for each in text if each.isprintable() or each.isspace())
    return " ".join(text.split())


def _cut(line: str, length: int) -> str:
    return line if len(line) <= length else line[: length + 1].rsplit(" ", 1)[0][:length]
