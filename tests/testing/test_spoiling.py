"""Each spoiled sentence is false by hand; a swap that would change nothing is not made."""

import random

import pytest

from genrec.testing.spoiling import Wrong, is_one_way, spoiled

SLOTS = {"rec": "Fargo", "x": "Heat", "genre": "Crime", "year": "1996", "n": 12, "m": 40, "search": "snow"}
WRONG = Wrong({"x": ["Alien"], "genre": ["War"]}, {"liked": "bought"})

ONE_WAY = [
    "You liked {x}, and {rec} is {genre} too.",
    "{rec} is suggested, for the user has already enjoyed {x}.",
    "{x} was liked by you, so try {rec}.",
    "{n} of the {m} people who liked {x} liked {rec}, and both are {genre}.",
    "{rec} is from {year}, and it is {genre}, like {x}.",
    "The search {search} found {rec}; {x} and this film are {genre}.",
    "{rec}, just like {x}, is {genre}. {rec} came out in {year}.",
]
MUTUAL = [
    "{rec} and {x} are both {genre}.",
    "{x} is {genre}, and so is {rec}.",
    "What {rec} and {x} have in common is the genre {genre}.",
    "{n} people liked both {x} and {rec}.",
    "{x} and {rec} are {genre}, and this film is from {year}.",
    "Both {x} and {rec} are {genre}; you might have liked this.",
    "You liked {x}.",
]


@pytest.mark.parametrize("pattern", ONE_WAY)
def test_a_swap_is_made_where_one_clause_is_no_longer_true(pattern):
    assert is_one_way(pattern, "x")
    swapped = [
        text for kind, text in spoiled(pattern, SLOTS, WRONG, random.Random(0)) if kind == "wrong role"
    ]
    assert swapped == [pattern.format_map({**SLOTS, "rec": "Heat", "x": "Fargo"})]


@pytest.mark.parametrize("pattern", MUTUAL)
def test_no_swap_is_made_where_it_changes_nothing(pattern):
    assert not is_one_way(pattern, "x")


def test_every_kind_is_made_and_no_sentence_is_the_true_one():
    pattern = "You liked {x}; {n} of the {m} who did liked {rec}, which is {genre}."
    found = list(spoiled(pattern, SLOTS, WRONG, random.Random(0)))
    assert {kind for kind, _ in found} == {
        *("swapped title", "wrong attribute", "wrong number", "wrong role", "wrong verb", "negation"),
        "invented fact",
    }
    assert pattern.format_map(SLOTS) not in [text for _, text in found]
    assert "You bought Heat; 12 of the 40 who did liked Fargo, which is Crime." in [t for _, t in found]
    assert "You liked Heat; 12 of the 40 who did liked Fargo, which is not Crime." in [t for _, t in found]


def test_a_wrong_count_is_none_of_the_true_ones():
    pattern = "{n} of the {m} people who liked {x} liked {rec}."
    for seed in range(50):
        found = spoiled(pattern, SLOTS, WRONG, random.Random(seed))
        counts = [
            [int(w) for w in text.split() if w.isdigit()] for kind, text in found if kind == "wrong number"
        ]
        assert [len({12, 40} & set(each)) for each in counts] == [1, 1]
