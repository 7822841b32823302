"""Save and load a model or index folder: a manifest with every file's hash, written whole or not at all."""

import importlib.metadata
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from pydantic import Field, JsonValue, ValidationError

from genrec.config import Settings, worded
from genrec.errors import ArtifactError
from genrec.files import files_in, recover, sha256_of, writing_folder

MANIFEST = "manifest.json"
FORMAT_VERSION = 1
RECORDED_PACKAGES = (
    "genrec",
    "numpy",
    "scipy",
    "polars",
    "numba",
    "implicit",
    "lightgbm",
    "torch",
    "transformers",
    "peft",
    "sentence-transformers",
    "safetensors",
)


class Manifest(Settings):
    """What an artefact folder says of itself. It holds no time, so equal runs write equal manifests."""

    kind: str
    format_version: int = FORMAT_VERSION
    files: dict[str, str]
    """SHA-256 by path inside the folder, the manifest excepted."""
    data_fingerprint: str | None = None
    catalogue_version: str | None = None
    seed: int | None = None
    packages: dict[str, str] = Field(default_factory=dict)
    commit: str | None = None
    """Of the genrec checkout that wrote it, `-dirty` where that had changes; None for an installed genrec."""
    details: dict[str, JsonValue] = Field(default_factory=dict)
    """What else its kind needs: settings, prompt, base model."""


@contextmanager
def writing(
    folder: Path,
    *,
    kind: str,
    data_fingerprint: str | None = None,
    catalogue_version: str | None = None,
    seed: int | None = None,
    details: Mapping[str, JsonValue] | None = None,
) -> Iterator[Path]:
    """A temporary folder to fill, which gets a manifest and replaces `folder` if the block ends well.

    Raises:
        ArtifactError: the disk is full or refuses; the previous version is intact.
    """
    with writing_folder(folder) as temporary:
        yield temporary
        manifest = Manifest(
            kind=kind,
            files=_hashes(temporary),
            data_fingerprint=data_fingerprint,
            catalogue_version=catalogue_version,
            seed=seed,
            packages=package_versions(),
            commit=commit(),
            details=dict(details or {}),
        )
        (temporary / MANIFEST).write_text(manifest.model_dump_json(indent=2) + "\n", encoding="utf-8")


def open_artifact(folder: Path, *, kind: str, rebuild: str) -> Manifest:
    """The manifest of a folder whose every file matches it.

    Args:
        folder: what `writing` wrote.
        kind: what the caller can load.
        rebuild: the command that makes the folder anew, for the messages.

    Raises:
        ArtifactError: the folder is missing, half-written, damaged, of another kind or of a newer format.
    """
    recover(folder)
    if not folder.is_dir():
        raise ArtifactError(f"no {kind} yet", where=str(folder), next_step=f"run `{rebuild}`")
    manifest = _read_manifest(folder, kind=kind, rebuild=rebuild)
    if manifest.kind != kind or manifest.format_version > FORMAT_VERSION:
        raise ArtifactError(
            f"{folder.name} is not a {kind} this version can load",
            where=str(folder),
            why=f"its manifest says {manifest.kind}, format {manifest.format_version}",
            next_step=f"run `{rebuild}`",
        )
    if faults := _faults(manifest.files, _hashes(folder)):
        raise ArtifactError(
            f"the {kind} is damaged", where=str(folder), why="; ".join(faults), next_step=f"run `{rebuild}`"
        )
    return manifest


def kind_of(folder: Path) -> str | None:
    """What kind of artefact a folder says it is, before anything is checked; None where it says nothing."""
    try:
        return Manifest.model_validate_json((folder / MANIFEST).read_bytes()).kind
    except (OSError, ValidationError):
        return None


def package_versions() -> dict[str, str]:
    """Versions of the packages that decide what an artefact holds, those installed."""
    versions = {}
    for name in RECORDED_PACKAGES:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return versions


@cache
def commit() -> str | None:
    """Of the genrec checkout that runs, `-dirty` where it has changes; None for an installed genrec."""
    checkout, git = Path(__file__).resolve().parents[1], shutil.which("git")
    if git is None or not (checkout / ".git").exists():
        return None
    command = [git, "-C", str(checkout), "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    return done.stdout.strip() or None


def _read_manifest(folder: Path, *, kind: str, rebuild: str) -> Manifest:
    path = folder / MANIFEST
    try:
        return Manifest.model_validate_json(path.read_bytes())
    except FileNotFoundError as error:
        why = f"there is no {MANIFEST}, which is written last"
        raise ArtifactError(
            f"the {kind} is half-written", where=str(folder), why=why, next_step=f"run `{rebuild}`"
        ) from error
    except (OSError, ValidationError) as error:
        why = worded(Manifest, error.errors()[0]) if isinstance(error, ValidationError) else str(error)
        raise ArtifactError(
            f"the {kind} is damaged", where=str(path), why=why, next_step=f"run `{rebuild}`"
        ) from error


def _hashes(folder: Path) -> dict[str, str]:
    names = ((each, each.relative_to(folder).as_posix()) for each in files_in(folder))
    return {name: sha256_of(path) for path, name in names if name != MANIFEST}


def _faults(wanted: Mapping[str, str], found: Mapping[str, str]) -> list[str]:
    return [
        *(f"{name} is missing" for name in wanted if name not in found),
        *(
            f"{name} does not match its SHA-256"
            for name in wanted
            if found.get(name, wanted[name]) != wanted[name]
        ),
        *(f"{name} is not in the manifest" for name in found if name not in wanted),
    ]
