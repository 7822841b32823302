"""A workspace opened: data, index, the chosen model and the explainer. What the CLI and a server call."""

import hashlib
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Literal, get_args

import numpy as np

from genrec.answers import Ranked, Served, placed
from genrec.artifacts import Manifest, kind_of, open_artifact
from genrec.config import GeneratorSettings, WorkspaceSettings
from genrec.data.dataset import Dataset, popularity
from genrec.data.filters import parse as parse_filter
from genrec.data.interactions import Interactions
from genrec.errors import UnknownIdError, UsageError
from genrec.explaining import Explainer, Reason
from genrec.explaining.explainer import Write
from genrec.explaining.writer import open_writer
from genrec.generation.base import Generator
from genrec.generation.opening import KIND as LANGUAGE_MODEL
from genrec.generation.opening import open_generator, unchecked_adapter
from genrec.grounding import TitleIndex, search_for
from genrec.index import Index, known_items, open_index
from genrec.models import language
from genrec.models.base import Fitting, Recommender
from genrec.models.fitting import KIND
from genrec.models.fitting import load as load_model
from genrec.models.generative import Generative
from genrec.models.popularity import Popularity
from genrec.models.settings import PopularitySettings
from genrec.models.titles import TitleRanker
from genrec.prompting import load_prompt
from genrec.stages import timing
from genrec.types import Answer, ItemArray, Mask, Query, Rankings, ScoreArray
from genrec.workspace import Workspace

Explain = Literal["model", "template", "none"]
BuiltIn = Literal["generative", "popularity"]
DEFAULT_K = 10
BUILT_IN: tuple[BuiltIn, ...] = get_args(BuiltIn)
"""Models that need no fitting; all others are what `genrec fit` made."""


Since = Callable[[str], Interactions | None]
"""From a user's id to the events that came after the data was read, as those of a log's only user."""


Words = Callable[[], Write]


def nothing_since(_user_id: str) -> None:
    """The data is all there is."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request in external ids: a known user, or a history, or words, or any of them together."""

    user_id: str | None = None
    history: Sequence[str] | None = None
    text: str | None = None
    exclude: Sequence[str] = ()


