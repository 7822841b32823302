"""The English that the check reads: every clause a reason may have, and nothing else.

A rule is its name and a colon, then one alternative a line (a line indented twice goes on with the last):
words, `[optional]` parts, `(a|b)` choices and names of other rules in capitals; `[]` is nothing at all.
Terminals, matched against the catalogue: TITLE (another item), OWNTITLE (the recommended), both also as
possessives, NUMBER, VALUE, TOPIC (a value that is no maker), YEAR, MAKER, SEARCH, VERB (past), TO-VERB
(infinitive or present), VERBING, DEED, DOERS, FIELD; OPEN and CLOSE are round brackets. A rule may read what
is no good English, as long as nobody could take it to say anything else than the check does.
"""

from collections.abc import Iterator

from genrec.explaining.grammar.attributes import ATTRIBUTES
from genrec.explaining.grammar.counted import COUNTED
from genrec.explaining.grammar.frames import FRAMES
from genrec.explaining.grammar.history import HISTORY
from genrec.explaining.grammar.names import NAMES
from genrec.explaining.grammar.searches import SEARCHES
from genrec.explaining.grammar.shared import SHARED
from genrec.explaining.grammar.subjects import SUBJECTS


def _rules(text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    for paragraph in text.strip().split("\n\n"):
        name, *lines = paragraph.replace("\n        ", " ").split("\n    ")
        yield name.removesuffix(":"), tuple(lines)


GRAMMAR = {
    name: lines
    for text in (FRAMES, NAMES, HISTORY, ATTRIBUTES, SHARED, COUNTED, SEARCHES, SUBJECTS)
    for name, lines in _rules(text)
}

CLAUSES = frozenset(
    ("HISTORY", "ATTRIBUTE", "SHARED", "COOCCURRENCE", "POPULARITY", "SEARCHED", "NEIGHBOURS")
)
_TOLD = """
    ANOTHER ASKED BYALIKE BYALL BYOTHERS FOUNDBY FROM GAPPED GAPPEDALIKE GAPPEDALL ISA KIND NAMED
    SOUGHT THEYDID YEAR
"""
SAYING = frozenset("SAYS" + each for each in (*CLAUSES, *_TOLD.split()))
"""The same clauses after a subject that stands before, and what is told of the recommended one in passing."""
UNITS = CLAUSES | {"SUBJECTED", "FRAGMENT", "THIS", "SAYREC"}
"""What is told at one go, in which no "it" changes its meaning."""
_MARKED = """
    ALLBACK ALONGWITH ANDBECAUSE ASBEFORE BACK BASED BOTHBACK BYYOU COMMA COUNT DIDSO FIRSTITEM FORMER GUESS
    INCART INHISTORY IT IT's ITEM ITIS LATTER LIKEYOU MANYLIKED MINE OMITTED ONEOTHER ONWISHLIST RECLEAD
    SECONDITEM SENTENCE SODID THATFIELD THATSEARCH THERE WHICH WHOLE WHYLEAD YOUAND
"""
MARKS = frozenset(_MARKED.split())
NODES = UNITS | SAYING | MARKS
"""Rules whose name the reading keeps; the parts of any other stand in its place."""
