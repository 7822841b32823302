"""The commands on a small shop, as a user runs them: a fresh process each, no language model."""

import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest
import yaml

pytestmark = pytest.mark.slow  # a fresh process for each test: minutes in all

COMMANDS = ("recommend", "explain", "similar", "init", "index", "doctor", "data", "items")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(run, command):
    assert len(run(command, "--help").stdout.splitlines()) > 5


def test_help_lists_every_command(run):
    listed = run("--help").stdout
    assert all(command in listed for command in COMMANDS)


def test_recommend_gives_a_table_and_the_same_as_json(run, shop):
    table = run("recommend", "--user", "u1", "-k", "2", cwd=shop)
    answer = json.loads(run("recommend", "--user", "u1", "-k", "2", "--json", cwd=shop).stdout)
    assert [item["rank"] for item in answer["items"]] == [1, 2]
    assert all(item["title"] in table.stdout for item in answer["items"])
    assert answer["user_id"] == "u1"
    assert answer["source"] == "model"
    events = pl.read_csv(shop / "events.csv").filter(pl.col("user_id") == "u1")
    assert not {item["item_id"] for item in answer["items"]} & set(events["item_id"])


def test_answer_has_every_field_of_the_public_form(run, shop):
    answer = json.loads(run("recommend", "--user", "u1", "-k", "1", "--json", cwd=shop).stdout)
    assert set(answer) >= {
        "request_id", "user_id", "model", "model_version", "catalogue_version", "source", "degraded",
        "degraded_reason", "took_ms", "queries", "items", "warnings",
    }  # fmt: skip
    assert set(answer["items"][0]) >= {
        "rank", "item_id", "title", "score", "query_ids", "sources", "reason", "reason_by", "evidence",
    }  # fmt: skip


def test_filters_and_exclusions_hold(run, shop):
    where = 'year >= 1980 and "Sci-Fi" in genres'
    command = (
        "recommend",
        "--history",
        "a",
        "--where",
        where,
        "--exclude",
        "b",
        "--exclude",
        "d,f",
        "--json",
        "-k",
        "3",
    )
    done = run(*command, cwd=shop)
    answer = json.loads(done.stdout)
    assert [item["item_id"] for item in answer["items"]] == ["c"]
    assert answer["warnings"] == ["only 1 items may be shown"]


def test_similar_shares_words(run, shop):
    answer = json.loads(run("similar", "--item", "c", "-k", "3", "--json", cwd=shop).stdout)
    assert "c" not in {item["item_id"] for item in answer["items"]}
    assert {item["item_id"] for item in answer["items"]} <= {"a", "b", "d", "f"}
    assert len(answer["items"]) == 3


def test_items_come_and_go_at_once(run, shop):
    run(
        "items",
        "add",
        "--id",
        "g",
        "--title",
        "Gattaca",
        "--set",
        "year=1997",
        "--set",
        "genres=Drama|Sci-Fi",
        cwd=shop,
    )
    found = json.loads(run("similar", "--item", "c", "-k", "1", "--json", cwd=shop).stdout)
    assert found["items"][0]["item_id"] == "g"
    run("items", "remove", "g", cwd=shop)
    left = json.loads(run("similar", "--item", "c", "-k", "3", "--json", cwd=shop).stdout)
    assert "g" not in {item["item_id"] for item in left["items"]}
    assert "unknown item" not in left
    run("items", "add", "--id", "g", "--title", "Gattaca again", cwd=shop)
    run("index", cwd=shop)
    again = json.loads(
        run(
            "recommend", "--history", "a", "-k", "6", "--where", 'title contains "again"', "--json", cwd=shop
        ).stdout
    )
    assert [item["item_id"] for item in again["items"]] == ["g"]


def test_init_finds_the_files_and_its_yaml_works(run, shop):
    (shop / "genrec.yaml").unlink()
    said = run("init", cwd=shop).stdout
    assert "items.csv" in said
    assert "events.csv" in said
    settings = yaml.safe_load((shop / "genrec.yaml").read_text())
    settings |= {"retriever": "bm25", "dense": None}  # the embedder is not needed here
    (shop / "genrec.yaml").write_text(yaml.safe_dump(settings))
    run("index", cwd=shop)
    assert (
        "popularity" in run("recommend", "--user", "u1", "--model", "popularity", "-k", "2", cwd=shop).stdout
    )


def test_data_check_accounts_for_every_row_and_writes_rejects(run, shop):
    with (shop / "events.csv").open("a") as file:
        file.write("u1,zz,3,1000\n,a,3,1000\nu1,b,3,253402300799\n")
    report = json.loads(run("data", "check", "--json", cwd=shop).stdout)
    events = report["events"]
    rejected = sum(events["rejected"].values())
    assert events["rows"] == events["accepted"] + events["duplicates"] + rejected
    assert rejected == 3
    assert len(pl.read_csv(shop / "rejects.csv")) == 3


