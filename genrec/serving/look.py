"""What is looked at beside answers: a user's events, an item, the models and what each would say."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Annotated, Any, Literal

import numpy as np
from fastapi import FastAPI, Path
from pydantic import BaseModel, ConfigDict

from genrec.data.ids import IdMap
from genrec.data.interactions import EVENT_TYPES, NO_TIME, EventType, Interactions
from genrec.engine import Request as Asked
from genrec.serving.live import Live, check_items
from genrec.serving.others import Model, Others
from genrec.serving.schemas import Fault, K, Name, RecommendBody, faults
from genrec.types import NO_ITEM

Run = Callable[..., Awaitable[Any]]


class Done(BaseModel):
    """One thing a user did; a search has words and no item."""

    type: EventType
    item_id: str | None
    title: str | None
    timestamp: int | None
    """Unix seconds; None where the log gave none."""
    value: float | None
    text: str | None


class History(BaseModel):
    """What a user did, newest first."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "user_id": "42",
                    "is_known": True,
                    "total": 183,
                    "events": [
                        {
                            "type": "rating",
                            "item_id": "50",
                            "title": "Star Wars (1977)",
                            "timestamp": 881107281,
                            "value": 5.0,
                            "text": None,
                        }
                    ],
                }
            ]
        }
    )

    user_id: str
    is_known: bool
    """False of one who never did anything, or was forgotten."""
    total: int
    """Events in all; `events` are the newest of them."""
    events: list[Done]


class Item(BaseModel):
    """An item of the catalogue, with what is known of it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "item_id": "50",
                    "title": "Star Wars (1977)",
                    "is_shown": True,
                    "fields": {"year": ["1977"], "genres": ["Action", "Adventure"]},
                }
            ]
        }
    )

    item_id: str
    title: str
    is_shown: bool
    """False of one that was removed: it still has its place in histories."""
    fields: dict[str, list[str]]
    """The values of each field, as words."""


class Models(BaseModel):
    """The models of the workspace, the one that answers by default first."""

    object: Literal["list"] = "list"
    data: list[Model]


def add_looks(app: FastAPI, live: Live, *, others: Others, run: Run, compare: Run, needs: list[Any]) -> None:
    """The routes that only read, behind the same keys as all others.

    Args:
        app: to which.
        live: what is looked at.
        others: the models beside the one that answers.
        run: runs what blocks, off the event loop.
        compare: as `run`, in threads of its own.
        needs: dependencies of each route, such as a key.
    """
    refused = faults(Fault, 401, 404, 408, 413, 422, 429, 503)

    @app.get("/v1/users/{user_id}/history", dependencies=needs, responses=refused, summary="What a user did")
    async def history(user_id: Annotated[Name, Path(description="any id")], k: K = 20) -> History:
        found: History = await run(history_of, live, user_id, k=k)
        return found

    @app.get("/v1/items/{item_id}", dependencies=needs, responses=refused, summary="What is known of an item")
    async def item(item_id: Annotated[Name, Path(description="an item of the catalogue")]) -> Item:
        return item_of(live, item_id)

    _add_models(app, others, run, compare, needs)


def _add_models(app: FastAPI, others: Others, run: Run, compare: Run, needs: list[Any]) -> None:
    @app.get(
        "/v1/models",
        dependencies=needs,
        responses=faults(Fault, 401, 408, 413, 429, 503),
        summary="What answers",
    )
    async def models() -> Models:
        return Models(data=await run(others.models))

    @app.post(
        "/v1/models/{model}/recommend",
        dependencies=needs,
        responses=faults(Fault, 400, 401, 404, 408, 413, 422, 429, 503),
        summary="What one model of the workspace would say, in place of the default",
    )
    async def recommend_by(
        model: Annotated[Name, Path(description="as /v1/models lists it")], body: RecommendBody
    ) -> dict[str, Any]:
        asked = Asked(body.user_id, body.history, body.text, body.exclude)
        how = {"k": body.k, "where": body.where, "explain": body.explain}
        return asdict(await compare(others.recommend, model, asked, **how))


def history_of(live: Live, user_id: str, *, k: int) -> History:
    """The newest k events of a user."""
    engine = live.engine
    events = engine.events_of(user_id)
    if events is None or not len(events):
        return History(user_id=user_id, is_known=False, total=0, events=[])
    titles, ids = engine.dataset.catalogue.titles, engine.dataset.catalogue.ids
    newest = range(len(events) - 1, max(-1, len(events) - 1 - k), -1)
    told = [_done(events, row, ids, titles) for row in newest]
    return History(user_id=user_id, is_known=True, total=len(events), events=told)


def item_of(live: Live, item_id: str) -> Item:
    """An item of the catalogue.

    Raises:
        UnknownIdError: it is unknown.
    """
    engine = live.engine
    check_items(engine, [item_id])
    catalogue = engine.dataset.catalogue
    item = catalogue.ids.index(item_id, kind="item")
    fields = {name: catalogue.values(item, name) for name in catalogue.attributes}
    return Item(
        item_id=item_id,
        title=catalogue.titles[item],
        is_shown=bool(catalogue.alive[item]),
        fields={name: values for name, values in fields.items() if values},
    )


def _done(events: Interactions, row: int, ids: IdMap, titles: list[str]) -> Done:
    item, time, value = int(events.items[row]), int(events.times[row]), float(events.values[row])
    return Done(
        type=EVENT_TYPES[events.events[row]],
        item_id=None if item == NO_ITEM else ids[item],
        title=None if item == NO_ITEM else titles[item],
        timestamp=None if time == NO_TIME else time,
        value=None if np.isnan(value) else value,
        text=None if events.texts is None else events.texts[row],
    )
