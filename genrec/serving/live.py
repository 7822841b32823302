"""A workspace that is served: what users do and what the catalogue gains count at once.

The engine is never changed: a new one is made and takes the old one's place, so a request sees one state of
the data from its beginning to its end.
"""

import logging
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from genrec.answers import NOTHING_KNOWN
from genrec.data.catalogue import Catalogue
from genrec.engine import Engine, Explain, Request, writer_of
from genrec.errors import BackendError, DataError, GenrecError, UnknownIdError
from genrec.events import Event, EventStore
from genrec.generation.base import Generator
from genrec.models.generative import Generative
from genrec.serving.commits import Commits
from genrec.serving.guard import current
from genrec.serving.health import Health
from genrec.serving.schemas import Hit, Hits
from genrec.serving.state import Recent, State, Writers
from genrec.types import Answer
from genrec.workspace import Workspace

log = logging.getLogger("genrec.serving")
FOLD = 100_000
"""Events after which the data is read anew: until then each is kept as it came."""
NOTHING_WRITTEN = "no search was written: items like the last ones"
NOTHING_FOUND = "the searches written find nothing: items like the last ones"


class Live:
    """Answers and learns. Made by `open`; safe to call from several threads.

    Raises:
        GenrecError: as `Engine.open`.
    """

    def __init__(
        self, workspace: Workspace, store: EventStore, writers: Writers, state: State, *, deadline: float
    ) -> None:
        self.workspace, self.store, self.deadline = workspace, store, deadline
        self._writers, self._state = writers, state
        self._changing, self._learning = threading.Lock(), threading.Lock()
        self._came, self._commits = 0, Commits(self._keep)
        self.health = Health(store, index=workspace.index_folder, generator=writers.generator)

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
        store = workspace.event_store()
        try:
            engine = _opened(workspace, until=store.place)
            writers = Writers.of(engine, deadline=deadline, given=generator)
            return Live(workspace, store, writers, writers.state(engine, Recent()), deadline=deadline)
        except BaseException:
            store.close()
            raise

    def close(self) -> None:
        """Let go of the store; nothing more is asked of it."""
        self.store.close()

    def warm(self) -> None:
        """Load and compile what the first request would wait for; a server that writes need not answer yet.

        Raises:
            ArtifactError: the model in process cannot be loaded.
        """
        settings, first = self.engine.settings, Request(history=[self.engine.dataset.catalogue.ids[0]])
        self._state.silent.recommend_many([first], k=1, explain="template")
        self._writers.load(with_words=settings.explain == "model")

    @property
    def state(self) -> State:
        """What a request sees that begins now."""
        return self._state

    @property
    def engine(self) -> Engine:
        """The engine in place now."""
        return self._state.engine

    def writer_of(self, model: str) -> Generator | None:
        """What writes the searches of any model of the workspace, guarded; None where it writes none.

        Raises:
            ArtifactError: the model is damaged.
        """
        settings = self.engine.settings.model_copy(update={"model": model})
        place = writer_of(self.workspace.with_settings(settings))
        return self._writers.behind.at(place) if place else None

    def recommend(
        self,
        request: Request,
        *,
        k: int | None = None,
        where: str | None = None,
        explain: Explain = "template",
        state: State | None = None,
    ) -> Answer:
        """As `Engine.recommend_many` of one request; a user nobody knows gets what a new one would.

        With `state` it sees that, in place of what is there now. A language model that fails is done
        without: the answer is whole, and says so.

        Raises:
            UsageError: as there, but for an unknown user.
        """
        state = state or self._state
        check_items(state.engine, (*(request.history or ()), *request.exclude))
        asked = of_known(request, state.engine)
        try:
            (answer,) = state.engine.recommend_many([asked], k=k, where=where, explain=explain)
            answer = marked(answer, state.engine)
        except BackendError as error:
            how = "template" if explain == "model" else explain
            (answer,) = state.silent.recommend_many([asked], k=k, where=where, explain=how)
            answer = _degraded(answer, error.what)
        return noted(replace(answer, user_id=request.user_id))

    def explain(self, user_id: str, item_id: str, *, explain: Explain = "template") -> Answer:
        """As `Engine.explain`, without the language model where that fails."""
        state = self._state
        check_items(state.engine, [item_id])
        if not state.engine.knows(user_id):
            raise UnknownIdError(f"unknown user {user_id!r}")  # without the ids of others that are like it
        try:
            return noted(marked(state.engine.explain(user_id, item_id, explain=explain), state.engine))
        except BackendError as error:
            how = "template" if explain == "model" else explain
            answer = state.silent.explain(user_id, item_id, explain=how)
            return noted(_degraded(answer, error.what))

    def similar(self, item_id: str, *, k: int) -> Answer:
        """As `Engine.similar`."""
        engine = self.engine
        check_items(engine, [item_id])
        return noted(engine.similar(item_id, k=k))

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
        current().n_hits += len(hits)
        return Hits(items=hits, catalogue_version=catalogue.version)

    def feedback(self, events: Sequence[Event]) -> int:
        """Keep events for good and let them count; how many were new.

        Raises:
            UsageError: an item is unknown; nothing was kept.
            ConflictError: an id was used before with another body; nothing was kept.
            DataError: the store cannot be written; nothing was kept.
        """
        check_items(self.engine, (each.item_id for each in events if each.item_id is not None))
        return len(self._commits.add(events))

    def _keep(self, events: Sequence[Event]) -> list[Event]:
        """Those of the events that are new: on disk, and counting."""
        with self._learning:
            new = self.store.add(events, now=int(time.time()))
            self._state.recent.add(new)
            self._came += len(new)
            is_much, self._came = self._came >= FOLD, self._came % FOLD
        if is_much:
            threading.Thread(target=self.refresh, name="genrec-fold", daemon=True).start()
        return new

    def put_item(self, item: dict[str, Any]) -> bool:
        """Add an item, or replace the one of that id, on disk and for the next answer; whether it is new.

        Raises:
            DataError: it does not fit the catalogue; nothing was changed.
        """
        with self._changing:
            is_new = str(item["item_id"]) not in self.engine.dataset.catalogue.ids
            frame = _as_frame(item, self.engine.dataset.catalogue)
            self.workspace.add_items(frame)
            self._serve(self.engine.dataset.catalogue.with_items(frame))
        return is_new

    def delete_item(self, item_id: str) -> None:
        """Show an item no more.

        Raises:
            UsageError: it is unknown.
        """
        with self._changing:
            check_items(self.engine, [item_id])
            self.workspace.remove_items([item_id])
            self._serve(self.engine.dataset.catalogue.without_items([item_id]))

    def forget(self, user_id: str) -> int:
        """Delete what is known of a user, everywhere; how many served events that were."""
        with self._changing, self._learning:
            count = self.store.forget(user_id)
            state = self._state
            state.recent.forget(user_id)
            engine = state.engine.over(state.engine.dataset.without_user(user_id))
            self._state = self._writers.state(engine, state.recent)
        return count

    def reload(self) -> None:
        """Read data and index anew, and answer from them from then on; the old ones serve meanwhile."""
        with self._changing:
            place = self.store.place
            engine = _opened(self.workspace, until=place)
            state = self._writers.state(engine, Recent())
            with self._learning:  # no event falls between what was read and what comes after
                state.recent.add(self.store.since(place))
                self._state = state

    def refresh(self) -> None:
        """As `reload`; where that fails, what was read before is served on, and the log says why."""
        try:
            self.reload()
        except GenrecError as error:  # its words may quote the data, which is not for logs
            why = f"{type(error).__name__}, {error.where}"
            log.error("the data was not read anew, and what was read before is served: %s", why)

    def _serve(self, catalogue: Catalogue) -> None:
        state = self._state
        engine = state.engine.over(state.engine.dataset.with_catalogue(catalogue))
        self._state = self._writers.state(engine, state.recent)


