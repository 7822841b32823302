"""What the data say for a recommended item: candidate claims."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from genrec.data.dataset import Dataset
from genrec.data.interactions import EVENT_CODE, EVENT_TYPES
from genrec.explaining.claims import LIKED, VERB_RANK, Claim, event_verb
from genrec.explaining.names import Names, Pair
from genrec.explaining.text import key
from genrec.types import ItemArray, Query, Trace

MIN_SUPPORT = 5
"""Fewer common users than this say nothing."""
MIN_LIFT = 1.2
SMOOTHING = 10
RECENT = 30
"""How many of the newest history items an attribute may be shared with."""
N_NEIGHBOURS = 50


@dataclass(frozen=True, eq=False)
class Counted:
    """Users by item: those of item i are `users[indptr[i]:indptr[i + 1]]`; and items by user likewise."""

    indptr: NDArray[np.int64]
    members: NDArray[np.int32]

    def row(self, row: int) -> NDArray[np.int32]:
        """The members of one row, sorted."""
        return self.members[self.indptr[row] : self.indptr[row + 1]]

    def rows(self, rows: NDArray[np.int32]) -> NDArray[np.int32]:
        """The members of several rows, one row after the other."""
        return np.concatenate([self.row(row) for row in rows.tolist()] or [self.members[:0]])

    @cached_property
    def sizes(self) -> NDArray[np.int64]:
        """Members of each row."""
        return np.diff(self.indptr)


def _counted(rows: NDArray[np.int32], members: NDArray[np.int32], n_rows: int) -> Counted:
    order = np.lexsort((members, rows))
    counts = np.bincount(rows, minlength=n_rows)
    return Counted(np.concatenate([[0], np.cumsum(counts)]).astype(np.int64), members[order])


class Audience:
    """Who did what that counts: likes and good ratings where most history events are such, else all history.

    Each user counts once an item, whatever the order.
    """

    def __init__(self, dataset: Dataset) -> None:
        events, settings = dataset.interactions, dataset.history
        keep = dataset.is_history
        rated = keep & np.isin(events.events, [EVENT_CODE["rating"], EVENT_CODE["like"]])
        self.verb = LIKED
        if 2 * rated.sum() > keep.sum():
            low = (events.events == EVENT_CODE["rating"]) & ~(events.values >= settings.liked_rating)
            keep = rated & ~low
        else:
            self.verb = _common_verb(dataset)
        n_items = len(dataset.catalogue)
        pairs = np.unique(events.user_of[keep].astype(np.int64) * n_items + events.items[keep])
        users, items = (pairs // n_items).astype(np.int32), (pairs % n_items).astype(np.int32)
        self.by_item = _counted(items, users, n_items)
        self.by_user = _counted(users, items, events.n_users)
        self.n_users = int((self.by_user.sizes > 0).sum())


def _common_verb(dataset: Dataset) -> str:
    """The verb of the history events where they are all of one kind, else the settings' own."""
    codes = np.unique(dataset.interactions.events[dataset.is_history]).tolist()
    if len(codes) != 1 or EVENT_TYPES[codes[0]] in ("cart", "wishlist"):
        return dataset.history.verb
    return event_verb(EVENT_TYPES[codes[0]], 0.0, dataset.history)


