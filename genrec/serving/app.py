"""The HTTP door: routes, keys, errors, health and metrics. What it serves is `live`."""

import asyncio
import logging
import time
import traceback
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import asynccontextmanager
from contextvars import ContextVar
from functools import partial
from typing import Annotated, Any, TypeVar

from fastapi import Depends, FastAPI, Path, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic_core import to_json
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from genrec.engine import Request as Asked
from genrec.errors import ArtifactError, BackendError, GenrecError, StoreError, UnknownIdError
from genrec.events import ConflictError, Event
from genrec.serving.chat import add_chat
from genrec.serving.guard import Call, by
from genrec.serving.keys import Keys
from genrec.serving.limits import NO_KEY, Gate, Limits, refuse
from genrec.serving.live import Live
from genrec.serving.look import add_looks
from genrec.serving.metrics import Metrics
from genrec.serving.others import Others
from genrec.serving.page import add_page
from genrec.serving.schemas import (
    EventBody,
    ExplainBody,
    Fault,
    Hits,
    ItemBody,
    K,
    Kept,
    Name,
    Readiness,
    RecommendBody,
    SearchBody,
    faults,
)
from genrec.types import Answer

log = logging.getLogger("genrec.serving")
THREADS = 32
"""Most of a request is waiting for the model server, which takes that many at once."""
COMPARING = 2
"""Threads of their own: who waits for a model to be opened holds no thread that an answer needs."""
METHODS = {"GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"}
UNFORESEEN = "an error that nobody foresaw; the log has it under this request id"
_SCOPE: ContextVar[Scope] = ContextVar("scope")
"""Of the request that is worked on, where its log line finds what is to be told."""
T = TypeVar("T")


def application(live: Live, *, keys: Keys, threads: int = THREADS) -> FastAPI:
    """The server of one catalogue.

    Args:
        live: what it serves.
        keys: who may ask; everybody where there are none.
        threads: how many requests are worked on at once; the rest wait.
    """
    pool = ThreadPoolExecutor(threads, thread_name_prefix="genrec")
    doctor = ThreadPoolExecutor(1, thread_name_prefix="genrec-health")  # never behind what is stuck
    comparing = ThreadPoolExecutor(COMPARING, thread_name_prefix="genrec-others")
    metrics, gate, others = Metrics(), Gate(), Others(live)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        others.close()
        for each in (pool, comparing):
            each.shutdown(wait=True)
        doctor.shutdown(wait=False)

    app = FastAPI(title="genrec", version="1", lifespan=lifespan, docs_url=None, redoc_url=None)
    app.state.metrics, app.state.gate = metrics, gate
    _handle_errors(app)

    async def run_in(threads: Executor, work: Callable[..., T], *given: Any, **named: Any) -> T:
        call = Call(time.monotonic() + live.deadline)  # waiting for a thread is waiting, too
        do = partial(work, *given, **named)
        try:
            found = await asyncio.get_running_loop().run_in_executor(threads, by, call, do)
        finally:
            metrics.note(call)
        if call.answers:
            _SCOPE.get()["degraded"] = any(each.degraded for each in call.answers)
        return found

    run, compare = partial(run_in, pool), partial(run_in, comparing)

    async def examine() -> list[str]:
        if gate.is_draining:
            return ["the server is shutting down"]
        return await asyncio.get_running_loop().run_in_executor(doctor, live.health.faults)

    def opens(headers: Headers) -> bool:
        given = headers.get("authorization", "").removeprefix("Bearer ")
        return not len(keys) or keys.name_of(given) is not None

    async def allowed(request: Request) -> None:
        if not opens(request.headers):
            raise HTTPException(401, NO_KEY)

    app.state.examine = examine
    _add_health(app, metrics, examine)
    _add_answers(app, live, run, [Depends(allowed)])
    _add_changes(app, live, run, [Depends(allowed)])
    add_looks(app, live, others=others, run=run, compare=compare, needs=[Depends(allowed)])
    add_chat(app, live, run, [Depends(allowed)])
    add_page(app)
    app.add_middleware(Limits, gate=gate, opens=opens)
    app.add_middleware(Watched, metrics=metrics)
    return app


Run = Callable[..., Awaitable[Any]]
ItemId = Annotated[Name, Path(description="an item of the catalogue")]


def _add_answers(app: FastAPI, live: Live, run: Run, needs: list[Any]) -> None:
    refused = faults(Fault, 400, 401, 404, 408, 413, 422, 429, 503)

    gives: dict[str, Any] = {"dependencies": needs, "responses": refused, "response_model": dict[str, Any]}

    @app.post("/v1/recommend", summary="The best items, with reasons", **gives)
    async def recommend(body: RecommendBody) -> Response:
        asked = Asked(body.user_id, body.history, body.text, body.exclude)
        return _told(await run(live.recommend, asked, k=body.k, where=body.where, explain=body.explain))

    @app.post("/v1/search", dependencies=needs, responses=refused, summary="Items that words find")
    async def search(body: SearchBody) -> Hits:
        found: Hits = await run(live.search, body.text, k=body.k, where=body.where)
        return found

    @app.post("/v1/explain", summary="Why an item would suit a user", **gives)
    async def explain(body: ExplainBody) -> Response:
        return _told(await run(live.explain, body.user_id, body.item_id, explain=body.explain))

    @app.get("/v1/items/{item_id}/similar", summary="Items like one", **gives)
    async def similar(item_id: ItemId, k: K = 10) -> Response:
        return _told(await run(live.similar, item_id, k=k))


