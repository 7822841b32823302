import gzip
import json
from pathlib import Path

import polars as pl
import pytest

from genrec.config import SourceSettings
from genrec.data.sources import read_events, read_items, read_users
from genrec.errors import DataError


def write(folder: Path, name: str, content: str, *, encoding: str = "utf-8") -> SourceSettings:
    (folder / name).write_text(content, encoding=encoding)
    return SourceSettings(path=name)


def write_records(folder: Path, name: str, *rows: object) -> SourceSettings:
    return write(folder, name, "".join(json.dumps(row) + "\n" for row in rows))


def test_recbole_folder(tmp_path: Path) -> None:
    write(
        tmp_path,
        "x.inter",
        "user_id:token\titem_id:token\trating:float\ttimestamp:float\n7\t1\t3\t881250949\n",
    )
    write(
        tmp_path,
        "x.item",
        "item_id:token\tmovie_title:token_seq\trelease_year:token\tclass:token_seq\n"
        "1\tToy Story\t1995\tAnimation Children's\n2\tunkonwn\tunkonwn\tunknown\n",
    )
    write(tmp_path, "x.user", "user_id:token\tage:token\tzip_code:token\n7\t24\t02139\n")
    folder = SourceSettings(path=".")
    items = read_items(folder, tmp_path)
    assert items.frame.rows(named=True) == [
        {"item_id": "1", "title": "Toy Story", "year": 1995, "genres": ["Animation", "Children's"]},
        {"item_id": "2", "title": "unkonwn", "year": None, "genres": []},
    ]
    assert items.columns == {"item_id": "item_id", "title": "movie_title"}
    assert items.notes == ("years that are no number are left out: 'unkonwn'",)
    assert read_events(folder, tmp_path).frame.rows() == [("7", "1", 881_250_949, "rating", 3.0, None)]
    assert read_users(folder, tmp_path).frame.rows() == [("7", 24, "02139")]


def test_movielens_100k(tmp_path: Path) -> None:
    write(tmp_path, "u.data", "196\t242\t3\t881250949\n186\t302\t3\t891717742\n")
    flags = "|".join("1" if at in (3, 5) else "0" for at in range(19))
    title = "Misérables, Les (1995)"
    write(tmp_path, "u.item", f"242|{title}|24-Jan-1997||http://x|{flags}\n", encoding="latin-1")
    write(tmp_path, "u.user", "1|24|M|technician|85711\n2|53|F|other|T8H1N\n")
    folder = SourceSettings(path=".")
    items = read_items(folder, tmp_path)
    assert items.format == "movielens"
    row = items.frame.row(0, named=True)
    assert (row["item_id"], row["title"], row["year"]) == ("242", title, 1995)
    assert row["genres"] == ["Animation", "Comedy"]
    assert read_events(folder, tmp_path).frame["timestamp"].to_list() == [881_250_949, 891_717_742]
    assert read_users(folder, tmp_path).frame["zip_code"].to_list() == ["85711", "T8H1N"]


def test_movielens_1m(tmp_path: Path) -> None:
    write(tmp_path, "ratings.dat", "1::1193::5::978300760\n")
    write(tmp_path, "movies.dat", '1193::One: Flew, "Over" (1975)::Drama|War\n', encoding="latin-1")
    write(tmp_path, "users.dat", "1::F::1::10::48067\n")
    folder = SourceSettings(path=".")
    assert read_items(folder, tmp_path).frame.rows() == [
        ("1193", 'One: Flew, "Over" (1975)', ["Drama", "War"], 1975)
    ]
    assert read_events(folder, tmp_path).frame.rows() == [("1", "1193", 978_300_760, "rating", 5.0, None)]
    assert read_users(folder, tmp_path).frame.rows() == [("1", "F", 1, 10, 48067)]


def test_movielens_latest(tmp_path: Path) -> None:
    write(tmp_path, "ratings.csv", "userId,movieId,rating,timestamp\n1,31,2.5,1260759144\n")
    write(
        tmp_path,
        "movies.csv",
        'movieId,title,genres\n31,"American President, The (1995)",Comedy|Drama\n'
        "32,Babylon 5,(no genres listed)\n",
    )
    write(tmp_path, "tags.csv", "userId,movieId,tag,timestamp\n15,339,x,1138537770\n")
    folder = SourceSettings(path=".")
    items = read_items(folder, tmp_path)
    assert items.format == "movielens"
    assert items.frame.rows() == [
        ("31", "American President, The (1995)", ["Comedy", "Drama"], 1995),
        ("32", "Babylon 5", [], None),
    ]
    assert read_events(folder, tmp_path).frame.rows() == [("1", "31", 1_260_759_144, "rating", 2.5, None)]


