"""Beam search."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch

from genrec.generation.base import Decoding, Generation
from genrec.generation.cache import DecodingState
from genrec.generation.replies import Endings


class _Beam(NamedTuple):
    tokens: list[int]
    score: float
    """Summed log-probability."""

    def value(self, penalty: float) -> float:
        return float(self.score / len(self.tokens) ** penalty)


class _Search:
    """The beams of one prompt: `n` that run on, and the best `n` that have ended."""

    def __init__(self, n: int, penalty: float) -> None:
        self.n = n
        self.penalty = penalty
        self.running = [_Beam([], 0.0)]
        self.ended: list[_Beam] = []

    def extend(self, candidates: Sequence[tuple[int, int, float]], endings: Endings) -> list[int]:
        """Take the best continuations `(running beam, token, score)`; which beams the new ones continue."""
        parents: list[int] = []
        running: list[_Beam] = []
        for rank, (parent, token, score) in enumerate(candidates):
            beam = _Beam([*self.running[parent].tokens, token], score)
            if endings.ends(beam.tokens):
                self.ended += [beam] * (rank < self.n)  # those below only stand in for the ones that ended
            elif len(running) < self.n:
                running.append(beam)
                parents.append(parent)
        self.ended = sorted(self.ended, key=lambda beam: -beam.value(self.penalty))[: self.n]
        self.running = running
        return parents

    @property
    def is_over(self) -> bool:
        """No running beam left, or none that is better than the worst ended one of a full list."""
        if not self.running or len(self.ended) < self.n:
            return not self.running
        return self.running[0].value(self.penalty) <= self.ended[-1].value(self.penalty)


def beam_search(
    model: Any, prompts: Sequence[list[int]], *, decoding: Decoding, endings: Endings
) -> list[list[Generation]]:
    """The `decoding.n` best replies to each prompt, the best first.

    Equal to transformers' `generate(num_beams=n, early_stopping=False)` with the same length penalty.
    """
    n = decoding.n
    state = DecodingState(model, prompts, repeats=n, room=decoding.max_tokens)
    searches = [_Search(n, decoding.length_penalty) for _ in prompts]
    live = list(range(len(prompts)))
    starts = list(range(0, len(prompts) * n, n))
    logits = state.first_logits
    while True:
        tokens: list[int] = []
        rows: list[int] = []
        going: list[int] = []
        going_starts: list[int] = []
        for number, start, candidates in zip(live, starts, _best(logits, searches, live), strict=True):
            search = searches[number]
            parents = search.extend(candidates, endings)
            if not search.is_over:
                going.append(number)
                going_starts.append(len(rows))
                rows += [start + parent for parent in parents]
                tokens += [beam.tokens[-1] for beam in search.running]
        if not going:
            break
        endings.check_deadline()
        live, starts = going, going_starts
        state.select(rows)
        logits = state.step(torch.tensor(tokens, device=logits.device).unsqueeze(1))
    return [[endings.generation(beam.tokens, beam.score) for beam in search.ended] for search in searches]


def _best(
    logits: torch.Tensor, searches: Sequence[_Search], live: Sequence[int]
) -> list[list[tuple[int, int, float]]]:
    """The best continuations of each live search: enough that `n` are left when those that end are out."""
    vocabulary = logits.shape[1]
    scores = logits.log_softmax(dim=-1)
    found, start = [], 0
    for number in live:
        search = searches[number]
        so_far = torch.tensor([beam.score for beam in search.running], device=scores.device)
        part = scores[start : start + len(search.running)] + so_far.unsqueeze(1)
        best = part.flatten().topk(min(2 * search.n, part.numel()))
        places = best.indices.tolist()
        found.append(
            [
                (at // vocabulary, at % vocabulary, score)
                for at, score in zip(places, best.values.tolist(), strict=True)
            ]
        )
        start += len(search.running)
    return found
