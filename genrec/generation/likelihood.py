"""The exact log-probability of every title of a trie, each node of which the model sees once a prompt."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from genrec.compiling import compiled
from genrec.generation.cache import DecodingState
from genrec.generation.trie import ROOT, Flags, Ints, Longs, TitleTrie

NODES_AT_ONCE = 256
CPU_LOGITS_AT_ONCE = 1 << 22
DEVICE_LOGITS_AT_ONCE = 1 << 28
Floats = NDArray[np.float32]


class _Window(NamedTuple):
    """Nodes to run together, behind those that lead to them from an earlier window."""

    nodes: Ints
    """`[n]`, in preorder."""
    depths: Ints
    kept: Longs
    """Places in the window before of the ancestors that this one begins with."""
    sees: Flags
    """`[n, len(kept) + n]`: which of kept ones and nodes each attends to, itself and its ancestors."""


def title_log_probabilities(
    model: Any, prompts: Sequence[list[int]], trie: TitleTrie, *, nodes_at_once: int | None = None
) -> Floats:
    """Log-probability `[len(prompts), n_items]` of each item's title, end token included; -inf if removed.

    The prompts' keys and values are shared by all nodes, and a node attends to its own ancestors by a mask: a
    cache of its own for every node would copy the whole prompt for it.

    Args:
        model: a transformers causal language model with plain attention to all that came before.
        prompts: token ids of each; they are run together, so they bound the memory.
        trie: the titles.
        nodes_at_once: how many nodes are run together for each prompt.
    """
    size = nodes_at_once or _nodes_at_once(model, len(prompts))
    state = DecodingState(model, prompts, repeats=1, room=size + trie.depth)
    steps = np.full((len(prompts), trie.n_nodes), -np.inf, np.float32)
    steps[:, ROOT] = 0
    _put(steps, trie, np.zeros(1, np.int32), state.first_logits.unsqueeze(1))
    for window in _windows(trie, size):
        kept, tokens, depths, sees = (
            torch.from_numpy(each).to(model.device)
            for each in (window.kept, trie.token[window.nodes], window.depths, window.sees)
        )
        state.keep(kept)
        logits = state.branch(tokens, depths=depths, sees=sees)
        _put(steps, trie, window.nodes, logits)
    return _summed(steps, trie)


def _nodes_at_once(model: Any, n_prompts: int) -> int:
    """As many as the bound on logits allows: the vocabulary makes them the largest tensor."""
    most = CPU_LOGITS_AT_ONCE if model.device.type == "cpu" else DEVICE_LOGITS_AT_ONCE
    vocabulary: int = model.config.vocab_size
    return max(1, min(NODES_AT_ONCE, most // (n_prompts * vocabulary)))


def _put(steps: Floats, trie: TitleTrie, nodes: Ints, logits: Tensor) -> None:
    """Write log-probabilities of the children of `nodes`, given logits `[n_prompts, n, vocabulary]`."""
    offsets, tokens, children = trie.allowed(nodes)
    rows = torch.from_numpy(np.repeat(np.arange(len(nodes)), np.diff(offsets))).to(logits.device)
    picked = logits[:, rows, torch.from_numpy(tokens).to(logits.device)]
    steps[:, children] = (picked - logits.logsumexp(-1)[:, rows]).cpu().numpy()


def _windows(trie: TitleTrie, size: int) -> Iterator[_Window]:
    nodes, parents, depths = _preorder(trie)
    place = np.full(trie.n_nodes, -1, np.int64)  # in the window
    for start in range(0, len(nodes), size):
        part = nodes[start : start + size]
        before = _ancestors(int(part[0]), parents)
        kept = place[before]
        place[before] = np.arange(len(before))
        place[part] = np.arange(len(before), len(before) + len(part))
        yield _Window(part, depths[part], kept, _sees(part, parents, place, len(before)))


def _preorder(trie: TitleTrie) -> tuple[Ints, Ints, Ints]:
    """The nodes that the model must see, each behind its ancestors; and of all nodes parents and depths."""
    parents = np.zeros(trie.n_nodes, np.int32)
    parents[1:] = np.repeat(np.arange(trie.n_nodes, dtype=np.int32), np.diff(trie.first_child))
    depths = _depths(parents)
    inner = trie.living[trie.last_title] > trie.living[trie.first_title]
    inner &= np.diff(trie.first_child) > 0
    inner[ROOT] = False
    seen = np.flatnonzero(inner).astype(np.int32)  # by depth
    return seen[np.argsort(trie.first_title[seen], kind="stable")], parents, depths


def _ancestors(node: int, parents: Ints) -> list[int]:
    """Those of a node, from the top, without the root."""
    found = []
    while (node := int(parents[node])) != ROOT:
        found.append(node)
    return found[::-1]


@compiled
def _depths(parents: Ints) -> Ints:
    depths = np.zeros(len(parents), np.int32)
    for node in range(1, len(parents)):
        depths[node] = depths[parents[node]] + 1
    return depths


@compiled
def _sees(nodes: Ints, parents: Ints, place: Longs, n_kept: int) -> Flags:
    sees = np.zeros((len(nodes), n_kept + len(nodes)), np.bool_)
    for row in range(len(nodes)):
        node = nodes[row]
        while node != ROOT:
            sees[row, place[node]] = True
            node = parents[node]
    return sees


def _summed(steps: Floats, trie: TitleTrie) -> Floats:
    """The log-probability of each item's title from those of the steps, which are overwritten."""
    found = np.empty((len(steps), trie.n_items), np.float32)
    _sum_down(steps, trie.first_child, trie.first_title, trie.last_title, found)
    found[:, np.diff(trie.living) == 0] = -np.inf  # beside a living item with the same title
    scores = np.empty_like(found)
    scores[:, trie.items] = found
    return scores


@compiled
def _sum_down(steps: Floats, first_child: Ints, first: Ints, last: Ints, found: Floats) -> None:
    """Add to each node's step those before it; put the sum of each leaf to its titles, in their order."""
    for node in range(len(first)):
        for row in range(len(steps)):
            for child in range(first_child[node], first_child[node + 1]):
                steps[row, child] += steps[row, node]
            if first_child[node] == first_child[node + 1]:
                found[row, first[node] : last[node]] = steps[row, node]
