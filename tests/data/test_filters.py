import random

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genrec.data.catalogue import Catalogue
from genrec.data.conditions import And, Compare, Contains, Has, Missing, Node, Not, OneOf, Or
from genrec.data.filters import MAX_LENGTH, parse
from genrec.errors import UsageError

TITLES = ["Alien", "ALIEN", "Été", "straße", "ΣΟΦΟΣ", "a'b\"c`\\d\n", "", None]
GENRES = [["Drama", "War"], ["drama"], [], None, [None, "WAR"], ["Sci-Fi"], ["Été"], ["d"]]
FRAME = pl.DataFrame(
    {
        "item_id": ["a", "A", "b", "c", "d", "e", "f", "g"],
        "title": TITLES,
        "year": [1979, 1990, None, -5, 2000, 1990, 0, 2001],
        "score": [1.5, float("nan"), None, -2.25, 0.0, 1e-9, 3.0, -0.0],
        "stock": [True, False, None, True, False, None, True, True],
        "genres": GENRES,
        "my `field\\": ["x", "Y", None, "Z", "and", "x", "y", "not"],
        "in": ["x", "Y", None, "Z", "and", "x", "y", "not"],
    },
    schema_overrides={"genres": pl.List(pl.String)},
)
CATALOGUE = Catalogue(FRAME)
FIELDS = {"`my \\`field\\\\`": "my `field\\", "`in`": "in", "title": "title", "item_id": "item_id"}


def alive(text: str) -> list[str]:
    mask = parse(text, CATALOGUE).mask(CATALOGUE)
    return FRAME["item_id"].filter(pl.Series(mask)).to_list()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("year >= 1990", "Adeg"),
        ("1990 <= year", "Adeg"),
        ("1990 == year", "Ae"),
        ("year != 1990", "abcdfg"),
        ("not year > 0", "bcf"),
        ("year in (1979, 0.0)", "af"),
        ("year not in (1979, 0)", "Abcdeg"),
        ('title = "alien"', "aA"),
        ("title = 'ÉTÉ'", "b"),
        ("title contains 'LI'", "aA"),
        ("title not contains 'LI'", "bcdefg"),
        ('"DRAMA" in genres', "aA"),
        ('"war" not in genres', "Abcefg"),
        ("genres in ('war', 'sci-fi')", "ade"),
        ("genres contains 'r'", "aAd"),
        ("genres is missing", "bc"),
        ("genres is not missing", "aAdefg"),
        ("score is missing", "Ab"),
        ("stock = true and year > 0", "ag"),
        ("stock != true", "Abde"),
        ("year = 1979 or year = 1990 and stock = false", "aA"),
        ("(year = 1979 or year = 1990) and stock = false", "A"),
        ("NOT (year = 1979 OR stock IS MISSING)", "Acdfg"),
        ('id = "a"', "a"),
        ('item_id in ("a", "g")', "ag"),
        ("`in` = 'AND'", "d"),
        ("year = -5", "c"),
    ],
)
def test_a_filter_passes_the_items_it_says(text: str, expected: str) -> None:
    assert sorted(alive(text)) == sorted(expected)


def test_a_removed_item_never_passes() -> None:
    catalogue = CATALOGUE.without_items(["a", "g"])
    kept = parse("year > 0", catalogue).mask(catalogue)
    assert FRAME["item_id"].filter(pl.Series(kept)).to_list() == ["A", "d", "e"]
    assert kept.dtype == np.bool_


@pytest.mark.parametrize(
    ("text", "message", "character"),
    [
        ("yeer > 3", "did you mean year? choose from item_id, title, year", 1),
        ("year > 'x'", 'year holds a number, not "x"', 8),
        ("title = 3", "title holds text, not 3", 9),
        ("title in ('a', 3)", "title holds text, not 3", 11),
        ("stock = 1", "stock holds true or false, not 1", 9),
        ("year = true", "year holds a number, not true", 8),
        ("stock < true", "no order", 9),
        ("'x' in title", 'write `title contains "x"`', 8),
        ("genres = 'Drama'", 'write `"Drama" in genres`', 10),
        ("year contains 'x'", "year holds no text", 15),
        ("year > 3)", "`and`, `or` or the end expected", 9),
        ("(year > 3", "`)` expected", 10),
        ("year >", "a text in quotes, a number", 7),
        ("year ~ 3", "unexpected '~'", 6),
        ("title = 'x", "a quote that never closes", 9),
        ("title = 'x\\q'", "unknown escape \\q", 9),
        ("year = 9223372036854775808", "number too large", 8),
        ("year = 1e400", "number too large", 8),
        ("year = " + "9" * 5000, "number too large", 8),
        ("1 < year < 3", "`and`, `or` or the end expected", 10),
        ("", "the name of a field expected", 1),
        ("not " * 51 + "year = 1", "nested deeper than 50", 205),
        ("(" * 51 + "year = 1" + ")" * 51, "nested deeper than 50", 52),
    ],
)
def test_a_fault_is_named_and_pointed_at(text: str, message: str, character: int) -> None:
    with pytest.raises(UsageError) as caught:
        parse(text, CATALOGUE)
    assert message in str(caught.value)
    assert f"character {character} " in caught.value.where
    *_, shown, caret = caught.value.where.splitlines()
    assert shown.strip() == "" or len(caret) - 1 <= len(shown)


