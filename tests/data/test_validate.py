import csv
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genrec.data.interactions import INTERACTION_SCHEMA
from genrec.data.sources import SourceTable
from genrec.data.sources.base import rejects, row_numbers
from genrec.data.validate import check_events, check_items, check_users, report_on

Event = tuple[str | None, str | None, int | None, str, float | None, str | None]
KNOWN = pl.Series(["a", "b"])


def table(frame: pl.DataFrame, *, unreadable: int = 0) -> SourceTable:
    bad = rejects([(line, "not UTF-8", "?") for line in range(1000, 1000 + unreadable)])
    return SourceTable(frame, row_numbers(len(frame)), "csv", {}, "shop.csv", bad)


def items(*rows: tuple[str | None, str | None, str | None]) -> SourceTable:
    schema = {"item_id": pl.String, "title": pl.String, "description": pl.String}
    return table(pl.DataFrame(list(rows), schema=schema, orient="row"))


def events(*rows: Event) -> SourceTable:
    return table(pl.DataFrame(list(rows), schema=INTERACTION_SCHEMA, orient="row"))


def test_items_each_with_one_verdict() -> None:
    checked = check_items(
        items(
            ("a", "Alpha", None),
            (None, "No id", None),
            ("a", "Alpha again", None),
            ("c", None, "A long  text"),
            ("d", " \t ", None),
            ("e", "x\0y", None),
            ("f", "A\r\nB", None),
            ("g", "Alpha", None),
            ("h", "x" * 5000, None),
        )
    )
    assert checked.frame["item_id"].to_list() == ["a", "c", "f", "g", "h"]
    assert checked.frame["title"].to_list()[:4] == ["Alpha", "A long  text", "A B", "Alpha"]
    report = checked.report
    assert (report.rows, report.accepted, report.duplicates) == (9, 5, 1)
    assert report.rejected == {
        "NUL character in the title": 1,
        "no item id": 1,
        "no title, and no other text to search by": 1,
    }
    assert report.notes == (
        "1 items have no title; the first words of another text stand in for it",
        "2 items share their title with another",
        "control characters taken out of 1 titles",
    )
    assert checked.turned_down["line"].to_list() == [2, 3, 5, 6]


def test_events_each_with_one_verdict() -> None:
    checked = check_events(
        events(
            ("u", "a", 5, "view", None, None),
            ("u", "a", 5, "view", None, None),
            ("u", "a", 6, "view", None, None),
            ("u", "z", 5, "view", None, None),
            (None, "a", 5, "view", None, None),
            ("u", None, 5, "view", None, None),
            ("u", None, 5, "search", None, "jeans"),
        ),
        KNOWN,
    )
    assert checked.frame["timestamp"].to_list() == [5, 6, 5]
    report = checked.report
    assert (report.rows, report.accepted, report.duplicates) == (7, 3, 1)
    assert report.rejected == {"an item that is not in the catalogue": 1, "no item id": 1, "no user id": 1}


@pytest.mark.parametrize("text", ["u\0", "u\x1b[31m", "u\n1", "u\u2028"])
def test_ids_with_control_characters_are_rejected(text: str) -> None:
    reason = {"control character in the id": 1}
    assert check_items(items((text, "A", None))).report.rejected == reason
    assert check_events(events((text, "a", 1, "view", None, None)), KNOWN).report.rejected == reason
    assert check_users(table(pl.DataFrame({"user_id": [text]}))).report.rejected == reason


def test_copies_at_different_positions_are_repeats() -> None:
    frame = pl.DataFrame([("u", "a", None, "view", None, None)] * 2, schema=INTERACTION_SCHEMA, orient="row")
    assert check_events(table(frame), KNOWN).report.duplicates == 1
    placed = frame.with_columns(position=pl.Series([0, 1]))
    assert check_events(table(placed), KNOWN).report.duplicates == 0


def test_a_column_called_line_or_verdict_is_only_a_column() -> None:
    frame = pl.DataFrame({"user_id": ["u", "u", None], "line": ["x", "y", "z"], "verdict": [1, 2, 3]})
    checked = check_users(table(frame))
    assert checked.frame.rows() == [("u", "x", 1)]
    assert checked.turned_down["line"].to_list() == [2, 3]


def test_report_counts_users_and_the_time_range() -> None:
    log = events(
        *[("u", "a", time, "view", None, None) for time in (0, 86_400, 2)], ("v", "b", 3, "view", None, None)
    )
    report = report_on(check_items(items(("a", "A", None))), check_events(log, KNOWN), None)
    assert (report.n_users, report.n_short_users, report.time_range) == (2, 1, (0, 86_400))
    assert "time: 1970-01-01 to 1970-01-02" in report.as_text()
    assert "1 of 2 users have fewer than 3 events" in report.as_text()
    assert "events: 4 rows = 4 accepted + 0 duplicate + 0 rejected" in report.as_text()
    assert report.summary() == "1 items, 2 users, 4 events"
    assert report.as_dict()["n_users"] == 2


def test_the_reject_file_names_table_line_and_reason(tmp_path: Path) -> None:
    checked = check_items(items(("a", "A", None), (None, 'Quo"te,\nd', None)))
    report = report_on(checked, check_events(events(("u", "x", 1, "view", None, None)), KNOWN), None)
    assert report.n_rejected == 2
    report.write_rejects(tmp_path / "rejects.csv")
    with (tmp_path / "rejects.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["table"], row["line"], row["reason"]) for row in rows] == [
        ("items", "2", "no item id"),
        ("events", "1", "an item that is not in the catalogue"),
    ]
    assert 'Quo\\"te,\\nd' in rows[0]["content"]
    assert [each.name for each in tmp_path.iterdir()] == ["rejects.csv"]


words = st.one_of(st.none(), st.sampled_from(["", "a", "b", "z", "a\0", "\n", "words"]))


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(words, words, words), max_size=12), st.integers(0, 3))
def test_every_item_row_is_accounted_for(
    rows: list[tuple[str | None, str | None, str | None]], bad: int
) -> None:
    source = items(*rows)
    source = table(source.frame, unreadable=bad)
    checked = check_items(source)
    report = checked.report
    assert report.rows == len(rows) + bad
    assert len(checked.frame) == report.accepted
    assert len(checked.turned_down) == report.duplicates + report.n_rejected
    assert checked.frame["item_id"].is_unique().all()
    assert not checked.frame["title"].is_null().any()
    assert all(title.strip() for title in checked.frame["title"])


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(
            words, words, st.sampled_from([None, 1, 2]), st.sampled_from(["view", "search"]), st.none(), words
        ),
        max_size=12,
    )
)
def test_every_event_row_is_accounted_for(rows: list[Event]) -> None:
    checked = check_events(events(*rows), KNOWN)
    report = checked.report
    assert report.rows == len(rows) == len(checked.frame) + len(checked.turned_down)
    accepted = set(checked.frame.rows())
    assert len(accepted) == report.accepted
    verdicts = dict(checked.turned_down.select("line", "reason").iter_rows())
    for line, row in enumerate(rows, start=1):
        assert (row in accepted) == (verdicts.get(line, "duplicate") == "duplicate")


@pytest.mark.parametrize("rows", [0, 5])
def test_empty_tables(rows: int) -> None:
    checked = check_users(table(pl.DataFrame(schema={"user_id": pl.String}), unreadable=rows))
    assert (checked.report.rows, checked.report.accepted) == (rows, 0)