def test_amazon_2014(tmp_path: Path) -> None:
    review = {"reviewerID": "A1", "asin": "B000000001", "overall": 5.0, "reviewText": "Fine.", "summary": "S",
              "unixReviewTime": 1252800000, "reviewTime": "09 13, 2009"}  # fmt: skip
    events = read_events(write_records(tmp_path, "r.json", review), tmp_path)
    assert events.format == "amazon"
    assert events.frame.rows() == [("A1", "B000000001", 1_252_800_000, "rating", 5.0, "Fine.")]
    meta = {"asin": "B000000001", "title": "It's", "price": 12.99, "brand": "Q",
            "categories": [["Beauty", "Hair"], ["Beauty", "Face"]], "description": "D"}  # fmt: skip
    write(tmp_path, "m.json", repr(meta) + "\n{'asin': broken}\n")
    items = read_items(SourceSettings(path="m.json"), tmp_path)
    assert items.frame.rows() == [("B000000001", "It's", "Q", ["Beauty", "Hair", "Face"], 12.99, "D")]
    assert items.unreadable.select("line", "reason").rows() == [(2, "not valid JSON")]


@pytest.mark.parametrize(
    "line", ["A1YJEY40YUW4SE,B004756YJA,4.0,1318896000", "B004756YJA,A1YJEY40YUW4SE,4.0,1318896000"]
)
def test_amazon_ratings_only_in_either_order(tmp_path: Path, line: str) -> None:
    events = read_events(write(tmp_path, "ratings.csv", f"{line}\n"), tmp_path)
    assert events.frame.rows() == [("A1YJEY40YUW4SE", "B004756YJA", 1_318_896_000, "rating", 4.0, None)]


def test_amazon_2018_and_2023(tmp_path: Path) -> None:
    old = {"asin": "B1", "title": "T", "category": ["Home", "Pets"], "price": "$1,012.99",
           "description": ["a", "b"], "also_buy": ["B2"]}  # fmt: skip
    new = {"main_category": "Beauty", "parent_asin": "B3", "title": "U", "store": "S", "categories": [],
           "price": None, "details": {"x": 1}, "description": []}  # fmt: skip
    items = read_items(write_records(tmp_path, "m.jsonl", old, new), tmp_path)
    assert items.frame.rows() == [
        ("B1", "T", None, ["Home", "Pets"], 1012.99, "a b"),
        ("B3", "U", "S", ["Beauty"], None, None),
    ]
    review = {"rating": 4.0, "title": "Wow", "text": "Good", "asin": "B9", "parent_asin": "B3",
              "user_id": "AX", "timestamp": 1588687728923, "helpful_vote": 0}  # fmt: skip
    (tmp_path / "r.jsonl.gz").write_bytes(gzip.compress(json.dumps(review).encode()))
    events = read_events(SourceSettings(path="r.jsonl.gz"), tmp_path)
    assert events.frame.rows() == [("AX", "B3", 1_588_687_728, "rating", 4.0, "Good")]
    assert "times are read as milliseconds" in events.notes


def test_gorse(tmp_path: Path) -> None:
    feedback = [{"FeedbackType": "star", "UserId": "u", "ItemId": "i", "Timestamp": "2020-01-01T00:00:00Z"}]
    events = read_events(write(tmp_path, "feedback.json", json.dumps(feedback)), tmp_path)
    assert events.format == "gorse"
    assert events.frame.rows() == [("u", "i", 1_577_836_800, "like", None, None)]
    item = {"ItemId": "i", "Labels": {"genre": ["War"]}, "Categories": ["film"], "Comment": "Toy Story"}
    items = read_items(write_records(tmp_path, "items.jsonl", item), tmp_path).frame
    assert items.rows(named=True) == [
        {"item_id": "i", "title": "Toy Story", "categories": ["film"], "genre": ["War"]}
    ]
    users = read_users(
        write_records(tmp_path, "users.jsonl", {"UserId": "u", "Labels": ["M", "tall"]}), tmp_path
    )
    assert users.frame.rows() == [("u", ["M", "tall"])]


