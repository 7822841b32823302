"""A workspace that is served: what users do and what the catalogue gains count at once.

The engine is never changed: a new one is made and takes the old one's place, so a request sees one state of
the data from its beginning to its end.
"""

import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from genrec.data.catalogue import Catalogue
from genrec.data.ids import IdMap
from genrec.data.interactions import EVENT_CODE, NO_TIME, Interactions
from genrec.engine import Engine, Explain, Request
from genrec.errors import BackendError, DataError
from genrec.events import Event, EventStore
from genrec.generation.base import Decoding, Generator, Prompt, Segment
from genrec.generation.opening import open_generator
from genrec.serving.guard import Guarded, Silent
from genrec.serving.schemas import Hit, Hits
from genrec.types import NO_ITEM, Answer
from genrec.workspace import Workspace

PROBE = Prompt((("user", (Segment("Hi"),)),))
"""Asked for one token to see whether the language model answers."""


class Recent:
    """Events that came after the data was read, by user."""

    def __init__(self) -> None:
        self._events: dict[str, list[Event]] = defaultdict(list)

    def add(self, events: Sequence[Event]) -> None:
        """Take note of events, in the order they came."""
        for each in events:
            self._events[each.user_id].append(each)

    def forget(self, user_id: str) -> None:
        """Drop a user's events."""
        self._events.pop(user_id, None)

    def of(self, user_id: str, items: IdMap) -> Interactions | None:
        """A user's events over a catalogue; None where there are none. Items it lacks are left out."""
        known = [
            each for each in self._events.get(user_id, ()) if each.item_id is None or each.item_id in items
        ]
        if not known:
            return None
        found = [
            NO_ITEM if each.item_id is None else items.index(each.item_id, kind="item") for each in known
        ]
        return Interactions(
            IdMap([user_id]),
            np.array([0, len(known)], np.int64),
            np.array(found, np.int32),
            np.array([NO_TIME if each.timestamp is None else each.timestamp for each in known], np.int64),
            np.array([EVENT_CODE[each.type] for each in known], np.int8),
            np.array([np.nan if each.value is None else each.value for each in known], np.float32),
            pl.Series([each.text for each in known], dtype=pl.String),
        )


@dataclass(frozen=True)
class State:
    """What one request sees: an engine, the same without a language model, and what came since."""

    engine: Engine
    silent: Engine
    recent: Recent


