"""Sampled and greedy replies: every row of a batch on its own."""

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from genrec.generation.base import Decoding, Generation
from genrec.generation.cache import DecodingState
from genrec.generation.replies import Endings


def sample(
    model: Any, prompts: Sequence[list[int]], *, decoding: Decoding, endings: Endings
) -> list[list[Generation]]:
    """`decoding.n` replies to each prompt; the likeliest token at every step where the mode is greedy.

    The random numbers of a reply come from the seed, its prompt and its number alone, so neither the other
    prompts of the batch nor their order change it.
    """
    n = decoding.n
    uniforms = (
        None if decoding.mode == "greedy" else np.concatenate([noise(each, decoding) for each in prompts])
    )
    state = DecodingState(model, prompts, repeats=n, room=decoding.max_tokens)
    logits = state.first_logits.repeat_interleave(n, dim=0)
    tokens: list[list[int]] = [[] for _ in range(len(prompts) * n)]
    scores = [0.0] * len(tokens)
    live = list(range(len(tokens)))
    while True:
        drawn = (
            None
            if uniforms is None
            else torch.from_numpy(uniforms[live, len(tokens[live[0]])]).to(logits.device)
        )
        chosen, chosen_scores = _choose(logits, drawn, temperature=decoding.temperature)
        for row, token, score in zip(live, chosen.tolist(), chosen_scores.tolist(), strict=True):
            tokens[row].append(token)
            scores[row] += score
        going = [place for place, row in enumerate(live) if not endings.ends(tokens[row])]
        if not going:
            break
        endings.check_deadline()
        live = [live[place] for place in going]
        state.select(going)
        logits = state.step(chosen[going].unsqueeze(1))
    replies = [endings.generation(each, score) for each, score in zip(tokens, scores, strict=True)]
    return [replies[start : start + n] for start in range(0, len(replies), n)]


def noise(prompt: Sequence[int], decoding: Decoding) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Uniform numbers `[n, max_tokens]` of one prompt; those of reply i do not depend on n."""
    digest = hashlib.sha256(np.asarray(prompt, dtype=np.int64).tobytes()).digest()
    words = np.frombuffer(digest, dtype=np.uint32).tolist()
    rows = [np.random.default_rng([decoding.seed, row, *words]) for row in range(decoding.n)]
    return np.stack([row.random(decoding.max_tokens, dtype=np.float32) for row in rows])


def _choose(logits: Tensor, drawn: Tensor | None, *, temperature: float) -> tuple[Tensor, Tensor]:
    """A token of each row, by inverse transform of the uniforms, and its log-probability at temperature 1."""
    if drawn is None:
        chosen = logits.argmax(dim=-1)
    else:
        cumulated = torch.softmax(logits / temperature, dim=-1).cumsum(dim=-1)
        target = (drawn * cumulated[:, -1]).unsqueeze(1)
        chosen = torch.searchsorted(cumulated, target, right=True).squeeze(1).clamp(max=logits.shape[1] - 1)
    picked = logits.gather(1, chosen.unsqueeze(1)).squeeze(1)
    return chosen, picked - logits.logsumexp(dim=-1)
