"""The search of settings: ranges as declared, validation alone, going on where it was."""

import numpy as np
import pytest

from genrec.errors import UsageError
from genrec.evaluation import tuning
from genrec.evaluation.prepare import prepare
from genrec.evaluation.recipe import model_kinds, parse_model
from genrec.evaluation.tuning import ranges_of, tune, validated
from genrec.models.settings import EASESettings, PopularitySettings, RulesSettings
from genrec.types import Rankings


def test_ranges_are_those_declared_with_their_bounds():
    ease = ranges_of(EASESettings)
    assert set(ease) == {"regularization", "recency"}
    assert ease["regularization"][0].log
    assert "half_life_days" in ranges_of(PopularitySettings)  # behind `| None`
    assert ranges_of(RulesSettings)["window"][1]  # whole numbers


@pytest.mark.parametrize("kind", model_kinds())
def test_every_end_of_a_declared_range_is_a_valid_setting(kind):
    own = parse_model({"kind": kind})
    for name, (declared, is_whole) in ranges_of(type(own)).items():
        for value in declared.choices or (declared.low, declared.high):
            parse_model({"kind": kind, name: int(value) if is_whole else value})


def test_a_search_finds_no_worse_than_the_recipe_and_goes_on(tables, recipe_of, tmp_path):
    recipe = recipe_of(models={"rules": {"window": 7}})
    first = tune(recipe, tables, "rules", trials=3, reports=tmp_path)
    assert first.trials == 3
    assert first.value >= first.own_value
    asked = []
    again = tune(recipe, tables, "rules", trials=5, reports=tmp_path, say=asked.append)
    assert asked == [3, 4]
    assert again.trials == 5
    assert again.value >= first.value


def test_the_test_part_is_never_asked(tables, recipe_of, tmp_path, monkeypatch):
    def prepared_without_answers(*args, **more):
        made = prepare(*args, **more)
        assert made.part == "validation"
        made.split.test.items[:] = -1
        return made

    plain = tune(recipe_of(), tables, "ease", trials=2, reports=tmp_path / "a")
    monkeypatch.setattr(tuning, "prepare", prepared_without_answers)
    blind = tune(recipe_of(), tables, "ease", trials=2, reports=tmp_path / "b")
    assert (plain.settings, plain.value) == (blind.settings, blind.value)


def test_what_is_optimised_is_the_metric_on_validation(tables, recipe_of):
    recipe = recipe_of(test_metric="recall", k=5, models={"rules": {}})
    prepared = prepare(recipe, tables, part="validation")
    value = validated(prepared, prepared.recipe.models["rules"], seed=0)
    from genrec.models.base import Fitting
    from genrec.models.fitting import fit

    holdout = prepared.split.validation
    lists = fit(prepared.recipe.models["rules"], prepared.split.train, Fitting()).recommend(
        holdout.queries(), k=5
    )
    assert value == np.mean((lists.items == holdout.items[:, None]).any(axis=1))


def test_an_unknown_model_is_refused(tables, recipe_of, tmp_path):
    with pytest.raises(UsageError, match="choose from popularity, ease"):
        tune(recipe_of(), tables, "sasrec", trials=1, reports=tmp_path)


def test_a_trial_that_raises_is_counted_and_the_search_goes_on(tables, recipe_of, tmp_path, monkeypatch):
    honest = tuning.validated

    def fragile(prepared, settings, *, seed):
        if settings.window == 7:
            raise np.linalg.LinAlgError("singular")
        return honest(prepared, settings, seed=seed)

    monkeypatch.setattr(tuning, "validated", fragile)
    found = tune(recipe_of(models={"rules": {"window": 7}}), tables, "rules", trials=4, reports=tmp_path)
    assert found.failed >= 1
    assert found.own_value is None


def test_settings_that_are_none_are_beside_what_is_found(tables, recipe_of, tmp_path, monkeypatch):
    monkeypatch.setattr(tuning, "validated", lambda prepared, own, *, seed: 1.0 - bool(own.half_life_days))
    found = tune(recipe_of(models={"popularity": {}}), tables, "popularity", trials=2, reports=tmp_path)
    assert (found.settings.half_life_days, found.value, found.own_value) == (None, 1, 1)


def test_an_interrupted_trial_is_none(tables, recipe_of, tmp_path, monkeypatch, capfd):
    def interrupted(*args, **more):
        raise KeyboardInterrupt

    honest = tuning.validated
    monkeypatch.setattr(tuning, "validated", interrupted)
    with pytest.raises(KeyboardInterrupt):
        tune(recipe_of(), tables, "ease", trials=3, reports=tmp_path)
    monkeypatch.setattr(tuning, "validated", honest)
    found = tune(recipe_of(), tables, "ease", trials=3, reports=tmp_path)
    assert (found.trials, found.failed) == (3, 0)
    assert found.value >= found.own_value
    assert "Traceback" not in capfd.readouterr().err


def test_validation_is_asked_as_the_protocol_says(tables, recipe_of, monkeypatch):
    asked = []

    class Asked:
        def recommend(self, queries, *, k):
            asked.extend(queries)
            return Rankings.empty(len(queries), k)

    monkeypatch.setattr(tuning, "fit", lambda *args: Asked())
    for changes in ({}, {"repeats": True}, {"protocol": "ncf"}):
        recipe = recipe_of(users=3, **changes)
        validated(prepare(recipe, tables, part="validation"), recipe.models["ease"], seed=0)
    assert [len(query.history) for query in asked] == [6] * 9
    assert [query.repeats for query in asked] == [False] * 3 + [True] * 3 + [False] * 3
    assert [query.candidates is not None and query.candidates.sum() for query in asked[5:]] == [
        False,
        33,
        33,
        33,
    ]


def test_a_search_starts_anew_where_protocol_or_code_change(tables, recipe_of, tmp_path, monkeypatch):
    def trials_done(**changes):
        asked = []
        tune(recipe_of(**changes), tables, "ease", trials=1, reports=tmp_path, say=asked.append)
        return asked

    assert trials_done() == [0]
    assert trials_done() == []
    assert trials_done(repeats=True) == [0]
    assert trials_done(protocol="ncf") == [0]
    monkeypatch.setattr(tuning, "code_version", lambda *kinds: "edited")
    assert trials_done() == [0]
