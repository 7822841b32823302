"""Likeness against values worked out by hand."""

from math import log, sqrt

import numpy as np
import polars as pl
import pytest

from genrec.data.catalogue import Catalogue
from genrec.retrieval.likeness import likeness


def catalogue(titles, **attributes) -> Catalogue:
    ids = [f"i{number}" for number in range(len(titles))]
    return Catalogue(pl.DataFrame({"item_id": ids, "title": titles, **attributes}))


def test_it_is_the_worth_of_what_two_items_share():
    shop = catalogue(
        ["Red shoes", "Blue shoes", "Red red hat", "Coat", "Cap (1999)"],
        brand=["Fleet", "Moor", "Fleet", "Moor", None],
        price=[1.5, 1.5, 2.0, 3.0, 1.5],
    )
    pair = log(5 / 2)  # each of red, shoes, Fleet and Moor is had by two of five; the rest by one alone
    expected = [1, pair / sqrt(3 * pair * 2 * pair), 2 * pair / sqrt(3 * pair * 2 * pair), 0, 0]
    assert likeness(shop, 0) == pytest.approx(np.array(expected), abs=1e-6)
    assert likeness(shop, 4).tolist() == [0] * 5


def test_a_value_of_an_attribute_is_no_word_of_a_title():
    films = catalogue(
        ["Star Wars", "War Room", "Trenches", "War Games"], genres=[["War", "Sci-Fi"], ["News"], ["War"], []]
    )
    assert likeness(films, 0).tolist() == pytest.approx([1, 0, 1, 0])


def test_what_all_items_have_tells_nothing():
    assert likeness(catalogue(["One hat", "Two hat"], kind=["hat", "hat"]), 0).tolist() == [0, 0]
