import gzip
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genrec.config import SourceSettings
from genrec.data.sources import read_events, read_items, read_users
from genrec.data.sources.base import SourceTable
from genrec.data.sources.times import as_seconds
from genrec.errors import DataError, UsageError


def events(tmp_path: Path, content: str | bytes, **how: object) -> SourceTable:
    path = tmp_path / "log.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_events(SourceSettings(path="log.csv", **how), tmp_path)


def items(tmp_path: Path, content: str | bytes, **how: object) -> SourceTable:
    path = tmp_path / "shop.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_items(SourceSettings(path="shop.csv", **how), tmp_path)


def reasons(table: SourceTable) -> list[tuple[int, str]]:
    return list(table.unreadable.select("line", "reason").iter_rows())


def test_aliases_are_taken_and_named(tmp_path: Path) -> None:
    table = events(tmp_path, "customer_id,sku,stars,unixReviewTime\nu1,a,4.5,1000000000\n")
    assert table.frame.rows() == [("u1", "a", 1_000_000_000, "rating", 4.5, None)]
    assert table.columns == {
        "user_id": "customer_id",
        "item_id": "sku",
        "value": "stars",
        "timestamp": "unixReviewTime",
    }


def test_no_event_and_no_rating_is_a_purchase_unless_the_setting_says(tmp_path: Path) -> None:
    content = "user,item\nu1,a\n"
    assert events(tmp_path, content).frame["event"].to_list() == ["purchase"]
    assert events(tmp_path, content, event="pv").frame["event"].to_list() == ["view"]
    with pytest.raises(UsageError, match="unknown event type 'sing'"):
        events(tmp_path, content, event="sing")


def test_event_synonyms_and_strangers(tmp_path: Path) -> None:
    kinds = ["buy", "addToCart", "pv", "Star", "order", "teleport", ""]
    table = events(tmp_path, "user,item,behavior\n" + "".join(f"u,i{n},{k}\n" for n, k in enumerate(kinds)))
    assert table.frame["event"].to_list() == ["purchase", "cart", "view", "like", "purchase"]
    assert reasons(table) == [(7, "an event type that genrec does not know"), (8, "no event type")]
    assert any("'teleport'" in note for note in table.notes)


def test_every_faulty_line_is_named_by_its_number(tmp_path: Path) -> None:
    content = b"user,item,rating\nu1,a,5\nu2,\xff,4\n\nu3,b\0,3\nu4,c\nu5,d,4,9\nu6,e,\nu7,f,good\n"
    content += b"u8,g,nan\nu9,h,1\n"
    table = events(tmp_path, content)
    assert table.frame["user_id"].to_list() == ["u1", "u9"]
    assert table.lines.to_list() == [2, 11]
    assert reasons(table) == [
        (3, "not UTF-8"),
        (5, "NUL byte"),
        (6, "2 fields instead of 3"),
        (7, "4 fields instead of 3"),
        (8, "a rating without a value"),
        (9, "a value that is no number"),
        (10, "a value that is no number"),
    ]


def test_quotes_spanning_lines_and_never_closed(tmp_path: Path) -> None:
    content = 'id,title\n1,"Good, ""Bad""\nand Ugly"\n2,"Open\n3,Plain\n4,5" disk\n5,"Shut, too"\n'
    table = items(tmp_path, content)
    assert table.frame["item_id"].to_list() == ["1", "3", "4", "5"]
    assert table.frame["title"].to_list() == ['Good, "Bad"\nand Ugly', "Plain", '5" disk', "Shut, too"]
    assert table.lines.to_list() == [2, 5, 6, 7]
    assert [line for line, _ in reasons(table)] == [4]


def test_lists_numbers_codes_and_truth(tmp_path: Path) -> None:
    content = (
        "id\tname\tgenres\ttags\tyear\tprice\tzip\tsold\n"
        "1\tA\tDrama|War\tx, y\t1999\t2.5\t02139\ttrue\n"
        '2\tB\t(no genres listed)\t["p","q, r"]\t2001\t3\t10001\tFALSE\n'
    )
    frame = items(tmp_path, content).frame
    assert frame["genres"].to_list() == [["Drama", "War"], []]
    assert frame["tags"].to_list() == [["x", "y"], ["p", "q, r"]]
    assert frame["year"].to_list() == [1999, 2001]
    assert frame["price"].to_list() == [2.5, 3.0]
    assert frame["zip"].to_list() == ["02139", "10001"]
    assert frame["sold"].to_list() == [True, False]


def test_windows_line_ends_byte_order_mark_and_gzip(tmp_path: Path) -> None:
    plain = "\ufeffuser_id;item_id\r\nu1;a\r\n".encode()
    (tmp_path / "log.csv.gz").write_bytes(gzip.compress(plain))
    table = read_events(SourceSettings(path="log.csv.gz"), tmp_path)
    assert table.frame.select("user_id", "item_id").rows() == [("u1", "a")]


@pytest.mark.parametrize(
    ("header", "named"),
    [("user,user_name,thing", "item_id"), ("u,v,w", "'u', 'v', 'w'"), ("alone", "user_id, item_id")],
)
def test_missing_columns_name_those_seen_and_the_way_out(tmp_path: Path, header: str, named: str) -> None:
    with pytest.raises(DataError, match=named) as caught:
        events(tmp_path, f"{header}\n1,2,3\n")
    assert "--format" in caught.value.next_step
    assert "columns:" in caught.value.next_step


