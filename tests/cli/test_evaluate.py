"""`genrec fit`, `evaluate`, `report` and `tune` as a user runs them: a fresh process each."""

import json

import polars as pl
import pytest
import yaml

pytestmark = pytest.mark.slow

RECIPE = {
    "name": "shop",
    "data": {"workspace": "."},
    "models": {"popularity": None, "ease": None},
    "ks": [1, 3],
    "k": 3,
    "resamples": 100,
}


@pytest.fixture(autouse=True)
def _folder_of_sets_elsewhere(monkeypatch, tmp_path_factory):
    """What GENREC_DATA names is for recipes that name a set, and none here does."""
    monkeypatch.setenv("GENREC_DATA", str(tmp_path_factory.mktemp("sets")))


@pytest.fixture
def recipe(shop):
    (shop / "recipe.yaml").write_text(yaml.safe_dump(RECIPE))
    return shop / "recipe.yaml"


@pytest.mark.parametrize("command", ["fit", "evaluate", "report", "tune"])
def test_every_command_explains_itself(run, command):
    assert "Example" in run(command, "--help").stdout


def test_fit_then_recommend_with_it(run, shop):
    run("fit", "ease", "--set", "regularization=2", "--name", "mine", cwd=shop)
    answer = json.loads(
        run("recommend", "--user", "u1", "--model", "mine", "-k", "2", "--json", cwd=shop).stdout
    )
    assert answer["model"] == "mine"
    assert all(item["reason"] and item["sources"] == {"mine": 1.0} for item in answer["items"])
    run("recommend", "--all-users", "--model", "mine", "-k", "2", "--out", "recs.parquet", cwd=shop)
    assert pl.read_parquet(shop / "recs.parquet").columns == ["user_id", "rank", "item_id", "score"]


@pytest.mark.parametrize(
    ("command", "code", "named"),
    [
        (("fit", "sazrec"), 2, "'ease'"),
        (("fit", "ease", "--set", "regularisation=2"), 2, "did you mean regularization?"),
        (("fit", "ease", "--set", "regularization"), 2, "--set key=value"),
        (("fit", "ease", "--name", "../up"), 2, "--name"),
        (("fit", "popularity"), 2, "--name"),
        (("recommend", "--user", "u1", "--model", "ease"), 2, "genrec fit"),
        (("evaluate", "nothing.yaml"), 2, "smoke.yaml"),
        (("report", "nothing"), 4, "genrec evaluate"),
        (("tune", "recipe.yaml", "svd"), 2, "choose from"),
    ],
)
def test_what_cannot_be_is_refused_with_the_choices(run, shop, recipe, command, code, named):
    done = run(*command, cwd=shop, check=False)
    assert done.returncode == code
    assert named in done.stderr
    assert "Traceback" not in done.stderr
    assert not (shop / "models").exists()


def test_nothing_runs_of_a_recipe_with_a_fault(run, shop, recipe):
    recipe.write_text(yaml.safe_dump(RECIPE | {"metrics": ["recall", "accuracy"]}))
    done = run("evaluate", "recipe.yaml", cwd=shop, check=False)
    assert done.returncode == 2
    assert "unknown metric accuracy, choose from recall" in done.stderr
    recipe.write_text(yaml.safe_dump(RECIPE | {"ks": [3, 7]}))
    done = run("evaluate", "recipe.yaml", cwd=shop, check=False)
    assert done.returncode == 2
    assert "the catalogue has 6 items" in done.stderr
    assert not (shop / "reports").exists()


def test_evaluate_prints_a_table_and_writes_a_page_that_report_writes_again(run, shop, recipe):
    done = run("evaluate", "recipe.yaml", cwd=shop)
    assert "ndcg@3" in done.stdout
    assert [line.split()[0] for line in done.stdout.splitlines()[-2:]] == ["ease", "popularity"]
    page = shop / "reports" / "shop" / "report.html"
    first = page.read_bytes()
    page.unlink()
    assert "ndcg@3" in run("report", "shop", cwd=shop).stdout
    assert page.read_bytes() == first


def test_several_reports_are_printed_side_by_side_or_as_json(run, shop, recipe):
    run("evaluate", "recipe.yaml", cwd=shop)
    (shop / "reports" / "again").symlink_to("shop")
    table = run("report", "shop", "again", "--models", "popularity", cwd=shop).stdout
    assert "| popularity | " in table
    assert "| ease" not in table
    several = json.loads(run("report", "shop", "again", "--json", cwd=shop).stdout)
    assert [each["recipe"]["name"] for each in several] == ["shop", "shop"]
    done = run("report", "shop", "again", "--models", "eas", cwd=shop, check=False)
    assert (done.returncode, "choose from" in done.stderr) == (2, True)


def test_a_workspace_is_evaluated_without_a_recipe(run, shop):
    done = run("evaluate", "--json", cwd=shop)
    results = json.loads(done.stdout)
    names = [each["name"] for each in results["models"] if "metrics" in each]
    assert {"popularity", "item-knn", "rules", "ease"} <= set(names)
    assert results["recipe"]["split"]["kind"] == "global-time"


def test_where_every_model_fails_the_command_fails_and_says_why(run, shop, recipe):
    broken = {"dense": {"kind": "dense-last-titles", "model": "/nowhere"}}
    recipe.write_text(yaml.safe_dump(RECIPE | {"models": broken}))
    done = run("evaluate", "recipe.yaml", cwd=shop, check=False)
    assert done.returncode == 4
    assert "no model called /nowhere" in done.stdout
    assert "every model failed" in done.stderr


def test_outside_a_workspace_a_recipe_is_asked_for(run, tmp_path):
    done = run("evaluate", cwd=tmp_path, check=False)
    assert done.returncode == 2
    assert "genrec init" in done.stderr


def test_tune_prints_settings_for_a_recipe(run, shop, recipe):
    done = run("tune", "recipe.yaml", "ease", "--trials", "2", cwd=shop)
    found = yaml.safe_load(done.stdout)
    assert set(found["ease"]) == {"kind", "regularization", "recency"}
    assert "validation ndcg@3" in done.stderr


@pytest.mark.parametrize("more", [["recipe.yaml"], ["--data", "."], ["--reports", "."]])
def test_dialogues_go_with_nothing_that_they_do_not_use(run, shop, more):
    done = run("evaluate", "--dialogues", "said.yaml", *more, cwd=shop, check=False)
    assert done.returncode == 2
    assert "--dialogues goes with no recipe" in done.stderr
