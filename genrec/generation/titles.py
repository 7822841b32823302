"""Decoding held to the titles of a trie: by beams, and by drawing."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from genrec.compiling import compiled
from genrec.generation.base import Decoding, Generation
from genrec.generation.cache import DecodingState
from genrec.generation.replies import Endings
from genrec.generation.sampling import noise
from genrec.generation.trie import ROOT, Ints, Longs, TitleTrie
from genrec.heaps import best_of_row

Floats = NDArray[np.float32]


class Continuations(NamedTuple):
    """What may follow each of some nodes, all in one row."""

    offsets: Longs
    """`[n_nodes + 1]`: where those of a node begin."""
    nodes: Longs
    """`[n]`: which of the nodes each follows."""
    tokens: Ints
    children: Ints
    scores: Floats
    """Log-probability of each, given its node."""


def continuations(trie: TitleTrie, nodes: Ints, logits: Tensor, totals: Tensor) -> Continuations:
    """What may follow the nodes, under the model's distribution over its whole vocabulary.

    Args:
        trie: the titles.
        nodes: `[n]`, none a leaf.
        logits: `[n, vocabulary]`, of what follows each.
        totals: `[n]`, `logits.logsumexp(-1)`.
    """
    offsets, tokens, children = trie.allowed(nodes)
    rows = np.repeat(np.arange(len(nodes)), np.diff(offsets))
    where = torch.from_numpy(rows).to(logits.device), torch.from_numpy(tokens).to(logits.device)
    scores = (logits[where] - totals[where[0]]).cpu().numpy()
    return Continuations(offsets, rows, tokens, children, scores)


class TitleSearch:
    """Beams of one length for each prompt, and the best titles that beams have reached.

    A title is kept as soon as a running beam reaches its end, so ended titles take no beam's place. A beam
    that can no longer beat the last of `n` kept titles is dropped: a log-probability only falls.
    """

    def __init__(self, trie: TitleTrie, n_prompts: int, *, n: int, length_penalty: float) -> None:
        self._trie, self._n, self._penalty = trie, n, length_penalty
        self._length = 0
        self.nodes = np.full(n_prompts, ROOT, np.int32)
        self._scores = np.zeros(n_prompts, np.float32)
        self._starts = np.arange(n_prompts + 1)
        self.leaves = np.full((n_prompts, n), -1, np.int32)
        self.best = np.full((n_prompts, n), -np.inf, np.float32)
        """Log-probability over length to the penalty, of `leaves`."""

    def extend(self, logits: Tensor, totals: Tensor) -> tuple[Longs, Ints]:
        """Put the best token behind each beam: of which row each new beam is, and its token.

        Args:
            logits: `[n_beams, vocabulary]`.
            totals: `[n_beams]`, `logits.logsumexp(-1)`.
        """
        found = continuations(self._trie, self.nodes, logits, totals)
        scores = found.scores + self._scores[found.nodes]
        bounds = found.offsets[self._starts]
        self._length += 1
        ends = np.flatnonzero(found.tokens == self._trie.end)
        values = scores[ends] / np.float32(self._length**self._penalty)
        _keep(
            np.searchsorted(bounds, ends, side="right") - 1,
            values,
            found.children[ends],
            self.best,
            self.leaves,
        )
        scores[ends] = -np.inf
        chosen = self._chosen(scores, bounds)
        self.nodes, self._scores = found.children[chosen], scores[chosen]
        return found.nodes[chosen], found.tokens[chosen]

    def _chosen(self, scores: Floats, bounds: Longs) -> Longs:
        """The best of each prompt's candidates that may still beat what it has."""
        places, best = _best_of_ranges(scores, bounds, self._n)
        attainable = best / np.float32(self._trie.depth**self._penalty)
        goes_on = attainable > self.best[:, -1:]
        self._starts = np.concatenate([[0], goes_on.sum(axis=1).cumsum()])
        chosen: Longs = (places + bounds[:-1, None])[goes_on]
        return chosen


def title_beams(
    model: Any, prompts: Sequence[list[int]], trie: TitleTrie, *, decoding: Decoding, endings: Endings
) -> list[list[Generation]]:
    """The `decoding.n` best titles of each prompt that so many beams find, the best first."""
    n = decoding.n
    search = TitleSearch(trie, len(prompts), n=n, length_penalty=decoding.length_penalty)
    state = DecodingState(model, prompts, repeats=n, room=trie.depth)
    logits = state.first_logits
    rows, tokens = search.extend(logits, logits.logsumexp(-1))
    rows = rows * n
    while len(rows):
        endings.check_deadline()
        state.select(rows.tolist())
        logits = state.step(torch.from_numpy(tokens).to(logits.device).unsqueeze(1))
        rows, tokens = search.extend(logits, logits.logsumexp(-1))
    return [
        [
            _generation(trie, leaf, value, endings, length_penalty=decoding.length_penalty)
            for leaf, value in zip(leaves, values, strict=True)
            if leaf >= 0
        ]
        for leaves, values in zip(search.leaves.tolist(), search.best.tolist(), strict=True)
    ]


