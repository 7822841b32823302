"""Fitting on more data for as long as early stopping found."""

import pytest

from genrec.config import LeaveOneOut
from genrec.data.splits import split
from genrec.models import fitting, refitting
from genrec.models.base import Fitting
from genrec.models.refitting import fit_wide
from genrec.models.settings import EASESettings, HybridModelSettings, MultVAESettings
from genrec.testing.data import checkerboard

DATA, _ = checkerboard(20, 12)


@pytest.fixture
def fits(monkeypatch):
    """What is fitted, as (epochs or None, history events)."""
    seen = []
    whole = fitting.model_class

    def noted(kind):
        made = whole(kind)

        class Noted(made):
            @classmethod
            def fit(cls, settings, dataset, how):
                seen.append(
                    (getattr(settings, "epochs", None), len(dataset.positives), how.validation is None)
                )
                return made.fit(settings, dataset, how)

        return Noted

    for module in (fitting, refitting):
        monkeypatch.setattr(module, "model_class", noted)
    return seen


def wide(settings):
    parted = split(DATA, LeaveOneOut())
    first = Fitting(validation=parted.validation, is_quiet=True)
    return fit_wide(settings, parted.train, DATA, first, refitting=Fitting(is_quiet=True))


def test_what_learns_by_steps_is_fitted_again_for_its_best_epochs(fits):
    model = wide(MultVAESettings(epochs=4, hidden_size=8, embedding_size=4))
    (epochs, narrow, blind), (best, all_events, blind_again) = fits
    assert (epochs, blind, blind_again) == (4, False, True)
    assert narrow == all_events - 40
    assert 1 <= best <= 4
    assert model.settings.epochs == best


def test_the_sources_of_a_hybrid_are_fitted_again_for_their_best_epochs(fits):
    vae = {"kind": "mult-vae", "epochs": 4, "hidden_size": 8, "embedding_size": 4}
    model = wide(HybridModelSettings.model_validate({"sources": {"vae": vae}, "held_back": 1}))
    best = model.settings.sources["vae"].epochs
    assert 1 <= best <= 4
    assert model.settings.ranker == "lambdamart"
    of_vae = [(epochs, blind) for epochs, _, blind in fits if epochs is not None]
    assert of_vae == [(4, False), (best, True), (best, True)], (
        "to stop, to serve, and without what is taken back"
    )


def test_what_is_solved_is_fitted_once(fits):
    wide(EASESettings())
    assert fits == [(None, len(DATA.positives), True)]
