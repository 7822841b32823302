"""Several catalogues on one server: each an application of its own below `/t/NAME`.

A tenant has its own workspace, keys, event store, models, threads and places in flight. What leads to it is
the address alone, so a key opens the tenant that it was made for and no other.
"""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from fastapi import FastAPI, Response
from fastapi.responses import JSONResponse
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from starlette.responses import RedirectResponse
from starlette.types import Receive, Scope, Send

from genrec.errors import UsageError
from genrec.serving.limits import Gate, refuse
from genrec.serving.metrics import Metrics

PREFIX = "/t/"
LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")
NOT_HERE = "there is nothing at this address: a catalogue is at /t/NAME/"


def named_folders(given: Sequence[str]) -> dict[str, Path]:
    """Folders by the name of their tenant, from `NAME=DIR` each.

    Raises:
        UsageError: one is not of that form, or a name or a folder stands there twice.
    """
    found: dict[str, Path] = {}
    for each in given:
        name, _, folder = each.partition("=")
        if not name or not folder or not LETTERS.issuperset(name):
            raise UsageError(
                f"{each!r} names no tenant",
                next_step="give NAME=DIR, the name in small letters, digits and -",
            )
        if name in found or Path(folder).resolve() in {one.resolve() for one in found.values()}:
            raise UsageError(
                f"{each!r} is given twice", next_step="give each tenant a name and a folder of its own"
            )
        found[name] = Path(folder)
    return found


class Tenants:
    """ASGI application: hands each request to the tenant that its address names, and to no other.

    Args:
        apps: of `application`, by the tenant's name.
    """

    def __init__(self, apps: Mapping[str, FastAPI]) -> None:
        self._apps = apps
        self._front = _front(apps)
        for name, app in apps.items():
            app.root_path = f"{PREFIX}{name}"  # where /openapi.json says that its routes are

    @property
    def gates(self) -> list[Gate]:
        """Of all tenants."""
        return [app.state.gate for app in self._apps.values()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request on; to the front what is of no tenant."""
        if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
            return await self._front(scope, receive, send)
        name, slash, rest = scope["path"].removeprefix(PREFIX).partition("/")
        app = self._apps.get(name)
        if app is None:
            return await refuse(scope, send, 404, NOT_HERE)
        if not slash:  # the page's own addresses begin at the folder
            return await RedirectResponse(f"{PREFIX}{name}/")(scope, receive, send)
        await app(dict(scope) | {"path": f"/{rest}", "tenant": name}, receive, send)


def _front(apps: Mapping[str, FastAPI]) -> FastAPI:
    """What is of the whole server: health, and the figures of all tenants."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as running:
            for app in apps.values():
                await running.enter_async_context(app.router.lifespan_context(app))
            yield

    front = FastAPI(
        title="genrec", version="1", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None
    )
    registry = CollectorRegistry()
    registry.register(_Labelled({name: app.state.metrics for name, app in apps.items()}))

    @front.get("/health/live")
    async def is_live() -> dict[str, bool]:
        return {"live": True}

    @front.get("/health/ready")
    async def is_ready() -> JSONResponse:
        found = {name: await app.state.examine() for name, app in apps.items()}
        ill = {name: faults for name, faults in found.items() if faults}
        return JSONResponse({"ready": not ill, "faults": ill}, 503 if ill else 200)

    @front.get("/metrics")
    async def prometheus() -> Response:
        return Response(generate_latest(registry), media_type="text/plain; version=0.0.4")

    @front.exception_handler(404)
    async def not_here(_request: object, _error: Exception) -> JSONResponse:
        return JSONResponse({"what": NOT_HERE}, 404)

    return front


class _Labelled(Collector):
    """The figures of several servers as those of one, each with the tenant it is of."""

    def __init__(self, metrics: Mapping[str, Metrics]) -> None:
        self._metrics = metrics

    def collect(self) -> Iterable[Metric]:
        """All families, once each."""
        families: dict[str, Metric] = {}
        for tenant, metrics in self._metrics.items():
            for each in metrics.registry.collect():
                whole = families.setdefault(each.name, Metric(each.name, each.documentation, each.type))
                whole.samples += [
                    one._replace(labels={**one.labels, "tenant": tenant}) for one in each.samples
                ]
        return families.values()