def test_models_lists_what_was_fitted_and_what_is_wrong_with_it(run, shop):
    run("fit", "rules", cwd=shop)
    run("fit", "item-knn", "--name", "knn", cwd=shop)
    (shop / "models" / "knn" / "manifest.json").write_text("{")
    with (shop / "events.csv").open("a") as file:
        file.write("u1,b,3,2000\n")
    found = {each["name"]: each for each in json.loads(run("models", "--json", cwd=shop).stdout)}
    assert found.keys() == {"generative", "popularity", "rules", "knn"}
    assert (found["rules"]["kind"], found["rules"]["state"]) == ("rules", "older than the data")
    assert "manifest" in found["knn"]["state"] or "damaged" in found["knn"]["state"]
    assert "older than the data" in run("models", cwd=shop).stdout


def test_doctor_is_content_with_a_whole_shop(run, shop):
    findings = json.loads(run("doctor", "--json", cwd=shop).stdout)
    assert {"python", "packages", "device", "asset", "workspace", "data", "index", "backend"} == {
        each["topic"] for each in findings
    }
    assert not [each for each in findings if each["state"] == "wrong"]


def test_doctor_says_which_backend_is_down(run, shop):
    done = run("doctor", "--backend", "http://127.0.0.1:9/v1", cwd=shop, check=False)
    assert done.returncode == 4
    assert "cannot be reached; http://127.0.0.1:9/v1" in done.stdout


def test_batch_is_one_parquet_file(run, shop):
    run("recommend", "--all-users", "-k", "2", "--out", "recs.parquet", cwd=shop)
    recs = pl.read_parquet(shop / "recs.parquet")
    assert recs.columns == ["user_id", "rank", "item_id", "score"]
    assert recs["user_id"].n_unique() == 6
    assert recs["rank"].min() == 1
    assert not list(shop.glob("*.parts"))
    (shop / "users.txt").write_text("u3\n\nu1\nu3\n")
    run("recommend", "--users-file", "users.txt", "-k", "1", "--out", "two.parquet", cwd=shop)
    assert pl.read_parquet(shop / "two.parquet")["user_id"].to_list() == ["u3", "u1"]


def test_a_batch_on_a_full_disk_says_so_and_keeps_nothing_half_written(run, shop):
    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1024, 1024))

    command = ("recommend", "--all-users", "-k", "2", "--out", "recs.parquet")
    done = run(*command, cwd=shop, check=False, preexec_fn=limited)
    assert done.returncode == 4, done.stderr
    assert "cannot write part-000000.parquet: the disk is full" in done.stderr
    run(*command, cwd=shop)
    assert pl.read_parquet(shop / "recs.parquet")["user_id"].n_unique() == 6


def test_an_interrupted_batch_keeps_what_is_done_and_goes_on(shop):
    events = [f"v{user},{'abcdef'[user % 6]},4,5\n" for user in range(20_000)]
    with (shop / "events.csv").open("a") as file:
        file.writelines(events)
    command = [sys.executable, "-m", "genrec", "recommend", "--all-users", "-k", "2", "--out", "recs.parquet"]
    process = subprocess.Popen(command, cwd=shop, stderr=subprocess.PIPE, text=True, env=dict(os.environ))
    _wait_for(lambda: len(list((shop / "recs.parquet.parts").glob("part-*"))) > 2)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "run the same command to go on" in said
    parts = {each.name: each.stat().st_mtime_ns for each in (shop / "recs.parquet.parts").glob("part-*")}
    other = subprocess.run(
        [*command, "--exclude", "a"], cwd=shop, capture_output=True, text=True, check=False
    )
    assert other.returncode == 2
    assert "unfinished batch" in other.stderr
    kept = next(iter(parts))
    before = (shop / "recs.parquet.parts" / kept).stat().st_mtime_ns
    assert before == parts[kept]
    subprocess.run(command, cwd=shop, check=True, capture_output=True)
    assert pl.read_parquet(shop / "recs.parquet")["user_id"].n_unique() == 20_006


def _wait_for(condition, seconds: float = 60.0) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.02)


def test_stdout_is_data_alone(run, shop):
    done = run("recommend", "--history", "a", "--where", 'title = "Emma"', "-k", "3", "--json", cwd=shop)
    json.loads(done.stdout)
    done = run("recommend", "--history", "a", "--where", 'title = "Emma"', "-k", "3", cwd=shop)
    assert "only 1 items" in done.stderr


def test_a_closed_pipe_is_no_traceback(shop: Path):
    command = f"{sys.executable} -m genrec recommend --user u1 -k 2 --json | head -c 1"
    done = subprocess.run(command, shell=True, cwd=shop, capture_output=True, text=True, check=True)
    assert "Traceback" not in done.stderr
