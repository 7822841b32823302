"""Each network against its formula, written out without the layers it is made of."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from genrec.models.base import user_item_matrix
from genrec.models.bert4rec import BERT4RecNetwork, gaps_of
from genrec.models.bpr_mf import BPRMFNetwork
from genrec.models.gru4rec import GRU4RecNetwork
from genrec.models.lightgcn import Graph, LightGCNNetwork
from genrec.models.mult_vae import MultVAE, MultVAENetwork
from genrec.models.neumf import NeuMFNetwork
from genrec.models.settings import (
    BERT4RecSettings,
    BPRMFSettings,
    GRU4RecSettings,
    LightGCNSettings,
    MultVAESettings,
    NeuMFSettings,
)
from genrec.testing.data import toy_dataset
from genrec.types import Query

USERS = np.array([2, 0, 5], np.int64)


def stirred(network):
    """In evaluation mode, and as far from its first draw as a trained one."""
    torch.manual_seed(0)
    with torch.no_grad():
        for each in network.parameters():
            each.add_(torch.randn(each.shape), alpha=0.3)
    return network.eval()


def test_gru4rec_equals_the_recurrence_step_by_step():
    network = stirred(GRU4RecNetwork(GRU4RecSettings(embedding_size=4, hidden_size=6), 9))
    inputs = torch.tensor([[3, 1, 8, 1], [2, 0, 0, 0]])
    w_in, w_state, b_in, b_state = network.gru.all_weights[0]
    for row, found in zip(inputs, network(inputs), strict=True):
        state = torch.zeros(6)
        for item, said in zip(row, found, strict=True):
            from_input = (w_in @ network.items.weight[item] + b_in).chunk(3)
            from_state = (w_state @ state + b_state).chunk(3)
            reset, update = (torch.sigmoid(from_input[gate] + from_state[gate]) for gate in (0, 1))
            new = torch.tanh(from_input[2] + reset * from_state[2])
            state = (1 - update) * new + update * state
            out = network.back.weight @ state + network.back.bias
            out = (out - out.mean()) / (out.var(unbiased=False) + network.norm.eps).sqrt()
            torch.testing.assert_close(said, out * network.norm.weight + network.norm.bias, atol=1e-5, rtol=0)


def test_gru4rec_says_the_same_whatever_follows():
    network = stirred(GRU4RecNetwork(GRU4RecSettings(embedding_size=4, hidden_size=6), 9))
    one, other = torch.tensor([[3, 1, 8, 1]]), torch.tensor([[3, 1, 0, 0]])
    torch.testing.assert_close(network(one)[:, :2], network(other)[:, :2])


def mult_vae() -> MultVAENetwork:
    settings = MultVAESettings(
        embedding_size=3, hidden_size=4, dropout=0.0, kl_cap=0.5, kl_steps=10, recency=0.8
    )
    return stirred(MultVAENetwork(settings, 6))


def test_the_bound_of_mult_vae_equals_its_formula(monkeypatch):
    network = mult_vae()
    network.steps.fill_(4)  # two fifths of the way to 0.5
    dense = torch.tensor([[1.0, 0, 1, 1, 0, 0], [0, 0, 0, 0, 1, 0]])
    noise = torch.tensor([[0.3, -1.0, 0.2], [1.5, 0.1, -0.4]])
    monkeypatch.setattr(torch, "randn_like", lambda each: noise)
    found = network.loss(torch.tensor([0, 2, 3, 4]), torch.tensor([0, 3, 4]), torch.ones(4))

    hidden = torch.tanh(F.normalize(dense) @ network.read.weight + network.read_bias)
    code = hidden @ network.to_code.weight.T + network.to_code.bias
    mean, log_variance = code[:, :3], code[:, 3:]
    drawn = mean + noise * torch.exp(log_variance / 2)
    back = torch.tanh(drawn @ network.write.weight.T + network.write.bias)
    logits = back @ network.to_items.weight.T + network.to_items.bias
    likelihood = (dense * torch.log(torch.exp(logits) / torch.exp(logits).sum(1, keepdim=True))).sum(1)
    prior = torch.distributions.Normal(torch.zeros(2, 3), torch.ones(2, 3))
    posterior = torch.distributions.Normal(mean, torch.exp(log_variance / 2))
    divergence = torch.distributions.kl_divergence(posterior, prior).sum(1)
    assert found.item() == pytest.approx((0.2 * divergence - likelihood).mean().item(), rel=1e-5)


def test_the_divergence_is_annealed_evenly_to_its_cap():
    network = mult_vae()
    seen = []
    for steps in (0, 5, 10, 99):
        network.steps.fill_(steps)
        seen.append(network.anneal)
    assert seen == [0.0, 0.25, 0.5, 0.5]
    network.loss(torch.tensor([0]), torch.tensor([0, 1]), torch.ones(1))
    assert int(network.steps) == 100


def test_mult_vae_scores_are_of_the_mean_code_without_noise():
    model = MultVAE(mult_vae().settings, np.ones(6, np.float32), np.ones(6, np.bool_), network := mult_vae())
    query = Query(history=np.array([1, 4], np.int32))
    dense = torch.tensor([[0, 0.8, 0, 0, 1.0, 0]])  # the newest of two counts fully, at a recency of 0.8
    hidden = torch.tanh(F.normalize(dense) @ network.read.weight + network.read_bias)
    mean = (hidden @ network.to_code.weight.T + network.to_code.bias)[:, :3]
    logits = torch.tanh(mean @ network.write.weight.T + network.write.bias) @ network.to_items.weight.T
    expected = (logits + network.to_items.bias).detach().numpy()
    np.testing.assert_allclose(model.score([query]), expected, rtol=1e-5)
    # a history that is empty is no fault
    assert np.isfinite(model.score([query, Query()])).all()


@pytest.mark.parametrize("part", ["gmf", "mlp", "fusion"])
def test_neumf_equals_the_layers_over_both_vectors_side_by_side(part):
    network = stirred(NeuMFNetwork(NeuMFSettings(embedding_size=4, part=part), USERS, 5))
    first = torch.cat([network.from_user.weight, network.from_item.weight], dim=1)
    catalogue = network.catalogue(torch.arange(3))
    for user in range(3):
        for item in range(5):
            product = network.gmf_users.weight[user] * network.gmf_items.weight[item]
            both = torch.cat([network.mlp_users.weight[user], network.mlp_items.weight[item]])
            hidden = torch.relu(first @ both + network.from_user.bias)
            hidden = torch.relu(network.deeper.weight @ hidden + network.deeper.bias)
            if part == "gmf":
                hidden = torch.zeros_like(hidden)
            if part == "mlp":
                product = torch.zeros_like(product)
            logit = network.to_score.weight[0] @ torch.cat([product, hidden]) + network.to_score.bias[0]
            found = network(torch.tensor([user]), torch.tensor([item]))
            assert found.item() == pytest.approx(logit.item(), abs=1e-5)
            assert catalogue[user, item].item() == pytest.approx(logit.item(), abs=1e-5)


def test_neumf_loss_is_binary_cross_entropy_of_pairs_and_negatives():
    network = stirred(NeuMFNetwork(NeuMFSettings(embedding_size=4), USERS, 5))
    found = network.loss(torch.tensor([0, 2]), torch.tensor([1, 4]), torch.tensor([[0, 3], [2, 2]]))
    pairs = [(0, 1, 1), (0, 0, 0), (0, 3, 0), (2, 4, 1), (2, 2, 0), (2, 2, 0)]
    expected = []
    for user, item, label in pairs:
        share = torch.sigmoid(network(torch.tensor([user]), torch.tensor([item]))).item()
        expected.append(-math.log(share if label else 1 - share))
    assert found.item() == pytest.approx(sum(expected) / 6, rel=1e-5)


def test_bpr_loss_equals_the_sum_written_out():
    network = stirred(BPRMFNetwork(BPRMFSettings(embedding_size=4, regularization=0.1), USERS, 5))
    found = network.loss(torch.tensor([0, 2]), torch.tensor([1, 4]), torch.tensor([[0, 3], [2, 2]]))
    scores = network(torch.arange(3))
    ranked = [
        -math.log(torch.sigmoid(scores[user, chosen] - scores[user, other]).item())
        for user, chosen, other in [(0, 1, 0), (0, 1, 3), (2, 4, 2), (2, 4, 2)]
    ]
    users, items = network.users.weight, network.items.weight
    drawn = [users[0], users[2], items[1], items[4], items[0], items[3], items[2], items[2]]
    prior = sum((each**2).sum().item() for each in drawn) / 2
    assert found.item() == pytest.approx(sum(ranked) / 4 + 0.1 * prior, rel=1e-5)


def lightgcn() -> tuple[LightGCNNetwork, np.ndarray]:
    matrix = user_item_matrix(toy_dataset())
    counts = np.diff(matrix.indptr).astype(np.int64)
    settings = LightGCNSettings(embedding_size=4, n_layers=3, regularization=0.1)
    network = stirred(LightGCNNetwork(settings, counts, matrix.shape[1]))
    network.graph = Graph.of(matrix)
    return network, matrix.toarray()


def dense_spread(network: LightGCNNetwork, chosen: np.ndarray) -> torch.Tensor:
    n_users, n_items = chosen.shape
    adjacency = np.zeros((n_users + n_items,) * 2)
    adjacency[:n_users, n_users:] = chosen
    adjacency += adjacency.T
    degree = adjacency.sum(0)
    scale = np.divide(1, np.sqrt(degree), out=np.zeros(len(degree)), where=degree > 0)
    laplacian = torch.from_numpy((scale[:, None] * adjacency * scale).astype(np.float32))
    layers = [network.vectors]
    for _ in range(3):
        layers.append(laplacian @ layers[-1])
    return torch.stack(layers).mean(0)


def test_lightgcn_spreads_as_a_dense_matrix_does_gradients_too():
    network, chosen = lightgcn()
    users, items = network()
    found, expected = torch.cat([users, items]), dense_spread(network, chosen)
    torch.testing.assert_close(found, expected, atol=1e-6, rtol=1e-5)
    towards = torch.randn(found.shape)
    gradients = [
        torch.autograd.grad((each * towards).sum(), network.vectors)[0] for each in (found, expected)
    ]
    torch.testing.assert_close(*gradients, atol=1e-6, rtol=1e-5)


def test_lightgcn_loss_ranks_spread_vectors_and_holds_the_others_short():
    network, chosen = lightgcn()
    found = network.loss(torch.tensor([0, 1]), torch.tensor([1, 2]), torch.tensor([[2], [4]]))
    spread, n_users = dense_spread(network, chosen), len(chosen)
    users, items = spread[:n_users], spread[n_users:]
    ranked = [
        -torch.log(torch.sigmoid(users[user] @ (items[chosen] - items[other]))).item()
        for user, chosen, other in [(0, 1, 2), (1, 2, 4)]
    ]
    drawn = network.vectors[[0, 1, *(n_users + each for each in (1, 2, 2, 4))]]
    expected = sum(ranked) / 2 + 0.1 * (drawn**2).sum().item() / 2
    assert found.item() == pytest.approx(expected, rel=1e-5)


@pytest.fixture
def bert() -> BERT4RecNetwork:
    return stirred(BERT4RecNetwork(BERT4RecSettings(embedding_size=8, max_length=6), 9))


def test_bert4rec_sees_both_sides_and_no_padding(bert):
    inputs, valid = torch.tensor([[1, 2, 3, 4]]), torch.tensor([[True, True, True, False]])
    later, padding = inputs.clone(), inputs.clone()
    later[0, 2], padding[0, 3] = 7, 7
    said = bert(inputs, valid)
    assert (said - bert(later, valid)).abs().amax(-1)[0, :3].min() > 1e-4
    torch.testing.assert_close(said[:, :3], bert(padding, valid)[:, :3])
    torch.testing.assert_close(said[:, :3], bert(inputs[:, :3], valid[:, :3]), atol=1e-5, rtol=0)


def test_bert4rec_is_asked_about_the_gaps_alone(bert):
    inputs = torch.tensor([[1, 9, 3, 0], [9, 2, 9, 4]])
    valid = torch.tensor([[True, True, True, False], [True, True, True, True]])
    gaps, targets = inputs == 9, torch.tensor([2, 1, 3])
    logits = bert(inputs, valid)[gaps] @ bert.items.weight[:9].T
    found = bert.loss(inputs, valid, gaps, targets)
    assert found.item() == pytest.approx(F.cross_entropy(logits, targets).item(), rel=1e-5)


def test_a_history_has_a_gap_and_some_only_at_the_end():
    lengths = np.random.default_rng(0).integers(1, 20, 3000)
    valid = np.arange(20) < lengths[:, None]
    gaps = gaps_of(valid, np.random.default_rng(0), 0.4)
    assert gaps.any(axis=1).all()
    assert not (gaps & ~valid).any()
    long = lengths > 12
    at_the_end = (gaps.sum(axis=1) == 1) & gaps[np.arange(3000), lengths - 1]
    assert at_the_end[long].mean() == pytest.approx(0.1, abs=0.03)
    assert gaps[long & ~at_the_end].sum() / lengths[long & ~at_the_end].sum() == pytest.approx(0.4, abs=0.02)