class EvidenceFinder:
    """Finds claims that hold; its counts are made once, when first asked."""

    def __init__(self, dataset: Dataset, names: Names) -> None:
        self.dataset, self.names = dataset, names

    @cached_property
    def audience(self) -> Audience:
        """Users by item and items by user."""
        return Audience(self.dataset)

    def gather(
        self, query: Query, items: ItemArray, trace: Trace | None = None, *, neighbours: bool = False
    ) -> list[list[Claim]]:
        """Candidate claims for each item, all of which hold, the strongest of each relation first.

        Args:
            query: the history in it is the only one cited; its own user is not counted.
            items: recommended items.
            trace: tells which search found which item.
            neighbours: count the users with the nearest histories too.
        """
        verbs = history_verbs(query, self.dataset)
        newest = [x for x in _anchors(query, verbs) if self.names.alike[x]]
        anchors = self._counted(query, newest)
        searches = self._told(query, trace)
        near = self._neighbours(query) if neighbours else None
        return [
            [
                *_searches(trace, place, searches),
                *self._of_item(query, item, verbs=verbs, anchors=anchors, near=near),
            ]
            for place, item in enumerate(items.tolist())
        ]

    def compare(self, item: int, items: ItemArray) -> list[list[Claim]]:
        """The values that each of the items shares with one, those that say most first."""
        holders = self._holders([item])
        return [
            self._shared(holders, self._ranked(each)) if self.names.may_cite(item, each) else []
            for each in items.tolist()
        ]

    def _of_item(
        self,
        query: Query,
        item: int,
        *,
        verbs: dict[int, str],
        anchors: "Anchors",
        near: NDArray[np.int32] | None,
    ) -> list[Claim]:
        alike = self.names.alike
        cited = [x for x in anchors.items if item not in alike[x]]
        if len(cited) < len(anchors.items):
            anchors = self._counted(query, cited)
        attributes = self._ranked(item)
        links = self._co_occurrences(query, item, anchors) + self._shared(anchors.holders, attributes)
        told = dict.fromkeys(link.item for link in links if link.item is not None)
        claims = links + [Claim("history", item=x, value=verbs[x]) for x in told]
        claims += [Claim("attribute", field=field, value=value) for field, value in attributes]
        if near is not None:
            claims += self._near_claim(item, near)
        return claims + self._popularity(query, item)

    def _counted(self, query: Query, items: Sequence[int]) -> "Anchors":
        """History items with what is counted of each, for all items of an answer."""
        by_item = self.audience.by_item
        chosen = np.array([x for x in items if len(by_item.row(x))], np.int32)
        of = by_item.sizes[chosen] - np.isin(chosen, self._own(query))
        starts = np.concatenate([[0], np.cumsum(by_item.sizes[chosen])[:-1]]).astype(np.int64)
        return Anchors(items, chosen, by_item.rows(chosen), starts, of, self._holders(items))

    def _told(self, query: Query, trace: Trace | None) -> list[Claim | None]:
        """The user's own searches, and guesses but for the names of what the user knows already."""
        own, known = {key(each) for each in query.searches}, {*query.unwanted.tolist()}
        claims: list[Claim | None] = []
        for each in trace.queries if trace else ():
            text = self.names.search(each.text)
            is_own = each.by == "user" or key(text) in own
            is_new = known.isdisjoint(self.names.items.get(key(text), ()))
            told = Claim("search", field="user" if is_own else None, value=text)
            claims.append(told if text and (is_own or is_new) else None)
        return claims

    def _holders(self, items: Sequence[int]) -> dict[Pair, list[tuple[int, int]]]:
        """By each value the newest items that have it, with their place, newest first."""
        found: dict[Pair, list[tuple[int, int]]] = defaultdict(list)
        for place, item in enumerate(items[:RECENT]):
            for pair in self.names.attributes(item):
                found[pair].append((place, item))
        return found

    def _ranked(self, item: int) -> list[Pair]:
        """The values of an item that may make a reason, those that say most first."""
        telling = [each for each in self.names.attributes(item) if self.names.is_telling(each)]
        return sorted(telling, key=lambda pair: (-self.names.rarity(pair), pair))

    def _co_occurrences(self, query: Query, item: int, anchors: "Anchors", *, keep: int = 3) -> list[Claim]:
        """Other users who did so to both; ordered by their share times log lift, few users counting less."""
        users = self.audience.by_item.row(item)
        users = users[users != (-1 if query.user is None else query.user)]
        if len(users) < MIN_SUPPORT or not len(anchors.chosen):
            return []
        both, of = anchors.shared_with(users, n_users=len(self.audience.by_user.sizes)), anchors.of
        lift = both / np.maximum(of, 1) / (len(users) / self._others(query))
        share = both / (of + SMOOTHING)
        strength = np.where(
            (both >= MIN_SUPPORT) & (lift >= MIN_LIFT), share * np.log(np.maximum(lift, 1)), 0
        )
        best = [each for each in np.argsort(-strength, kind="stable")[:keep].tolist() if strength[each] > 0]
        return [
            Claim("co-occurrence", int(anchors.chosen[x]), None, self.audience.verb, int(both[x]), int(of[x]))
            for x in best
        ]

    def _shared(
        self, holders: Mapping[Pair, Sequence[tuple[int, int]]], own: Sequence[Pair], *, keep: int = 3
    ) -> list[Claim]:
        """Values in common with recent history items, those that say most first, then the newest item.

        At most two values an item, of one field, so that one sentence can tell them.
        """
        groups: dict[tuple[int, int, str], list[Pair]] = defaultdict(list)
        for pair in own:
            for place, other in holders.get(pair, ()):
                groups[place, other, pair[0]].append(pair)
        best = []
        for (place, other, _), pairs in groups.items():
            rarest = pairs[:2]
            best.append((-sum(map(self.names.rarity, rarest)), place, other, rarest))
        best.sort()
        return [
            Claim("shared", other, field, value) for *_, other, pairs in best[:keep] for field, value in pairs
        ]

    def _popularity(self, query: Query, item: int) -> list[Claim]:
        users = self.audience.by_item.row(item)
        count = len(users) - int(query.user is not None and query.user in users)
        return (
            [Claim("popularity", None, None, self.audience.verb, count, self._others(query))] if count else []
        )

    def _own(self, query: Query) -> ItemArray:
        """What this query's user counts for in the audience."""
        if query.user is None:
            return self.audience.by_user.members[:0]
        return self.audience.by_user.row(query.user)

    def _others(self, query: Query) -> int:
        return self.audience.n_users - int(len(self._own(query)) > 0)

    def _neighbours(self, query: Query) -> NDArray[np.int32]:
        """The users with the nearest histories by cosine, those with nothing in common left out."""
        audience = self.audience
        if not len(query.history):
            return audience.by_item.members[:0]
        overlap = np.bincount(
            audience.by_item.rows(np.unique(query.history)), minlength=len(audience.by_user.sizes)
        ).astype(np.float64)
        if query.user is not None:
            overlap[query.user] = 0
        cosine = overlap / np.sqrt(np.maximum(audience.by_user.sizes, 1))
        nearest = np.argsort(-cosine, kind="stable")[:N_NEIGHBOURS]
        return nearest[cosine[nearest] > 0].astype(np.int32)

    def _near_claim(self, item: int, near: NDArray[np.int32]) -> list[Claim]:
        count = int(np.isin(near, self.audience.by_item.row(item)).sum())
        if count < MIN_SUPPORT:
            return []
        return [Claim("neighbours", None, None, self.audience.verb, count, len(near))]


