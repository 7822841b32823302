"""Replies in plain words; what they name comes from the catalogue alone, never from what a person wrote."""

import re
from collections.abc import Sequence
from itertools import islice

from genrec.data.catalogue import Catalogue
from genrec.dialogue.intents import Clause
from genrec.dialogue.ranges import Range
from genrec.dialogue.state import Wishes
from genrec.dialogue.vocabulary import Vocabulary
from genrec.types import Answer

HELLO = (
    "Hello. I find items in this catalogue: tell me what you like, what you do not, "
    "and what it must have, or a user of the log. Ask why of anything I list."
)
TALK = "Glad to be of use. Say what you would like, or what to change, and I will look again."
REFUSAL = "I can only find, compare and explain items of this catalogue; that I do not do."
ASK = "Tell me a little more: a title you like, a user of the log, or what it must have{fields}."
NO_SUCH_TITLE = "I know no item of that name. "
NO_SUCH_USER = "I know no user of that id. "
OTHER_USER = "This dialogue is for one user; what I list is not for the one you name."
NO_SUCH_PLACE = "My last list has no such place. "
NO_LIST = "I have listed nothing yet. "
NOTHING_FITS = "Nothing in the catalogue fits all of that: {wishes}. Which of it may go?"
NOTHING_FOUND = "I found nothing in the catalogue for those words. "
ONLY_WITHIN = "I looked only at what is {wishes}."
UNUSED_WORDS = "No item has your other words in it;"
BY_THE_REST = "the list is by the rest."
BY_CHOICE = "these are chosen most."
CUT = 300
"""Characters of a reason that are said."""


def listed(answer: Answer, catalogue: Catalogue) -> str:
    """The items of an answer, a line each: rank, title, year where there is one, id, reason.

    A client that sends the text back with its dialogue lets the list be found again: see `Conversation`.
    """
    lines = []
    for number, item in enumerate(answer.items, 1):
        reason = f": {flat(item.reason)[:CUT]}" if item.reason else ""
        lines.append(f"{number}. {titled(item.item_id, catalogue)}{reason}")
    return "\n".join(lines)


def titled(item_id: str, catalogue: Catalogue) -> str:
    """A title with its id, on one line."""
    return f"{flat(catalogue.titles[catalogue.ids.index(item_id, kind='item')])} [{flat(item_id)}]"


def listed_ids(item_ids: Sequence[str], catalogue: Catalogue) -> str:
    """A list of ids as `listed` writes one; those that may not be shown are left out."""
    names = [titled(each, catalogue) for each in item_ids if _is_shown(each, catalogue)]
    return "\n".join(f"{number}. {name}" for number, name in enumerate(names, 1))


def _is_shown(item_id: str, catalogue: Catalogue) -> bool:
    item = catalogue.ids.get(item_id)
    return item is not None and bool(catalogue.alive[item])


def flat(text: str) -> str:
    """A text on one line."""
    return " ".join(text.split())


_LINE = re.compile(r"^(\d{1,3})\. (.+)$", re.MULTILINE)
_ID = re.compile(r"\[([^\[\]\n]*)\](?=: |$)")
MOST_IDS = 20
"""Brackets of a line that are read."""


def ids_of(text: str, catalogue: Catalogue) -> tuple[str, ...]:
    """The items of a list that `listed` wrote, as far as its lines are those of items that may be shown."""
    found = []
    for number, (rank, line) in enumerate(_LINE.findall(text), 1):
        item_id = _begun(line, catalogue)
        if int(rank) != number or item_id is None:
            break
        found.append(item_id)
    return tuple(found)


def _begun(line: str, catalogue: Catalogue) -> str | None:
    """The item with whose title and id a line begins: a title may hold brackets with the id of another."""
    best = None
    for match in islice(_ID.finditer(line), MOST_IDS):
        if _is_shown(match[1], catalogue) and line[: match.end()] == titled(match[1], catalogue):
            best = match[1]
    return best


def said(wishes: Wishes, words: Vocabulary) -> str:
    """What a list was made by: for whom, like what, with which values and ranges."""
    catalogue = words.catalogue
    parts = [f"for user {wishes.user}"] if wishes.user is not None and wishes.user in words.users else []
    if wishes.liked:
        names = [flat(catalogue.titles[catalogue.ids.index(each, kind="item")]) for each in wishes.liked[-3:]]
        parts.append(f"like {' and '.join(dict.fromkeys(names))}")
    parts += [_clause(each, "or") for each in wishes.wanted]
    parts += [f"not {_clause(each, 'nor')}" for each in wishes.unwanted]
    parts += [_range(each) for each in wishes.ranges]
    parts += [f"not {_range(each)}" for each in wishes.outside]
    return ", ".join(parts)


def lacking(lacks: Sequence[str]) -> str:
    """That the catalogue has no field for some things."""
    if not lacks:
        return ""
    return f"The catalogue has no field for {' or '.join(lacks)}, so I could not go by that."


def fields(words: Vocabulary) -> str:
    """The fields that may be asked for, for a question."""
    names = [each.name.replace("_", " ") for each in words.fields.values()]
    return f" ({', '.join(names)})" if names else ""


def facts(item_id: str, words: Vocabulary) -> str:
    """What the catalogue says of an item, field by field."""
    catalogue = words.catalogue
    item = catalogue.ids.index(item_id, kind="item")
    told = [(name, catalogue.values(item, name)) for name in words.fields]
    return "; ".join(
        f"{name.replace('_', ' ')} {', '.join(map(flat, values))}" for name, values in told if values
    )


def _clause(clause: Clause, joint: str) -> str:
    if clause.values == ("true",):
        return clause.field.replace("_", " ")
    return f" {joint} ".join(map(flat, clause.values))


def _range(given: Range) -> str:
    name = given.field.replace("_", " ")
    low, high = (None if each is None else f"{each:g}" for each in (given.low, given.high))
    if low is not None and low == high:
        return f"{name} {low}"
    if low is not None and high is not None:
        return f"{name} {low} to {high}"
    if high is None:
        return f"{name} {'over' if given.is_low_open else 'from'} {low}"
    return f"{name} {'under' if given.is_high_open else 'up to'} {high}"
