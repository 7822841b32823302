"""Runs of whole recipes: the files, the cache, failures, resumption."""

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import ir_measures
import polars as pl
import pytest
import yaml

from genrec.errors import ArtifactError, UsageError
from genrec.evaluation import harness, running
from genrec.evaluation.harness import evaluate, read_results
from genrec.evaluation.job import Job
from genrec.evaluation.prepare import prepare
from genrec.evaluation.recipe import parse_model
from genrec.evaluation.report import as_text, write_report
from genrec.evaluation.running import CHOICES, Outcome, Runner, code_version, kinds_of
from genrec.sources import modules_behind

pytestmark = pytest.mark.slow  # each model runs in a process of its own


@pytest.fixture(scope="module")
def done(tables, recipe_of, tmp_path_factory):
    reports = tmp_path_factory.mktemp("reports")
    recipe = recipe_of(
        models={"popularity": {}, "rules": {}, "dense": {"kind": "dense-last-titles", "model": "/nowhere"}},
        sweeps=[{"model": "rules", "setting": "window", "values": [1, 5]}],
        samples={"popularity": 20},
    )
    return recipe, evaluate(recipe, tables, reports=reports)


def test_the_folder_holds_results_lists_and_each_users_metrics(done, tables):
    recipe, folder = done
    results = read_results(folder)
    assert [each["name"] for each in results["models"]] == list(recipe.models)
    recs = pl.read_parquet(folder / "recs" / "rules.parquet")
    assert dict(recs.schema) == {
        "user_id": pl.String,
        "rank": pl.Int32,
        "item_id": pl.String,
        "score": pl.Float32,
    }
    assert recs["rank"].min() == 1
    users = pl.read_parquet(folder / "users" / "rules.parquet")
    rules = results["models"][1]
    assert users["recall@10"].mean() == pytest.approx(rules["metrics"]["recall@10"]["mean"])
    assert rules["metrics"]["recall@1"]["mean"] == 1  # the next item on the circle follows from the last
    assert rules["metrics"]["auc"]["mean"] == 1
    assert results["recipe"]["data"]["history"]["min_rating"] is None
    assert {"fit_seconds", "score_cpu_seconds", "peak_bytes", "cpu", "threads"} <= set(rules["runs"][0])
    assert results["data"]["users_with_fewer_than_3_events"] == 0


def test_another_tool_scores_the_kept_lists_alike(done, tables):
    recipe, folder = done
    test = prepare(recipe, tables).test
    names = test.source.interactions.users
    ids = test.source.catalogue.ids
    qrels = {names[int(user)]: {ids[int(test.targets(row)[0])]: 1} for row, user in enumerate(test.users)}
    run: dict[str, dict[str, float]] = {}
    for user, rank, item, _ in pl.read_parquet(folder / "recs" / "rules.parquet").iter_rows():
        run.setdefault(user, {})[item] = -float(rank)
    measured = ir_measures.calc_aggregate([ir_measures.nDCG @ 10, ir_measures.R @ 5], qrels, run)
    ours = read_results(folder)["models"][1]["metrics"]
    assert measured[ir_measures.nDCG @ 10] == pytest.approx(ours["ndcg@10"]["mean"])
    assert measured[ir_measures.R @ 5] == pytest.approx(ours["recall@5"]["mean"])


def test_a_model_that_fails_is_told_and_the_others_go_on(done):
    _, folder = done
    results = read_results(folder)
    failed = results["models"][2]
    assert "seed 0: " in failed["failure"]
    assert "metrics" not in failed
    assert "failed: seed 0" in as_text(results)
    page = write_report(folder, results).read_text()
    assert "failed: seed 0" in page
    assert "<script" not in page
    assert "http" not in page.replace("http-equiv", "")
    assert "rules window=5" in (folder / "report.md").read_text()


def test_a_reason_that_seeds_share_is_told_once():
    outcomes = [Outcome("als", 0, None, "no memory"), Outcome("als", 1, Path("kept"))]
    outcomes += [Outcome("als", 2, None, "no disk"), Outcome("als", 3, None, "no memory")]
    assert harness._failures(outcomes) == "seeds 0, 3: no memory; seed 2: no disk"


