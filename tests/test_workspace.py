"""A workspace: found from below, changed durably, and item numbers that never move."""

import json
from contextlib import closing
from pathlib import Path

import polars as pl
import pytest

from genrec import index
from genrec.engine import Engine
from genrec.errors import DataError
from genrec.events import Event
from genrec.workspace import CHANGES_FILE, Workspace

SETTINGS = "catalogue: items.csv\ninteractions: events.csv\nretriever: bm25\ndense: null\nmodel: popularity\n"


@pytest.fixture
def root(tmp_path):
    (tmp_path / "items.csv").write_text("item_id,title\na,Alien\nb,Brazil\nc,Casino\n")
    (tmp_path / "events.csv").write_text("user_id,item_id,timestamp\nu,a,100\nv,b,100\nv,a,200\n")
    (tmp_path / "genrec.yaml").write_text(SETTINGS)
    return tmp_path


def test_it_is_found_from_a_folder_below(root, monkeypatch):
    below = root / "deep" / "down"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    assert Workspace.open().root == root


def test_a_file_with_rows_put_first_leaves_every_number_where_it_was(root):
    index.build(Workspace.open(root))
    (root / "items.csv").write_text("item_id,title\nz,Zulu\na,Alien\nc,Casino\n")
    engine = Engine.open(root)
    assert list(engine.dataset.catalogue.ids) == ["a", "b", "c", "z"]
    assert engine.dataset.catalogue.alive.tolist() == [True, False, True, True]
    assert {item.item_id for item in engine.recommend("u", k=2, explain="none").items} == {"c", "z"}


def test_an_added_item_can_have_events(root):
    Workspace.open(root).add_items(pl.DataFrame({"item_id": ["n"], "title": ["Nosferatu"]}))
    with (root / "events.csv").open("a") as file:
        file.write("u,n,300\n")
    dataset, report = Workspace.open(root).load()
    assert report.n_rejected == 0
    assert dataset.catalogue.titles[dataset.query(0).history[-1]] == "Nosferatu"


def test_the_last_change_of_an_item_counts(root):
    opened = Workspace.open(root)
    for title in ("First", "Second"):
        opened.add_items(pl.DataFrame({"item_id": ["n"], "title": [title]}))
    opened.remove_items(["a", "n"])
    opened.add_items(pl.DataFrame({"item_id": ["a"], "title": ["Alien again"]}))
    catalogue = Workspace.open(root).load()[0].catalogue
    assert catalogue.titles[catalogue.ids.index("a", kind="item")] == "Alien again"
    assert [catalogue.ids[item] for item in range(len(catalogue)) if catalogue.alive[item]] == ["a", "b", "c"]


def test_a_later_change_keeps_what_an_earlier_one_said(root):
    (root / "items.csv").write_text("item_id,title,brand,price\na,Alien,Fox,5\nb,Brazil,Embassy,6\n")
    opened = Workspace.open(root)
    for change in (
        {"item_id": "n", "title": "N", "brand": "Prana"},
        {"item_id": "a", "title": "Alien 2", "price": 7},
        {"item_id": "n", "title": "N 2", "price": 8},
        {"item_id": "b", "title": "Brazil 2", "brand": None},
    ):
        opened.add_items(pl.DataFrame([change]))
    assert Workspace.open(root).load()[0].catalogue.frame.rows() == [
        ("a", "Alien 2", "Fox", 7),
        ("b", "Brazil 2", None, 6),
        ("n", "N 2", "Prana", 8),
    ]


def test_an_item_added_and_removed_again_stays_in_histories(root):
    opened = Workspace.open(root)
    opened.add_items(pl.DataFrame({"item_id": ["n"], "title": ["Nosferatu"]}))
    opened.remove_items(["n"])
    with (root / "events.csv").open("a") as file:
        file.write("u,n,300\n")
    dataset, report = Workspace.open(root).load()
    assert report.n_rejected == 0
    assert [dataset.catalogue.titles[item] for item in dataset.query(0).history] == ["Alien", "Nosferatu"]
    assert dataset.catalogue.alive.tolist() == [True, True, True, False]


def test_a_damaged_change_is_named(root):
    (root / CHANGES_FILE).write_text(json.dumps({"remove": "a"}) + '\n{"remo')
    with pytest.raises(DataError, match="line 2 is damaged"):
        Workspace.open(root).load()


def test_a_removed_item_is_never_shown_and_stays_in_histories(root):
    index.build(Workspace.open(root))
    Workspace.open(root).remove_items(["b"])
    engine = Engine.open(root)
    assert [item.item_id for item in engine.recommend("u", k=2, explain="none").items] == ["c"]
    assert engine.dataset.query(1).history.tolist() == [1, 0]


def test_items_that_do_not_fit_are_refused_and_nothing_is_recorded(root):
    (root / "items.csv").write_text("item_id,title,year\na,Alien,1979\nb,Brazil,1985\n")
    opened = Workspace.open(root)
    with pytest.raises(DataError, match="year does not fit") as caught:
        opened.add_items(pl.DataFrame({"item_id": ["m", "n"], "title": ["M", "N"], "year": ["1931", "x"]}))
    assert (caught.value.where, caught.value.why) == ("item n", "'x' is given, and year holds Int64")
    with pytest.raises(DataError, match="needs a title"):
        opened.add_items(pl.DataFrame({"item_id": ["n"]}))
    assert not (root / CHANGES_FILE).exists()


def test_added_numbers_and_words_come_back_as_they_were(root):
    (root / "items.csv").write_text("item_id,title,price\na,Alien,9\nb,Brazil,8\n")
    added = pl.DataFrame({"item_id": ["n"], "title": ["N\u2028o"], "price": [7.5], "code": ["x\x85y"]})
    Workspace.open(root).add_items(added)
    row = Workspace.open(root).load()[0].catalogue.frame.filter(item_id="n").row(0)
    assert row == ("n", "N\u2028o", 7.5, "x\x85y")


@pytest.mark.parametrize(
    "line",
    [
        '{"add": {"item_id": "n", "title": "N", "year": "x"}}',
        '{"add": {"item_id": "n", "title": ["N"]}}',
        '{"add": {"title": "N"}}',
        '{"add": "n"}',
        "5",
        "{}",
        '"\udcff"',
        "",
    ],
)
def test_a_change_of_another_form_is_named(root, line):
    (root / "items.csv").write_text("item_id,title,year\na,Alien,1979\nb,Brazil,1985\n")
    lines = json.dumps({"remove": "b"}) + f"\n{line}\n"
    (root / CHANGES_FILE).write_bytes(lines.encode(errors="surrogateescape"))
    with pytest.raises(DataError, match="line 2 is damaged") as caught:
        Workspace.open(root).load()
    assert caught.value.where.endswith(f"{CHANGES_FILE}:2")
    assert caught.value.why


def test_reading_leaves_no_connection_to_the_served_events_open(root):
    workspace = Workspace.open(root)
    with closing(workspace.event_store()) as store:
        store.add([Event("e1", "u", "b", "like", 300)], now=0)
    dataset, _ = workspace.load()
    assert dataset.interactions.items.tolist()[:2] == [0, 1]
    held = [each.readlink().name for each in Path("/proc/self/fd").iterdir() if each.is_symlink()]
    assert not [name for name in held if name.startswith("events.sqlite")]