def title_samples(
    model: Any, prompts: Sequence[list[int]], trie: TitleTrie, *, decoding: Decoding, endings: Endings
) -> list[list[Generation]]:
    """`decoding.n` titles for each prompt, each token drawn among those that lead on to a title.

    The draw is renormalised over these at every step; the log-probability is not. Greedy takes the likeliest
    of these. The random numbers are those of free replies.
    """
    n = decoding.n
    uniforms = (
        None if decoding.mode == "greedy" else np.concatenate([noise(each, decoding) for each in prompts])
    )
    state = DecodingState(model, prompts, repeats=n, room=trie.depth)
    logits = state.first_logits.repeat_interleave(n, dim=0)
    nodes, scores = np.full(len(logits), ROOT, np.int32), np.zeros(len(logits), np.float32)
    live, length = np.arange(len(logits)), 0
    while True:
        found = continuations(trie, nodes[live], logits, logits.logsumexp(-1))
        drawn = None if uniforms is None else uniforms[live, length]
        chosen = _drawn(found.scores / np.float32(decoding.temperature), found.offsets, drawn)
        nodes[live] = found.children[chosen]
        scores[live] += found.scores[chosen]
        length += 1
        going = np.flatnonzero(found.tokens[chosen] != trie.end)
        if not len(going):
            break
        endings.check_deadline()
        live = live[going]
        state.select(going.tolist())
        logits = state.step(torch.from_numpy(found.tokens[chosen[going]]).to(logits.device).unsqueeze(1))
    replies = [
        _generation(trie, leaf, score, endings)
        for leaf, score in zip(nodes.tolist(), scores.tolist(), strict=True)
    ]
    return [replies[start : start + n] for start in range(0, len(replies), n)]


def _generation(
    trie: TitleTrie, leaf: int, value: float, endings: Endings, *, length_penalty: float = 0.0
) -> Generation:
    tokens = trie.path(leaf)
    score = min(value * len(tokens) ** length_penalty, 0.0)
    return Generation(endings.decode(tokens[:-1]), score, len(tokens), trie.items_at(leaf))


def _drawn(scores: Floats, offsets: Longs, uniforms: Floats | None) -> Longs:
    """One place of each range of `scores`, by inverse transform of the uniforms; the best where None."""
    if uniforms is None:
        return _best_of_ranges(scores, offsets, 1)[0][:, 0] + offsets[:-1]
    return _places_drawn(scores, offsets, uniforms)


@compiled
def _places_drawn(scores: Floats, offsets: Longs, uniforms: Floats) -> Longs:
    places = np.empty(len(uniforms), np.int64)
    for row in range(len(uniforms)):
        begin, stop = offsets[row], offsets[row + 1]
        cumulated = np.cumsum(np.exp((scores[begin:stop] - scores[begin:stop].max()).astype(np.float64)))
        place = np.searchsorted(cumulated, uniforms[row] * cumulated[-1], side="right")
        places[row] = begin + min(place, stop - begin - 1)
    return places


@compiled
def _best_of_ranges(scores: Floats, bounds: Longs, n: int) -> tuple[Longs, Floats]:
    """The places in its range, `[n_ranges, n]`, of each range's best scores, -inf left out, and these."""
    n_ranges = len(bounds) - 1
    places, best = np.zeros((n_ranges, n), np.int32), np.full((n_ranges, n), -np.inf, np.float32)
    heap = np.empty(n, np.int64)
    for row in range(n_ranges):
        best_of_row(scores[bounds[row] : bounds[row + 1]], heap, places[row], best[row])
    return places.astype(np.int64), best


@compiled
def _keep(rows: Longs, values: Floats, leaves: Ints, best: Floats, kept: Ints) -> None:
    """Put each leaf into its row of the best so far, in order; an equal one stays behind."""
    for number in range(len(rows)):
        row, value = rows[number], values[number]
        place = best.shape[1]
        while place > 0 and value > best[row, place - 1]:
            place -= 1
            if place + 1 < best.shape[1]:
                best[row, place + 1], kept[row, place + 1] = best[row, place], kept[row, place]
        if place < best.shape[1]:
            best[row, place], kept[row, place] = value, leaves[number]
