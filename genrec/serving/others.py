"""What the other models of a workspace would say: each is opened when it is first asked, and kept."""

import threading
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Literal

from pydantic import BaseModel

from genrec.engine import BUILT_IN, Engine, Explain, Request
from genrec.errors import ArtifactError
from genrec.models.base import Fitting, Recommender
from genrec.models.fitting import fit
from genrec.models.listing import listed
from genrec.models.settings import AnyModel, ItemKNNSettings, RulesSettings
from genrec.serving.live import Live, check_items, of_known
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
        self._opening = threading.Lock()
        self._base: Engine | None = None
        self._engines: dict[str, Engine] = {}
        self._kinds: dict[str, str] = {}

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
            BackendError: the language model behind it fails.
        """
        if model == self._live.engine.settings.model:
            return self._live.recommend(request, k=k, where=where, explain=explain)
        engine = self._engine(model)
        check_items(engine, (*(request.history or ()), *request.exclude))
        asked = of_known(request, engine)
        (answer,) = engine.recommend_many([asked], k=k, where=where, explain=explain)
        return replace(answer, user_id=request.user_id)

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
        with self._opening:
            base = self._live.engine
            if base is not self._base:
                self._base, self._engines = base, {}
            if name not in self._engines:
                self._engines[name] = base.by(name, recommender=self._fitted_at_once(name, base))
                _ = self._engines[name].recommender  # opened here, so that two requests do not open it twice
            return self._engines[name]

    def _fitted_at_once(self, name: str, base: Engine) -> Recommender | None:
        if name not in AT_ONCE or name in self._live.workspace.fitted_models:
            return None
        return fit(AT_ONCE[name], base.dataset, Fitting(is_quiet=True))
