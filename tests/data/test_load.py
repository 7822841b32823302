from pathlib import Path

import numpy as np
import pytest

from genrec.config import SourceSettings, WorkspaceSettings
from genrec.data.interactions import TiePolicy
from genrec.data.load import load, load_items
from genrec.errors import DataError

ITEMS = "id,title,genres\n1,Alpha,War|Drama\n2,Beta,Drama\n3,Gamma,\n3,Again,\n"
EVENTS = (
    "user,item,rating,timestamp\nu2,2,5,1000000009\nu1,3,4,1000000002\nu1,1,2,1000000001\nu1,9,2,1000000001\n"
)


def workspace(
    folder: Path, *, items: str = ITEMS, events: str = EVENTS, users: str | None = None
) -> WorkspaceSettings:
    (folder / "items.csv").write_text(items)
    (folder / "log.csv").write_text(events)
    if users is not None:
        (folder / "people.csv").write_text(users)
    return WorkspaceSettings(
        catalogue=SourceSettings(path="items.csv"),
        interactions=SourceSettings(path="log.csv"),
        users=None if users is None else SourceSettings(path="people.csv"),
    )


def test_own_files(tmp_path: Path) -> None:
    dataset, report = load(workspace(tmp_path, users="user_id,age\nu3,30\nu1,24\n"), tmp_path)
    assert dataset.catalogue.titles == ["Alpha", "Beta", "Gamma"]
    assert dataset.catalogue.values(0, "genres") == ["War", "Drama"]
    assert list(dataset.interactions.users) == ["u3", "u1", "u2"]
    assert dataset.interactions.items[dataset.interactions.rows(1)].tolist() == [0, 2]
    assert dataset.users.attributes("u1") == {"age": "24"}
    assert [(t.rows, t.accepted, t.duplicates, t.n_rejected) for t in report.tables] == [
        (4, 3, 1, 0),
        (4, 3, 0, 1),
        (2, 2, 0, 0),
    ]


def test_known_items_keep_their_numbers(tmp_path: Path) -> None:
    dataset, _ = load(workspace(tmp_path), tmp_path, known_items=["gone", "3", "1"])
    assert list(dataset.catalogue.ids) == ["gone", "3", "1", "2"]
    assert dataset.catalogue.alive.tolist() == [False, True, True, True]
    assert sorted(dataset.interactions.items.tolist()) == [1, 2, 3]


def test_same_files_same_fingerprint(tmp_path: Path) -> None:
    settings = workspace(tmp_path)
    first, again = load(settings, tmp_path)[0], load(settings, tmp_path)[0]
    assert first.fingerprint == again.fingerprint
    changed = load(workspace(tmp_path, events=EVENTS.replace("u2,2,5", "u2,2,4")), tmp_path)[0]
    assert changed.fingerprint != first.fingerprint


def test_ties_are_in_the_order_of_the_file_or_shuffled(tmp_path: Path) -> None:
    events = "user,item,timestamp\n" + "".join(f"u,{n},5\n" for n in range(50))
    items = "id,title\n" + "".join(f"{n},T{n}\n" for n in range(50))
    settings = workspace(tmp_path, items=items, events=events)
    assert load(settings, tmp_path)[0].interactions.items.tolist() == list(range(50))
    shuffled = load(settings, tmp_path, ties=TiePolicy("shuffle", 1))[0].interactions.items.tolist()
    assert shuffled != list(range(50))
    assert sorted(shuffled) == list(range(50))


def test_nothing_usable_names_the_reasons(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="none of the 2 events can be used") as caught:
        load(workspace(tmp_path, events="user,item\nu,8\n,1\n"), tmp_path)
    assert "1 times an item that is not in the catalogue" in caught.value.why
    assert "1 times no user id" in caught.value.why
    with pytest.raises(DataError, match="none of the 0 events"):
        load(workspace(tmp_path, events="user,item\n"), tmp_path)
    with pytest.raises(DataError, match="none of the 1 items"):
        load(workspace(tmp_path, items="id,title\n1,\n"), tmp_path)


def test_items_of_one_file(tmp_path: Path) -> None:
    (tmp_path / "new.csv").write_text(ITEMS)
    assert load_items(SourceSettings(path="new.csv"), tmp_path)["item_id"].to_list() == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("name", "items", "users", "events"),
    [("ml-100k", 1682, 943, 100_000), ("amazon-beauty-2014", 12_101, 22_363, 198_502)],
)
def test_real_sets_lose_no_row(data_folder: Path, name: str, items: int, users: int, events: int) -> None:
    folder = SourceSettings(path=str(data_folder / name))
    dataset, report = load(WorkspaceSettings(catalogue=folder, interactions=folder), data_folder)
    assert (len(dataset.catalogue), dataset.interactions.n_users, len(dataset.interactions)) == (
        items,
        users,
        events,
    )
    assert report.n_rejected == 0
    assert all(
        np.diff(dataset.interactions.times[dataset.interactions.rows(u)]).min() >= 0 for u in range(100)
    )
