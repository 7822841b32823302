"""The model's state while it decodes: one prefill a prompt, shared out to the rows of its replies."""

import inspect
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from transformers.cache_utils import DynamicLayer

from genrec.errors import UsageError


class RoomyLayer(DynamicLayer):  # type: ignore[misc]
    """A layer of keys and values `[rows, heads, length, d]` with room for what is still to come.

    transformers' own layer concatenates at every step, which took 40 % of a step of ten rows.
    """

    def __init__(self, prefilled: DynamicLayer, *, repeats: int, room: int) -> None:
        super().__init__()
        self.dtype, self.device, self.is_initialized = prefilled.dtype, prefilled.device, True
        self.prompt_length: int = prefilled.get_seq_length()
        self._length: int = self.prompt_length
        assert prefilled.keys is not None
        assert prefilled.values is not None
        self._room_for_keys = _with_room(prefilled.keys, repeats, room)
        self._room_for_values = _with_room(prefilled.values, repeats, room)

    def update(
        self, key_states: Tensor, value_states: Tensor, *_: object, **__: object
    ) -> tuple[Tensor, Tensor]:
        """Add a step's keys and values; give all so far, without copying."""
        end = self._length + key_states.shape[-2]
        self._room_for_keys[:, :, self._length : end] = key_states
        self._room_for_values[:, :, self._length : end] = value_states
        self._length = end
        return self._room_for_keys[:, :, :end], self._room_for_values[:, :, :end]

    def get_seq_length(self) -> int:
        """Length so far."""
        return self._length

    def keep_of_replies(self, places: Tensor) -> None:
        """Of what follows the prompt, keep these places, in this order."""
        end = self.prompt_length + len(places)
        for room in (self._room_for_keys, self._room_for_values):
            room[:, :, self.prompt_length : end] = room[:, :, self.prompt_length + places]
        self._length = end

    def batch_select_indices(self, indices: Tensor) -> None:
        """Keep these rows, in this order."""
        self._room_for_keys = self._room_for_keys[indices]
        self._room_for_values = self._room_for_values[indices]

    def select_replies(self, indices: Tensor) -> None:
        """The same where every row takes the place of one with the same prompt: the prompts stay in place.

        Copying whole rows took 22 % of a beam search of four prompts of 143 tokens.
        """
        for room in (self._room_for_keys, self._room_for_values):
            replies = room[:, :, self.prompt_length : self._length]
            replies.copy_(replies[indices])


def _with_room(states: Tensor, repeats: int, room: int) -> Tensor:
    rows, heads, length, size = states.shape
    roomy = states.new_empty(rows, repeats, heads, length + room, size)
    roomy[:, :, :, :length] = states[:, None]
    return roomy.flatten(0, 1)


