"""`genrec serve`: the HTTP server, and the keys that open it."""

from contextlib import ExitStack
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from genrec.cli import options, show
from genrec.errors import UsageError

if TYPE_CHECKING:
    from genrec.workspace import Workspace

keys_app = typer.Typer(
    help="Keys of `genrec serve`: add several, let clients change over, then remove the old one.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


class LogChoice(StrEnum):
    """How the log is written."""

    json = "json"
    text = "text"


LOOPBACK = {"127.0.0.1", "::1", "localhost"}


def serve(
    *,
    host: Annotated[
        str, typer.Option(help="Address to listen on; beyond loopback only with a key.")
    ] = "127.0.0.1",
    port: Annotated[
        int,
        typer.Option(min=0, max=65535, help="Port to listen on; 0 takes any that is free and prints it."),
    ] = 8000,
    deadline: Annotated[
        float,
        typer.Option(min=0.05, help="Seconds the language model has for a request; then it is done without."),
    ] = 5.0,
    tenant: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=DIR",
            help="Serve the workspace DIR below /t/NAME, under its own keys; repeat the option for several.",
        ),
    ] = None,
    spawn_vllm: Annotated[
        bool,
        typer.Option("--spawn-vllm", help="Start vLLM for the model, and end it with this command."),
    ] = False,
    vllm_python: Annotated[
        Path,
        typer.Option(envvar="GENREC_VLLM_PYTHON", help="Interpreter of vLLM's own environment."),
    ] = Path(".venv-vllm/bin/python"),
    log: Annotated[
        LogChoice, typer.Option(help="Form of the lines on stderr, one a request; none names a user.")
    ] = LogChoice.json,
    model: options.Model = None,
    backend: options.Backend = None,
    workspace: options.Workspace = None,
) -> None:
    """Serve recommendations over HTTP: a page at /, REST under /v1, /health/ready, /metrics, /openapi.json.

    On SIGHUP it reads data and index anew while it goes on answering; on SIGTERM it refuses what is new with
    503, ends what it has begun, and stops.

    Needs the serve extra: pip install 'genrec[serve]'.

    Examples:

      genrec serve

      genrec serve --backend http://127.0.0.1:8001/v1 --port 8080

      genrec serve --model my-run --spawn-vllm

      genrec serve --tenant shoes=shops/shoes --tenant films=shops/films
    """
    try:
        from genrec.serving import logs
        from genrec.serving.app import application
        from genrec.serving.running import bound
        from genrec.serving.running import serve as listen
        from genrec.serving.tenants import PREFIX, Tenants
    except ImportError as error:
        raise UsageError(
            "the server needs FastAPI and uvicorn", next_step="pip install 'genrec[serve]'"
        ) from error
    from genrec.serving.keys import Keys
    from genrec.serving.live import Live

    opened = _opened(tenant or [], workspace, model=model, backend=backend)
    keys = {name: Keys.read(each.root) for name, each in opened.items()}
    if host not in LOOPBACK and not all(map(len, keys.values())):
        raise UsageError(
            f"{host} can be reached from elsewhere, and there is no key",
            next_step="make one: genrec keys add NAME, or listen on 127.0.0.1",
        )
    with ExitStack() as until_end:
        at = until_end.enter_context(bound(host, port))  # before what takes long
        port = at.getsockname()[1]
        if spawn_vllm:
            opened = {name: _with_vllm(each, vllm_python, until_end) for name, each in opened.items()}
        lives = {name: Live.open(each, deadline=deadline) for name, each in opened.items()}
        apps = {name: application(each, keys=keys[name]) for name, each in lives.items()}
        for name, live in lives.items():
            live.warm()
            place, told = f"{PREFIX}{name}/" if name else "", live.workspace.settings
            show.note(f"serving {told.name} with the model {told.model} at http://{host}:{port}{place}")
        logs.set_up(log.value)
        gates = [each.state.gate for each in apps.values()]
        listen(Tenants(apps) if tenant else apps[""], list(lives.values()), gates, at=at)


def _opened(
    tenants: list[str], workspace: Path | None, *, model: str | None, backend: str | None
) -> "dict[str, Workspace]":
    """Workspaces by the name of their tenant; by the empty name where there are no tenants."""
    from genrec.serving.tenants import named_folders
    from genrec.workspace import Workspace

    if tenants and workspace is not None:
        raise UsageError("--tenant names the workspaces to serve", next_step="leave out --workspace")
    folders: dict[str, Path | None] = {**named_folders(tenants)} or {"": workspace}
    found = {}
    for name, folder in folders.items():
        each = Workspace.open(folder)
        settings = each.settings.changed({"model": model}, generator={"backend": backend})
        found[name] = each.with_settings(settings)
    return found


def _with_vllm(workspace: "Workspace", python: Path, until_end: ExitStack) -> "Workspace":
    """The workspace, whose model is written by a vLLM that runs until the end."""
    from genrec.engine import writer_of
    from genrec.serving.vllm import LOG, launch_of, spawned

    settings, place = workspace.settings, writer_of(workspace)
    if settings.generator.backend is not None:
        raise UsageError("--spawn-vllm starts the server that --backend names", next_step="give one of them")
    if place is None:
        raise UsageError(
            f"the model {settings.model} writes no searches, so vLLM has nothing to do",
            next_step="leave out --spawn-vllm, or choose a language model: --model NAME",
        )
    launch = launch_of(*place)
    started = spawned(launch, python=python, log=workspace.root / LOG, note=show.note)
    server = {"backend": until_end.enter_context(started), "backend_model": launch.name}
    return workspace.with_settings(settings.changed({}, generator=server))


@keys_app.command()
def add(
    *,
    name: Annotated[str, typer.Argument(help="Whose key it is.")],
    workspace: options.Workspace = None,
) -> None:
    """Make a key and print it, once: only its hash is kept."""
    from genrec.serving.keys import Keys
    from genrec.workspace import Workspace

    root = Workspace.open(workspace).root
    keys, key = Keys.read(root).with_new(name)
    keys.save(root)
    print(key)
    show.note("a server that runs takes it when it is started anew")


@keys_app.command()
def remove(
    *,
    name: Annotated[str, typer.Argument(help="Whose key is removed.")],
    workspace: options.Workspace = None,
) -> None:
    """Remove a key."""
    from genrec.serving.keys import Keys
    from genrec.workspace import Workspace

    root = Workspace.open(workspace).root
    Keys.read(root).without(name).save(root)
    show.note("a server that runs refuses it when it is started anew")
