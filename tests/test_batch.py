"""A batch: nothing is written that a corrected command would trip over."""

import json

import polars as pl
import pytest

from genrec import index
from genrec.batch import Batch, read_users, run
from genrec.engine import Engine
from genrec.errors import ArtifactError, UsageError
from genrec.workspace import Workspace

SETTINGS = "catalogue: items.csv\ninteractions: events.csv\nretriever: bm25\ndense: null\nmodel: popularity\n"


@pytest.fixture
def engine(tmp_path):
    (tmp_path / "items.csv").write_text("item_id,title\na,Alien\nb,Brazil\nc,Casino\n")
    (tmp_path / "events.csv").write_text("user_id,item_id,timestamp\nu,a,100\nv,b,100\nv,a,200\n")
    (tmp_path / "genrec.yaml").write_text(SETTINGS)
    index.build(Workspace.open(tmp_path))
    return Engine.open(tmp_path)


@pytest.mark.parametrize(
    ("batch", "says"),
    [
        (Batch(["u"], 9), "k is 9"),
        (Batch(["u", "x"], 1), "unknown user 'x'"),
        (Batch(["u"], 1, exclude=["x"]), "unknown item 'x'"),
        (Batch(["u"], 1, where='title = "x"'), "no item fits"),
    ],
)
def test_a_batch_that_cannot_run_leaves_nothing(engine, tmp_path, batch, says):
    before = sorted(tmp_path.iterdir())
    with pytest.raises(UsageError, match=says):
        run(engine, batch, tmp_path / "recs.parquet")
    assert sorted(tmp_path.iterdir()) == before


def test_a_plan_without_parts_is_no_unfinished_batch(engine, tmp_path):
    parts = tmp_path / "recs.parquet.parts"
    parts.mkdir()
    (parts / "plan.json").write_text('{"k": 9}')
    run(engine, Batch(["u", "v"], 1), tmp_path / "recs.parquet")
    assert pl.read_parquet(tmp_path / "recs.parquet").rows()[1][:3] == ("v", 1, "c")
    parts.mkdir()
    (parts / "plan.json").write_text('{"k": 9}')
    (parts / "part-000000.parquet").write_bytes(b"")
    with pytest.raises(UsageError, match="unfinished batch"):
        run(engine, Batch(["u", "v"], 1), tmp_path / "recs.parquet")


def test_a_damaged_part_or_plan_is_named_and_what_is_whole_is_kept(engine, tmp_path):
    out, batch = tmp_path / "recs.parquet", Batch(["u", "v"], 1)
    parts = tmp_path / "recs.parquet.parts"
    parts.mkdir()
    (parts / "plan.json").write_text(json.dumps(batch.plan(engine), indent=1))
    (parts / "part-000000.parquet").write_bytes(b"PAR1")
    with pytest.raises(ArtifactError, match="part of the batch is damaged"):
        run(engine, batch, out)
    (parts / "plan.json").write_text("{")
    with pytest.raises(UsageError, match="unfinished batch"):
        run(engine, batch, out)
    assert [each.name for each in sorted(parts.iterdir())] == ["part-000000.parquet", "plan.json"]


def test_an_out_that_cannot_be_is_told(engine, tmp_path):
    (tmp_path / "recs.parquet.parts").write_text("")
    for out in (tmp_path / "recs.parquet", tmp_path / ("r" * 250)):
        with pytest.raises(ArtifactError, match="cannot write"):
            run(engine, Batch(["u"], 1), out)


def test_users_are_read_past_a_byte_order_mark(tmp_path):
    (tmp_path / "users.txt").write_bytes(b"\xef\xbb\xbfann\r\nbob\r\n\r\nann")
    assert read_users(tmp_path / "users.txt") == ["ann", "bob"]
