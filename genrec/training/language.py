"""A causal language model in the training loop: the loss on target tokens alone.

The logits of a prompt's tokens are the largest tensor of a step, and nothing is learnt from them; here they
are never made.
"""

from typing import Any

import torch.nn.functional as F
from torch import Tensor

from genrec.training.loop import Batch, Network


class LanguageNetwork(Network):
    """A transformers causal language model, with or without an adapter of peft around it."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model
        self.blocks = tuple(model._no_split_modules or ())

    def loss(self, *batch: Tensor) -> Tensor:
        """Mean cross-entropy over the targets of ids int64 `[n, length]` and targets bool `[n, length]`.

        A target is predicted from the place before it, so the first of a row never counts.
        """
        ids, is_target = batch
        wanted = is_target[:, 1:]
        return F.cross_entropy(self.logits(ids[:, :-1], wanted).float(), ids[:, 1:][wanted])

    def part(self, batch: Batch, nth: int, *, of: int) -> tuple[Batch, float]:
        """Every so manieth row, which counts by its targets; a process without a row gets one at share 0."""
        ids, is_target = batch
        rows = slice(nth, None, of) if nth < len(ids) else slice(1)
        share = is_target[rows, 1:].sum() / is_target[:, 1:].sum() if nth < len(ids) else 0
        return (ids[rows], is_target[rows]), float(share)

    def logits(self, ids: Tensor, places: Tensor) -> Tensor:
        """What follows each of the places `[n, length]` of `ids`, `[places.sum(), vocabulary]`."""
        plain = self.model.get_base_model() if hasattr(self.model, "peft_config") else self.model
        hidden = plain.base_model(input_ids=ids, use_cache=False).last_hidden_state
        out: Tensor = plain.get_output_embeddings()(hidden[places])
        return out
