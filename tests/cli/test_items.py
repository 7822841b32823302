"""`genrec items` and what `genrec data check` says of it, in this process."""

import json
from dataclasses import replace

import polars as pl
import pytest

from genrec.cli.data import check
from genrec.cli.items import add, remove
from genrec.errors import DataError, UsageError
from genrec.workspace import CHANGES_FILE, Workspace


@pytest.fixture
def root(tmp_path):
    (tmp_path / "items.csv").write_text("item_id,title,year\na,Alien,1979\nb,Brazil,1985\nc,Casino,1995\n")
    (tmp_path / "events.csv").write_text("user_id,item_id,timestamp\nu,a,100\nv,b,100\nv,a,200\n")
    (tmp_path / "genrec.yaml").write_text("catalogue: items.csv\ninteractions: events.csv\n")
    return tmp_path


def test_a_file_that_does_not_fit_is_refused_and_the_workspace_still_opens(root):
    (root / "new.csv").write_text("item_id,title,year\na,Alien,1979\nn,N,x\n")
    with pytest.raises(DataError, match="year does not fit"):
        add(file=root / "new.csv", workspace=root)
    assert len(Workspace.open(root).load()[0].catalogue) == 3


def test_a_file_that_is_not_there_is_no_fault_of_the_settings(root):
    with pytest.raises(DataError, match=r"cannot read none\.csv") as caught:
        add(file=root / "none.csv", workspace=root)
    assert caught.value.next_step == "check the path"


@pytest.mark.parametrize("text", ["n\x1b[31m", "n\0", "n\u2028m", "n\udcff"])
def test_control_characters_are_refused(root, text):
    with pytest.raises(UsageError, match=r"--id .* holds a control character"):
        add(item_id=text, title="N", workspace=root)
    with pytest.raises(UsageError, match=r"--title .* holds a control character"):
        add(item_id="n", title=text, workspace=root)
    with pytest.raises(UsageError, match=r"--set .* holds a control character"):
        add(item_id="n", title="N", fields=[f"year={text}"], workspace=root)
    assert not (root / CHANGES_FILE).exists()


@pytest.mark.parametrize("beside", [{"item_id": "n"}, {"title": "N"}, {"fields": ["year=1979"]}])
def test_a_file_stands_alone(root, beside):
    with pytest.raises(UsageError, match="--file alone"):
        add(file=root / "items.csv", workspace=root, **beside)
    assert not (root / CHANGES_FILE).exists()


def test_an_item_named_twice_is_removed_once(root, capsys):
    remove(item_ids=["b", "c", "b"], workspace=root)
    assert capsys.readouterr().out.startswith("2 removed")
    assert len((root / CHANGES_FILE).read_text().splitlines()) == 2
    remove(item_ids=["b", "a"], workspace=root)
    assert capsys.readouterr().out.startswith("1 removed; not shown from now on\nremoved before: b")


def test_a_change_outside_any_workspace_says_where_it_is(root, capsys, monkeypatch):
    embedded = replace(Workspace.open(root), is_embedded=True)
    remove(item_ids=["b"], workspace=root)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(Workspace, "open", lambda path: embedded)
    add(item_id="n", title="N")
    assert str(root / CHANGES_FILE) in capsys.readouterr().err
    remove(item_ids=["n"])
    assert str(root / CHANGES_FILE) in capsys.readouterr().err


def test_data_check_counts_the_changes(root, capsys):
    check(workspace=root)
    assert "changes" not in capsys.readouterr().out
    add(item_id="n", title="N", workspace=root)
    add(item_id="a", title="A", workspace=root)
    remove(item_ids=["b", "n"], workspace=root)
    capsys.readouterr()
    check(workspace=root)
    assert "changes: 1 added or replaced, 2 removed by genrec items" in capsys.readouterr().out
    check(workspace=root, as_json=True)
    assert json.loads(capsys.readouterr().out)["changes"] == {"added": 1, "removed": 2}


def test_data_check_writes_the_lines_of_duplicates(root, capsys):
    with (root / "events.csv").open("a") as file:
        file.write("u,a,100\n")
    check(workspace=root)
    assert "1 rows not taken" in capsys.readouterr().err
    assert pl.read_csv(root / "rejects.csv").rows()[0][:3] == ("events", 5, "duplicate")
    events = (root / "events.csv").read_text().splitlines()
    (root / "events.csv").write_text("\n".join(events[:-1]))
    check(workspace=root)
    assert len(pl.read_csv(root / "rejects.csv")) == 0  # an old account must not stay
