"""Whether a sentence that holds is clear as well."""

import re
from collections.abc import Iterator, Sequence

from genrec.explaining.claims import Claim
from genrec.explaining.names import Names

_JOINS = re.compile(
    r"\b(?:like|too|also|as well|both|same|another|common|share[sd]?|sharing"
    r"|(?:as|so) (?:do|does|did|is|are|was|were))\b"
)


def is_clear(sentence: str, claims: Sequence[Claim], names: Names) -> bool:
    """Whether it names each thing once and joins what two items share.

    "You liked Heat, which has the genre Drama" is true where this has it too, and no reason for this.

    Args:
        sentence: one that says these claims and nothing else.
    """
    rest = sentence.casefold()
    for name in sorted({*_named(claims, names)}, key=len, reverse=True):
        rest, times = re.subn(rf"(?<!\w){re.escape(name)}(?!\w)", "_", rest)
        if times > 1:
            return False
    return not any(each.relation == "shared" for each in claims) or bool(_JOINS.search(rest))


def _named(claims: Sequence[Claim], names: Names) -> Iterator[str]:
    for each in claims:
        if each.item is not None:
            yield names.shown[each.item].casefold()
        if each.value and each.relation in ("search", "shared", "attribute"):
            yield each.value.casefold()
