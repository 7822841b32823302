"""The one thing every retriever does."""

from collections.abc import Sequence
from typing import Protocol

from genrec.types import Mask, Rankings


class Retriever(Protocol):
    """Finds items for search words."""

    def search(self, queries: Sequence[str], *, k: int, candidates: Mask | None = None) -> Rankings:
        """The best k items of each query.

        Args:
            queries: search words; identical ones are searched once.
            k: list length, at least 1; above the catalogue's size the rest is padding.
            candidates: `[n_items]`, True where an item may be found; all that are alive where None.

        Returns:
            Lists of `[len(queries), k]`; only items with a positive match (BM25) stand in them.
        """
        ...
