"""SASRec: causal, blind to padding and to its batch, and with a naive loss beside its own."""

from dataclasses import replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from genrec.models.base import Fitting
from genrec.models.sasrec import SASRec, SASRecNetwork
from genrec.models.settings import SASRecSettings
from genrec.testing.data import checkerboard
from genrec.training.sequences import Stretches
from genrec.types import Query


@pytest.fixture
def network() -> SASRecNetwork:
    torch.manual_seed(0)
    drawn = SASRecNetwork(SASRecSettings(embedding_size=16, max_length=12), 30)
    with torch.no_grad():
        for each in drawn.parameters():  # as far from the first draw as a trained one is
            each.add_(torch.randn(each.shape), alpha=0.3)
    return drawn.eval()


def test_what_comes_later_changes_nothing_before(network):
    inputs = torch.randint(30, (4, 12))
    changed = inputs.clone()
    changed[:, 7:] = (changed[:, 7:] + 5) % 30
    before, after = network(inputs), network(changed)
    torch.testing.assert_close(before[:, :7], after[:, :7], rtol=0, atol=1e-5)
    assert (before[:, 7:] - after[:, 7:]).abs().min(dim=-1).values.max() > 1e-3


def test_every_place_sees_all_that_came_before(network):
    inputs = torch.randint(30, (1, 12))
    for place in range(12):
        changed = inputs.clone()
        changed[0, place] = (changed[0, place] + 5) % 30
        moved = (network(inputs) - network(changed)).abs().amax(dim=-1)[0]
        assert (moved[:place] < 1e-5).all()
        assert (moved[place:] > 1e-5).all()


def test_padding_and_the_rest_of_the_batch_change_nothing(network):
    model = SASRec(network.settings, np.ones(30, np.float32), np.ones(30, np.bool_), network)
    rng = np.random.default_rng(0)
    queries = [Query(history=rng.integers(0, 30, n).astype(np.int32)) for n in (5, 1, 12, 40, 2, 7)]
    together = model.score(queries)
    for row, query in enumerate(queries):
        np.testing.assert_allclose(model.score([query])[0], together[row], rtol=1e-4, atol=1e-4)
        newest = replace(query, history=query.history[-12:])
        np.testing.assert_allclose(model.score([newest])[0], together[row], rtol=1e-4, atol=1e-4)


def test_the_loss_equals_one_place_at_a_time(network):
    """No padding, no batch, no chunk: each prefix alone, its last state against every item."""
    dataset, _ = checkerboard(5, 16)
    events = dataset.positives
    expected = []
    for user in range(5):
        history = torch.from_numpy(events.items[events.rows(user)].astype(np.int64))
        for place in range(1, len(history)):
            state = network(history[None, :place])[0, -1]
            expected.append(F.cross_entropy(network.items.weight @ state, history[place]))
    stretches = Stretches.of(events, 12)
    found = network.loss(*stretches.padded(np.arange(5)))
    assert found.item() == pytest.approx(torch.stack(expected).mean().item(), rel=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("loss", ["sampled", "gsasrec"])
def test_it_learns_the_checkerboard_from_samples(loss):
    dataset, held_out = checkerboard(20, 20)
    settings = SASRecSettings(
        embedding_size=32,
        epochs=40,
        batch_size=32,
        learning_rate=5e-3,
        dropout=0.1,
        loss=loss,
        n_negatives=10,
    )
    model = SASRec.fit(settings, dataset, Fitting(device="cpu", is_quiet=True))
    found = model.recommend([dataset.query(user) for user in range(20)], k=1)
    assert found.items[:, 0].tolist() == held_out.tolist()
