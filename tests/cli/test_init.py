"""`genrec init` finds tables, says of each file why it is none, and writes what then opens."""

import errno
import json
from pathlib import Path

import pytest
import yaml

from genrec.cli.init import init
from genrec.data import sources
from genrec.errors import ArtifactError, DataError, UsageError
from genrec.workspace import Workspace

EVENTS = "user_id,item_id,timestamp\nu,a,100\nv,b,100\nv,a,200\n"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "items.csv").write_text("code,label\na,Alien\nb,Brazil\n")
    (tmp_path / "events.csv").write_text(EVENTS)
    return tmp_path


def test_one_metarank_file_is_all_three_tables(tmp_path):
    rows = [
        {
            "event": "item",
            "id": "1",
            "item": "a",
            "timestamp": 1,
            "fields": [{"name": "title", "value": "A"}],
        },
        {"event": "user", "id": "2", "user": "u", "timestamp": 2, "fields": [{"name": "age", "value": 30}]},
        {"event": "interaction", "id": "3", "type": "click", "user": "u", "item": "a", "timestamp": 3},
    ]
    (tmp_path / "events.jsonl").write_text("".join(json.dumps(each) + "\n" for each in rows))
    init(folder=tmp_path)
    dataset, report = Workspace.open(tmp_path).load()
    assert dataset.catalogue.titles == ["A"]
    assert [table.accepted for table in report.tables] == [1, 1, 1]


def test_a_log_is_no_users_file(folder):
    init(folder=folder, column=["catalogue.item_id=code", "catalogue.title=label"])
    assert "users" not in yaml.safe_load((folder / "genrec.yaml").read_text())


@pytest.mark.parametrize("is_named", [True, False])
def test_columns_of_other_names_are_given_and_kept(folder, is_named):
    (folder / "events.csv").write_text(EVENTS.replace("user_id", 'who "é"'))
    named = {"catalogue": str(folder / "items.csv"), "interactions": str(folder / "events.csv")}
    columns = ["catalogue.item_id=code", "catalogue.title=label", 'interactions.user_id=who "é"']
    init(folder=folder, column=columns, **(named if is_named else {}))
    assert Workspace.open(folder).load()[0].catalogue.titles == ["Alien", "Brazil"]


@pytest.mark.parametrize("column", ["label", "title=label", "items.title=label", "catalogue.title="])
def test_a_column_of_another_form_is_refused(folder, column):
    with pytest.raises(UsageError, match=r"TABLE\.NAME=YOURS"):
        init(folder=folder, column=[column])


def test_a_named_column_that_no_file_has_is_told(folder):
    with pytest.raises(DataError, match=r"items\.csv: `columns:` takes 'name' for title"):
        init(folder=folder, column=["catalogue.title=name"])
    columns = ["catalogue.item_id=code", "catalogue.title=label", "users.user_id=client"]
    with pytest.raises(DataError, match="no file here looks like the users"):
        init(folder=folder, column=columns)


def test_each_file_is_named_with_its_own_fault(folder):
    (folder / "events.csv").write_text("")
    with pytest.raises(DataError, match="no file here looks like the catalogue") as caught:
        init(folder=folder)
    assert caught.value.where == str(folder)
    assert "\n    events.csv: events.csv is empty" in caught.value.why
    assert (
        "\n    items.csv: no column for item_id or title in the items; columns seen: 'code'"
        in caught.value.why
    )
    assert "--column catalogue." in caught.value.next_step


def test_a_set_of_the_hub_keeps_its_address(folder, monkeypatch):
    asked = []

    def read(spec, root):
        asked.append((spec.path, spec.format))
        raise DataError("not here")

    monkeypatch.setattr(sources, "read_items", read)
    with pytest.raises(DataError, match="not here"):
        init(folder=folder, catalogue="hf://org/films")
    assert asked == [("hf://org/films", "auto")]


def test_the_hub_is_asked_only_for_what_was_named(tmp_path):
    datasets = pytest.importorskip("datasets")
    shop = tmp_path / "shop"
    shop.mkdir()
    datasets.Dataset.from_dict({"item_id": ["a"], "title": ["A"]}).save_to_disk(shop / "it")
    datasets.Dataset.from_dict({"user_id": ["u"], "item_id": ["a"]}).save_to_disk(shop / "ev")
    (shop / "readme.txt").write_text("words\n")
    init(folder=shop, catalogue=str(shop / "it"), interactions=str(shop / "ev"), form="hf")
    assert Workspace.open(shop).load()[1].summary() == "1 items, 1 users, 1 events"


@pytest.mark.parametrize("name", ["shöp 😀", "a\u2028b", 'x: "y" #'])
def test_a_folder_and_a_file_of_any_name_open_again(tmp_path, name):
    folder = tmp_path / name
    folder.mkdir()
    (folder / f"{name}.csv").write_text("item_id,title\na,Alien\nb,Brazil\n")
    (folder / "log.csv").write_text(EVENTS)
    init(folder=folder)
    opened = Workspace.open(folder)
    assert opened.settings.name == name
    assert opened.load()[0].catalogue.titles == ["Alien", "Brazil"]


def test_a_disk_that_refuses_leaves_no_half_written_settings(folder, monkeypatch):
    columns = ["catalogue.item_id=code", "catalogue.title=label"]

    def refuse(path, target):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(ArtifactError, match=r"cannot write genrec\.yaml"):
        init(folder=folder, column=columns)
    assert sorted(each.name for each in folder.iterdir()) == ["events.csv", "items.csv"]


def test_reviews_are_no_catalogue_though_they_come_first_and_have_titles(tmp_path):
    review = {"user_id": "u", "asin": "x", "parent_asin": "b", "rating": 5, "title": "Great", "timestamp": 1}
    product = {"parent_asin": "b", "title": "Soap", "main_category": "All Beauty"}
    (tmp_path / "All_Beauty.jsonl").write_text(json.dumps(review) + "\n")
    (tmp_path / "meta_All_Beauty.jsonl").write_text(json.dumps(product) + "\n")
    init(folder=tmp_path)
    dataset, report = Workspace.open(tmp_path).load()
    assert dataset.catalogue.titles == ["Soap"]
    assert report.events.accepted == 1
