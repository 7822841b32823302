"""Whether requests would be answered as they should be: store, index and language model."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

from genrec.artifacts import open_artifact
from genrec.errors import ArtifactError, BackendError, StoreError
from genrec.events import EventStore
from genrec.files import files_in
from genrec.generation.base import Decoding, Generator
from genrec.index import KIND, REBUILD
from genrec.serving.guard import PROBE

KEPT = 0.5
"""Seconds for which what was found is told again, so that who asks often costs no more."""


class Health:
    """Looks at what a server stands on; of many who ask at once, one looks and all are told.

    Args:
        store: must take events.
        index: its folder must be whole: search and the chat need it with any model.
        generator: must answer; None where none is needed.
    """

    def __init__(self, store: EventStore, *, index: Path, generator: Generator | None) -> None:
        self._store, self._index, self._generator = store, index, generator
        self._looking = threading.Lock()
        self._found: list[str] = []
        self._looked = float("-inf")
        self._files: dict[str, tuple[int, int]] = {}
        self._index_fault: str | None = None

    def faults(self) -> list[str]:
        """What keeps it from answering as it should."""
        with self._looking:
            if time.monotonic() - self._looked > KEPT:
                looks = (self._look_at_store, self._look_at_index, self._look_at_generator)
                self._found = [fault for look in looks if (fault := look())]
                self._looked = time.monotonic()
            return self._found

    def _look_at_store(self) -> str | None:
        return _fault_of(self._store.check)

    def _look_at_index(self) -> str | None:
        """Read again only where a file has changed since."""
        if not self._index.is_dir():
            return "the index is missing"
        files = {str(each): _stamp(each) for each in files_in(self._index)}
        if files != self._files:
            folder = self._index
            self._index_fault = _fault_of(lambda: open_artifact(folder, kind=KIND, rebuild=REBUILD))
            self._files = files
        return self._index_fault

    def _look_at_generator(self) -> str | None:
        generator = self._generator
        if generator is None:
            return None
        return _fault_of(lambda: generator.generate([PROBE], Decoding(mode="greedy", max_tokens=1)))


def _fault_of(look: Callable[[], object]) -> str | None:
    try:
        look()
    except (StoreError, ArtifactError, BackendError) as error:
        return error.what
    return None


def _stamp(path: Path) -> tuple[int, int]:
    state = path.stat()
    return state.st_size, state.st_mtime_ns
