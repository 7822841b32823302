"""What models of sequences share: their loss, their batches, and reading histories for scores."""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from genrec.data.interactions import Interactions
from genrec.models.base import known_history
from genrec.models.settings import SequenceSettings
from genrec.training.loop import Epoch, Network
from genrec.training.losses import gsasrec_loss, sampled_softmax_loss, softmax_loss
from genrec.training.sequences import Stretches, padded
from genrec.types import ItemArray, Query

Read = Callable[[Tensor, Tensor], Tensor]
"""From padded histories int64 `[n, length]` and the place of the last item, `[n]`, both on the CPU, to what
the network says at every place, `[n, length, size]`."""

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


def newest(queries: Sequence[Query], *, n_items: int, max_length: int) -> list[ItemArray]:
    """The end of each history, of items that were there when the model was fitted."""
    return [known_history(query, n_items)[-max_length:] for query in queries]


def next_item_scores(network: Network, items: Tensor, queries: Sequence[Query], max_length: int) -> Tensor:
    """The products of what `network` says at the end of each history and the item vectors `[n_items, d]`."""
    histories = newest(queries, n_items=len(items), max_length=max_length)
    return last_states(lambda inputs, _: network(inputs.to(items.device)), histories) @ items.T


def last_states(read: Read, histories: Sequence[ItemArray]) -> Tensor:
    """What a network says at the end of each history, `[len(histories), size]`.

    Those of like length are read together.
    """
    lengths = np.array([max(1, len(each)) for each in histories], np.int64)
    order = np.argsort(lengths, kind="stable")
    part = np.cumsum(lengths[order]) // READ_AT_ONCE
    states = []
    for rows in np.split(order, np.flatnonzero(np.diff(part)) + 1):
        inputs, last = padded([histories[row] for row in rows])
        states.append(read(inputs, last)[torch.arange(len(rows)), last])
    said = torch.cat(states)
    return said[torch.from_numpy(np.argsort(order)).to(said.device)]