def test_metarank(tmp_path: Path) -> None:
    def fields(**values: object) -> list[dict[str, object]]:
        return [{"name": name, "value": value} for name, value in values.items()]

    source = write_records(
        tmp_path,
        "events.jsonl",
        {
            "event": "item",
            "id": "1",
            "timestamp": "1599391467000",
            "item": "i1",
            "fields": fields(title="A", price=9),
        },
        {"event": "item", "id": "2", "timestamp": "1599391468000", "item": "i2", "fields": fields(title="B")},
        {"event": "item", "id": "3", "timestamp": "1599391469000", "item": "i1", "fields": fields(price=7)},
        {"event": "user", "id": "4", "timestamp": "1599391467000", "user": "u1", "fields": fields(age=30)},
        {
            "event": "ranking",
            "id": "5",
            "timestamp": "1599391470000",
            "user": "u1",
            "fields": fields(query="jeans"),
        },
        {"event": "ranking", "id": "6", "timestamp": "1599391471000", "user": "u1", "items": [{"id": "i1"}]},
        {
            "event": "interaction",
            "id": "7",
            "timestamp": "1599391472000",
            "user": "u1",
            "type": "click",
            "item": "i1",
        },
    )
    assert read_items(source, tmp_path).frame.rows() == [("i1", "A", 7), ("i2", "B", None), ("i1", "A", 9)]
    assert read_users(source, tmp_path).frame.rows() == [("u1", 30)]
    events = read_events(source, tmp_path)
    assert events.frame.rows() == [
        ("u1", None, 1_599_391_470, "search", None, "jeans"),
        ("u1", "i1", 1_599_391_472, "click", None, None),
    ]
    assert "1 rankings without search words are no events" in events.notes


def test_json_lines_of_ones_own(tmp_path: Path) -> None:
    content = (
        '{"user": 1, "product_id": "a", "action": "buy", "ts": 1000000000}\n'
        '[1, 2]\n{"user": 2,\n'
        '{"user": "\\ud800", "product_id": "b", "action": "buy"}\n'
        '{"user": 3, "product_id": "c", "action": "buy", "ts": null}\n'
    )
    table = read_events(write(tmp_path, "log.jsonl", content), tmp_path)
    assert table.format == "jsonl"
    assert table.frame.select("user_id", "item_id", "timestamp").rows() == [
        ("1", "a", 1_000_000_000),
        ("3", "c", None),
    ]
    assert table.unreadable.select("line", "reason").rows() == [
        (2, "not a JSON object"),
        (3, "not valid JSON"),
        (4, "half of a surrogate pair"),
    ]


def test_parquet_with_integer_ids_and_joined_genres(tmp_path: Path) -> None:
    pl.DataFrame({"item_id": [1, 2], "title": ["A", "B"], "genres": ["Drama, War", ""]}).write_parquet(
        tmp_path / "items.parquet"
    )
    pl.DataFrame({"user_id": [1.0, 2.0], "item_id": [1, 2], "date": ["2001-09-09"] * 2}).with_columns(
        pl.col("date").str.to_date()
    ).write_parquet(tmp_path / "interactions.parquet")
    folder = SourceSettings(path=".")
    items = read_items(folder, tmp_path).frame
    assert items.rows() == [("1", "A", ["Drama", "War"]), ("2", "B", None)]
    events = read_events(folder, tmp_path).frame
    assert events.select("user_id", "item_id", "timestamp").rows() == [
        ("1", "1", 999_993_600),
        ("2", "2", 999_993_600),
    ]
    with pytest.raises(DataError, match="no file of users"):
        read_users(folder, tmp_path)


def test_forced_format_that_does_not_fit(tmp_path: Path) -> None:
    write(tmp_path, "log.csv", "user,item\nu,a\n")
    for name in ("recbole", "movielens", "parquet"):
        with pytest.raises(DataError):
            read_events(SourceSettings(path="log.csv", format=name), tmp_path)


def test_a_folder_with_two_candidates(tmp_path: Path) -> None:
    write(tmp_path, "a.item", "item_id:token\ttitle:token\n")
    write(tmp_path, "b.item", "item_id:token\ttitle:token\n")
    with pytest.raises(DataError, match=r"several files could hold the items: a\.item, b\.item"):
        read_items(SourceSettings(path="."), tmp_path)


def test_parquet_of_unusual_types(tmp_path: Path) -> None:
    pl.DataFrame(
        {
            "id": pl.Series([2**64 - 1, 1], dtype=pl.UInt64),
            "name": pl.Series(["A", "B"], dtype=pl.Categorical),
            "raw": [b"\xff", b"x"],
            "picture": [{"bytes": b"\xff"}, None],
            "spec": [{"a": 1}, None],
        }
    ).write_parquet(tmp_path / "items.parquet")
    table = read_items(SourceSettings(path="items.parquet"), tmp_path)
    assert table.frame.rows() == [("18446744073709551615", "A", "ff", '{"a":1}'), ("1", "B", "78", None)]
    assert table.notes == ("columns of bytes are left out: picture",)
