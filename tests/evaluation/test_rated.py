"""Predicted ratings in a benchmark: one model that fails does not take the others with it."""

import numpy as np

from genrec.evaluation.prepare import prepare
from genrec.evaluation.ratings import held_out, measure_ratings
from genrec.models.ratings import RatingFactors
from genrec.models.settings import RatingFactorsSettings, RatingKNNSettings


def test_a_model_that_raises_is_told_and_the_others_go_on(tables, recipe_of, monkeypatch):
    def singular(*args, **more):
        raise np.linalg.LinAlgError("singular matrix")

    monkeypatch.setattr(RatingFactors, "fit", singular)
    made = prepare(recipe_of(), tables)
    rows = measure_ratings(made, {"factors": RatingFactorsSettings(), "knn": RatingKNNSettings()})
    assert rows[0]["failure"] == "LinAlgError: singular matrix"
    low, high = rows[1]["intervals"]["mae"]
    assert low < rows[1]["mae"] < high


def test_sweeps_are_of_the_ratings_of_validation(tables, recipe_of):
    test, validation = (held_out(prepare(recipe_of(), tables, part=part)) for part in ("test", "validation"))
    # user u chose items u to u + 7, the last for testing, the one before for validation
    assert test[1].tolist() == [(user + 7) % 40 for user in range(60)]
    assert validation[1].tolist() == [(user + 6) % 40 for user in range(60)]