def _opened(workspace: Workspace, *, until: int) -> Engine:
    """An engine, with the index that searches and the chat need whatever the model, where there is one."""
    engine = Engine.of(replace(workspace, events_until=until))
    if workspace.is_embedded or workspace.index_folder.is_dir():
        _ = engine.index
    return engine


def check_items(engine: Engine, item_ids: Iterable[str]) -> None:
    """Refuse an unknown item at once: to find those that are like it takes as long as many requests."""
    known = engine.dataset.catalogue.ids
    for each in item_ids:
        if each not in known:
            raise UnknownIdError(f"unknown item {each!r}", next_step="check the item id")


def of_known(request: Request, engine: Engine) -> Request:
    """A request of a user that somebody knows; else of nobody, with what it says itself."""
    user = request.user_id
    if user is None or engine.knows(user):
        return request
    return replace(request, user_id=None, history=request.history or ())


def _as_frame(item: dict[str, Any], catalogue: Catalogue) -> pl.DataFrame:
    """An item that came as JSON, as a row of a catalogue.

    Raises:
        DataError: it has a field that the catalogue has not, or a value that fits no column.
    """
    if unknown := item.keys() - set(catalogue.frame.columns):
        raise DataError(
            f"the catalogue has no field {min(unknown)!r}",
            next_step=f"choose from {', '.join(catalogue.frame.columns)}",
        )
    try:
        return pl.DataFrame([item])
    except (pl.exceptions.PolarsError, TypeError, ValueError, OverflowError) as error:
        raise DataError("the item does not fit the catalogue", why=str(error)) from error


def noted(answer: Answer) -> Answer:
    """The same, which is counted when the request that this thread works on is over."""
    current().answers.append(answer)
    return answer


def marked(answer: Answer, engine: Engine) -> Answer:
    """An answer that says so where the language model was asked and gave nothing that is in it."""
    if answer.degraded_reason == NOTHING_KNOWN:
        return answer
    if isinstance(engine.recommender, Generative):
        if not answer.queries:
            return _degraded(answer, NOTHING_WRITTEN)
        if not any("generative" in each.sources for each in answer.items):
            return _degraded(answer, NOTHING_FOUND)
    failure = current().failure
    return answer if failure is None else replace(answer, degraded=True, degraded_reason=failure.what)


def _degraded(answer: Answer, why: str) -> Answer:
    return replace(answer, source="fallback", degraded=True, degraded_reason=why)