class Engine:
    """Answers requests over one workspace. Opened once, used for many; keeps the models it has loaded."""

    def __init__(
        self,
        workspace: Workspace,
        dataset: Dataset,
        index: Index | None = None,
        *,
        generator: Generator | None = None,
        words: Words | None = None,
        since: Since = nothing_since,
        recommender: Recommender | None = None,
        explainer: Explainer | None = None,
    ) -> None:
        """What `open` makes.

        Args:
            workspace: the settings and the folder.
            dataset: the data.
            index: over its catalogue.
            generator: writes in place of what the settings name.
            words: makes what words reasons, in place of what the settings name.
            since: what a user did that is not in the data yet.
            recommender: ranks in place of the fitted model that the settings name.
            explainer: of the same data, made anew where None.
        """
        self.explainer = explainer or Explainer(dataset)
        """Finds evidence and checks reasons."""
        self.workspace, self.dataset = workspace, dataset
        self._index, self._generator, self._words, self._since = index, generator, words, since
        self._recommender = recommender
        self._reading = threading.Lock()

    @staticmethod
    def open(
        path: Path | str | None = None,
        *,
        model: str | None = None,
        backend: str | None = None,
        retriever: str | None = None,
        n_queries: int | None = None,
    ) -> "Engine":
        """Open a workspace folder, the nearest one above here, or else the embedded default.

        Args:
            path: a folder with a `genrec.yaml`.
            model: in place of the model that `genrec.yaml` names.
            backend: URL of an OpenAI-style server that writes, in place of the model in process.
            retriever: bm25, dense or hybrid, in place of the one set.
            n_queries: how many searches are written a user.

        Raises:
            DataError: the data cannot be read.
            UsageError: a setting does not fit.
            ArtifactError: the index is missing or damaged.
        """
        workspace = Workspace.open(path)
        settings = workspace.settings.changed(
            {"model": model, "retriever": retriever},
            generator={"backend": backend, "n_queries": n_queries},
        )
        return Engine.of(workspace.with_settings(settings))

    @staticmethod
    def of(workspace: Workspace) -> "Engine":
        """Read a workspace's data, and its index where the model that its settings name needs one.

        Raises:
            GenrecError: as `open`.
        """
        settings = workspace.settings
        if settings.model not in BUILT_IN:
            _check_model(workspace, settings.model)
            dataset, _ = workspace.load(known_items=known_items(workspace.index_folder))
            return Engine(workspace, dataset)
        dataset, index = open_index(workspace)
        return Engine(workspace, dataset, index)

    def over(
        self,
        dataset: Dataset | None = None,
        *,
        generator: Generator | None = None,
        words: Words | None = None,
        since: Since = nothing_since,
    ) -> "Engine":
        """An engine of the same workspace over changed data, with an index brought up to it.

        Args:
            dataset: whose catalogue extends this one's; this engine's own where None.
            generator: as in `Engine`, like the rest; this engine's own where None.
            since: as there.
        """
        index = self._index
        if dataset is not None and index is not None:
            index = index.over(dataset.catalogue)
        return Engine(
            self.workspace,
            dataset or self.dataset,
            index,
            generator=generator or self._generator,
            words=words or self._words,
            since=since,
            explainer=self.explainer.over(dataset or self.dataset),
        )

    def by(
        self, model: str, *, recommender: Recommender | None = None, generator: Generator | None = None
    ) -> "Engine":
        """An engine over the same data, ranked by another model of the workspace; its reasons worded as here.

        Args:
            model: its name.
            recommender: the model itself, where no folder holds it.
            generator: writes its searches, in place of what its settings name.

        Raises:
            UnknownIdError: there is none of that name.
        """
        if recommender is None:
            _check_model(self.workspace, model)
        settings = self.settings.model_copy(update={"model": model})
        return Engine(
            self.workspace.with_settings(settings),
            self.dataset,
            self._index,
            generator=generator,
            words=self._words,
            since=self._since,
            recommender=recommender,
            explainer=self.explainer,
        )

    @property
    def settings(self) -> WorkspaceSettings:
        """The settings in force."""
        return self.workspace.settings

    def recommend(
        self,
        user_id: str | None = None,
        *,
        k: int | None = None,
        history: Sequence[str] | None = None,
        text: str | None = None,
        exclude: Sequence[str] = (),
        where: str | None = None,
        explain: Explain | None = None,
    ) -> Answer:
        """The best k items for a user, a history, words, or any of these together.

        Args:
            user_id: a user of the log.
            k: list length, 1 to the catalogue's size; ten, or as many items as there are, where None.
            history: item ids, oldest first, in place of the user's own; what a user has is still not shown.
            text: a wish in words.
            exclude: item ids not to be shown.
            where: a filter over catalogue fields, such as `year >= 1990 and "Drama" in genres`.
            explain: who words the reasons; the workspace's choice where None.

        Raises:
            UsageError: an id, k or filter that cannot be used, or nothing to go on.
            BackendError: the server that writes cannot be reached.
        """
        request = Request(user_id, history, text, exclude)
        return self.recommend_many([request], k=k, where=where, explain=explain)[0]

    def recommend_many(
        self,
        requests: Sequence[Request],
        *,
        k: int | None = None,
        where: str | None = None,
        explain: Explain | None = None,
    ) -> list[Answer]:
        """What `recommend` gives, for many requests in one batch."""
        start = time.perf_counter()
        queries = self.queries(requests, where=where)
        rankings = self.rank(queries, k=k)
        rows = [Ranked.of(rankings, row) for row in range(len(queries))]
        users = [self._user(each.user_id) for each in requests]  # none of the other people that reasons count
        reasons = [
            self._reasons(replace(query, user=user), row, explain=explain)
            for query, user, row in zip(queries, users, rows, strict=True)
        ]
        took = _milliseconds_since(start)
        return [
            self._served_for(request).answer(request.user_id, row, why, took_ms=took, is_blind=query.is_blind)
            for request, query, row, why in zip(requests, queries, rows, reasons, strict=True)
        ]

    def rank(self, queries: Sequence[Query], *, k: int | None = None) -> Rankings:
        """The model's lists, in item indices.

        Raises:
            UsageError: k does not fit the catalogue.
        """
        with timing("rank"):
            return self.recommender.recommend(queries, k=self.list_length(k))

    def list_length(self, k: int | None = None) -> int:
        """A k that fits the catalogue; where None, ten or as many items as there are.

        Raises:
            UsageError: it does not fit.
        """
        alive = int(self.dataset.catalogue.alive.sum())
        if k is None and alive:
            return min(DEFAULT_K, alive)
        if k is None or not 1 <= k <= alive:
            raise UsageError(
                f"k is {DEFAULT_K if k is None else k}",
                why=f"the catalogue has {alive} items",
                next_step=f"choose k from 1 to {alive}" if alive else "add items",
            )
        return k

    def queries(self, requests: Sequence[Request], *, where: str | None = None) -> list[Query]:
        """Requests in integer form; they share one candidate mask.

        Raises:
            UsageError: an unknown id, or a filter that does not parse or leaves no item.
        """
        candidates = self._candidates(where)
        return [self._query(each, candidates) for each in requests]

    def explain(
        self, user_id: str, item_id: str, *, explain: Explain | None = None, depth: int = 100
    ) -> Answer:
        """Why an item would suit a user: its place in the model's list, and the reason.

        Raises:
            UsageError: the user or the item is unknown, the item is removed, or the user has it already.
        """
        start = time.perf_counter()
        item = self._item(item_id)
        query = self.queries([Request(user_id)])[0]
        if not self.dataset.catalogue.alive[item]:
            raise UsageError(
                f"item {item_id} was removed from the catalogue",
                why="a removed item is never recommended",
                next_step="choose another, or add it anew: genrec items add",
            )
        if item in query.history:
            raise UsageError(
                f"user {user_id} has item {item_id} already",
                next_step="choose one that is not in the history",
            )
        depth = min(depth, int(self.dataset.catalogue.alive.sum()))
        whole = Ranked.of(self.rank([query], k=depth), 0)
        ranked = whole.only(item)
        reasons = self._reasons(query, ranked, explain=explain)
        took = _milliseconds_since(start)
        answer = self._served.answer(user_id, ranked, reasons, took_ms=took, is_blind=query.is_blind)
        place = np.flatnonzero(whole.items == item)
        return placed(answer, int(place[0]) + 1 if len(place) else None, depth=depth)

    def similar(self, item_id: str, *, k: int | None = None, where: str | None = None) -> Answer:
        """The items most like one in what the catalogue says of them, with the reason.

        Raises:
            UsageError: the item is unknown or has left the catalogue, or k or the filter does not fit.
        """
        start = time.perf_counter()
        item, k = self._item(item_id), self.list_length(k)
        if not self.dataset.catalogue.titles[item]:
            raise UsageError(
                f"item {item_id} has left the catalogue",
                why="nothing is known of it but its id",
                next_step="choose another, or add it anew: genrec items add",
            )
        query = Query(exclude=np.array([item], np.int32), candidates=self._candidates(where))
        with timing("retrieve"):
            ranked = Ranked.of(self.index.similar(item, query, k=k), 0)
        with timing("explain"):
            reasons = self.explainer.compare(item, ranked.items)
        served = replace(self._served, model="similar")
        return served.answer(None, ranked, reasons, took_ms=_milliseconds_since(start))

    def search(self, text: str, *, k: int, where: str | None = None) -> tuple[ItemArray, ScoreArray]:
        """The items that words find, best first, and their scores.

        Raises:
            UsageError: the filter does not parse, or leaves no item.
        """
        query = Query(text=text, candidates=self._candidates(where))
        (found,) = search_for(self.index.retriever, [[text]], [query], depth=k)
        return found.row(0)

    def knows(self, user_id: str) -> bool:
        """Whether anything is known of a user."""
        return user_id in self.dataset.interactions.users or self._since(user_id) is not None

    def events_of(self, user_id: str) -> Interactions | None:
        """What a user did, oldest first, with what came since the data was read; None of one nobody knows."""
        if not self.knows(user_id):
            return None
        user, more = self._user(user_id), self._since(user_id)
        if user is None:
            return more
        events = self.dataset.interactions.of_user(user)
        return events if more is None else events.followed_by(more)

    @cached_property
    def recommender(self) -> Recommender:
        """The model that the settings name, or the one given."""
        if self._recommender is not None:
            return self._recommender
        if self.settings.model == "popularity":
            return Popularity.fit(PopularitySettings(), self.dataset, Fitting())
        if self._fitted_folder is None:
            return self.generative
        if self._is_language_model:
            return language.opened(
                self._fitted_folder,
                self.dataset,
                backend=self.settings.generator,
                generator=self._generator,
            )
        return load_model(self._fitted_folder, self.dataset.catalogue)

    @property
    def index(self) -> Index:
        """The retrievers; a fitted model needs none, so they are opened, once, when they are first asked for.

        Raises:
            ArtifactError: the index is missing or damaged.
        """
        with self._reading:
            if self._index is None:
                self._index = open_index(self.workspace)[1]
            return self._index

    @cached_property
    def warnings(self) -> tuple[str, ...]:
        """What every answer must say: a model older than its data, or an adapter that nothing was checked by.

        Raises:
            ArtifactError: the model is damaged or half-written.
        """
        name, generator = self.settings.model, self.settings.generator
        if name == "generative" and unchecked_adapter(generator, self.workspace.root):
            return (f"the adapter {generator.adapter} has no manifest and was not checked",)
        if self._manifest is None or self._manifest.data_fingerprint == self.dataset.fingerprint:
            return ()
        verb = "finetune" if self._is_language_model else "fit"
        return (f"the model {name} is older than the data: `genrec {verb} {name}` makes it anew",)

    @property
    def _fitted_folder(self) -> Path | None:
        name = self.settings.model
        is_kept = name not in BUILT_IN and self._recommender is None
        return self.workspace.models_folder / name if is_kept else None

    @cached_property
    def _manifest(self) -> Manifest | None:
        folder = self._fitted_folder
        if folder is None:
            return None
        if self._is_language_model:
            return language.read_language_model(folder)[1]
        return open_artifact(folder, kind=KIND, rebuild=f"genrec fit {folder.name}")

    @cached_property
    def _is_language_model(self) -> bool:
        folder = self._fitted_folder
        return folder is not None and kind_of(folder) == LANGUAGE_MODEL

    @cached_property
    def writer(self) -> tuple[GeneratorSettings, Path] | None:
        """As `writer_of` its workspace."""
        return writer_of(self.workspace)

    @cached_property
    def generative(self) -> Generative:
        """The model that writes searches."""
        settings = self.settings
        return Generative(
            catalogue=self.dataset.catalogue,
            generator=self.generator,
            template=load_prompt(settings.generator.prompt),
            retriever=self.index.retriever,
            last_titles=self.index.bm25,
            popularity=popularity(self.dataset.positives, len(self.dataset.catalogue)),
            settings=settings.generator,
            merge=settings.merge,
        )

    @cached_property
    def generator(self) -> Generator:
        """What writes: the one given, a server where the settings name one, else the model in process."""
        return self._generator or open_generator(self.settings.generator, self.workspace.root)

    @cached_property
    def reason_writer(self) -> Write:
        """What words reasons: the adapter set for it, or what writes searches; a generator that was given."""
        if self._words is not None:
            return self._words()
        settings = self.settings.generator
        if self._generator is not None:
            settings = settings.model_copy(update={"reason_adapter": None})
        return open_writer(settings, self.workspace.root, self.generator)

    @cached_property
    def model_version(self) -> str:
        """Twelve hex digits that change with the model's settings, prompts and data."""
        settings = self.settings
        parts = [settings.model_dump_json(exclude={"explain"}), self.dataset.fingerprint]
        if self._manifest is not None:
            parts.append(self._manifest.model_dump_json())
        if settings.model == "generative":
            parts += [
                load_prompt(settings.generator.prompt).hash,
                load_prompt(settings.generator.reason_prompt).hash,
            ]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]

    @property
    def _served(self) -> Served:
        return Served(self.settings.model, self.model_version, self.dataset.catalogue, self.warnings)

    def _served_for(self, request: Request) -> Served:
        """What an answer names, with a word to who gave words to a model that reads none."""
        model = self.recommender
        if isinstance(model, TitleRanker):
            reads = "text" in model.generative.template.variables
        else:
            reads = isinstance(model, Generative)
        if reads or not request.text:
            return self._served
        unread = f"the model {self.settings.model} does not read words: the text was not used"
        return replace(self._served, warnings=(*self._served.warnings, unread))

    def _item(self, item_id: str) -> int:
        ids = self.dataset.catalogue.ids
        # from Python an id may come as a number, which is refused with the text it should be
        if item_id not in ids and (titled := TitleIndex(self.dataset.catalogue).find(str(item_id))):
            named = " or ".join(ids[item] for item in titled[:5])
            raise UnknownIdError(
                f"unknown item {item_id!r}", why="that is a title", next_step=f"give its id: {named}"
            )
        return ids.index(item_id, kind="item")

    def _user(self, user_id: str | None) -> int | None:
        """The user's number in the data; None of nobody, and of one who came since."""
        users = self.dataset.interactions.users
        if user_id is None or (user_id not in users and self._since(user_id) is not None):
            return None
        return users.index(user_id, kind="user")

    def _of_user(
        self, user_id: str, *, text: str | None, exclude: ItemArray, candidates: Mask | None
    ) -> Query:
        user, more = self._user(user_id), self._since(user_id)
        if more is not None:
            return self.dataset.query_since(user, more, text=text, exclude=exclude, candidates=candidates)
        assert user is not None
        return self.dataset.query(user, text=text, exclude=exclude, candidates=candidates)

    def _items(self, item_ids: Sequence[str]) -> ItemArray:
        if isinstance(item_ids, str):  # a sequence of texts to every type checker: its letters
            raise UsageError(
                f"one text {item_ids!r} where a list of item ids is wanted", next_step="give a list"
            )
        return np.array([self._item(each) for each in item_ids], np.int32)

    def _candidates(self, where: str | None) -> Mask | None:
        if where is None:
            return None
        mask = parse_filter(where, self.dataset.catalogue).mask(self.dataset.catalogue)
        if not mask.any():
            raise UsageError(f"no item fits the filter {where!r}", next_step="loosen it")
        return mask

    def _query(self, request: Request, candidates: Mask | None) -> Query:
        if request.user_id is None and request.history is None and not (request.text or "").strip():
            raise UsageError("nothing to go on", next_step="give a user, a history or a text")
        if any("\ud800" <= each <= "\udfff" for each in request.text or ""):
            raise UsageError("the text is not valid Unicode", why="it holds bytes that are not UTF-8")
        exclude = self._items(request.exclude)
        query = Query(text=request.text, exclude=exclude, candidates=candidates)
        if request.user_id is not None:
            query = self._of_user(request.user_id, text=request.text, exclude=exclude, candidates=candidates)
        if request.history is None:
            return query
        # what the user has or turned down stays out; beyond that the history given is all that counts
        return replace(
            query,
            user=None,
            history=self._items(request.history),
            events=None,
            values=None,
            times=None,
            exclude=query.unwanted,
        )

    def _reasons(self, query: Query, ranked: Ranked, *, explain: Explain | None) -> list[Reason]:
        chosen = explain or self.settings.explain
        if chosen not in get_args(Explain):  # from Python nothing has checked it
            raise UsageError(
                f"explain is {chosen!r}", next_step=f"choose from {', '.join(get_args(Explain))}"
            )
        if chosen == "none":
            return []
        write = self.reason_writer if chosen == "model" else None
        is_fitted = self._fitted_folder is not None and not self._is_language_model
        with timing("explain"):
            return self.explainer.explain(
                query, ranked.items, ranked.trace, write=write, neighbours=is_fitted
            )


def writer_of(workspace: Workspace) -> tuple[GeneratorSettings, Path] | None:
    """What writes a workspace's searches, and what its paths are relative to; None where none does.

    Raises:
        ArtifactError: the model is damaged or half-written.
    """
    name, generator = workspace.settings.model, workspace.settings.generator
    folder = workspace.models_folder / name
    if name == "generative":
        return generator, workspace.root
    if name in BUILT_IN or not folder.is_dir() or kind_of(folder) != LANGUAGE_MODEL:
        return None
    settings, _ = language.read_language_model(folder)
    return (settings.at(folder, backend=generator), Path()) if settings.ranking == "search" else None


def _check_model(workspace: Workspace, name: str) -> None:
    choices = (*BUILT_IN, *workspace.fitted_models)
    if name not in choices:
        fitting = f"choose from {', '.join(choices)}, or fit one: genrec fit MODEL"
        raise UnknownIdError(f"unknown model {name!r}", next_step=fitting)


def _milliseconds_since(start: float) -> int:
    return int(1000 * (time.perf_counter() - start))
