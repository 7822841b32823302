"""`genrec doctor`: versions, devices, models, index, backend, and what is wrong."""

import os
import platform
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import typer

from genrec.cli import options, show
from genrec.errors import GenrecError

if TYPE_CHECKING:
    from genrec.workspace import Workspace


@dataclass(frozen=True)
class Finding:
    """One line of the report."""

    topic: str
    state: Literal["ok", "note", "wrong"]
    text: str


def doctor(
    *,
    workspace: options.Workspace = None,
    backend: options.Backend = None,
    as_json: options.Json = False,
) -> None:
    """Print versions, devices, models, indexes and reachable backends, and what is wrong; downloads no model.

    Exit code 4 where something is wrong.
    """
    findings = [*_versions(), *_device(), *_assets(), *_workspace(workspace), *_backend(workspace, backend)]
    if as_json:
        show.print_json([{"topic": each.topic, "state": each.state, "text": each.text} for each in findings])
    else:
        for each in findings:
            print(show.clean(f"{each.state:5}  {each.topic:10}  {each.text}"))
    wrong = sum(each.state == "wrong" for each in findings)
    if wrong:
        show.note(f"{wrong} thing(s) wrong")
        raise typer.Exit(4)


def _versions() -> Iterator[Finding]:
    from genrec.artifacts import package_versions

    yield Finding("python", "ok", f"{platform.python_version()} on {platform.system()} {platform.machine()}")
    yield Finding(
        "packages", "ok", ", ".join(f"{name} {version}" for name, version in package_versions().items())
    )


def _device() -> Iterator[Finding]:
    import torch

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    if torch.cuda.is_available():
        yield Finding("device", "ok", f"{torch.cuda.get_device_name()}, {cores} CPU cores")
    else:
        yield Finding("device", "ok", f"CPU, {cores} cores, {torch.get_num_threads()} torch threads; no GPU")


def _assets() -> Iterator[Finding]:
    from genrec import assets

    for asset in assets.KNOWN.values():
        folder = assets.cached_at(asset)
        if bad := assets.damaged(asset):
            yield Finding("asset", "wrong", f"{asset.name}: {', '.join(bad)} damaged, replaced at next use")
        elif all((folder / name).is_file() for name in asset.files):
            yield Finding("asset", "ok", f"{asset.name}: hashes match, {folder}")
        else:
            yield Finding("asset", "note", f"{asset.name}: not fetched yet")


def _workspace(path: Path | None) -> Iterator[Finding]:
    from genrec.workspace import Workspace

    try:
        opened = Workspace.open(path)
        yield Finding("workspace", "ok", f"{opened.settings.name} at {opened.root}")
        yield Finding("data", "ok", opened.load()[1].summary())
    except GenrecError as error:
        yield _wrong("workspace", error)
        return
    yield from _checked("index", lambda: _index(path))
    yield from _folders(opened)


def _index(path: Path | None) -> str:
    from genrec import artifacts
    from genrec import index as indexing
    from genrec.workspace import Workspace

    opened = Workspace.open(path)
    manifest = artifacts.open_artifact(opened.index_folder, kind=indexing.KIND, rebuild=indexing.REBUILD)
    dataset, _ = opened.load(known_items=indexing.known_items(opened.index_folder))
    if manifest.catalogue_version != dataset.catalogue.version:
        return (
            f"hashes match; older than the catalogue, brought up to date at each start; `{indexing.REBUILD}`"
        )
    return f"hashes match, catalogue {manifest.catalogue_version}"


def _folders(opened: "Workspace") -> Iterator[Finding]:
    """The models that were fitted, and the adapter that the settings name."""
    from genrec.generation.opening import ADAPTER_CONFIG, check_adapter
    from genrec.models.listing import listed

    adapter = opened.settings.generator.adapter
    named = {opened.root / adapter} if adapter else set()
    for folder in sorted(named | {opened.models_folder / each for each in opened.fitted_models}):
        is_adapter = folder in named or (folder / ADAPTER_CONFIG).is_file()
        topic = "adapter" if is_adapter else "model"
        try:
            if is_adapter and not check_adapter(folder):
                yield Finding(topic, "note", f"{folder}: no manifest, not checked")
            else:
                yield Finding(topic, "ok", f"{folder}: {listed(folder).kind}, hashes match")
        except GenrecError as error:
            yield _wrong(topic, error)


def _backend(path: Path | None, url: str | None) -> Iterator[Finding]:
    from genrec.workspace import Workspace

    try:
        settings = Workspace.open(path).settings.generator
    except GenrecError:
        return  # reported already
    url = url or settings.backend
    if url is None:
        yield Finding("backend", "ok", f"none; {settings.model} in process")
        return
    yield from _checked("backend", lambda: _served(url, settings.timeout))


def _served(url: str, timeout: float) -> str:
    from genrec.generation.server import ServerGenerator

    return f"{url} serves {', '.join(ServerGenerator(url, timeout=min(timeout, 5.0)).models())}"


def _checked(topic: str, check: Callable[[], str]) -> Iterator[Finding]:
    try:
        yield Finding(topic, "ok", check())
    except GenrecError as error:
        yield _wrong(topic, error)


def _wrong(topic: str, error: GenrecError) -> Finding:
    parts = (error.what, error.where, error.why, error.next_step)
    return Finding(topic, "wrong", "; ".join(part for part in parts if part))