class DecodingState:
    """Rows being decoded: cache, attention mask and positions, `repeats` rows for each prompt.

    Args:
        model: a transformers causal language model.
        prompts: token ids of each prompt. What all of them begin with, such as a system turn and examples, is
            run once; the rest of each is padded, on its left, to the longest.
        repeats: rows for each prompt.
        room: steps to come at most.
    """

    def __init__(self, model: Any, prompts: Sequence[list[int]], *, repeats: int, room: int) -> None:
        self._model = model
        self._takes = frozenset(inspect.signature(model.forward).parameters)
        self._cache: Any = None
        shared = _shared_length(prompts)
        ids, mask = _padded([prompt[shared:] for prompt in prompts], shared)
        positions = (mask.cumsum(1) - 1).clamp(min=0)
        self._mask: Tensor | None = None
        if shared:
            self._positions = positions[:1, :shared].to(model.device)
            self._forward(torch.tensor([prompts[0][:shared]], device=model.device))
            self._repeat_cache(len(prompts))
        self._mask = None if bool(mask.all()) else mask.to(model.device)
        self._positions = positions[:, shared:].to(model.device)
        self.first_logits = self._forward(ids.to(model.device))[:, -1]
        """`[len(prompts), vocabulary]`: what follows each prompt."""
        self._prompt_of = [prompt for prompt in range(len(prompts)) for _ in range(repeats)]
        self._share(repeats, room)

    def step(self, tokens: Tensor) -> Tensor:
        """Run the model on tokens `[rows, 1]`; logits of what follows, float32 `[rows, vocabulary]`."""
        self._positions = self._positions[:, -1:] + 1
        if self._mask is not None:
            self._mask = torch.cat([self._mask, self._mask.new_ones(len(tokens), 1)], dim=1)
        return self._forward(tokens)[:, -1]

    def branch(self, tokens: Tensor, *, depths: Tensor, sees: Tensor) -> Tensor:
        """Run tokens that continue every prompt side by side; logits `[n_prompts, n, vocabulary]`.

        Args:
            tokens: `[n]`.
            depths: `[n]`: how far behind the prompt each stands.
            sees: `[n, n_kept + n]`: which of those kept since the prompt, and of these, each attends to.
        """
        n_prompts, dtype = len(self._positions), self._model.dtype
        mask = torch.cat(
            [self._sees_prompt().expand(-1, len(tokens), -1), sees.expand(n_prompts, -1, -1)], dim=2
        )
        hidden = torch.zeros(mask.shape, dtype=dtype, device=mask.device).masked_fill_(
            ~mask, torch.finfo(dtype).min
        )
        return self._run(
            tokens.expand(n_prompts, -1),
            mask=hidden.unsqueeze(1),
            positions=self._positions[:, -1:] + depths,
            last=0,
        )

    def keep(self, places: Tensor) -> None:
        """Of what was run behind the prompts, keep these places, in this order.

        Raises:
            UsageError: the model forgets some of what came before, so that no place can be kept.
        """
        for layer in self._cache.layers:
            if not isinstance(layer, RoomyLayer) or "position_ids" not in self._takes:
                raise UsageError(
                    "this model cannot score all titles at once",
                    why="it has a sliding window, a recurrent state, or takes no positions",
                    next_step="rank titles by beams, or take a model with plain attention",
                )
            layer.keep_of_replies(places)

    def _sees_prompt(self) -> Tensor:
        if self._mask is None:
            length = self._cache.layers[0].prompt_length
            return torch.ones(
                len(self._positions), 1, length, dtype=torch.bool, device=self._positions.device
            )
        return self._mask.bool().unsqueeze(1)

    def _forward(self, tokens: Tensor) -> Tensor:
        return self._run(tokens, mask=self._mask, positions=self._positions, last=1)

    def _run(self, tokens: Tensor, *, mask: Tensor | None, positions: Tensor, last: int) -> Tensor:
        """Logits, float32, of the last tokens; of all of them where `last` is 0."""
        inputs = {
            "attention_mask": mask,
            "position_ids": positions,
            "past_key_values": self._cache,
            "use_cache": True,
            "logits_to_keep": last,
        }
        taken = {name: value for name, value in inputs.items() if name in self._takes}
        out = self._model(input_ids=tokens, **taken)
        self._cache = out.past_key_values
        logits: Tensor = out.logits[:, -last:].float()
        return logits

    def select(self, rows: Sequence[int]) -> None:
        """Keep these rows, in this order; a row may stand there more than once."""
        if list(rows) == list(range(len(self._positions))):
            return
        indices = torch.tensor(rows, device=self._positions.device)
        prompts = [self._prompt_of[row] for row in rows]
        same_prompts, self._prompt_of = prompts == self._prompt_of, prompts
        if not same_prompts:
            self._positions = self._positions[indices]
            if self._mask is not None:
                self._mask = self._mask[indices]
        for layer in self._cache.layers:
            if same_prompts and isinstance(layer, RoomyLayer):
                layer.select_replies(indices)
            else:
                layer.batch_select_indices(indices)

    def _repeat_cache(self, repeats: int) -> None:
        self._cache.batch_repeat_interleave(repeats)

    def _share(self, repeats: int, room: int) -> None:
        for number, layer in enumerate(self._cache.layers):
            if type(layer) is DynamicLayer:
                self._cache.layers[number] = RoomyLayer(layer, repeats=repeats, room=room)
            else:  # a sliding window or a recurrent state keeps its own way
                layer.batch_repeat_interleave(repeats)
        self._positions = self._positions.repeat_interleave(repeats, dim=0)
        if self._mask is not None:
            self._mask = self._mask.repeat_interleave(repeats, dim=0)


def _shared_length(prompts: Sequence[list[int]]) -> int:
    """How many tokens all prompts begin with, short of a whole prompt; 0 where sharing them saves nothing."""
    if len(prompts) == 1:
        return 0
    first, last = min(prompts), max(prompts)  # in this order all others lie between
    same = next((at for at, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))
    return min(same, min(len(prompt) for prompt in prompts) - 1)


def _padded(rests: Sequence[list[int]], shared: int) -> tuple[Tensor, Tensor]:
    """Ids `[n, longest]` padded left, and the mask `[n, shared + longest]` of the whole prompts."""
    longest = max(len(rest) for rest in rests)
    ids = torch.zeros(len(rests), longest, dtype=torch.long)
    mask = torch.zeros(len(rests), shared + longest, dtype=torch.long)
    mask[:, :shared] = 1
    for row, rest in enumerate(rests):
        ids[row, longest - len(rest) :] = torch.tensor(rest)
        mask[row, shared + longest - len(rest) :] = 1
    return ids, mask
