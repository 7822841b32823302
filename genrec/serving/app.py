"""The HTTP door: routes, keys, errors, health and metrics. What it serves is `live`."""

import asyncio
import logging
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import asdict
from functools import partial
from typing import Annotated, Any, TypeVar

from fastapi import Depends, FastAPI, Path, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from genrec.engine import Request as Asked
from genrec.errors import DataError, GenrecError, UsageError
from genrec.events import ConflictError, Event
from genrec.serving.chat import MODEL, add_chat
from genrec.serving.keys import Keys
from genrec.serving.limits import Limits
from genrec.serving.live import Live
from genrec.serving.metrics import Metrics
from genrec.serving.schemas import (
    EventBody,
    ExplainBody,
    Fault,
    Hits,
    ItemBody,
    K,
    Kept,
    Name,
    RecommendBody,
    SearchBody,
    faults,
)

log = logging.getLogger("genrec.serving")
THREADS = 32
"""Most of a request is waiting for the model server, which takes that many at once."""
T = TypeVar("T")


def application(live: Live, *, keys: Keys, threads: int = THREADS) -> FastAPI:
    """The server of one catalogue.

    Args:
        live: what it serves.
        keys: who may ask; everybody where there are none.
        threads: how many requests are worked on at once; the rest wait.
    """
    pool = ThreadPoolExecutor(threads, thread_name_prefix="genrec")
    metrics = Metrics()

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        pool.shutdown(wait=True)

    app = FastAPI(title="genrec", version="1", lifespan=lifespan, docs_url=None, redoc_url=None)
    app.state.live, app.state.metrics = live, metrics
    _handle_errors(app)
    _watch(app, metrics)

    async def run(work: Callable[..., T], *given: Any, **named: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(pool, partial(work, *given, **named))

    async def allowed(request: Request) -> None:
        given = request.headers.get("authorization", "")
        if len(keys) and keys.name_of(given.removeprefix("Bearer ")) is None:
            raise HTTPException(401, "no key, or none that is known")

    _add_health(app, live, metrics, run)
    _add_answers(app, live, metrics, run, [Depends(allowed)])
    _add_changes(app, live, run, [Depends(allowed)])
    add_chat(app, live, run, [Depends(allowed)])
    app.add_middleware(Limits)
    return app


Run = Callable[..., Awaitable[Any]]
ItemId = Annotated[Name, Path(description="an item of the catalogue")]


def _add_answers(app: FastAPI, live: Live, metrics: Metrics, run: Run, needs: list[Any]) -> None:
    refused = faults(Fault, 400, 401, 413, 422, 429, 503)

    @app.post("/v1/recommend", dependencies=needs, responses=refused, summary="The best items, with reasons")
    async def recommend(body: RecommendBody) -> dict[str, Any]:
        asked = Asked(body.user_id, body.history, body.text, body.exclude)
        answer = await run(live.recommend, asked, k=body.k, where=body.where, explain=body.explain)
        metrics.note(answer)
        return asdict(answer)

    @app.post("/v1/search", dependencies=needs, responses=refused, summary="Items that words find")
    async def search(body: SearchBody) -> Hits:
        found: Hits = await run(live.search, body.text, k=body.k, where=body.where)
        return found

    @app.post("/v1/explain", dependencies=needs, responses=refused, summary="Why an item would suit a user")
    async def explain(body: ExplainBody) -> dict[str, Any]:
        return asdict(await run(live.explain, body.user_id, body.item_id, explain=body.explain))

    @app.get("/v1/items/{item_id}/similar", dependencies=needs, responses=refused, summary="Items like one")
    async def similar(item_id: ItemId, k: K = 10) -> dict[str, Any]:
        return asdict(await run(live.similar, item_id, k=k))

    @app.get("/v1/models", dependencies=needs, responses=faults(Fault, 401, 429, 503), summary="What answers")
    async def models() -> dict[str, Any]:
        names = dict.fromkeys((live.engine.settings.model, MODEL))
        return {
            "object": "list",
            "data": [{"id": each, "object": "model", "created": 0, "owned_by": "genrec"} for each in names],
        }


def _add_changes(app: FastAPI, live: Live, run: Run, needs: list[Any]) -> None:
    refused = faults(Fault, 400, 401, 413, 422, 429, 503)

    @app.post(
        "/v1/feedback", dependencies=needs, responses=refused | faults(Fault, 409), summary="What users did"
    )
    async def feedback(body: EventBody | list[EventBody]) -> Kept:
        sent = body if isinstance(body, list) else [body]
        new = await run(live.feedback, [Event(**each.model_dump()) for each in sent])
        return Kept(accepted=new, repeated=len(sent) - new)

    @app.put("/v1/items/{item_id}", dependencies=needs, responses=refused, summary="Add or replace an item")
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


def _add_health(app: FastAPI, live: Live, metrics: Metrics, run: Run) -> None:
    @app.get("/health/live", summary="The process answers")
    async def is_live() -> dict[str, bool]:
        return {"live": True}

    @app.get("/health/ready", responses=faults(Fault, 503), summary="The store, the index and the model work")
    async def is_ready() -> JSONResponse:
        ill = await run(live.faults)
        return JSONResponse({"ready": not ill, "faults": ill}, 503 if ill else 200)

    @app.get("/metrics", summary="For Prometheus", response_class=Response)
    async def prometheus() -> Response:
        return Response(metrics.text(), media_type="text/plain; version=0.0.4")


def _handle_errors(app: FastAPI) -> None:
    @app.exception_handler(GenrecError)
    async def told(request: Request, error: GenrecError) -> JSONResponse:
        return _fault(
            request, _status(error), error.what, where=error.where, why=error.why, next_step=error.next_step
        )

    @app.exception_handler(RequestValidationError)
    async def unfit(request: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        place = ".".join(str(each) for each in first["loc"])
        return _fault(request, 422, "the request does not fit the schema", where=place, why=first["msg"])

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> JSONResponse:
        return _fault(request, error.status_code, str(error.detail))

    @app.exception_handler(Exception)
    async def unexpected(request: Request, error: Exception) -> JSONResponse:
        log.exception("request %s failed", request.scope.get("request_id"), exc_info=error)
        return _fault(request, 500, "an error that nobody foresaw; the log has it under this request id")


def _status(error: GenrecError) -> int:
    if isinstance(error, ConflictError):
        return 409
    if isinstance(error, UsageError):
        return 404 if error.what.startswith(("unknown item", "unknown user")) else 400
    return 503 if isinstance(error, DataError) and "store" in error.what else 400


def _fault(
    request: Request, status: int, what: str, *, where: str = "", why: str = "", next_step: str = ""
) -> JSONResponse:
    name = request.scope.get("request_id", "")
    fault = Fault(what=what, where=where, why=why, next_step=next_step, request_id=name)
    return JSONResponse(fault.model_dump(), status)


def _watch(app: FastAPI, metrics: Metrics) -> None:
    @app.middleware("http")
    async def watched(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        name, start = uuid.uuid4().hex, time.perf_counter()
        request.scope["request_id"] = name
        response = await call_next(request)
        response.headers["x-request-id"] = name
        route = request.scope.get("route")
        path = getattr(route, "path", "unknown")  # never the address itself: it may hold a user's id
        took = time.perf_counter() - start
        metrics.request(path, request.method, response.status_code, took)
        log.info("request", extra={"id": name, "path": path, "status": response.status_code, "seconds": took})
        return response
