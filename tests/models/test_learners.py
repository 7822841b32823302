"""What a model that learns by steps must do beside what holds for all: see the board, go on after a kill."""

from dataclasses import replace

import numpy as np
import pytest

from genrec.config import LeaveOneOut
from genrec.data.dataset import Dataset
from genrec.data.splits import split
from genrec.models.base import Fitting
from genrec.models.fitting import fit, model_class
from genrec.models.learned import LearnedModel
from genrec.models.settings import (
    BERT4RecSettings,
    BPRMFSettings,
    GRU4RecSettings,
    LearnedSettings,
    LightGCNSettings,
    MultVAESettings,
    NeuMFSettings,
    SASRecSettings,
)
from genrec.testing.data import checkerboard, toy_dataset
from genrec.types import Query

QUIET = Fitting(device="cpu", is_quiet=True)
TINY = {"embedding_size": 8, "epochs": 2, "batch_size": 8}
SMALL: dict[str, LearnedSettings] = {
    "bert4rec": BERT4RecSettings(**TINY, max_length=6),
    "bpr-mf": BPRMFSettings(**TINY),
    "gru4rec": GRU4RecSettings(**TINY, max_length=6, hidden_size=8),
    "lightgcn": LightGCNSettings(**TINY),
    "mult-vae": MultVAESettings(**TINY, hidden_size=8),
    "neumf": NeuMFSettings(**TINY),
    "sasrec": SASRecSettings(**TINY, max_length=6),
}
NEEDS_USER = ("bpr-mf", "lightgcn", "neumf")
QUICK = {"epochs": 60, "batch_size": 32, "learning_rate": 5e-3, "dropout": 0.1}
BOARD: dict[str, LearnedSettings] = {
    "bert4rec": BERT4RecSettings(**QUICK),
    "bpr-mf": BPRMFSettings(**QUICK),
    "gru4rec": GRU4RecSettings(**QUICK),
    "lightgcn": LightGCNSettings(**QUICK),
    "mult-vae": MultVAESettings(**QUICK | {"batch_size": 4, "epochs": 150}),
    "neumf": NeuMFSettings(**QUICK),
    "sasrec": SASRecSettings(**QUICK),
}
"""Those of histories see the order; those of users only who chose what."""


def fitted(kind: str, dataset: Dataset, fitting: Fitting = QUIET) -> LearnedModel:
    model = fit(SMALL[kind], dataset, fitting)
    assert isinstance(model, LearnedModel)
    return model


@pytest.mark.parametrize("kind", SMALL)
def test_a_fitting_that_was_stopped_goes_on_to_the_same_weights(kind, tmp_path, monkeypatch):
    parted = split(checkerboard(6, 12)[0], LeaveOneOut())
    fitting = Fitting(device="cpu", is_quiet=True, validation=parted.validation)
    whole = fitted(kind, parted.train, fitting)
    assert whole.course is not None
    assert [epoch for epoch, _ in whole.course.validations] == [1, 2]

    drawn, stopped = model_class(kind).epoch, RuntimeError("killed")

    def killing(self, dataset):
        draw, calls = drawn(self, dataset), []

        def once(rng):
            calls.append(1)
            if len(calls) == 2:
                raise stopped
            yield from draw(rng)

        return once

    again = Fitting(device="cpu", is_quiet=True, validation=parted.validation, checkpoints=tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(model_class(kind), "epoch", killing)
        with pytest.raises(RuntimeError, match="killed"):
            fitted(kind, parted.train, again)
    assert list(tmp_path.iterdir())
    resumed = fitted(kind, parted.train, again)
    expected, found = whole.arrays(), resumed.arrays()
    assert expected.keys() == found.keys()
    assert all(expected[name].tobytes() == found[name].tobytes() for name in expected)


@pytest.mark.slow
@pytest.mark.parametrize("kind", BOARD)
def test_it_learns_the_checkerboard(kind):
    dataset, held_out = checkerboard(20, 20)
    model = fit(BOARD[kind], dataset, QUIET)
    found = model.recommend([dataset.query(user) for user in range(20)], k=1)
    assert found.items[:, 0].tolist() == held_out.tolist()


@pytest.mark.parametrize("kind", NEEDS_USER)
def test_a_stranger_gets_the_most_chosen(kind):
    dataset = toy_dataset()
    model = fitted(kind, dataset)
    expected = np.lexsort((np.arange(8), -model.counts))[:3].tolist()
    for user in (None, 99):
        assert model.recommend([Query(user=user)], k=3).items[0].tolist() == expected


@pytest.mark.parametrize("kind", NEEDS_USER)
def test_a_user_without_an_event_in_training_is_a_stranger(kind):
    dataset = toy_dataset()
    keep = dataset.interactions.user_of != 1
    model = fitted(kind, Dataset(dataset.catalogue, dataset.interactions.select(keep)))
    assert [model.knows(Query(user=user)) for user in range(5)] == [True, False, True, True, False]


@pytest.mark.parametrize("kind", sorted(SMALL.keys() - set(NEEDS_USER)))
def test_an_item_that_came_later_is_passed_over(kind):
    model = fitted(kind, toy_dataset())
    known, newer = (Query(history=np.array([0, 1, *more], np.int32)) for more in ((), (99,)))
    assert model.score([known]).tobytes() == model.score([newer]).tobytes()
    assert not model.knows(Query(history=np.array([99], np.int32)))


@pytest.mark.parametrize("kind", SMALL)
def test_another_seed_gives_another_model(kind):
    dataset = toy_dataset()
    first, second = fitted(kind, dataset), fitted(kind, dataset, Fitting(seed=1, device="cpu", is_quiet=True))
    queries = [dataset.query(0)]
    assert first.score(queries).tobytes() != second.score(queries).tobytes()
    assert (first.course and first.course.seed, second.course and second.course.seed) == (0, 1)


def test_heads_must_share_the_size():
    with pytest.raises(ValueError, match="embedding_size 64 is no multiple of n_heads 3"):
        SASRecSettings(n_heads=3)


def test_what_early_stopping_sees_is_the_mean_over_the_holdout():
    parted = split(checkerboard(6, 12)[0], LeaveOneOut())
    model = fitted("sasrec", parted.train, Fitting(device="cpu", is_quiet=True, validation=parted.validation))
    lists = model.recommend(parted.validation.queries(), k=10).items
    places = [row.tolist().index(target) for row, target in zip(lists, parted.validation.items, strict=True)]
    assert model.course is not None
    assert model.course.best == (
        model.course.best_epoch,
        pytest.approx(np.mean([1 / np.log2(place + 2) for place in places])),
    )


def test_a_validation_without_targets_is_none():
    parted = split(toy_dataset(), LeaveOneOut())
    empty = replace(parted.validation, **{
        name: getattr(parted.validation, name)[:0] for name in ("users", "items", "rows")
    }, indptr=np.zeros(1, np.int64))  # fmt: skip
    model = fitted("sasrec", parted.train, Fitting(device="cpu", is_quiet=True, validation=empty))
    assert model.course is not None
    assert (model.course.epochs, model.course.validations) == (2, [])
