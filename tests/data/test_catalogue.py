import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genrec.data.catalogue import Catalogue, spoken_title
from genrec.errors import DataError, UsageError

FRAME = pl.DataFrame(
    {
        "item_id": ["a", "b", "c"],
        "title": ["A", "B", "C"],
        "year": [1990, None, 2000],
        "genres": [["x"], None, ["y", "z"]],
        "score": [1.0, float("nan"), 2.5],
        "flag": [True, False, None],
    }
)
CATALOGUE = Catalogue(FRAME)


def test_items_are_added_at_the_end() -> None:
    grown = CATALOGUE.with_items(pl.DataFrame({"item_id": ["d"], "title": ["D"], "genres": [["q"]]}))
    assert list(grown.ids) == ["a", "b", "c", "d"]
    assert grown.frame.head(3).equals(FRAME)
    assert grown.frame.row(3) == ("d", "D", None, ["q"], None, None)
    assert grown.alive.tolist() == [True] * 4


def test_a_known_id_is_replaced_in_place_lists_and_nulls_too() -> None:
    new = pl.DataFrame({"item_id": ["c", "a"], "title": ["C2", "A2"], "genres": [None, ["n", "m"]]})
    grown = CATALOGUE.with_items(new)
    assert grown.titles == ["A2", "B", "C2"]
    assert grown.frame["genres"].to_list() == [["n", "m"], None, None]
    # a column that was not given stays
    assert grown.frame["year"].to_list() == [1990, None, 2000]


def test_a_removed_item_comes_back_when_added() -> None:
    removed = CATALOGUE.without_items(["a", "c", "a"])
    assert removed.alive.tolist() == [False, True, False]
    assert len(removed) == 3
    assert removed.with_items(FRAME.head(1)).alive.tolist() == [True, True, False]
    assert CATALOGUE.alive.all()


def test_new_columns_and_wider_numbers_are_fine() -> None:
    new = pl.DataFrame(
        {"item_id": ["a", "d"], "title": ["A", "D"], "year": [1990.5, 7.0], "brand": ["p", "q"]}
    )
    grown = CATALOGUE.with_items(new)
    assert grown.frame["year"].to_list() == [1990.5, None, 2000.0, 7.0]
    assert grown.frame["brand"].to_list() == ["p", None, None, "q"]


def test_text_is_read_as_the_columns_type() -> None:
    grown = CATALOGUE.with_items(pl.DataFrame({"item_id": [7], "title": ["D"], "year": ["1999"]}))
    assert grown.frame.row(3)[:3] == ("7", "D", 1999)
    assert grown.frame.schema == FRAME.schema


@pytest.mark.parametrize(
    ("new", "message"),
    [
        ({"title": ["x"]}, "no column item_id"),
        ({"item_id": ["d", "d"], "title": ["x", "y"]}, "doubled: d"),
        ({"item_id": ["a", "a"], "title": ["x", "y"]}, "doubled: a"),
        ({"item_id": [None], "title": ["x"]}, "one id each"),
        ({"item_id": ["d"]}, "needs a title"),
        ({"item_id": ["a"], "title": [None]}, "needs a title"),
        ({"item_id": ["d"], "title": ["x"], "year": ["soon"]}, "year does not fit"),
        ({"item_id": ["d"], "title": ["x"], "genres": ["q"]}, "genres does not fit"),
    ],
)
def test_items_that_do_not_fit_are_refused(new: dict[str, list[object]], message: str) -> None:
    with pytest.raises(DataError, match=message):
        CATALOGUE.with_items(pl.DataFrame(new))


def test_removing_an_unknown_item_is_refused() -> None:
    with pytest.raises(UsageError, match="unknown item 'q'"):
        CATALOGUE.without_items(["q"])


def test_aligning_puts_given_ids_first() -> None:
    aligned = CATALOGUE.without_items(["a"]).aligned_to(["c", "gone", "a"])
    assert list(aligned.ids) == ["c", "gone", "a", "b"]
    assert aligned.alive.tolist() == [True, False, False, True]
    assert aligned.titles == ["C", "", "A", "B"]
    assert aligned.frame.columns == FRAME.columns
    assert aligned.frame["genres"].to_list() == [["y", "z"], None, ["x"], None]


@given(st.lists(st.sampled_from("abcdef"), unique=True), st.lists(st.sampled_from("abcdef"), unique=True))
def test_alignment_keeps_rows_and_aliveness_by_id(known: list[str], items: list[str]) -> None:
    frame = pl.DataFrame(
        {"item_id": items, "title": items}, schema={"item_id": pl.String, "title": pl.String}
    )
    catalogue = Catalogue(frame).without_items(items[::2])
    aligned = catalogue.aligned_to(known)
    assert list(aligned.ids)[: len(known)] == known
    assert sorted(aligned.ids) == sorted({*known, *items})
    for item_id, title, alive in zip(aligned.ids, aligned.titles, aligned.alive, strict=True):
        index = catalogue.ids.get(item_id)
        assert alive == (index is not None and bool(catalogue.alive[index]))
        assert title == ("" if index is None else item_id)


def test_the_version_changes_with_any_content() -> None:
    others = [
        FRAME.with_columns(title=pl.Series(["A", "B", "D"])),
        FRAME.with_columns(genres=pl.Series([["x"], None, ["z", "y"]])),
        FRAME.with_columns(year=pl.col("year").cast(pl.Float64)),
        FRAME.rename({"flag": "flags"}),
        FRAME.head(2),
    ]
    versions = [Catalogue(each).version for each in others]
    versions += [CATALOGUE.version, CATALOGUE.without_items(["a"]).version]
    assert len(set(versions)) == len(versions)
    assert all(len(each) == 12 for each in versions)
    assert Catalogue(FRAME.clone()).version == CATALOGUE.version


def test_values_are_words() -> None:
    assert [CATALOGUE.values(item, "year") for item in range(3)] == [["1990"], [], ["2000"]]
    assert [CATALOGUE.values(item, "genres") for item in range(3)] == [["x"], [], ["y", "z"]]
    assert [CATALOGUE.values(item, "score") for item in range(3)] == [["1"], [], ["2.5"]]
    assert CATALOGUE.values(0, "flag") == ["True"]
    assert CATALOGUE.attributes == ["year", "genres", "score", "flag"]


def test_a_mask_of_another_length_is_no_silent_revival() -> None:
    with pytest.raises(AssertionError):
        Catalogue(FRAME, np.zeros(2, np.bool_))


@pytest.mark.parametrize(
    ("title", "spoken"),
    [
        ("Matrix, The (1999)", "The Matrix"),
        ("Postino, Il (1994)", "Il Postino"),
        ("Toy Story (1995)", "Toy Story"),
        ("2001: A Space Odyssey (1968)", "2001: A Space Odyssey"),
        ("Good, The Bad and The Ugly", "Good, The Bad and The Ugly"),
        ("1984", "1984"),
        ("(1999)", "(1999)"),
        ("", ""),
    ],
)
def test_a_spoken_title(title: str, spoken: str) -> None:
    assert spoken_title(title) == spoken
