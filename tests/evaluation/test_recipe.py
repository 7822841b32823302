"""Recipes: closed, refused before anything runs, every fault named with the choices."""

from pathlib import Path

import pytest
import yaml

from genrec.assets import asset_path
from genrec.errors import UsageError
from genrec.evaluation.recipe import METRICS, Recipe, model_kinds, parse_model, read_recipe, workspace_recipe
from genrec.workspace import Workspace

GOOD = {"name": "toy", "data": {"name": "ml-100k"}, "models": {"popularity": None, "mine": {"kind": "ease"}}}


def read(tmp_path: Path, **changes: object) -> Recipe:
    path = tmp_path / "toy.yaml"
    path.write_text(yaml.safe_dump(GOOD | changes, sort_keys=False))
    return read_recipe(path)[0]


def test_a_model_is_of_the_kind_of_its_name_unless_it_says_so(tmp_path):
    recipe = read(tmp_path)
    assert [each.kind for each in recipe.models.values()] == ["popularity", "ease"]
    assert recipe == Recipe.model_validate_json(recipe.model_dump_json())


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"modles": {}}, "unknown key modles, did you mean models?"),
        ({"models": {"sazrec": {}}}, "'popularity', 'ease'"),
        ({"models": {"ease": {"regularisation": 3}}}, "did you mean regularization?"),
        ({"models": {"popularity": {"kind": "ease", "regularisation": 3}}}, "did you mean regularization?"),
        ({"models": {"ease": {"regularization": -1}}}, "greater than 0"),
        ({"models": {"../x": {"kind": "ease"}}}, "usable as a file name"),
        ({"models": {"x" * 61: {"kind": "ease"}}}, "usable as a file name"),
        ({"models": {}}, "at least 1 item"),
        ({"metrics": ["recall", "ngcd"]}, "unknown metric ngcd, choose from recall, hit-rate, ndcg"),
        ({"test_metric": "coverage"}, "unknown metric coverage"),
        ({"ks": [0]}, "greater than or equal to 1"),
        ({"ks": [10, 101]}, "ks.1: 101 is too many: the lists that are kept are 100 long"),
        ({"ks": [10, 10, 5]}, "ks: 10, 10, 5: one stands there twice"),
        ({"k": 200}, "k: 200 is too many"),
        ({"seeds": [0, 0]}, "seeds: 0, 0: one stands there twice"),
        ({"metrics": []}, "metrics: tuple should have at least 1 item"),
        ({"metrics": ["recall", "recall"]}, "one stands there twice"),
        ({"metrics": ["recall"], "test_metric": "ndcg"}, "test_metric ndcg is not among metrics recall"),
        ({"metrics": ["coverage"]}, "test_metric ndcg is not among metrics coverage"),
        ({"ks": [5]}, "k 10 is not among ks 5"),
        ({"seeds": [-1]}, "greater than or equal to 0"),
        ({"split": {"kind": "random"}}, "'leave-one-out', 'global-time'"),
        ({"protocol": "ncf", "split": {"kind": "ratio"}}, "ncf needs the split leave-one-out"),
        ({"data": {}}, "give one of name, workspace, or catalogue"),
        ({"data": {"catalogue": {"path": "a"}}}, "go together"),
        ({"samples": {"other": 5}}, "samples of unknown model other, choose from popularity, mine"),
        ({"sweeps": [{"model": "mine", "setting": "factors", "values": [1, 2]}]}, "no setting factors"),
        (
            {"sweeps": [{"model": "mine", "setting": "recency", "values": [0.5, 7]}]},
            "less than or equal to 1",
        ),
        (
            {"sweeps": [{"model": "mine", "setting": "regularization", "values": [5, 5.0]}]},
            "values: 5.0, 5.0: one stands there twice",
        ),
        ({"name": "../up"}, "pattern"),
        ({"name": "x" * 61}, "at most 60 characters"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(tmp_path, changes, named):
    with pytest.raises(UsageError) as refused:
        read(tmp_path, **changes)
    assert named in str(refused.value)
    assert refused.value.exit_code == 2


def test_a_fault_brings_no_others_with_it(tmp_path):
    with pytest.raises(UsageError) as refused:
        read(tmp_path, metrics=["ngcd"], ks=["ten"])
    assert str(refused.value).startswith("2 setting(s) do not fit")
    assert "test_metric" not in str(refused.value)


@pytest.mark.parametrize(
    ("metrics", "tested"),
    [(["recall", "ndcg"], "ndcg"), (["coverage", "mrr", "recall"], "mrr")],
)
def test_the_tested_metric_follows_those_asked(tmp_path, metrics, tested):
    assert read(tmp_path, metrics=metrics).test_metric == tested


def test_an_unknown_recipe_lists_those_there_are():
    for name in ("no-such-recipe", "no-such-recipe.yaml", "LOG.md"):
        with pytest.raises(UsageError, match=r"smoke\.yaml") as refused:
            read_recipe(Path(name))
        assert "README.md" not in str(refused.value)


def test_a_sweep_makes_a_model_a_value(tmp_path):
    recipe = read(tmp_path, sweeps=[{"model": "mine", "setting": "regularization", "values": [5, 0.5]}])
    swept = recipe.swept()
    assert list(swept) == ["mine regularization=5", "mine regularization=0.5"]
    assert [each.regularization for each in swept.values()] == [5, 0.5]


def test_every_shipped_recipe_is_valid_and_names_itself():
    paths = sorted(asset_path("eval", "smoke.yaml").parent.glob("*.yaml"))
    assert len(paths) >= 4
    for path in paths:
        recipe, root = read_recipe(path)
        assert recipe.name == path.stem
        assert root == path.parent
        assert path.read_text().startswith(f"# genrec evaluate eval/{path.name}\n")


def test_kinds_are_those_of_the_union():
    assert {"popularity", "ease"} <= set(model_kinds())
    assert all(parse_model({"kind": kind}).kind == kind for kind in model_kinds())


def test_the_metrics_of_a_recipe_are_those_with_a_definition():
    assert {"recall", "ndcg", "auc", "coverage", "brand-coverage"} <= set(METRICS)


ITEMS = "item_id,title\n" + "".join(f"i{each},Title {each}\n" for each in range(30))


@pytest.mark.parametrize(("times", "kind"), [(True, "global-time"), (False, "leave-one-out")])
def test_a_workspace_is_split_by_time_where_it_has_times(tmp_path, times, kind):
    header = "user_id,item_id,event" + (",timestamp\n" if times else "\n")
    rows = [
        f"u{u},i{(u + s) % 30},purchase" + (f",{1000 + s}\n" if times else "\n")
        for u in range(5)
        for s in range(5)
    ]
    (tmp_path / "items.csv").write_text(ITEMS)
    (tmp_path / "log.csv").write_text(header + "".join(rows))
    (tmp_path / "genrec.yaml").write_text("name: my shop!\ncatalogue: items.csv\ninteractions: log.csv\n")
    recipe = workspace_recipe(Workspace.open(tmp_path))
    assert recipe.split.kind == kind
    assert recipe.name == "my-shop"
    assert recipe.ks == (5, 10, 20)
    assert {"popularity", "rules", "ease"} <= set(recipe.models)
