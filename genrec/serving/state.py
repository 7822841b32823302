"""What one request sees: the data as it was read, what came since, and what writes over it."""

import threading
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import numpy as np
import polars as pl

from genrec.config import GeneratorSettings
from genrec.data.ids import IdMap
from genrec.data.interactions import EVENT_CODE, NO_TIME, Interactions
from genrec.engine import Engine
from genrec.events import Event
from genrec.explaining.writer import open_writer
from genrec.generation.base import Generator
from genrec.generation.opening import open_generator
from genrec.serving.guard import Guarded, Silent, Wording
from genrec.types import NO_ITEM


@dataclass(frozen=True)
class _Made:
    """A user's events as arrays, and what they were made of."""

    events: list[Event]
    n_events: int
    items: IdMap
    n_items: int
    arrays: Interactions | None

    def is_of(self, events: list[Event], items: IdMap) -> bool:
        """Whether nothing has come since; both only grow."""
        is_same = events is self.events and items is self.items
        return is_same and (len(events), len(items)) == (self.n_events, self.n_items)


class Recent:
    """Events that came after the data was read, by user."""

    def __init__(self) -> None:
        self._events: dict[str, list[Event]] = defaultdict(list)
        self._made: dict[str, _Made] = {}

    def __len__(self) -> int:
        return sum(len(each) for each in list(self._events.values()))

    def add(self, events: Sequence[Event]) -> None:
        """Take note of events, in the order they came."""
        for each in events:
            self._events[each.user_id].append(each)

    def forget(self, user_id: str) -> None:
        """Drop a user's events."""
        self._events.pop(user_id, None)
        self._made.pop(user_id, None)

    def of(self, user_id: str, items: IdMap) -> Interactions | None:
        """A user's events over a catalogue; None where there are none. Items it lacks are left out."""
        events = self._events.get(user_id)
        if events is None:
            return None
        made = self._made.get(user_id)
        if made is None or not made.is_of(events, items):
            made = _Made(events, len(events), items, len(items), self._arrays(user_id, events, items))
            self._made[user_id] = made
        return made.arrays

    @staticmethod
    def _arrays(user_id: str, events: Sequence[Event], items: IdMap) -> Interactions | None:
        known = [each for each in events if each.item_id is None or each.item_id in items]
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


class Behind:
    """The generators behind the models of a workspace, each opened when it is first needed, and once.

    Args:
        deadline: seconds each has for a request.
        given: writes all in place of them.
    """

    def __init__(self, *, deadline: float, given: Generator | None = None) -> None:
        self._deadline, self._given = deadline, given
        self._lock = threading.Lock()
        self._guards: dict[str, Guarded] = {}

    def at(self, place: tuple[GeneratorSettings, Path]) -> Guarded:
        """The one that settings name, by the folder that their paths are relative to."""
        settings, root = place
        name = f"{settings.model_dump_json()} {root}"
        with self._lock:
            if name not in self._guards:
                opens = partial(self._opened, settings, root)
                self._guards[name] = Guarded(opens, deadline=self._deadline)
            return self._guards[name]

    def _opened(self, settings: GeneratorSettings, root: Path) -> Generator:
        return self._given or open_generator(settings, root)


@dataclass(frozen=True)
class Writers:
    """What writes for a server, each behind a guard of its own and opened when it is first needed."""

    generator: Guarded | None
    """Writes searches; None where the model that is served writes none."""
    words: Callable[[], Wording]
    behind: "Behind"
    """All that write searches, those of the models that are not served by default, too."""

    @staticmethod
    def of(engine: Engine, *, deadline: float, given: Generator | None = None) -> "Writers":
        """The writers that an engine's settings name.

        Args:
            engine: of the workspace.
            deadline: seconds each has for a request.
            given: writes all in place of them.

        Raises:
            ArtifactError: the model that is served is damaged.
        """
        place, behind = engine.writer, Behind(deadline=deadline, given=given)
        main = behind.at(place or (engine.settings.generator, engine.workspace.root))
        return Writers(main if place else None, _words(engine, main, is_given=given is not None), behind)

    def load(self, *, with_words: bool) -> None:
        """Load the models, that of the reasons where it is wanted, as long as that takes.

        Raises:
            ArtifactError: one cannot be loaded.
        """
        for each in (self.generator, self.words().generator if with_words else None):
            if each is not None:
                each.load()

    def state(self, engine: Engine, recent: Recent) -> State:
        """An engine that answers with these."""

        def since(user_id: str) -> Interactions | None:
            return recent.of(user_id, engine.dataset.catalogue.ids)

        return State(
            engine.over(generator=self.generator, words=self.words, since=since),
            engine.over(generator=Silent(), since=since),
            recent,
        )


def _words(engine: Engine, main: Guarded, *, is_given: bool) -> Callable[[], Wording]:
    """What opens the writer of reasons, once: the adapter that the settings name, on the model in memory."""
    settings, root = engine.settings.generator, engine.workspace.root
    if is_given:
        settings = settings.model_copy(update={"reason_adapter": None})
    is_shared = engine.writer in (None, (settings, root)) or is_given

    @cache
    def words() -> Wording:
        base = main.generator if is_shared else open_generator(settings, root)
        writer = open_writer(settings, root, base)
        return Wording(writer, Guarded(lambda: writer.generator, deadline=main.deadline, stage="word"))

    return words
