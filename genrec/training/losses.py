"""Losses over the whole catalogue, or over a sample of it that a batch shares.

`hidden` float `[n, d]` are what the network says of each place, `items` `[n_items, d]` the vectors it is
multiplied with, `targets` int64 `[n]` the items that came. All give the mean over the places.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import FunctionCtx

CPU_CHUNK_BYTES = 4 * 2**20
"""Logits at once on a CPU: what stays in its cache from the product to the gradients."""

DEVICE_CHUNK_BYTES = 512 * 2**20


def softmax_loss(hidden: Tensor, items: Tensor, targets: Tensor) -> Tensor:
    """Cross-entropy against every item, never holding more than a chunk of the logits."""
    loss: Tensor = _SoftmaxLoss.apply(hidden, items, targets)  # type: ignore[no-untyped-call]
    return loss


class _SoftmaxLoss(torch.autograd.Function):
    """Makes the gradients in the forward pass, chunk by chunk, so that no logits wait for the backward."""

    @staticmethod
    def forward(ctx: FunctionCtx, hidden: Tensor, items: Tensor, targets: Tensor) -> Tensor:
        kind = hidden.device.type
        dtype = torch.get_autocast_dtype(kind) if torch.is_autocast_enabled(kind) else hidden.dtype
        with torch.autocast(kind, enabled=False):
            factor, table = hidden.to(dtype), items.to(dtype)
            to_hidden, to_items = torch.empty_like(factor), torch.zeros_like(items)
            nll = hidden.new_zeros((), dtype=torch.float32)
            limit = CPU_CHUNK_BYTES if kind == "cpu" else DEVICE_CHUNK_BYTES
            rows = max(1, limit // (4 * len(items)))
            for start in range(0, len(hidden), rows):
                part = factor[start : start + rows]
                wanted = targets[start : start + rows, None]
                share = torch.softmax((part @ table.T).float(), dim=1)  # [rows, n_items]
                chosen = share.gather(1, wanted)
                nll -= chosen.clamp_min(1e-38).log().sum()
                share.scatter_(1, wanted, chosen - 1)  # the gradient of the logits, times n
                share = share.to(dtype)
                to_hidden[start : start + rows] = share @ table
                if dtype == to_items.dtype:
                    to_items.addmm_(share.T, part)
                else:
                    to_items += share.T @ part
        ctx.save_for_backward(to_hidden.to(hidden.dtype), to_items)
        return nll / len(hidden)

    @staticmethod
    def backward(ctx: FunctionCtx, grad: Tensor) -> tuple[Tensor, Tensor, None]:
        to_hidden, to_items = ctx.saved_tensors  # type: ignore[attr-defined]
        scale = grad / len(to_hidden)
        return to_hidden * scale, to_items * scale, None


def sampled_softmax_loss(hidden: Tensor, items: Tensor, targets: Tensor, *, n_negatives: int) -> Tensor:
    """Cross-entropy against negatives drawn evenly, the same for the whole batch.

    Each negative stands for `n_items / n_negatives` of the catalogue, which makes the denominator that of the
    full softmax on average.
    """
    positive, negative = _sampled_logits(hidden, items, targets, n_negatives=n_negatives)
    negative = negative + math.log((len(items) - 1) / n_negatives)
    denominator = torch.logaddexp(positive, torch.logsumexp(negative, dim=1))
    return (denominator - positive).mean()


def gsasrec_loss(
    hidden: Tensor, items: Tensor, targets: Tensor, *, n_negatives: int, calibration: float
) -> Tensor:
    """Generalised binary cross-entropy, which undoes the overconfidence of sampling (gSASRec, equation 12).

    `calibration` is t of the paper: 0 is plain binary cross-entropy, 1 calibrated as the full softmax. A
    product of 0 stands for one chance in the catalogue, not for an even one, which changes no ranking: from
    even chances the first steps push all items down, and Adam's mean of squares remembers them for epochs.
    """
    positive, negative = (
        each - math.log(len(items) - 1)
        for each in _sampled_logits(hidden, items, targets, n_negatives=n_negatives)
    )
    share = min(1.0, n_negatives / (len(items) - 1))
    power = share * (calibration * (1 - 1 / share) + 1 / share)
    return (F.softplus(negative).sum(dim=1) - power * F.logsigmoid(positive)).mean() / (n_negatives + 1)


def _sampled_logits(
    hidden: Tensor, items: Tensor, targets: Tensor, *, n_negatives: int
) -> tuple[Tensor, Tensor]:
    """Of the targets `[n]` and of the negatives `[n, n_negatives]`; -inf where a negative is the target."""
    drawn = torch.randint(len(items), (n_negatives,), device=hidden.device)
    positive = (hidden * items[targets]).sum(dim=1)
    negative = hidden @ items[drawn].T
    return positive.float(), negative.float().masked_fill(drawn == targets[:, None], -math.inf)
