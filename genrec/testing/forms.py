"""The form of a sentence: what tells one wording from another."""

import re
from collections.abc import Sequence

from genrec.explaining.claims import Claim
from genrec.explaining.names import Names


def form(sentence: str, claims: Sequence[Claim], names: Names) -> str:
    """A reason with `_` for the names of its claims, quoted or not, and `#` for numbers."""
    known = [names.shown[each.item] for each in claims if each.item is not None]
    known += [each.value or "" for each in claims if each.relation in ("search", "shared", "attribute")]
    for each in sorted(known, key=len, reverse=True):
        sentence = re.sub(f'"?{re.escape(each)}"?', "_", sentence, flags=re.IGNORECASE)
    return re.sub(r"\d[\d,]*", "#", sentence)
