"""Two wordings of one form differ in names and numbers alone."""

import polars as pl

from genrec.data.catalogue import Catalogue
from genrec.explaining import Claim
from genrec.explaining.names import Names
from genrec.testing.forms import form

NAMES = Names(Catalogue(pl.DataFrame({"item_id": ["1", "2"], "title": ["Star Wars", "Fargo. Part II"]})))


def test_names_and_numbers_are_left_out():
    claims = [Claim("history", 0, value="liked"), Claim("co-occurrence", 0, None, "liked", 12, 40)]
    said = form('You liked "Star Wars", and 12 of the 1,240 others who did liked this too.', claims, NAMES)
    assert said == "You liked _, and # of the # others who did liked this too."
    other = [Claim("history", 1, value="liked"), Claim("search", value="a war.")]
    assert form('Your search "A war." found this: you liked Fargo. Part II.', other, NAMES) == (
        "Your search _ found this: you liked _."
    )
