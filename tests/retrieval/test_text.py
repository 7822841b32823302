import polars as pl
import pytest

from genrec.data.catalogue import Catalogue
from genrec.errors import UsageError
from genrec.retrieval.text import field_texts, words


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Toy Story (1995)", ["toy", "story", "1995"]),
        ("2001: A Space-Odyssey", ["2001", "a", "space", "odyssey"]),
        ("Amélie, AMÉLIE, Ame\u0301lie", ["amelie", "amelie", "amelie"]),
        ("ＴＯＹ ｓｔｏｒｙ ①", ["toy", "story", "1"]),
        ("Straße STRASSE", ["strasse", "strasse"]),
        ("Ёлки İzmir ﬁlm", ["елки", "izmir", "film"]),
        ("千と千尋 (2001)", ["千", "と", "千", "尋", "2001"]),
        ("हिन्दी फ़िल्म", ["हिन्दी", "फ़िल्म"]),
        ("한국 영화", ["한국", "영화"]),
        ("snake_case\ttab\0nul\nline", ["snake", "case", "tab", "nul", "line"]),
        ("\ud800 🎬 !?", []),
        ("", []),
    ],
)
def test_words(text: str, wanted: list[str]) -> None:
    import unicodedata

    assert words(text) == [
        unicodedata.normalize("NFC", each) if not each.isascii() else each for each in wanted
    ]


def test_words_of_words_are_the_same() -> None:
    text = "Les Misérables – Ödön’s ①②③ Straße 千と千尋 हिन्दी Москва́"
    assert words(" ".join(words(text))) == words(text)


def test_field_texts_of_every_type() -> None:
    catalogue = Catalogue(
        pl.DataFrame(
            {
                "item_id": ["a", "b"],
                "title": ["Alien", None],
                "year": [1979.0, None],
                "score": [7.5, float("nan")],
                "pages": [3, None],
                "adult": [True, None],
                "genres": [["Horror", None, "Sci-Fi"], None],
                "codes": [[1, 2], []],
            }
        )
    )
    got = {name: field_texts(catalogue, name) for name in ["title", *catalogue.attributes]}
    assert got["title"] == ["Alien", ""]
    assert got["year"] == ["1979", ""]
    assert got["score"] == ["7.5", "NaN"]
    assert got["pages"] == ["3", ""]
    assert got["adult"] == ["true", ""]
    assert got["genres"] == ["Horror Sci-Fi", ""]
    assert got["codes"] == ["1 2", ""]


def test_the_id_is_no_field() -> None:
    with pytest.raises(UsageError, match="its fields are title"):
        field_texts(Catalogue(pl.DataFrame({"item_id": ["a"], "title": ["x"]})), "item_id")
