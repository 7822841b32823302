"""MAE and RMSE of models that predict ratings: a table of their own, and sweeps of their settings."""

import time
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from genrec.data.interactions import EVENT_CODE
from genrec.data.splits import TEST, VALIDATION
from genrec.errors import reason
from genrec.evaluation.prepare import Prepared
from genrec.evaluation.significance import error_intervals
from genrec.metrics import mean_absolute_error, root_mean_squared_error
from genrec.models.ratings import RatingFactors, RatingKNN, RatingModel
from genrec.models.settings import AnyRatingModel, RatingKNNSettings

Row = dict[str, object]


def measure_ratings(prepared: Prepared, models: Mapping[str, AnyRatingModel]) -> list[Row]:
    """Fit each on what the final model is, and predict every rating of the part asked, low ones too."""
    return [_measured(prepared, name, settings) for name, settings in models.items()]


def _measured(prepared: Prepared, name: str, settings: AnyRatingModel) -> Row:
    row: Row = {"name": name, "settings": settings.model_dump(mode="json")}
    users, items, given = held_out(prepared)
    if not len(given):
        return row | {"failure": f"the {prepared.part} part has no rating"}
    start = time.process_time()
    try:
        predicted = _fitted(prepared, settings).predict(users, items)
    except Exception as error:  # whatever a model raises is told in its row, and the others go on
        return row | {"failure": reason(error)}
    return row | {
        "ratings": len(given),
        "users": len(np.unique(users)),
        "mae": mean_absolute_error(predicted, given),
        "rmse": root_mean_squared_error(predicted, given),
        "intervals": error_intervals(predicted - given, users, resamples=prepared.recipe.resamples),
        "cpu_seconds": time.process_time() - start,
    }


def _fitted(prepared: Prepared, settings: AnyRatingModel) -> RatingModel:
    if isinstance(settings, RatingKNNSettings):
        return RatingKNN.fit(settings, prepared.fitted_on)
    return RatingFactors.fit(settings, prepared.fitted_on, seed=prepared.recipe.seeds[0])


def held_out(prepared: Prepared) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float32]]:
    """User, item and value of every rating of the part that is asked."""
    events = prepared.split.whole.interactions
    is_rating = (events.events == EVENT_CODE["rating"]) & np.isfinite(events.values)
    part = TEST if prepared.part == "test" else VALIDATION
    rows = np.flatnonzero(is_rating & (prepared.split.part == part))
    return events.user_of[rows], events.items[rows], events.values[rows]