@dataclass(frozen=True)
class Anchors:
    """History items that reasons of one answer may cite, newest first, and what is counted of them."""

    items: Sequence[int]
    chosen: ItemArray
    """Those that somebody chose, `[n]`."""
    members: NDArray[np.int32]
    """Who chose the first of these, who the second, and so on."""
    starts: NDArray[np.int64]
    """Where those of each begin, `[n]`."""
    of: NDArray[np.int64]
    """How many others chose each, `[n]`."""
    holders: Mapping[Pair, Sequence[tuple[int, int]]]
    """By value, the newest that have it, with their place among all."""

    def shared_with(self, users: NDArray[np.int32], *, n_users: int) -> NDArray[np.int64]:
        """How many of some users chose each, `[n]`."""
        is_one = np.zeros(n_users, np.int8)
        is_one[users] = 1
        return np.add.reduceat(is_one[self.members], self.starts, dtype=np.int64)


def _searches(trace: Trace | None, place: int, told: Sequence[Claim | None]) -> list[Claim]:
    """The searches that found an item, of those that are told."""
    if trace is None or not trace.query_ids:
        return []
    return [claim for each in trace.query_ids[place] if (claim := told[each])]


def history_verbs(query: Query, dataset: Dataset) -> dict[int, str]:
    """The strongest verb that holds of each history item."""
    n = len(query.history)
    events = query.events.tolist() if query.events is not None else [None] * n
    values = query.values.tolist() if query.values is not None else [float("nan")] * n
    verbs: dict[int, str] = {}
    for item, event, value in zip(query.history.tolist(), events, values, strict=True):
        name = None if event is None else EVENT_TYPES[event]
        verb = event_verb(name, value, dataset.history)
        verbs[item] = min(verbs.get(item, verb), verb, key=_rank)
    return verbs


def _rank(verb: str) -> int:
    return VERB_RANK.index(verb) if verb in VERB_RANK else len(VERB_RANK) - 1


def _anchors(query: Query, verbs: dict[int, str]) -> list[int]:
    """History items worth citing, newest first: the liked ones; a mere rating only if nothing else is."""
    newest = list(dict.fromkeys(query.history[::-1].tolist()))
    liked = [item for item in newest if verbs[item] == LIKED]
    other = [item for item in newest if verbs[item] != "rated"]
    return liked or other or newest
