"""Outside text made fit to be shown, and the tokens that the check reads."""

import re
import unicodedata
from collections.abc import Iterator

TITLE_LENGTH = 80
SEARCH_LENGTH = 80
REASON_LENGTH = 400

_SPACE = re.compile(r"\s+")
_UNSAFE = re.compile(
    r"(?:[a-z][a-z0-9+.-]*:)?//\S*|\b(?:javascript|data|mailto|vbscript|file):\S*|\bwww\.\S*"
    r"|\b[\w-]+(?:\.[\w-]+)*\.(?:com|net|org|info|biz|io|ru|cn|xyz|link|top|app|dev|co)\b(?:/\S*)?"
    r"|<[^<>]*>|[<>`]|\]\(|\*\*+|__+|&#?\w+;",
    re.IGNORECASE,
)
_HINT = re.compile(r"[/:<>`\]*_&]|\.\w|[wW]\.")
"""Something that all that is unsafe has in it, and few texts have: found in a tenth of the time."""
_QUOTES = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "´": "'"})
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―", "-"))
_TOKEN = re.compile(r"\d{1,3}(?:,\d{3})+(?!\d)|[^\W_]+(?:'[^\W_]+)*|\S")


def clean(text: str, *, length: int) -> str:
    """One line of plain text: no control or direction characters, no URL, no markup, no double quotes.

    Cut at a word to `length` characters, with an ellipsis. Cleaning twice changes nothing.
    """
    before = None
    while text != before:
        before = text
        if not (text.isascii() and text.isprintable() and '"' not in text):
            text = "".join(_shown(unicodedata.normalize("NFC", text.translate(_QUOTES))))
        if _HINT.search(text):
            text = _UNSAFE.sub(" ", text)
        text = _SPACE.sub(" ", text).strip()
    return _cut(text, length)


def _shown(text: str) -> Iterator[str]:
    for each in text:
        kind = unicodedata.category(each)
        if kind[0] == "Z" or kind == "Cc":
            yield " "
        elif kind[0] != "C":
            yield "'" if each == '"' else each


def _cut(text: str, length: int) -> str:
    if len(text) <= length:
        return text
    return text[: length - 1].rsplit(" ", 1)[0].rstrip(" ,;:.-") + "…"


def is_plain(text: str) -> bool:
    """Whether a sentence may be shown at all: one line, short, no hidden characters, no URL, no markup."""
    if len(text) > REASON_LENGTH or (_HINT.search(text) and _UNSAFE.search(text)):
        return False
    return text.isprintable()  # of separators and control characters that leaves the plain blank alone


def tokens(text: str) -> list[str]:
    """Words, numbers and single signs; quotation marks and dashes in their plain form."""
    if not text.isascii():
        text = unicodedata.normalize("NFC", text).translate(_QUOTES).translate(_DASHES)
    return _TOKEN.findall(text)


def key(text: str) -> tuple[str, ...]:
    """What two spellings of one name have in common: its tokens without case."""
    return tuple([each.casefold() for each in tokens(text)])
