"""External string ids to consecutive integers, mapped once at the edge."""

import difflib
from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from genrec.errors import UnknownIdError


class IdMap:
    """A map that only grows: an id keeps its index for ever, a new one gets the next."""

    def __init__(self, ids: Iterable[str] = ()) -> None:
        self._ids: list[str] = []
        self._index: dict[str, int] = {}
        for each in ids:
            self.add(each)

    def __len__(self) -> int:
        return len(self._ids)

    def __iter__(self) -> Iterator[str]:
        return iter(self._ids)

    def __contains__(self, external: object) -> bool:
        return external in self._index

    def __getitem__(self, index: int) -> str:
        return self._ids[index]

    def add(self, external: str) -> int:
        """The index of an id, a new one if the id is new."""
        index = self._index.setdefault(external, len(self._ids))
        if index == len(self._ids):
            self._ids.append(external)
        return index

    def get(self, external: str) -> int | None:
        """The index of an id, or None."""
        return self._index.get(external)

    def index(self, external: str, *, kind: str) -> int:
        """The index of an id; `kind` ("user", "item") words the error.

        Raises:
            UnknownIdError: the message offers the closest ones.
        """
        found = self._index.get(external)
        if found is None:
            raise UnknownIdError(
                f"unknown {kind} {external!r}", why=self._closest(external), next_step=f"check the {kind} id"
            )
        return found

    def indices(self, externals: Iterable[str]) -> NDArray[np.int32]:
        """Indices of many ids, -1 for those unknown."""
        return np.fromiter((self._index.get(each, -1) for each in externals), np.int32)

    def _closest(self, external: str) -> str:
        likely: list[str] = self._ids
        if len(likely) > 20_000:  # comparing takes 9 us an id
            likely = [each for each in self._ids if each[:3] == str(external)[:3]][:20_000]
        near = difflib.get_close_matches(str(external)[:100], likely, n=3, cutoff=0.3)
        return (
            f"closest known: {', '.join(near)}" if near else f"none of {len(self._ids)} known ids is like it"
        )
