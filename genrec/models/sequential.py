"""What models of sequences share: their loss, their batches, and reading histories for scores."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from genrec.data.interactions import Interactions
from genrec.models.base import known_history
from genrec.models.settings import SequenceSettings
from genrec.training.loop import Epoch, Network
from genrec.training.losses import gsasrec_loss, sampled_softmax_loss, softmax_loss
from genrec.training.sequences import Stretches, padded_histories
from genrec.types import Query

READ_AT_ONCE = 2**11
"""Events, padding included, that a network reads at once for scores: what bounds its memory."""


def next_item_loss(settings: SequenceSettings, hidden: Tensor, items: Tensor, targets: Tensor) -> Tensor:
    """The loss the settings name: `hidden` `[n, d]`, `items` `[n_items, d]`, `targets` int64 `[n]`."""
    match settings.loss:
        case "ce":
            return softmax_loss(hidden, items, targets)
        case "sampled":
            return sampled_softmax_loss(hidden, items, targets, n_negatives=settings.n_negatives)
        case "gsasrec":
            return gsasrec_loss(
                hidden,
                items,
                targets,
                n_negatives=settings.n_negatives,
                calibration=settings.calibration,
            )


def next_item_epoch(settings: SequenceSettings, events: Interactions) -> Epoch:
    """Batches of stretches of the histories, every place with the item that came next."""
    stretches = Stretches.of(events, settings.max_length)
    return lambda rng: stretches.batches(rng, settings.batch_size)


def last_states(network: Network, queries: Sequence[Query], *, n_items: int, max_length: int) -> Tensor:
    """What a causal network says after each history, `[len(queries), size]`.

    Only items that were there when the model was fitted are read; histories of like length together.
    """
    histories = [known_history(query, n_items)[-max_length:] for query in queries]
    lengths = np.array([max(1, len(each)) for each in histories], np.int64)
    order = np.argsort(lengths, kind="stable")
    device = next(network.parameters()).device
    states = []
    for rows in _in_parts(order, lengths):
        inputs, last = padded_histories([histories[row] for row in rows], max_length)
        read = network(inputs.to(device))
        states.append(read[torch.arange(len(rows), device=device), last.to(device)])
    return torch.cat(states)[torch.from_numpy(np.argsort(order)).to(device)]


def _in_parts(order: np.ndarray, lengths: np.ndarray) -> list[np.ndarray]:
    part = np.cumsum(lengths[order]) // READ_AT_ONCE
    return np.split(order, np.flatnonzero(np.diff(part)) + 1)
