"""Names with what they mean, found where they stand in a sentence."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from genrec.explaining.names import Key

T = TypeVar("T")


@dataclass(frozen=True)
class Table(Generic[T]):
    """Meanings by the tokens of a name in lower case; made by `of`."""

    meanings: Mapping[Key, T]
    lengths: Mapping[str, Sequence[int]]
    """How many tokens the names have that begin with one: what is tried there."""

    @staticmethod
    def of(meanings: Mapping[Key, T]) -> "Table[T]":
        """A table of names; an empty one is never found."""
        lengths: dict[str, set[int]] = {}
        for name in filter(None, meanings):
            lengths.setdefault(name[0], set()).add(len(name))
        return Table(meanings, {first: tuple(sorted(each)) for first, each in lengths.items()})

    def at(self, tokens: Sequence[str], at: int) -> Iterator[tuple[int, T]]:
        """Where each name ends that begins at a place, and what it means."""
        for length in self.lengths.get(tokens[at], ()) if at < len(tokens) else ():
            end = at + length
            found = self.meanings.get(tuple(tokens[at:end])) if end <= len(tokens) else None
            if found is not None:
                yield end, found