class Live:
    """Answers and learns. Made by `open`; safe to call from several threads.

    Raises:
        GenrecError: as `Engine.open`.
    """

    def __init__(self, workspace: Workspace, generator: Guarded, store: EventStore, state: State) -> None:
        self.workspace, self.generator, self.store = workspace, generator, store
        self._state = state
        self._changing, self._learning = threading.Lock(), threading.Lock()

    @staticmethod
    def open(workspace: Workspace, *, deadline: float, generator: Generator | None = None) -> "Live":
        """Read the data and load the models.

        Args:
            workspace: the folder and its settings.
            deadline: seconds the language model has for a request.
            generator: in place of the one that the settings name.

        Raises:
            GenrecError: the data, an index, a model or the store cannot be opened.
        """
        store = workspace.event_store(is_made=True)
        assert store is not None
        generator = generator or open_generator(workspace.settings.generator, workspace.root)
        guarded = Guarded(generator, deadline=deadline)
        return Live(workspace, guarded, store, _read(workspace, guarded, until=store.place))

    @property
    def engine(self) -> Engine:
        """The engine in place now."""
        return self._state.engine

    def recommend(
        self,
        request: Request,
        *,
        k: int | None = None,
        where: str | None = None,
        explain: Explain = "template",
    ) -> Answer:
        """As `Engine.recommend_many` of one request; a user nobody knows gets what a new one would.

        A language model that fails is done without: the answer is whole, and says so.

        Raises:
            UsageError: as there, but for an unknown user.
        """
        state = self._state
        asked = of_known(request, state.engine)
        try:
            (answer,) = state.engine.recommend_many([asked], k=k, where=where, explain=explain)
        except BackendError as error:
            how = "template" if explain == "model" else explain
            (answer,) = state.silent.recommend_many([asked], k=k, where=where, explain=how)
            answer = _degraded(answer, error)
        return replace(answer, user_id=request.user_id)

    def explain(self, user_id: str, item_id: str, *, explain: Explain = "template") -> Answer:
        """As `Engine.explain`, without the language model where that fails."""
        state = self._state
        try:
            return state.engine.explain(user_id, item_id, explain=explain)
        except BackendError as error:
            how = "template" if explain == "model" else explain
            answer = state.silent.explain(user_id, item_id, explain=how)
            return _degraded(answer, error)

    def similar(self, item_id: str, *, k: int) -> Answer:
        """As `Engine.similar`."""
        return self.engine.similar(item_id, k=k)

    def search(self, text: str, *, k: int, where: str | None = None) -> Hits:
        """The items that words find, by the retriever that the settings name.

        Raises:
            UsageError: the filter does not fit the catalogue.
        """
        engine = self.engine
        found = engine.search(text, k=k, where=where)
        catalogue = engine.dataset.catalogue
        hits = [
            Hit(rank=rank, item_id=catalogue.ids[item], title=catalogue.titles[item], score=score)
            for rank, (item, score) in enumerate(zip(*(each.tolist() for each in found), strict=True), 1)
        ]
        return Hits(items=hits, catalogue_version=catalogue.version)

    def faults(self) -> list[str]:
        """What keeps it from answering as it should: the store, or the language model."""
        found = []
        try:
            self.store.check()
        except DataError as error:
            found.append(error.what)
        try:
            self.generator.generate([PROBE], Decoding(mode="greedy", max_tokens=1))
        except BackendError as error:
            found.append(error.what)
        return found

    def feedback(self, events: Sequence[Event]) -> int:
        """Keep events for good and let them count; how many were new.

        Raises:
            UsageError: an item is unknown; nothing was kept.
            ConflictError: an id was used before with another body; nothing was kept.
            DataError: the store cannot be written; nothing was kept.
        """
        items = self._state.engine.dataset.catalogue.ids
        for each in events:
            if each.item_id is not None:
                items.index(each.item_id, kind="item")
        with self._learning:
            new = self.store.add(events, now=int(time.time()))
            self._state.recent.add(new)
        return len(new)

    def put_item(self, item: dict[str, Any]) -> bool:
        """Add an item, or replace the one of that id, on disk and for the next answer; whether it is new.

        Raises:
            DataError: it does not fit the catalogue; nothing was changed.
        """
        with self._changing:
            is_new = str(item["item_id"]) not in self.engine.dataset.catalogue.ids
            frame = pl.DataFrame([item])
            self.workspace.add_items(frame)
            self._serve(self.engine.dataset.catalogue.with_items(frame))
        return is_new

    def delete_item(self, item_id: str) -> None:
        """Show an item no more.

        Raises:
            UsageError: it is unknown.
        """
        with self._changing:
            self.engine.dataset.catalogue.ids.index(item_id, kind="item")
            self.workspace.remove_items([item_id])
            self._serve(self.engine.dataset.catalogue.without_items([item_id]))

    def forget(self, user_id: str) -> int:
        """Delete what is known of a user, everywhere; how many served events that were."""
        with self._changing, self._learning:
            count = self.store.forget(user_id)
            state = self._state
            state.recent.forget(user_id)
            self._state = _state(
                state.engine.over(state.engine.dataset.without_user(user_id)), self.generator, state.recent
            )
        return count

    def reload(self) -> None:
        """Read data and index anew, and answer from them from then on; the old ones serve meanwhile."""
        with self._changing:
            place = self.store.place
            state = _read(self.workspace, self.generator, until=place)
            with self._learning:  # no event falls between what was read and what comes after
                state.recent.add(self.store.since(place))
                self._state = state

    def _serve(self, catalogue: Catalogue) -> None:
        state = self._state
        engine = state.engine.over(state.engine.dataset.with_catalogue(catalogue))
        self._state = _state(engine, self.generator, state.recent)


def _read(workspace: Workspace, generator: Generator, *, until: int) -> State:
    return _state(Engine.of(replace(workspace, events_until=until)), generator, Recent())


def _state(engine: Engine, generator: Generator, recent: Recent) -> State:
    def since(user_id: str) -> Interactions | None:
        return recent.of(user_id, engine.dataset.catalogue.ids)

    return State(
        engine.over(generator=generator, since=since), engine.over(generator=Silent(), since=since), recent
    )


def of_known(request: Request, engine: Engine) -> Request:
    """A request of a user that somebody knows; else of nobody, with what it says itself."""
    user = request.user_id
    if user is None or engine.knows(user):
        return request
    return replace(request, user_id=None, history=request.history or ())


def _degraded(answer: Answer, error: BackendError) -> Answer:
    return replace(answer, source="fallback", degraded=True, degraded_reason=error.what)
