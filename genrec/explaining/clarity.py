"""Whether a sentence that holds is clear as well."""

import re
from collections.abc import Sequence

from genrec.explaining.claims import Claim
from genrec.explaining.names import Names

_OF_VALUES = ("search", "shared", "attribute")
_JOINS = re.compile(
    r"\b(?:like|too|also|as well|both|same|another|common|share[sd]?|sharing"
    r"|(?:as|so) (?:do|does|did|is|are|was|were))\b"
)


def is_clear(sentence: str, claims: Sequence[Claim], names: Names) -> bool:
    """Whether it tells each search and value once, calls a guess one, and joins what two items share.

    What is shared "with it" may be so with either of two items named before.
    "You liked Heat, which has the genre Drama" is true where this has it too, and no reason for this.

    Args:
        sentence: one that says these claims and nothing else.
    """
    rest = sentence.casefold()
    titles = {names.shown[each.item].casefold() for each in claims if each.item is not None}
    told = {each.value.casefold() for each in claims if each.value and each.relation in _OF_VALUES}
    for name in sorted(titles | told, key=len, reverse=True):
        rest, times = re.subn(rf"(?<!\w){re.escape(name)}(?!\w)", "_", rest)
        if times > 1 and name in told:
            return False
    is_guess = any(each.relation == "search" and each.field != "user" for each in claims)
    is_shared = any(each.relation == "shared" for each in claims)
    if is_shared and ("with it" in rest or not _JOINS.search(rest)):
        return False
    return not is_guess or "guess" in rest
