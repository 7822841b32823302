"""Who did what, when: events as int32 CSR arrays, one block a user, oldest first."""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import polars as pl
from numpy.typing import NDArray

from genrec.data.ids import IdMap
from genrec.types import NO_ITEM, ItemArray

EventType = Literal[
    "view", "click", "cart", "wishlist", "purchase", "rating", "like", "dislike", "hide", "search"
]
EVENT_TYPES: tuple[EventType, ...] = get_args(EventType)
EVENT_CODE: dict[str, int] = {name: code for code, name in enumerate(EVENT_TYPES)}

NO_TIME = np.iinfo(np.int64).min
"""The time of an event whose source gave none; such events keep the order of the file."""

INTERACTION_SCHEMA: dict[str, pl.DataType] = {
    "user_id": pl.String(),
    "item_id": pl.String(),  # null for a search
    "timestamp": pl.Int64(),  # unix seconds, or null
    "event": pl.String(),  # one of EVENT_TYPES
    "value": pl.Float64(),  # a rating, a count, or null
    "text": pl.String(),  # search words, a review, or null
}
"""The columns of a canonical interactions frame, in the order of the source's lines."""


@dataclass(frozen=True)
class TiePolicy:
    """How events of one user at one time are ordered: as in the file, or shuffled by a seed."""

    kind: Literal["stable", "shuffle"] = "stable"
    seed: int = 0

    def __str__(self) -> str:
        return self.kind if self.kind == "stable" else f"shuffle({self.seed})"


@dataclass(frozen=True, eq=False)
class Interactions:
    """Events of all users; those of user u are rows `indptr[u]:indptr[u + 1]`, oldest first.

    Shapes: `indptr` int64 `[n_users + 1]`; the rest `[n_events]`: `items` int32 (-1 for none), `times`
    int64 unix seconds (`NO_TIME` for none), `events` int8 codes into `EVENT_TYPES`, `values` float32 (NaN
    for none), `texts` a String series or None where no event has a text.
    """

    users: IdMap
    indptr: NDArray[np.int64]
    items: ItemArray
    times: NDArray[np.int64]
    events: NDArray[np.int8]
    values: NDArray[np.float32]
    texts: pl.Series | None = None

    def __len__(self) -> int:
        return len(self.items)

    @property
    def n_users(self) -> int:
        """Number of users, those without events included."""
        return len(self.indptr) - 1

    def rows(self, user: int) -> slice:
        """The rows of one user."""
        return slice(int(self.indptr[user]), int(self.indptr[user + 1]))

    def of_user(self, user: int) -> "Interactions":
        """The events of one user, as those of a log's only user."""
        rows = self.rows(user)
        return Interactions(
            IdMap([self.users[user]]),
            np.array([0, rows.stop - rows.start], np.int64),
            self.items[rows],
            self.times[rows],
            self.events[rows],
            self.values[rows],
            None if self.texts is None else self.texts[rows],
        )

    def followed_by(self, more: "Interactions") -> "Interactions":
        """These events and then others, both of the same only user."""
        whole = self.texts if self.texts is not None else pl.Series([None] * len(self), dtype=pl.String)
        added = more.texts if more.texts is not None else pl.Series([None] * len(more), dtype=pl.String)
        return Interactions(
            self.users,
            np.array([0, len(self) + len(more)], np.int64),
            np.concatenate([self.items, more.items]),
            np.concatenate([self.times, more.times]),
            np.concatenate([self.events, more.events]),
            np.concatenate([self.values, more.values]),
            pl.concat([whole, added]),
        )

    @property
    def user_of(self) -> NDArray[np.int32]:
        """The user of every event, `[n_events]`."""
        return np.repeat(np.arange(self.n_users, dtype=np.int32), np.diff(self.indptr))

    def select(self, keep: NDArray[np.bool_]) -> "Interactions":
        """The events where `keep` `[n_events]` is True, for the same users."""
        counts = np.bincount(self.user_of[keep], minlength=self.n_users)
        return Interactions(
            self.users,
            np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
            self.items[keep],
            self.times[keep],
            self.events[keep],
            self.values[keep],
            None if self.texts is None else self.texts.filter(pl.Series(keep)),
        )

    def reordered(self, ties: TiePolicy) -> "Interactions":
        """The same events with those of one user at one time in another order; `stable` leaves it as it is.

        Events without a time are in no tie: they keep the order of the file.
        """
        if ties.kind == "stable":
            return self
        rows = np.arange(len(self))
        shuffled = np.random.default_rng(ties.seed).permutation(len(self))
        order = np.lexsort((np.where(self.times == NO_TIME, rows, shuffled), self.times, self.user_of))
        return Interactions(
            self.users,
            self.indptr,
            self.items[order],
            self.times[order],
            self.events[order],
            self.values[order],
            None if self.texts is None else self.texts[order],
        )

    @staticmethod
    def from_frame(
        frame: pl.DataFrame, items: IdMap, *, users: IdMap | None = None, ties: TiePolicy = TiePolicy()
    ) -> "Interactions":
        """Sort a canonical frame (`INTERACTION_SCHEMA`) by user and time.

        Args:
            frame: accepted rows in file order; ids unknown to `items` are dropped (validation reported them).
            items: the catalogue's id map.
            users: known users first; a user of the frame that is not among them is added to it.
            ties: the order of events of one user at one time.
        """
        users = users if users is not None else IdMap()
        for each in frame["user_id"].unique(maintain_order=True):
            users.add(each)
        user = users.indices(frame["user_id"])
        item = items.indices(each if each is not None else "" for each in frame["item_id"])
        search = frame["item_id"].is_null().to_numpy()
        item[search] = NO_ITEM
        keep = search | (item != NO_ITEM)
        times = frame["timestamp"].fill_null(NO_TIME).to_numpy()
        order = np.lexsort((times, user))
        order = order[keep[order]]
        indptr = np.concatenate([[0], np.cumsum(np.bincount(user[order], minlength=len(users)))]).astype(
            np.int64
        )
        events = frame["event"].replace_strict(EVENT_CODE, return_dtype=pl.Int8).to_numpy()
        values = frame["value"].cast(pl.Float32).fill_null(float("nan")).to_numpy()
        texts = None if frame["text"].is_null().all() else frame["text"][order]
        stable = Interactions(users, indptr, item[order], times[order], events[order], values[order], texts)
        return stable.reordered(ties)