def test_a_caret_stands_under_the_place_in_a_long_filter() -> None:
    with pytest.raises(UsageError) as caught:
        parse("year = 1 and " * 40 + "yaer = 2", CATALOGUE)
    _, shown, caret = caught.value.where.splitlines()
    assert shown[caret.index("^") :] == "yaer = 2"


def test_limits_hold_to_the_character_and_level() -> None:
    deep = "(" * 50 + "year = 1" + ")" * 50
    assert str(parse(deep, CATALOGUE)) == "year = 1"
    longest = "year = 1" + " or year = 1" * 832
    parse(longest.ljust(MAX_LENGTH), CATALOGUE).mask(CATALOGUE)
    with pytest.raises(UsageError, match="longer than"):
        parse(longest.ljust(MAX_LENGTH + 1), CATALOGUE)


def test_many_values_are_fine() -> None:
    text = f"year in ({', '.join(map(str, range(1000, 2600)))})"
    assert sorted(alive(text)) == sorted("aAdeg")


def test_small_integers_compare_with_any_number() -> None:
    frame = FRAME.with_columns(pl.col("year").cast(pl.Int16))
    catalogue = Catalogue(frame)
    assert parse("year < 3000000000", catalogue).mask(catalogue).sum() == 7
    assert parse("year > -9000000000000000000", catalogue).mask(catalogue).sum() == 7
    assert parse("year = 1979.5", catalogue).mask(catalogue).sum() == 0


def test_an_empty_catalogue_has_an_empty_mask() -> None:
    empty = Catalogue(FRAME.clear())
    for text in ("year > 3", "'x' in genres", "title contains 'x'", "genres is missing", "not year = 1"):
        assert parse(text, empty).mask(empty).shape == (0,)


def interpret(node: Node, row: dict[str, object]) -> bool:
    """The language again, item by item in plain Python."""
    match node:
        case Not():
            return not interpret(node.node, row)
        case And():
            return all(interpret(each, row) for each in node.nodes)
        case Or():
            return any(interpret(each, row) for each in node.nodes)
    held = row[node.field]
    held = [each for each in held if each is not None] if isinstance(held, list) else held
    if isinstance(node, Missing):
        return held is None or held != held or row[node.field] == []
    if isinstance(node, Compare) and node.operator == "!=":
        return not interpret(Compare(node.field, "=", node.value), row)
    if held is None or held != held:
        return False
    return any(
        _holds(node, each, node.field == "item_id") for each in (held if isinstance(held, list) else [held])
    )


def _holds(node: Node, value: object, exact: bool) -> bool:
    def fold(each: object) -> object:
        return each.lower() if isinstance(each, str) and not exact else each

    match node:
        case Contains():
            return str(node.text).lower() in str(value).lower()
        case Has():
            return fold(value) == fold(node.value)
        case OneOf():
            return any(fold(value) == fold(each) for each in node.values)
        case Compare():
            left, right = fold(value), fold(node.value)
            return {
                "=": left == right,
                "<": left < right,  # type: ignore[operator]
                "<=": left <= right,  # type: ignore[operator]
                ">": left > right,  # type: ignore[operator]
                ">=": left >= right,  # type: ignore[operator]
            }[node.operator]
    raise AssertionError(node)


words = st.sampled_from(
    ["Alien", "dRAMA", "été", "x", "", "AND", "Σ", "ΣΟΦΟΣ", "STRASSE", "Straße", "war", "a"]
)
texts = words | st.text("aAéÉßΣσ'\"`\\\n\t %_()*", max_size=4)
numbers = st.sampled_from([1979, 1990, -5, 0, 2000]) | st.integers(-(2**62), 2**62) | st.floats(-3e3, 3e3)


