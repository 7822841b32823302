"""The titles of a catalogue as a tree of tokens. Importing this module imports numba."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from itertools import chain
from typing import Self

import numpy as np
from numpy.typing import NDArray

from genrec.compiling import compiled
from genrec.errors import DataError, UsageError

ROOT = 0

Flags = NDArray[np.bool_]
Ints = NDArray[np.int32]
Longs = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class TitleTrie:
    """Every path from the root to a leaf is a title and the end token; equal titles share a leaf.

    Nodes are numbered level by level, so that the children of a node have consecutive numbers, in order of
    their tokens. With the titles in order of their tokens too, those below a node are a range.
    """

    token: Ints
    """`[n_nodes]`: what leads to a node."""
    first_child: Ints
    """`[n_nodes + 1]`: the children of a node are those from its first up to the first of the next node."""
    first_title: Ints
    """`[n_nodes]`: where the titles below a node begin in `items`."""
    last_title: Ints
    """`[n_nodes]`: where they end."""
    items: Ints
    """`[n_items]`: in order of their titles, equal ones by index."""
    living: Ints
    """`[n_items + 1]`: how many of the titles before each are not removed."""
    end: int
    """The token that ends every title."""
    depth: int
    """Tokens of the longest title, its end token counted."""
    vocabulary: int
    """One above the highest token."""

    @classmethod
    def build(cls, titles: Sequence[Sequence[int]], *, end: int) -> Self:
        """The trie of the tokens of each item's title, with `end` put behind each.

        Raises:
            DataError: a title holds the end token, or a token below 0.
        """
        starts = np.zeros(len(titles) + 1, np.int64)
        np.cumsum(np.fromiter((len(title) + 1 for title in titles), np.int64, len(titles)), out=starts[1:])
        behind = (end,)
        flat = chain.from_iterable(chain(title, behind) for title in titles)
        tokens = np.fromiter(flat, np.int32, int(starts[-1]))
        _check(tokens, starts, end)
        depth = int(np.diff(starts).max(initial=0))
        items = _sorted(starts, tokens)
        shared = _shared(starts, tokens, items)
        firsts = _levels(starts, items, shared, depth)
        token, first_child, first_title, last_title = _grown(starts, tokens, items, shared, firsts)
        return cls(
            token=_frozen(token),
            first_child=_frozen(first_child),
            first_title=_frozen(first_title),
            last_title=_frozen(last_title),
            items=_frozen(items),
            living=_frozen(np.arange(len(items) + 1, dtype=np.int32)),
            end=end,
            depth=depth,
            vocabulary=int(tokens.max(initial=end)) + 1,
        )

    def without(self, removed: Flags) -> Self:
        """The trie without these items, in which no walk enters what leads to them alone; arrays are shared.

        Args:
            removed: `[n_items]`.
        """
        if removed.shape != self.items.shape:
            raise UsageError(f"a mask of {len(removed)} items, for a trie of {self.n_items}")
        living = np.zeros_like(self.living)
        was = np.diff(self.living)
        np.cumsum(was * ~removed[self.items], out=living[1:])
        return replace(self, living=_frozen(living))

    @property
    def n_items(self) -> int:
        """Items, removed ones too."""
        return len(self.items)

    @property
    def n_nodes(self) -> int:
        """Nodes, the root and dead ones too."""
        return len(self.token)

    @property
    def n_living(self) -> int:
        """Items that are not removed."""
        return int(self.living[-1])

    @property
    def bytes(self) -> int:
        """Memory of the arrays."""
        return sum(
            part.nbytes for each in fields(self) if isinstance(part := getattr(self, each.name), np.ndarray)
        )

    def allowed(self, nodes: Ints) -> tuple[Longs, Ints, Ints]:
        """What may follow each node: offsets `[len(nodes) + 1]`, and the tokens and children of all nodes."""
        return _children(nodes, self.token, self.first_child, self.first_title, self.last_title, self.living)

    def items_at(self, leaf: int) -> tuple[int, ...]:
        """The items with the title that ends here, by index."""
        places = slice(self.first_title[leaf], self.last_title[leaf])
        return tuple(self.items[places][np.diff(self.living[places.start : places.stop + 1]) > 0].tolist())

    def path(self, node: int) -> list[int]:
        """The tokens that lead to a node."""
        tokens = []
        while node != ROOT:
            tokens.append(int(self.token[node]))
            node = int(np.searchsorted(self.first_child, node, side="right")) - 1
        return tokens[::-1]


def _check(tokens: Ints, starts: Longs, end: int) -> None:
    wrong = (tokens < 0) | (tokens == end)
    wrong[starts[1:] - 1] = end < 0
    if wrong.any():
        place = int(wrong.argmax())
        item = int(np.searchsorted(starts, place, side="right")) - 1
        raise DataError(
            f"the title of an item holds the token {tokens[place]}, which no title may",
            where=f"item {item}",
            why=f"{end} ends a title, and tokens are at least 0",
            next_step="encode titles as data, without control tokens",
        )


def _frozen(part: Ints) -> Ints:
    part.flags.writeable = False
    return part


@compiled
def _sorted(starts: Longs, tokens: Ints) -> Ints:
    """Items in order of their titles, equal ones by index: a range at a time, so that it stays in cache."""
    n_items = len(starts) - 1
    items, keys = np.arange(n_items).astype(np.int32), np.empty(n_items, np.int64)
    waiting = [(0, n_items, 0)]
    while waiting:
        begin, stop, depth = waiting.pop()
        for place in range(begin, stop):
            keys[place] = np.int64(tokens[starts[items[place]] + depth]) << 32 | items[place]
        keys[begin:stop].sort()
        same = begin
        for place in range(begin, stop):
            items[place] = keys[place] & 0xFFFFFFFF
            if keys[place] >> 32 != keys[same] >> 32:
                same = place
            is_last = place + 1 == stop or keys[place + 1] >> 32 != keys[same] >> 32
            goes_on = starts[items[place]] + depth + 1 < starts[items[place] + 1]
            if is_last and same < place and goes_on:
                waiting.append((same, place + 1, depth + 1))
    return items


@compiled
def _shared(starts: Longs, tokens: Ints, items: Ints) -> Ints:
    """How many tokens each title has in common with the one before it."""
    shared = np.zeros(len(items), np.int32)
    for place in range(1, len(items)):
        one, other = starts[items[place - 1]], starts[items[place]]
        stop = starts[items[place] + 1]
        at = other
        while at < stop and tokens[at] == tokens[one + at - other]:  # the end token stops it in both
            at += 1
        shared[place] = at - other
    return shared


@compiled
def _levels(starts: Longs, items: Ints, shared: Ints, depth: int) -> Longs:
    """The number of the first node of each level, and of none beyond the last."""
    firsts = np.zeros(depth + 3, np.int64)
    firsts[1] = 1  # the root's level
    for place in range(len(items)):
        for level in range(shared[place] + 1, starts[items[place] + 1] - starts[items[place]] + 1):
            firsts[level + 1] += 1
    return np.cumsum(firsts)


@compiled
def _grown(
    starts: Longs, tokens: Ints, items: Ints, shared: Ints, firsts: Longs
) -> tuple[Ints, Ints, Ints, Ints]:
    """Token, first child, first and last title of each node, from the titles in order."""
    n_nodes = firsts[-1]
    token, first_child = np.empty(n_nodes, np.int32), np.empty(n_nodes + 1, np.int32)
    first, last = np.zeros(n_nodes, np.int32), np.empty(n_nodes, np.int32)
    token[0], first_child[0], first_child[n_nodes] = -1, 1, n_nodes
    free, path = firsts.copy(), np.zeros(len(firsts), np.int64)
    for place in range(len(items)):
        start = starts[items[place]]
        length = starts[items[place] + 1] - start
        for level in range(shared[place] + 1, length + 1):
            node = free[level]
            free[level] += 1
            path[level] = node
            token[node], first[node], first_child[node] = tokens[start + level - 1], place, free[level + 1]
        for level in range(length + 1):
            last[path[level]] = place + 1
    return token, first_child, first, last


@compiled
def _children(  # noqa: PLR0917
    nodes: Ints, token: Ints, first_child: Ints, first: Ints, last: Ints, living: Ints
) -> tuple[Longs, Ints, Ints]:
    """Offsets, tokens and numbers of the children that lead to a living title."""
    most = 0
    for node in nodes:
        most += first_child[node + 1] - first_child[node]
    offsets = np.zeros(len(nodes) + 1, np.int64)
    children, tokens = np.empty(most, np.int32), np.empty(most, np.int32)
    size = 0
    for row in range(len(nodes)):
        for child in range(first_child[nodes[row]], first_child[nodes[row] + 1]):
            if living[last[child]] > living[first[child]]:
                children[size], tokens[size] = child, token[child]
                size += 1
        offsets[row + 1] = size
    return offsets, tokens[:size], children[:size]