def test_a_sampled_model_is_compared_on_the_users_of_both(done):
    _, folder = done
    results = read_results(folder)
    assert [each.get("users") for each in results["models"]] == [20, 60, None]
    assert len(results["comparisons"]) == 1
    assert [each["name"] for each in results["sweeps"]] == ["rules window=1", "rules window=5"]


def test_nothing_runs_twice_and_a_change_runs_again(done, tables, monkeypatch):
    recipe, folder = done
    asked = []

    def noted(job, *rest, **more):
        asked.append((job.model.kind, job.part))
        return "not run"

    monkeypatch.setattr(running, "_run", noted)
    left = next((folder.parent / running.CACHE).glob("*/manifest.json")).parent.with_suffix(".work")
    left.mkdir()  # as by a kill between the end of a job and the removal of its checkpoints
    evaluate(recipe, tables, reports=folder.parent)
    assert not left.exists()
    assert asked == [("dense-last-titles", "test")]  # what failed is tried again
    other = recipe.model_copy(update={"name": "other", "seeds": (1,)})
    evaluate(other, tables, reports=folder.parent)
    assert asked[1:] == [
        ("popularity", "test"),
        ("rules", "test"),
        ("dense-last-titles", "test"),
        ("rules", "validation"),
        ("rules", "validation"),
    ]


def test_sweeps_need_a_validation_part(tables, recipe_of, tmp_path):
    sweep = {"model": "ease", "setting": "regularization", "values": [1, 2]}
    split = {"kind": "ratio", "train": 0.8, "validation": 0, "test": 0.2}
    with pytest.raises(UsageError, match="nobody for validation"):
        evaluate(recipe_of(sweeps=[sweep], split=split), tables, reports=tmp_path)
    assert not list(tmp_path.iterdir())


def test_the_key_follows_settings_data_and_code(recipe_of, monkeypatch):
    recipe = recipe_of()
    runner = Runner(recipe, Path(), None, Path("reports"), "data")
    ease = recipe.models["ease"]
    plain = runner.key(recipe, ease, 0)
    assert plain == runner.key(recipe_of(name="renamed", ks=[10]), ease, 0)
    others = [
        runner.key(recipe, ease, 1),
        runner.key(recipe, ease, 0, part="validation"),
        runner.key(recipe, ease.model_copy(update={"regularization": 2.0}), 0),
        runner.key(recipe_of(split={"ties": "shuffle", "kind": "leave-one-out"}), ease, 0),
        runner.key(recipe_of(fit_scope="train-and-validation"), ease, 0),
        Runner(recipe, Path(), None, Path("reports"), "other data").key(recipe, ease, 0),
    ]
    monkeypatch.setattr(running, "code_version", lambda *kinds: "edited")
    others.append(runner.key(recipe, ease, 0))
    assert len({plain, *others}) == 1 + len(others)


@pytest.mark.parametrize("named", ["model", "adapter"])
def test_the_key_follows_the_bytes_of_a_local_model(recipe_of, tmp_path, named):
    (tmp_path / "tower").mkdir()
    weights = tmp_path / "tower" / "weights"
    if named == "model":
        settings = {"kind": "dense-last-titles", "model": str(tmp_path / "tower")}
    else:
        settings = {"kind": "generative", "generator": {"adapter": "tower"}}
    recipe = recipe_of(models={"local": settings})
    runner = Runner(recipe, tmp_path, None, tmp_path / "reports", "data")
    keys = []
    for content in ("one", "two", "one"):
        weights.write_text(content)
        keys.append(runner.key(recipe, recipe.models["local"], 0))
    assert keys[0] == keys[2] != keys[1]


def test_the_code_version_is_of_what_a_model_is_made_of():
    ease = modules_behind({"genrec.models.ease", "genrec.evaluation.job"}, without=CHOICES)
    assert {
        "genrec.models.base",
        "genrec.models.refitting",
        "genrec.data.splits",
        "genrec.heaps",
        "genrec.metrics",
    } <= ease
    assert (
        not {"genrec.models.rules", "genrec.cli", "genrec.evaluation.report", "genrec.models.settings"} & ease
    )
    assert code_version("ease") != code_version("rules")
    rules = modules_behind({"genrec.models.rules", "genrec.evaluation.job"}, without=CHOICES)
    assert {"genrec.models.pairs", "genrec.retrieval.kernels"} <= rules  # modules imported out of a package


