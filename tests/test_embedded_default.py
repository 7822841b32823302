"""The embedded default with the real model, in fresh processes: what `genrec recommend --user 42` gives."""

import json

import polars as pl
import pytest

pytestmark = [pytest.mark.model, pytest.mark.slow]


def answer_of(done) -> dict:
    answer = json.loads(done.stdout)
    for changing in ("request_id", "took_ms"):
        del answer[changing]
    return answer


def test_the_same_seed_gives_the_same_bytes(run, tmp_path):
    command = ("recommend", "--user", "42", "-k", "5", "--json")
    first, second = run(*command, cwd=tmp_path), run(*command, cwd=tmp_path)
    assert answer_of(first) == answer_of(second)
    drop = ('"request_id"', '"took_ms"')
    lines = [
        [line for line in each.stdout.splitlines() if not line.strip().startswith(drop)]
        for each in (first, second)
    ]
    assert lines[0] == lines[1]


def test_it_runs_offline_once_fetched(run, tmp_path):
    env = {"GENREC_OFFLINE": "1", "HF_HUB_OFFLINE": "1"}
    done = run(
        "recommend", "--history", "50,172", "-k", "3", "--explain", "model", "--json", cwd=tmp_path, env=env
    )
    answer = answer_of(done)
    assert len(answer["queries"]) > 1
    for item in answer["items"]:
        assert item["item_id"] not in ("50", "172")
        cited = {each["item_id"] for each in item["evidence"]} - {None, item["item_id"]}
        assert cited <= {"50", "172"}


def test_real_users_get_whole_lists_of_unseen_items(run, tmp_path):
    (tmp_path / "users.txt").write_text("\n".join(str(user) for user in (13, 42, 405, 655, 900)))
    run("recommend", "--users-file", "users.txt", "--out", "recs.parquet", cwd=tmp_path)
    recs = pl.read_parquet(tmp_path / "recs.parquet")
    assert recs.group_by("user_id").len()["len"].to_list() == [10] * 5
    assert recs.select(pl.struct("user_id", "item_id").is_duplicated().any()).item() is False
    from genrec.workspace import Workspace

    dataset, _ = Workspace.open().load()
    for user_id, item_id in recs.select("user_id", "item_id").iter_rows():
        events = dataset.interactions
        seen = events.items[events.rows(events.users.index(user_id, kind="user"))]
        assert dataset.catalogue.ids.index(item_id, kind="item") not in seen


def test_most_reasons_are_in_the_models_own_words_and_not_all_alike(run, tmp_path):
    done = run("recommend", "--user", "42", "--explain", "model", "--json", cwd=tmp_path)
    items = answer_of(done)["items"]
    by_model = [each["reason"] for each in items if each["reason_by"] == "model"]
    assert len(by_model) >= 7  # of ten; without the adapter four
    assert len({" ".join(each.split()[:2]) for each in by_model}) >= 3
