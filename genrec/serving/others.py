"""What the other models of a workspace would say: each is opened when it is first asked, and kept."""

import threading
import time
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from types import MappingProxyType
from typing import Literal

from pydantic import BaseModel

from genrec.engine import BUILT_IN, Engine, Explain, Request
from genrec.errors import ArtifactError, BackendError
from genrec.models.base import Fitting, Recommender
from genrec.models.fitting import fit
from genrec.models.listing import listed
from genrec.models.settings import AnyModel, ItemKNNSettings, RulesSettings
from genrec.serving.guard import current
from genrec.serving.live import Live, check_items, marked, noted, of_known
from genrec.serving.schemas import CHAT_MODEL
from genrec.types import Answer

AT_ONCE: Mapping[str, AnyModel] = MappingProxyType({"item-knn": ItemKNNSettings(), "rules": RulesSettings()})
"""Models that are fitted in seconds, in memory, where the workspace has none of the name; popularity is built
in."""


class Model(BaseModel):
    """A model of the workspace, in the form that OpenAI clients read, with what sort it is."""

    id: str
    object: Literal["model"] = "model"
    created: int = 0
    owned_by: Literal["genrec"] = "genrec"
    kind: str
    is_default: bool
    """Whether it is the one that answers `/v1/recommend`."""
    fault: str | None = None
    """Why it cannot be asked; None where it can."""


class Others:
    """Answers by any model of the workspace, over what the server knows at that moment.

    A change of the catalogue, and a forgotten user, leave the models behind: each is then made anew when it
    is next asked, so none has learnt from what is gone.

    Args:
        live: what is served.
    """

    def __init__(self, live: Live) -> None:
        self._live = live
        self._lock = threading.Lock()
        self._opening = ThreadPoolExecutor(1, thread_name_prefix="genrec-opening")
        self._base: Engine | None = None
        self._engines: dict[str, Future[Engine]] = {}
        self._kinds: dict[str, str] = {}

    def close(self) -> None:
        """Open no more models."""
        self._opening.shutdown(wait=False, cancel_futures=True)

    def models(self) -> list[Model]:
        """The default first, then all others by name, then the dialogue with whichever answers."""
        default = self._live.engine.settings.model
        names = {*BUILT_IN, *AT_ONCE, *self._live.workspace.fitted_models} - {default}
        found = [self._described(name, is_default=name == default) for name in (default, *sorted(names))]
        return [*found, Model(id=CHAT_MODEL, kind="chat", is_default=False)]

    def recommend(
        self,
        model: str,
        request: Request,
        *,
        k: int | None = None,
        where: str | None = None,
        explain: Explain = "template",
    ) -> Answer:
        """As `Live.recommend`, by one model; one that fails is told, not replaced.

        Raises:
            UsageError: as there.
            UnknownIdError: there is no model of that name.
            ArtifactError: the model is damaged.
            BackendError: the language model behind it fails, or the model is still being opened.
        """
        if model == self._live.engine.settings.model:
            return self._live.recommend(request, k=k, where=where, explain=explain)
        engine = self._engine(model)
        check_items(engine, (*(request.history or ()), *request.exclude))
        asked = of_known(request, engine)
        (answer,) = engine.recommend_many([asked], k=k, where=where, explain=explain)
        return noted(replace(marked(answer, engine), user_id=request.user_id))

    def _described(self, name: str, *, is_default: bool) -> Model:
        try:
            return Model(id=name, kind=self._kind(name), is_default=is_default)
        except ArtifactError as error:
            return Model(id=name, kind="", is_default=is_default, fault=error.what)

    def _kind(self, name: str) -> str:
        """What sort of model it is; one in a folder is read once, since every file of it is checked."""
        folder = self._live.workspace.models_folder / name
        if name in BUILT_IN:
            return "built in"
        if not folder.is_dir():
            return "fitted when it is asked"
        if name not in self._kinds:
            self._kinds[name] = listed(folder).kind
        return self._kinds[name]

    def _engine(self, name: str) -> Engine:
        """A model that takes long to open goes on being opened when the request's time for it is over."""
        left = max(0.0, current().expires - time.monotonic())
        try:
            return self._begun(name).result(timeout=min(left, threading.TIMEOUT_MAX))
        except TimeoutError as error:
            raise BackendError(f"the model {name} is still being opened: ask again in a while") from error

    def _begun(self, name: str) -> Future[Engine]:
        with self._lock:
            base = self._live.engine
            if base is not self._base:
                self._base, self._engines = base, {}
            found = self._engines.get(name)
            if found is None or (found.done() and found.exception()):
                found = self._engines[name] = self._opening.submit(self._opened, name, base)
            return found

    def _opened(self, name: str, base: Engine) -> Engine:
        recommender = self._fitted_at_once(name, base)
        writer = None if recommender else self._live.writer_of(name)
        engine = base.by(name, recommender=recommender, generator=writer)
        _ = engine.recommender  # opened here, so that two requests do not open it twice
        return engine

    def _fitted_at_once(self, name: str, base: Engine) -> Recommender | None:
        if name not in AT_ONCE or name in self._live.workspace.fitted_models:
            return None
        return fit(AT_ONCE[name], base.dataset, Fitting(is_quiet=True))