def _told(answer: Answer) -> Response:
    """The JSON of `asdict` of an answer, in a thirtieth of the time of it and FastAPI's own encoder."""
    return Response(to_json(answer), media_type="application/json")


def _add_changes(app: FastAPI, live: Live, run: Run, needs: list[Any]) -> None:
    refused = faults(Fault, 400, 401, 404, 408, 413, 422, 429, 503)

    @app.post(
        "/v1/feedback", dependencies=needs, responses=refused | faults(Fault, 409), summary="What users did"
    )
    async def feedback(body: EventBody | list[EventBody]) -> Kept:
        sent = body if isinstance(body, list) else [body]
        new = await run(live.feedback, [Event(**each.model_dump()) for each in sent])
        return Kept(accepted=new, repeated=len(sent) - new)

    made = refused | {201: {"model": dict[str, str], "description": "it is new"}}

    @app.put("/v1/items/{item_id}", dependencies=needs, responses=made, summary="Add or replace an item")
    async def put_item(item_id: ItemId, body: ItemBody, response: Response) -> dict[str, str]:
        is_new = await run(live.put_item, {"item_id": item_id, **body.model_dump()})
        response.status_code = 201 if is_new else 200
        return {"item_id": item_id}

    @app.delete("/v1/items/{item_id}", dependencies=needs, responses=refused, summary="Show an item no more")
    async def delete_item(item_id: ItemId) -> dict[str, str]:
        await run(live.delete_item, item_id)
        return {"item_id": item_id}

    @app.delete(
        "/v1/users/{user_id}", dependencies=needs, responses=refused, summary="Forget a user, everywhere"
    )
    async def forget(user_id: Annotated[Name, Path(description="any id")]) -> dict[str, Any]:
        return {"user_id": user_id, "events": await run(live.forget, user_id)}


def _add_health(app: FastAPI, metrics: Metrics, examine: Callable[[], Awaitable[list[str]]]) -> None:
    @app.get("/health/live", summary="The process answers")
    async def is_live() -> dict[str, bool]:
        return {"live": True}

    ill: dict[int | str, dict[str, Any]] = {503: {"model": Readiness, "description": "not as it should be"}}

    @app.get("/health/ready", responses=ill, summary="The store, the index and the model work")
    async def is_ready(response: Response) -> Readiness:
        found = await examine()
        response.status_code = 503 if found else 200
        return Readiness(ready=not found, faults=found)

    @app.get("/metrics", summary="For Prometheus", response_class=Response)
    async def prometheus() -> Response:
        return Response(metrics.text(), media_type="text/plain; version=0.0.4")


def _handle_errors(app: FastAPI) -> None:
    @app.exception_handler(GenrecError)
    async def told(request: Request, error: GenrecError) -> JSONResponse:
        status = _status(error)
        if status == 503:  # where it lies is nobody's business
            return _fault(request, status, error.what)
        return _fault(
            request, status, error.what, where=error.where, why=error.why, next_step=error.next_step
        )

    @app.exception_handler(RequestValidationError)
    async def unfit(request: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        place = ".".join(str(each) for each in first["loc"])
        return _fault(request, 422, "the request does not fit the schema", where=place, why=first["msg"])

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> JSONResponse:
        return _fault(request, error.status_code, str(error.detail))


STATUS: tuple[tuple[type[GenrecError], int], ...] = (
    (ConflictError, 409),
    (UnknownIdError, 404),
    (StoreError, 503),
    (ArtifactError, 503),
    (BackendError, 503),
)
"""The first that an error is; one of no line is the request's own fault, 400."""


def _status(error: GenrecError) -> int:
    return next((status for kind, status in STATUS if isinstance(error, kind)), 400)


def _fault(
    request: Request, status: int, what: str, *, where: str = "", why: str = "", next_step: str = ""
) -> JSONResponse:
    name = request.scope.get("request_id", "")
    fault = Fault(what=what, where=where, why=why, next_step=next_step, request_id=name)
    return JSONResponse(fault.model_dump(), status)


class Watched:
    """ASGI middleware: each request has an id, is counted and logged, and ends in an answer.

    Neither a log line nor a figure names an address or what a request held: both may name a user.
    """

    def __init__(self, app: ASGIApp, *, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; what nobody foresaw is logged, and told with a 500."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        name, start = uuid.uuid4().hex, time.perf_counter()
        scope["request_id"], status = name, 0
        _SCOPE.set(scope)

        async def told(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", name.encode())]
            await send(message)

        try:
            await self._app(scope, receive, told)
        except Exception as error:
            log.error("request %s failed: %s\n%s", name, type(error).__name__, _places(error))
            if not status:
                await refuse(scope, told, 500, UNFORESEEN)
        self._note(scope, status, time.perf_counter() - start)

    def _note(self, scope: Scope, status: int, took: float) -> None:
        path = getattr(scope.get("route"), "path", "unknown")
        method = scope["method"] if scope["method"] in METHODS else "other"
        self._metrics.request(path, method, status, took)
        seen = {"request_id": scope["request_id"], "method": method, "route": path, "status": status}
        of_answer = {name: scope[name] for name in ("tenant", "degraded") if name in scope}
        log.info("request", extra=seen | {"seconds": round(took, 6)} | of_answer)


def _places(error: Exception) -> str:
    """Where an error came from, without its words."""
    return "".join(traceback.format_tb(error.__traceback__))
