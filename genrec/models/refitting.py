"""Fitting to validation too: first on training alone, to find when to stop."""

from genrec.data.dataset import Dataset
from genrec.models.base import Fitted, Fitting
from genrec.models.fitting import fit, model_class
from genrec.models.settings import AnyModel, HybridModelSettings, LearnedSettings


def fit_wide(
    settings: AnyModel, narrow: Dataset, wide: Dataset, fitting: Fitting, *, refitting: Fitting
) -> Fitted:
    """A model fitted to `wide`; what learns by steps finds first on `narrow` when to stop.

    Args:
        settings: of the model.
        narrow: training alone, on which `fitting` validates.
        wide: all that the model may see.
        fitting: for the first fit, with its validation.
        refitting: for the second, without one.

    Raises:
        UsageError: the model does not fit the data, or a package it needs is not installed.
    """
    if not isinstance(settings, LearnedSettings | HybridModelSettings) or fitting.validation is None:
        return fit(settings, wide, refitting)
    settled = fit(_without_ranker(settings), narrow, fitting).settled()
    if isinstance(settings, HybridModelSettings):
        settled = settled.model_copy(update={"ranker": settings.ranker})
    return model_class(settings.kind).fit(settled, wide, refitting)


def _without_ranker(settings: AnyModel) -> AnyModel:
    """A hybrid that learns nothing itself: only its sources know when to stop."""
    if isinstance(settings, HybridModelSettings):
        return settings.model_copy(update={"ranker": "fusion"})
    return settings
