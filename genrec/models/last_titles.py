"""Text alone: the newest titles of a history, searched as they are. What any written search has to beat."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Self

import numpy as np
from safetensors.numpy import load_file, save_file

from genrec.config import BM25Settings, DenseSettings
from genrec.data.catalogue import Catalogue, spoken_title
from genrec.data.dataset import Dataset, popularity
from genrec.grounding import search_for
from genrec.index import embedder_of
from genrec.models.base import ARRAYS_FILE, Fitting
from genrec.models.popularity import Popularity
from genrec.models.settings import BM25LastTitlesSettings, DenseLastTitlesSettings, PopularitySettings
from genrec.retrieval.bm25 import BM25
from genrec.retrieval.dense import Dense
from genrec.types import NO_ITEM, ItemArray, Mask, Query, Rankings, ScoreArray

LastTitlesSettings = BM25LastTitlesSettings | DenseLastTitlesSettings


class LastTitles:
    """Searches for the newest titles as one line; the most chosen items fill what that leaves short.

    A new item is found as soon as it is in the catalogue the model is loaded for.
    """

    def __init__(
        self, settings: LastTitlesSettings, catalogue: Catalogue, counts: ScoreArray, retriever: BM25 | Dense
    ) -> None:
        """Of each item `[n_items]`, how often it was chosen."""
        self.settings, self.catalogue, self.retriever = settings, catalogue, retriever
        self._popular = Popularity(PopularitySettings(), counts, catalogue.alive)

    @classmethod
    def fit(cls, settings: LastTitlesSettings, dataset: Dataset, fitting: Fitting) -> Self:
        """Index the titles, and count."""
        catalogue = dataset.catalogue
        retriever: BM25 | Dense
        if isinstance(settings, BM25LastTitlesSettings):
            retriever = BM25.build(catalogue, BM25Settings(k1=settings.k1, b=settings.b))
        else:
            dense = DenseSettings(model=settings.model)
            retriever = Dense.build(catalogue, dense, embedder=embedder_of(dense))
        return cls(settings, catalogue, popularity(dataset.positives, len(catalogue)), retriever)

    def recommend(self, queries: Sequence[Query], *, k: int) -> Rankings:
        """The best k items for each query, none of its unwanted ones, only its candidates."""
        queries = within(queries, n_items=len(self.catalogue))
        lines = [last_titles(self.catalogue, query.history, n=self.settings.n_titles) for query in queries]
        out = Rankings.empty(len(queries), k)
        for row, hits in enumerate(search_for(self.retriever, lines, queries, depth=k)):
            if lines[row]:
                out.items[row], out.scores[row] = hits.items[0], hits.scores[0]
        self._fill(out, queries)
        return out

    def _fill(self, lists: Rankings, queries: Sequence[Query]) -> None:
        """Put the most chosen items, each scored below the one before, where lists end early."""
        n_found = (lists.items != NO_ITEM).sum(axis=1)
        k = lists.items.shape[1]
        short = np.flatnonzero(n_found < k)
        others = [_without(queries[row], lists.items[row, : n_found[row]]) for row in short.tolist()]
        popular = self._popular.recommend(others, k=k)
        for row, items in zip(short, popular.items, strict=True):
            free = slice(n_found[row], min(k, n_found[row] + int((items != NO_ITEM).sum())))
            n = free.stop - free.start
            lowest = lists.scores[row, free.start - 1] if free.start else np.float32(0)
            lists.items[row, free] = items[:n]
            lists.scores[row, free] = lowest - np.arange(1, n + 1)

    def settled(self) -> LastTitlesSettings:
        """The settings: there is nothing to stop early."""
        return self.settings

    def save(self, folder: Path) -> None:
        """Write the index and the counts into an existing folder."""
        self.retriever.save(folder)
        save_file({"counts": self._popular.counts}, folder / ARRAYS_FILE)

    @classmethod
    def load(cls, settings: LastTitlesSettings, folder: Path, catalogue: Catalogue) -> Self:
        """Read what `save` wrote; items that are new to it are indexed too."""
        retriever: BM25 | Dense
        if isinstance(settings, BM25LastTitlesSettings):
            retriever = BM25.load(folder)
        else:
            retriever = Dense.load(folder, embedder=embedder_of(DenseSettings(model=settings.model)))
        counts = load_file(folder / ARRAYS_FILE)["counts"]
        grown = np.pad(counts, (0, len(catalogue) - len(counts)))
        return cls(settings, catalogue, grown, retriever.updated(catalogue))


def last_titles(catalogue: Catalogue, history: ItemArray, *, n: int) -> list[str]:
    """The newest n titles of a history as one line to search for; no line where there is no history."""
    newest = history[history < len(catalogue)][-n:]
    return [" ".join(spoken_title(catalogue.titles[item]) for item in newest)] if len(newest) else []


def within(queries: Sequence[Query], *, n_items: int) -> list[Query]:
    """Queries whose masks and exclusions end with a catalogue; masks that are shared stay so."""
    cut: dict[int, Mask] = {}
    for query in queries:
        if query.candidates is not None:
            cut.setdefault(id(query.candidates), query.candidates[:n_items])
    return [
        replace(
            query,
            exclude=query.exclude[query.exclude < n_items],
            candidates=None if query.candidates is None else cut[id(query.candidates)],
        )
        for query in queries
    ]


def _without(query: Query, items: ItemArray) -> Query:
    return replace(query, exclude=np.concatenate([query.exclude, items]))
