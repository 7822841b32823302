"""Each loss against the formula written out, in double precision where that is possible."""

import math

import pytest
import torch
import torch.nn.functional as F

from genrec.training import losses
from genrec.training.losses import gsasrec_loss, sampled_softmax_loss, softmax_loss

N_ITEMS, SIZE = 23, 5


def drawn(n: int = 17) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    made = torch.Generator().manual_seed(0)
    hidden = torch.randn(n, SIZE, generator=made, dtype=torch.float64)
    items = torch.randn(N_ITEMS, SIZE, generator=made, dtype=torch.float64)
    targets = torch.randint(N_ITEMS, (n,), generator=made)
    return hidden.requires_grad_(), items.requires_grad_(), targets


@pytest.mark.parametrize("rows", [1, 4, 17, 1000])
def test_softmax_loss_and_its_gradients_equal_torch_whatever_the_chunks(monkeypatch, rows):
    monkeypatch.setattr(losses, "CPU_CHUNK_BYTES", rows * 4 * N_ITEMS)
    hidden, items, targets = (each.detach().float() if each.is_floating_point() else each for each in drawn())
    hidden.requires_grad_(), items.requires_grad_()
    # the factor shows that the gradients take what comes after into account
    found = torch.autograd.grad(3 * softmax_loss(hidden, items, targets), (hidden, items))
    naive = 3 * F.cross_entropy(hidden @ items.T, targets)
    expected = torch.autograd.grad(naive, (hidden, items))
    assert 3 * softmax_loss(hidden, items, targets).item() == pytest.approx(naive.item(), rel=1e-6)
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-6)


def test_softmax_loss_in_bf16_is_near():
    hidden, items, targets = (each.detach().float() if each.is_floating_point() else each for each in drawn())
    hidden.requires_grad_(), items.requires_grad_()
    with torch.autocast("cpu", torch.bfloat16):
        loss = softmax_loss(hidden, items, targets)
    assert loss.dtype == torch.float32
    loss.backward()
    exact = F.cross_entropy(hidden @ items.T, targets)
    assert loss.item() == pytest.approx(exact.item(), rel=0.02)
    wanted = torch.autograd.grad(exact, (hidden, items))
    for one, other in zip((hidden.grad, items.grad), wanted, strict=True):
        torch.testing.assert_close(one, other, rtol=0.1, atol=0.01)


def test_a_hopeless_target_gives_a_finite_loss():
    hidden, items = torch.tensor([[1000.0]]), torch.tensor([[1.0], [-1.0]])
    assert math.isfinite(softmax_loss(hidden, items, torch.tensor([1])).item())


def shared_negatives(n: int) -> torch.Tensor:
    torch.manual_seed(7)
    negatives = torch.randint(N_ITEMS, (n,))
    torch.manual_seed(7)  # the loss draws the same
    return negatives


def test_sampled_softmax_equals_the_sum_written_out():
    hidden, items, targets = drawn()
    negatives = shared_negatives(6)
    found = sampled_softmax_loss(hidden, items, targets, n_negatives=6).item()
    expected = []
    for state, target in zip(hidden, targets, strict=True):
        up = math.exp((state @ items[target]).item())
        others = sum(math.exp((state @ items[each]).item()) for each in negatives if each != target)
        expected.append(-math.log(up / (up + others * (N_ITEMS - 1) / 6)))
    assert found == pytest.approx(sum(expected) / len(expected), rel=1e-5)


def chance(product: float) -> float:
    return 1 / (1 + (N_ITEMS - 1) * math.exp(-product))


def test_gsasrec_equals_the_sum_written_out():
    hidden, items, targets = drawn()
    negatives = shared_negatives(6)
    found = gsasrec_loss(hidden, items, targets, n_negatives=6, calibration=0.75).item()
    alpha = 6 / (N_ITEMS - 1)
    beta = alpha * (0.75 * (1 - 1 / alpha) + 1 / alpha)
    expected = []
    for state, target in zip(hidden, targets, strict=True):
        up = chance((state @ items[target]).item())
        others = [chance((state @ items[each]).item()) for each in negatives if each != target]
        expected.append(-(math.log(up**beta) + sum(math.log(1 - each) for each in others)) / 7)
    assert found == pytest.approx(sum(expected) / len(expected), rel=1e-5)


def test_gsasrec_without_calibration_is_binary_cross_entropy():
    hidden, items, targets = drawn()
    negatives = shared_negatives(1)
    keep = targets != negatives
    hidden, targets = hidden[keep], targets[keep]
    found = gsasrec_loss(hidden, items, targets, n_negatives=1, calibration=0.0)
    up, down = (hidden * items[targets]).sum(1), hidden @ items[negatives[0]]
    up, down = up - math.log(N_ITEMS - 1), down - math.log(N_ITEMS - 1)
    expected = F.binary_cross_entropy_with_logits(
        torch.cat([up, down]), torch.cat([torch.ones_like(up), torch.zeros_like(down)])
    )
    assert found.item() == pytest.approx(expected.item(), rel=1e-5)
