"""What is true and still no reason, or says a thing twice: readers found it misleading or clumsy."""

import polars as pl
import pytest

from genrec.data.catalogue import Catalogue
from genrec.explaining import Check, Claim
from genrec.explaining.clarity import is_clear
from genrec.explaining.lexicon import Lexicon
from genrec.explaining.names import Names

FARGO, STAR_WARS = range(2)
SHOP = pl.DataFrame(
    {
        "item_id": ["i0", "i1", "i2"],
        "title": ["Fargo (1996)", "Star Wars (1977)", "Like Water (1992)"],
        "genres": [["Comedy", "Crime"], ["Comedy", "Sci-Fi"], ["Comedy"]],
    }
)
HISTORY = Claim("history", STAR_WARS, value="liked")
SHARED = Claim("shared", STAR_WARS, "genres", "Comedy")
COUNTED = Claim("co-occurrence", STAR_WARS, None, "liked", 12, 40)
SEARCH = Claim("search", value="space opera")
LIKE_WATER = [Claim("history", 2, value="liked"), Claim("shared", 2, "genres", "Comedy")]
CLAIMS = [SEARCH, HISTORY, SHARED, COUNTED, *LIKE_WATER]

CLEAR = [
    "Like Star Wars, which you liked, this has the genre Comedy.",
    "You liked Star Wars, and this has the genre Comedy too.",
    "This shares the genre Comedy with Star Wars, which you liked.",
    "Star Wars, which you liked, has the genre Comedy, and so does this.",
    "You liked Star Wars, and 12 of the 40 other people who liked it also liked this.",
    "You liked Star Wars. This shares the genre Comedy with Star Wars.",
    'This matches our guess at your next search, "space opera".',
]
UNCLEAR = [
    "You liked Star Wars, which has the genre Comedy.",
    "You liked Star Wars, and this has the genre Comedy.",
    "You liked Star Wars, which shares the genre Comedy with it.",
    'This matches the search "space opera".',
    'This matches a search we guessed, "space opera", and you liked Star Wars, which has the genre Comedy.',
    "You liked Like Water, which has the genre Comedy.",
    'Found by our guess at your search, "space opera", this matches the search "space opera".',
    "This has the genre Comedy, and shares the genre Comedy with Star Wars, which you liked.",
]


@pytest.fixture(scope="module")
def names():
    return Names(Catalogue(SHOP))


@pytest.mark.parametrize("sentence", [*CLEAR, *UNCLEAR])
def test_what_is_true_is_clear_only_where_it_joins_and_does_not_repeat(names, sentence):
    told = Check(Lexicon(names)).claims_in(sentence, FARGO, CLAIMS)
    assert told
    assert is_clear(sentence, told, names) == (sentence in CLEAR)
