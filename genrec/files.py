"""Files and folders that are whole or absent: written under a temporary name, synced, renamed last."""

import errno
import fcntl
import hashlib
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from genrec.errors import ArtifactError

DISK_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
REFUSED = DISK_FULL | {errno.EACCES, errno.EPERM, errno.EROFS, errno.EIO, errno.ENAMETOOLONG}
REFUSED |= {errno.ENOTDIR, errno.EISDIR, errno.EEXIST}
LOST_RACE = frozenset({errno.ENOTEMPTY, errno.EEXIST})
STALE_SECONDS = 24 * 3600


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sync(path: Path) -> None:
    """Force a file, or the entries of a folder, to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def writing_file(path: Path) -> Iterator[Path]:
    """A temporary sibling to write, which replaces `path` once the block ends without an error.

    Raises:
        ArtifactError: the disk is full or refuses; `path` is as it was.
    """
    path = path.resolve()  # a link stays a link, and what it points to is replaced
    temporary = _sibling(path, "new")
    with reporting_disk(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        sweep(path.parent, f".{path.name}.new-*")
        try:
            yield temporary
            sync(temporary)
            temporary.replace(path)
            sync(path.parent)
        finally:
            temporary.unlink(missing_ok=True)


@contextmanager
def writing_folder(path: Path) -> Iterator[Path]:
    """A temporary sibling folder to fill, which replaces `path` once the block ends without an error.

    Raises:
        ArtifactError: the disk is full or refuses; `path` is as it was.
    """
    path = path.resolve()  # a link stays a link, and what it points to is replaced
    temporary = _sibling(path, "new")
    with reporting_disk(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        sweep(path.parent, f".{path.name}.new-*")
        recover(path)
        temporary.mkdir()
        try:
            yield temporary
            for each in (*files_in(temporary), *_folders_in(temporary), temporary):
                sync(each)
            _swap(temporary, path)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)


def recover(path: Path) -> None:
    """Put back the previous version of a folder whose replacement was interrupted between its two renames."""
    if path.exists() or not path.parent.is_dir():
        return
    for previous in sorted(path.parent.glob(f".{path.name}.old-*")):
        with suppress(OSError):  # another process was faster
            previous.rename(path)
            return


def sweep(folder: Path, pattern: str) -> None:
    """Delete what a killed process left behind: matching files and folders untouched for a day."""
    for left in folder.glob(pattern):
        with suppress(FileNotFoundError):  # its owner is alive after all
            if time.time() - left.stat().st_mtime < STALE_SECONDS:
                continue
            shutil.rmtree(left, ignore_errors=True) if left.is_dir() else left.unlink()


@contextmanager
def locked(path: Path) -> Iterator[int]:
    """Hold a lock file that other processes wait for; the system releases it when its holder dies.

    What it gives is the open file, for a child process to hold the lock on as well.

    Raises:
        ArtifactError: the lock file cannot be made.
    """
    with reporting_disk(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("w")
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file.fileno()


def files_in(folder: Path) -> list[Path]:
    """Every file below a folder, in order."""
    return sorted(each for each in folder.rglob("*") if each.is_file())


@contextmanager
def reporting_disk(path: Path) -> Iterator[None]:
    """Turn a write that the disk refuses into an error that names the place.

    Raises:
        ArtifactError: an `OSError`, or a library's own error that says the disk is full.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in REFUSED:
            raise
        raise _refused(path, error) from error
    except Exception as error:  # safetensors and polars wrap a full disk in errors of their own
        found = re.search(r"\(os error (\d+)\)", str(error))
        number = int(found[1]) if found else 0
        if number not in DISK_FULL:
            raise
        raise _refused(path, OSError(number, os.strerror(number))) from error


def _refused(path: Path, error: OSError) -> ArtifactError:
    full = error.errno in DISK_FULL
    return ArtifactError(
        f"cannot write {path.name}" + (": the disk is full" if full else ""),
        where=str(path),
        why=error.strerror or str(error),
        next_step="free some space, then run the command again; what stood there is untouched"
        if full
        else "",
    )


def _sibling(path: Path, role: str) -> Path:
    return path.with_name(f".{path.name}.{role}-{os.getpid()}-{secrets.token_hex(4)}")


def _folders_in(folder: Path) -> list[Path]:
    return sorted(each for each in folder.rglob("*") if each.is_dir())


def _swap(temporary: Path, path: Path) -> None:
    """Rename `temporary` to `path`; what stood there is moved aside first and deleted last."""
    aside = _sibling(path, "old")
    while True:
        with suppress(FileNotFoundError):
            path.rename(aside)
        try:
            temporary.rename(path)
            break
        except OSError as error:  # another writer, or a reader's recovery, came between the two renames
            if error.errno not in LOST_RACE:
                raise
            shutil.rmtree(aside, ignore_errors=True)
    sync(path.parent)
    for old in path.parent.glob(f".{path.name}.old-*"):
        shutil.rmtree(old, ignore_errors=True)