def test_doubled_columns_are_refused_unless_one_is_exact(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="two columns have the name 'item'"):
        events(tmp_path, "user,item,item\nu,a,b\n")
    with pytest.raises(DataError, match="2 columns could be item_id: 'product_id', 'movieId'"):
        events(tmp_path, "user,product_id,movieId\nu,a,b\n")
    assert events(tmp_path, "user,product_id,item_id\nu,a,b\n").frame["item_id"].to_list() == ["b"]
    chosen = events(tmp_path, "user,product_id,movieId\nu,a,b\n", columns={"item_id": "movieId"})
    assert chosen.frame["item_id"].to_list() == ["b"]


def test_columns_setting_is_checked(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="'nope' for item_id"):
        events(tmp_path, "user,item\nu,a\n", columns={"item_id": "nope"})
    with pytest.raises(UsageError, match="'colour', which no event has"):
        events(tmp_path, "user,item\nu,a\n", columns={"colour": "item"})
    with pytest.raises(UsageError, match="unknown format 'xml'"):
        events(tmp_path, "user,item\nu,a\n", format="xml")


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "is empty"),
        (b"\n \n", "is empty"),
        ("user,item".encode("utf-16"), "UTF-16"),
        (b"\0\n\0", "no line"),
    ],
)
def test_files_that_hold_nothing(tmp_path: Path, content: bytes, what: str) -> None:
    with pytest.raises(DataError, match=what):
        events(tmp_path, content)


def test_missing_and_damaged_files(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"cannot read gone\.csv"):
        read_items(SourceSettings(path="gone.csv"), tmp_path)
    (tmp_path / "cut.csv.gz").write_bytes(gzip.compress(b"a,b\n" * 100)[:20])
    with pytest.raises(DataError, match="is damaged"):
        read_items(SourceSettings(path="cut.csv.gz"), tmp_path)
    (tmp_path / "bad.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(DataError, match=r"cannot read bad\.parquet"):
        read_items(SourceSettings(path="bad.parquet"), tmp_path)


@pytest.mark.parametrize(
    ("cells", "seconds"),
    [
        (["1000000000", "1000000001"], [1_000_000_000, 1_000_000_001]),
        (["1000000000000", "1000000001999"], [1_000_000_000, 1_000_000_001]),
        (["1000000000000000"], [1_000_000_000]),
        (["1000000000000000000"], [1_000_000_000]),
        (["8.81250949e+08", "881250950.5"], [881_250_949, 881_250_950]),
        (["20010909"], [999_993_600]),
        (["2001-09-09T01:46:40Z", "2001-09-09 01:46:40", "2001-09-09T03:46:40+02:00"], [1_000_000_000] * 3),
        (
            ["2001-09-08T20:16:40.250-05:30", "2001-09-09", "09 9, 2001"],
            [1_000_000_000, 999_993_600, 999_993_600],
        ),
        (["", None, "5"], [None, None, 5]),
    ],
)
def test_times_in_any_spelling(cells: list[str | None], seconds: list[int | None]) -> None:
    found, bad, _ = as_seconds(pl.Series(cells, dtype=pl.String))
    assert found.to_list() == seconds
    assert bad.to_list() == [None] * len(cells)


def test_times_that_are_none() -> None:
    cells = ["1000000000", "253402300799", "-5", "yesterday", "inf", "9999-12-31"]
    found, bad, _ = as_seconds(pl.Series(cells))
    assert found.to_list() == [1_000_000_000, *[None] * 5]
    outside, unreadable = "a time outside 1970 to 2099", "a time that cannot be read"
    assert bad.to_list() == [None, outside, outside, unreadable, unreadable, outside]


def test_a_log_all_of_the_year_9999_is_not_taken_for_milliseconds() -> None:
    _, bad, _ = as_seconds(pl.Series([253_402_300_799, 253_402_300_798]))
    assert bad.null_count() == 0


def test_positions_order_events_that_have_no_time(tmp_path: Path) -> None:
    table = events(tmp_path, "user,item,pos\nu,b,1\nu,a,0\nu,a,2\n")
    assert table.frame["item_id"].to_list() == ["a", "b", "a"]
    assert table.lines.to_list() == [3, 2, 4]


def test_users_keep_their_attributes(tmp_path: Path) -> None:
    (tmp_path / "u.csv").write_text("customer,age,city\nu1,24,Rome\n")
    frame = read_users(SourceSettings(path="u.csv"), tmp_path).frame
    assert frame.rows(named=True) == [{"user_id": "u1", "age": 24, "city": "Rome"}]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.binary(max_size=30).filter(lambda line: b"\n" not in line and line.strip(b" \r")), min_size=1)
)
def test_no_line_is_lost(tmp_path_factory: pytest.TempPathFactory, lines: list[bytes]) -> None:
    folder = tmp_path_factory.mktemp("lines")
    whole = [line for line in lines if b'"' not in line]
    table = events(folder, b"user,item\n" + b"\n".join([b"u,i", *whole]))
    numbers = sorted([*table.lines.to_list(), *table.unreadable["line"].to_list()])
    assert numbers == list(range(2, len(whole) + 3))
