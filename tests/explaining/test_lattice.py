"""Sentences are read by their shape: what two have in common makes no false one pass for a true one."""

import polars as pl
import pytest

from genrec.data.catalogue import Catalogue
from genrec.explaining import Claim
from genrec.explaining.check import Check, said_in
from genrec.explaining.lattice import shape
from genrec.explaining.lexicon import Lexicon
from genrec.explaining.names import Names
from genrec.explaining.text import tokens

REC, HEAT, SILENCE, ACE = range(4)
SHOP = pl.DataFrame(
    {
        "item_id": ["i0", "i1", "i2", "i3"],
        "title": ["Fargo (1996)", "Heat (1995)", "The Silence of the Lambs (1991)", "You Liked (1990)"],
        "genres": [["Crime"], ["Crime", "Drama"], ["Crime", "Drama"], ["Drama"]],
        "year": [1996, 1995, 1991, 1995],
    }
)
CLAIMS = [
    Claim("history", HEAT, value="liked"),
    Claim("co-occurrence", HEAT, None, "liked", 12, 40),
    Claim("shared", HEAT, "genres", "Crime"),
    Claim("history", SILENCE, value="liked"),
    Claim("search", value="cold towns"),
]


@pytest.fixture
def check():
    return Check(Lexicon(Names(Catalogue(SHOP))))


def shape_of(check, sentence):
    return shape(check.lexicon.edges(tokens(sentence), REC, CLAIMS))[0]


ALIKE = [
    ("You liked Heat.", "You liked The Silence of the Lambs."),
    ('You liked "Heat".', 'You liked "The Silence of the Lambs".'),
    (
        "12 of the 40 other people who liked Heat also liked this.",
        "1,200 of the 7 other people who liked The Silence of the Lambs also liked this.",
    ),
    ("This is a Crime film.", "This is a Drama film."),
]


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_sentences_of_one_form_have_one_shape_whatever_they_name(check, one, other):
    assert shape_of(check, one) == shape_of(check, other) != ()


UNLIKE = [
    ("You liked Heat.", "You liked Fargo."),  # which is recommended, not in the history
    ("You liked Heat.", "You liked heat."),  # no name: that is a word of every day
    ("You liked Heat.", "You bought Heat."),
    ("You liked Heat, and you liked Heat.", "You liked Heat, and you liked The Silence of the Lambs."),
    ("This is from 1995.", "This is from 1,995."),
    ("You liked Heat.", 'You liked "You Liked".'),
    ("This has the genre Crime.", "This has the genre 1996."),
]


@pytest.mark.parametrize(("one", "other"), UNLIKE)
def test_sentences_that_may_read_differently_have_shapes_of_their_own(check, one, other):
    assert shape_of(check, one) != shape_of(check, other)


FALSE = [
    ("You liked Heat.", "You liked You Liked."),
    ("12 of the 40 other people who liked Heat also liked this.",
     "12 of the 41 other people who liked Heat also liked this."),
    ("12 of the 40 other people who liked Heat also liked this.",
     "12 of the 40 other people who liked The Silence of the Lambs also liked this."),
    ("12 of the 40 other people who liked Heat also liked this.",
     "40 of the 12 other people who liked Heat also liked this."),
    ("This shares the genre Crime with Heat.", "This shares the genre Drama with Heat."),
    ("This shares the genre Crime with Heat.", "This shares the genre Crime with The Silence of the Lambs."),
    ("You liked Heat, and 12 of the 40 other people who did also liked this.",
     "You liked The Silence of the Lambs, and 12 of the 40 other people who did also liked this."),
]  # fmt: skip


@pytest.mark.parametrize(("true", "false"), FALSE)
def test_a_false_sentence_is_refused_after_a_true_one_of_its_form(check, true, false):
    said_in.cache_clear()
    assert check.passes(true, REC, CLAIMS)
    assert not check.passes(false, REC, CLAIMS)
    said_in.cache_clear()
    assert not check.passes(false, REC, CLAIMS)
    assert check.passes(true, REC, CLAIMS)


def test_a_number_written_is_never_taken_for_one_that_the_words_mean(check):
    """ "The one other person" is 1 of 1, which no sign may stand for."""
    claims = [Claim("co-occurrence", HEAT, None, "liked", 1, 1)]
    assert check.passes("The one other person who liked Heat also liked this.", REC, claims)
    assert not check.passes("The one other person who liked Heat also liked this.", REC, CLAIMS)
    assert not check.passes("1 of the 2 other people who liked Heat also liked this.", REC, claims)
    assert check.passes("1 of the 1 other people who liked Heat also liked this.", REC, claims)


def test_what_leads_nowhere_is_no_part_of_a_shape(check):
    assert shape_of(check, "Nobody knows.") == ()
    assert [len(each) for each in shape_of(check, "You liked Heat.")] == [2, 1, 1, 1]  # a title, or two words


def test_readings_are_remembered_for_so_many_shapes_and_no_more():
    assert said_in.cache_info().maxsize == 4096
