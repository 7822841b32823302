"""A catalogue, its users and their events, with the rule that says which events are history."""

import hashlib
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import polars as pl

from genrec.config import HistorySettings
from genrec.data.catalogue import Catalogue
from genrec.data.interactions import EVENT_CODE, NO_TIME, Interactions
from genrec.data.users import Users
from genrec.types import NO_ITEM, ItemArray, Mask, Query

NEGATIVE_EVENTS = ("dislike", "hide")


@dataclass(frozen=True, eq=False)
class Dataset:
    """What every model is fitted on and every query is made from."""

    catalogue: Catalogue
    interactions: Interactions
    users: Users = field(default_factory=Users.none)
    history: HistorySettings = field(default_factory=HistorySettings)

    @cached_property
    def is_history(self) -> Mask:
        """Which events count as history, `[n_events]`: of the chosen types, and no low rating."""
        return self._of_types(self.history.events) & ~self._low_rating & self._has_item

    @cached_property
    def is_negative(self) -> Mask:
        """Which events count against their item, `[n_events]`: dislike, hide, and low ratings."""
        return (self._of_types(NEGATIVE_EVENTS) | self._low_rating) & self._has_item

    @cached_property
    def positives(self) -> Interactions:
        """The history events alone, for the same users."""
        return self.interactions.select(self.is_history)

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over the catalogue, every event and the history rule: equal data, equal fingerprint."""
        events = self.interactions
        digest = hashlib.sha256(self.catalogue.version.encode())
        digest.update("\0".join(events.users).encode())
        for array in (events.indptr, events.items, events.times, events.events, events.values):
            digest.update(np.ascontiguousarray(array).tobytes())
        if events.texts is not None:
            digest.update("\0".join(events.texts.fill_null("")).encode())
        digest.update(self.history.model_dump_json().encode())
        return digest.hexdigest()

    def with_catalogue(self, catalogue: Catalogue) -> "Dataset":
        """The same events over a changed catalogue, whose ids must extend this one's."""
        return replace(self, catalogue=catalogue)

    def without_user(self, user_id: str) -> "Dataset":
        """The same without any event of a user."""
        users = self.interactions.users
        if user_id not in users:
            return self
        keep = np.ones(len(self.interactions), np.bool_)
        keep[self.interactions.rows(users.index(user_id, kind="user"))] = False
        return replace(self, interactions=self.interactions.select(keep))

    def query(
        self,
        user: int,
        *,
        text: str | None = None,
        exclude: ItemArray | None = None,
        candidates: Mask | None = None,
        until: int | None = None,
    ) -> Query:
        """What is known of a user: the history, repeats kept; negatives are excluded.

        Events from row `until` of the interactions on are left out, for a query about the past.
        """
        rows = self.interactions.rows(user)
        rows = rows if until is None else slice(rows.start, max(rows.start, min(rows.stop, until)))
        kept = self.is_history[rows]
        negatives = self.interactions.items[rows][self.is_negative[rows]]
        return Query(
            user=user,
            history=self.interactions.items[rows][kept],
            events=self.interactions.events[rows][kept],
            values=self.interactions.values[rows][kept],
            times=self.interactions.times[rows][kept],
            text=text,
            exclude=negatives if exclude is None else np.union1d(negatives, exclude).astype(np.int32),
            candidates=candidates,
            searches=self._searches(rows),
        )

    def query_since(
        self,
        user: int | None,
        more: Interactions,
        *,
        text: str | None = None,
        exclude: ItemArray | None = None,
        candidates: Mask | None = None,
    ) -> Query:
        """As `query`, of a user who did more since; of one the log does not know where `user` is None.

        Args:
            user: in this log.
            more: events of that user alone, newer than those of the log.
            text: as in `query`, like the rest.
            exclude: as there.
            candidates: as there.
        """
        whole = more if user is None else self.interactions.of_user(user).followed_by(more)
        alone = replace(self, interactions=whole)
        return replace(alone.query(0, text=text, exclude=exclude, candidates=candidates), user=user)

    def _searches(self, rows: slice) -> tuple[str, ...]:
        """The words of the search events among some rows."""
        if self.interactions.texts is None:
            return ()
        is_search = self.interactions.events[rows] == EVENT_CODE["search"]
        words = self.interactions.texts[rows].filter(pl.Series(is_search, dtype=pl.Boolean))
        return tuple(words.drop_nulls().to_list())

    @property
    def has_times(self) -> bool:
        """Whether any event has a time."""
        return bool((self.interactions.times != NO_TIME).any())

    def _of_types(self, names: tuple[str, ...]) -> Mask:
        mask: Mask = np.isin(self.interactions.events, [EVENT_CODE[name] for name in names])
        return mask

    @cached_property
    def _low_rating(self) -> Mask:
        if self.history.min_rating is None:
            return np.zeros(len(self.interactions), np.bool_)
        rated = self.interactions.events == EVENT_CODE["rating"]
        low: Mask = rated & (self.interactions.values < self.history.min_rating)
        return low

    @property
    def _has_item(self) -> Mask:
        with_item: Mask = self.interactions.items != NO_ITEM
        return with_item


def popularity(interactions: Interactions, n_items: int) -> np.ndarray:
    """Events an item has, float32 `[n_items]`."""
    counted = interactions.items[interactions.items != NO_ITEM]
    return np.bincount(counted, minlength=n_items).astype(np.float32)
