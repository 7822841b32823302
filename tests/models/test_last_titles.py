import numpy as np
import polars as pl
import pytest

from genrec.data.catalogue import Catalogue
from genrec.models.base import Fitting
from genrec.models.last_titles import LastTitles, last_titles
from genrec.models.settings import BM25LastTitlesSettings
from genrec.testing.data import toy_dataset
from genrec.types import NO_ITEM, Query

DATA = toy_dataset()


def model(n_titles: int = 1) -> LastTitles:
    return LastTitles.fit(BM25LastTitlesSettings(n_titles=n_titles), DATA, Fitting())


def query(*history: int, **more: object) -> Query:
    return Query(history=np.array(history, np.int32), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("n", "expected"), [(1, "The Matrix"), (2, "Heat The Matrix"), (9, "Heat Heat The Matrix")]
)
def test_the_newest_titles_are_one_line_as_people_say_them(n: int, expected: str) -> None:
    catalogue = Catalogue(
        pl.DataFrame({"item_id": ["a", "b"], "title": ["Heat (1995)", "Matrix, The (1999)"]})
    )
    assert last_titles(catalogue, np.array([0, 0, 1], np.int32), n=n) == [expected]
    assert last_titles(catalogue, np.array([5], np.int32), n=n) == [], "an item that is not there"


def test_what_the_search_finds_comes_first_then_the_most_chosen() -> None:
    # the other Dracula is found; then m2 and m6 with three events, m1 and m3 with two, m7 with one
    found = model().recommend([query(3)], k=8)
    assert found.items[0].tolist() == [4, 1, 5, 0, 2, 6, NO_ITEM, NO_ITEM]
    assert found.scores[0, 0] > 0
    assert np.diff(found.scores[0, :6]).tolist() == pytest.approx([-1] * 5)


def test_only_as_many_titles_as_asked_are_searched() -> None:
    assert model(1).recommend([query(3, 0)], k=1).items[0, 0] != 4
    assert model(2).recommend([query(3, 0)], k=1).items[0, 0] == 4


def test_without_a_history_the_most_chosen_come() -> None:
    assert model().recommend([query()], k=3).items[0].tolist() == [1, 5, 0]


def test_what_fills_a_list_is_wanted_too() -> None:
    candidates = np.array([True, False, True, True, True, True, True, True])
    found = model().recommend([query(3, exclude=np.array([5], np.int32), candidates=candidates)], k=8)
    assert found.items[0].tolist() == [4, 0, 2, 6, *[NO_ITEM] * 4]