def test_a_hybrid_is_made_of_its_sources_too():
    one, other = (parse_model({"kind": "hybrid", "sources": {each: {}}}) for each in ("ease", "rules"))
    assert kinds_of(one) == ("hybrid", "ease")
    assert code_version(*kinds_of(one)) != code_version(*kinds_of(other))
    assert kinds_of(parse_model({"kind": "ease"})) == ("ease",)


def test_seeds_are_meaned(tables, recipe_of, tmp_path):
    recipe = recipe_of(models={"popularity": {}}, seeds=[0, 1], metrics=["recall"])
    row = read_results(evaluate(recipe, tables, reports=tmp_path))["models"][0]
    assert row["seeds"] == [0, 1]
    assert len(row["by_seed"]) == len(row["runs"]) == 2
    assert row["metrics"]["recall@10"]["mean"] == row["by_seed"][0]["recall@10"]


def test_a_killed_run_goes_on_where_it_was(tables, recipe_of, tmp_path):
    recipe = recipe_of(models={"popularity": {}, "rules": {}, "ease": {}})
    command = command_of(recipe, tables, tmp_path)
    started = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    )
    finished = tmp_path / running.CACHE
    wait_for(lambda: list(finished.glob("[!.]*/manifest.json")))
    os.killpg(started.pid, signal.SIGKILL)
    started.communicate()
    assert not (tmp_path / "toy" / harness.RESULTS_FILE).exists()
    again = subprocess.run([*command, "--json"], capture_output=True, text=True)
    assert again.returncode == 0, again.stderr
    cached = [each["was_cached"] for each in json.loads(again.stdout)["models"]]
    assert cached[0] == [True]
    assert cached[-1] == [False]


def test_a_report_that_is_not_there_lists_those_that_are(done, tmp_path):
    _, folder = done
    with pytest.raises(ArtifactError, match="choose from") as refused:
        read_results(folder.parent / "nothing")
    assert "toy" in str(refused.value)
    with pytest.raises(ArtifactError, match="genrec evaluate"):
        read_results(tmp_path / "nothing")


def command_of(recipe, tables, folder):
    """`genrec evaluate` of a recipe over the tables, into a folder."""
    path = folder / "toy.yaml"
    values = recipe.model_dump(mode="json", exclude_defaults=True) | {"data": {"name": "toy"}}
    path.write_text(yaml.safe_dump(values, sort_keys=False))
    where = ["--data", str(tables), "--reports", str(folder)]
    return [sys.executable, "-m", "genrec", "evaluate", str(path), *where]


def test_a_job_ends_with_its_run(tables, recipe_of, tmp_path):
    endless = recipe_of(models={"als": {"epochs": 10**9}})
    started = subprocess.Popen(command_of(endless, tables, tmp_path))
    cache = tmp_path / running.CACHE
    wait_for(lambda: list(cache.glob("*.work/log.txt")))
    (lock,) = cache.glob(".*.lock")
    assert is_held(lock)
    started.terminate()
    assert started.wait(timeout=60) == 130
    wait_for(lambda: not is_held(lock))  # a job that was just being started ends when it looks at its stdin


def test_a_job_ends_with_its_stdin(tables, recipe_of, tmp_path):
    recipe = recipe_of(models={"als": {"epochs": 10**9}})
    job = Job(recipe=recipe, root=tables, model=recipe.models["als"], checkpoints=tmp_path)
    (tmp_path / "job.json").write_text(job.model_dump_json())
    command = [
        sys.executable,
        "-m",
        "genrec.evaluation.job",
        str(tmp_path / "job.json"),
        str(tmp_path / "out"),
    ]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert "fit" in process.stdout.readline()
    process.communicate(timeout=60)
    assert process.returncode == 1
    assert not (tmp_path / "out").exists()


def wait_for(found):
    deadline = time.monotonic() + 120
    while not found():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def is_held(lock):
    with lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