def quoted(text: str) -> str:
    quote = random.Random(text).choice("'\"")
    escaped = text.replace("\\", "\\\\").replace(quote, "\\" + quote)
    return quote + (escaped.replace("\n", "\\n") if len(text) % 2 else escaped) + quote


strings = texts.map(quoted)
operators = st.sampled_from(["=", "==", "!=", "<", "<=", ">", ">="])
text_fields = st.sampled_from(sorted(FIELDS))
number_fields = st.sampled_from(["year", "score"])
literals = numbers.map(repr)
negation = st.sampled_from(["", "", "not "])


def spelt(pattern: str, *parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(*parts).map(lambda each: pattern.format(*each))


def listed(literals: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(literals, min_size=1, max_size=4).map(" , ".join)


tests = st.one_of(
    spelt("{}{}{}", number_fields, operators, literals),
    spelt("{} {} {}", literals, operators, number_fields),
    spelt("{}{}{}", text_fields, operators, strings),
    spelt("{} {} {}", strings, operators, text_fields),
    spelt("stock{}{}", st.sampled_from(["=", "!="]), st.sampled_from(["true", "FALSE"])),
    spelt("{} {}in genres", strings, negation),
    spelt("{} {}contains {}", text_fields | st.just("genres"), negation, strings),
    spelt("{} is {}missing", text_fields | number_fields | st.sampled_from(["genres", "stock"]), negation),
    spelt(
        "{} {}in ({})", text_fields | st.just("genres"), negation, st.lists(strings, min_size=1).map(",".join)
    ),
    spelt(
        "{} {}in ({})", number_fields, negation, st.lists(literals, min_size=1, max_size=4).map(" , ".join)
    ),
)
filters = st.recursive(
    tests,
    lambda inner: st.one_of(
        spelt("{} and {}", inner, inner),
        spelt("{} or {}", inner, inner),
        spelt("not {}", inner),
        spelt("({})", inner),
        spelt("({} or {}) and {}", inner, inner, inner),
    ),
    max_leaves=6,
)


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(filters)
def test_the_mask_equals_a_plain_interpreter(text: str) -> None:
    parsed = parse(text, CATALOGUE)
    expected = [interpret(parsed.root, row) for row in FRAME.iter_rows(named=True)]
    assert parsed.mask(CATALOGUE).tolist() == expected


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(filters)
def test_the_canonical_form_parses_back(text: str) -> None:
    parsed = parse(text, CATALOGUE)
    assert parse(str(parsed), CATALOGUE) == parsed


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("year=1 AND(year=2 or (year=3 or year=4))", "year = 1 and (year = 2 or year = 3 or year = 4)"),
        ("(year=1 and year==2) or year=3", "year = 1 and year = 2 or year = 3"),
        ("not(year=1 and year=2)", "not (year = 1 and year = 2)"),
        ("not year=1 and 2<year", "not year = 1 and year > 2"),
        ("id='a\\'\"'", 'item_id = "a\'\\""'),
        ("`title` not in ('x')", 'not title in ("x")'),
        ("`in` is not missing", "not `in` is missing"),
        ("year = 1e3 or year = -0.50", "year = 1000.0 or year = -0.5"),
    ],
)
def test_the_canonical_form(text: str, canonical: str) -> None:
    assert str(parse(text, CATALOGUE)) == canonical
    assert parse(canonical, CATALOGUE) == parse(text, CATALOGUE)


@settings(max_examples=100, deadline=None)
@given(filters)
def test_a_filter_and_its_negation_part_the_catalogue(text: str) -> None:
    mask = parse(text, CATALOGUE).mask(CATALOGUE)
    negated = parse(f"not ({text})", CATALOGUE).mask(CATALOGUE)
    assert (mask ^ negated).all()


PIECES = (
    "year title genres stock score and or not in is missing contains true ( ) , = != < >= 1 -2.5 'x' \"y \\ "
    "` ~ . 1e9 `in` 9e99 id \ud800 \0 \u2028 ٣"
)
pieces = st.sampled_from(PIECES.split(" "))


@settings(max_examples=500, deadline=None)
@given(st.lists(pieces, max_size=14).map(" ".join) | st.text(max_size=40))
def test_garbage_is_refused_or_parsed(text: str) -> None:
    try:
        parsed = parse(text, CATALOGUE)
    except UsageError:
        return
    assert len(parsed.mask(CATALOGUE)) == len(CATALOGUE)
    assert parse(str(parsed), CATALOGUE) == parsed
