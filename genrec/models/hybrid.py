"""Several models' candidates in one ranking: reciprocal ranks, boosted trees or a small network merge them.

The ranker is fitted out of fold: the newest events of each user are taken back, the sources are fitted
to what is left, and the ranker learns which of their candidates were the events taken back. Then the sources
are fitted to everything.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

from genrec.data.catalogue import Catalogue
from genrec.data.dataset import Dataset
from genrec.errors import DataError
from genrec.models.base import ARRAYS_FILE, Fitted, Fitting
from genrec.models.settings import AnySource, HybridModelSettings
from genrec.ranking.candidates import Candidates, best_pairs
from genrec.ranking.facts import Log, Traits
from genrec.ranking.features import Features
from genrec.ranking.held_back import held_back
from genrec.ranking.rankers import Fusion, Labelled, Ranker
from genrec.ranking.trees import Trees
from genrec.types import Query, Rankings, ScoreArray, Trace

BLOCK = 512
"""Queries ranked at once: their candidates with all features take some 50 MB."""


class Hybrid:
    """Asks its sources for candidates and ranks these."""

    def __init__(
        self, settings: HybridModelSettings, sources: Mapping[str, Fitted], features: Features, ranker: Ranker
    ) -> None:
        """What `fit` makes."""
        self.settings, self.sources, self.features, self.ranker = settings, sources, features, ranker

    @classmethod
    def fit(cls, settings: HybridModelSettings, dataset: Dataset, fitting: Fitting) -> Self:
        """Fit the sources, and the ranker to their candidates for events that they have not seen.

        Raises:
            DataError: a source has nothing to learn from.
            UsageError: a package that is needed is not installed.
        """
        sources = {name: _fit(each, dataset, _own(fitting, name)) for name, each in settings.sources.items()}
        settled = settings.model_copy(
            update={"sources": {name: each.settled() for name, each in sources.items()}}
        )
        features = Features(tuple(sources), Log.of(dataset), Traits.of(dataset.catalogue))
        return cls(settled, sources, features, _ranker(settled, dataset, fitting))

    def recommend(self, queries: Sequence[Query], *, k: int) -> Rankings:
        """The best k items for each query, none of its unwanted ones, only its candidates, with a trace."""
        rankings = Rankings.empty(len(queries), k)
        traces: list[Trace] = []
        for start in range(0, len(queries), BLOCK):
            block = queries[start : start + BLOCK]
            candidates = self.candidates(block, k=k)
            values = self.features.of(block, candidates)
            best, places = best_pairs(candidates, self.ranker.score(values), k=k)
            rankings.items[start : start + len(block)] = best.items
            rankings.scores[start : start + len(block)] = best.scores
            traces += self._traces(values, places)
        return replace(rankings, trace=tuple(traces))

    def candidates(self, queries: Sequence[Query], *, k: int = 0) -> Candidates:
        """What the sources find for each query, as many as are ranked, or k of each where that is more."""
        depth = max(k, self.settings.depth)
        return Candidates.of([each.recommend(queries, k=depth) for each in self.sources.values()])

    def labelled(self, dataset: Dataset, rows: NDArray[np.int64]) -> Labelled:
        """Features of the candidates for history events of a dataset, each asked with what came before it."""
        users, items = dataset.interactions.user_of[rows], dataset.interactions.items[rows]
        queries = [
            dataset.query(user, until=row) for user, row in zip(users.tolist(), rows.tolist(), strict=True)
        ]
        candidates = self.candidates(queries)
        return Labelled.of(self.features.of(queries, candidates), candidates, items, users)

    def save(self, folder: Path) -> None:
        """Write the sources, the ranker and what its features need."""
        for name, each in self.sources.items():
            (folder / name).mkdir()
            each.save(folder / name)
        save_file(
            {name: np.ascontiguousarray(each) for name, each in self.features.log.to_arrays().items()},
            folder / ARRAYS_FILE,
        )
        if isinstance(self.ranker, Trees):
            self.ranker.save(folder)

    @classmethod
    def load(cls, settings: HybridModelSettings, folder: Path, catalogue: Catalogue) -> Self:
        """Read what `save` wrote, for a catalogue that may have grown or lost items since."""
        from genrec.models.fitting import model_class

        sources = {
            name: model_class(each.kind).load(each, folder / name, catalogue)
            for name, each in settings.sources.items()
        }
        log = Log.from_arrays(load_file(folder / ARRAYS_FILE), n_items=len(catalogue))
        features = Features(tuple(sources), log, Traits.of(catalogue))
        is_fused = settings.ranker == "fusion"
        return cls(settings, sources, features, _fusion(settings) if is_fused else Trees.load(folder))

    def settled(self) -> HybridModelSettings:
        """The settings to fit with again: what early stopping of the sources found stands in them."""
        return self.settings

    def _traces(self, values: ScoreArray, places: NDArray[np.int64]) -> Iterator[Trace]:
        """Each listed item's share by source: what its features added, of all that they added."""
        kept = places >= 0
        added = self.ranker.contributions(values[places[kept]])
        of_source = np.stack(
            [added[:, each].sum(axis=1) for each in self.features.columns_of_sources], axis=1
        )
        shares = np.zeros((*places.shape, len(self.sources)), np.float32)
        shares[kept] = _shares(of_source)
        names = tuple(self.sources)
        for row, own in enumerate(shares):
            listed = own[kept[row]].tolist()
            yield Trace(
                sources=tuple(dict(zip(names, each, strict=True)) for each in listed),
                query_ids=((),) * len(listed),
            )


def _fit(settings: AnySource, dataset: Dataset, fitting: Fitting) -> Fitted:
    from genrec.models.fitting import model_class

    return model_class(settings.kind).fit(settings, dataset, fitting)


def _own(fitting: Fitting, name: str) -> Fitting:
    """The same with checkpoints in a folder of their own."""
    return replace(fitting, checkpoints=fitting.checkpoints and fitting.checkpoints / name)


def _fusion(settings: HybridModelSettings) -> Fusion:
    return Fusion(tuple(settings.weights.get(name, 1.0) for name in settings.sources))


def _ranker(settings: HybridModelSettings, dataset: Dataset, fitting: Fitting) -> Ranker:
    """What is learnt from candidates for events taken back; nothing is for a fusion."""
    if settings.ranker == "fusion":
        return _fusion(settings)
    known, rows = held_back(dataset, most=settings.held_back)
    if not len(rows):
        raise DataError(
            "there is nothing to learn a ranking from",
            why="no user has three events, so that one could be taken back",
            next_step="set ranker to fusion",
        )
    blind = replace(_own(fitting, "held-back"), validation=None)
    inner = Hybrid.fit(settings.model_copy(update={"ranker": "fusion"}), known, blind)
    blocks = [rows[start : start + BLOCK] for start in range(0, len(rows), BLOCK)]
    labelled = Labelled.joined([inner.labelled(dataset, each) for each in blocks])
    return Trees.fit(settings.trees, labelled, seed=fitting.seed)


def _shares(added: ScoreArray) -> ScoreArray:
    """What helped, of all that helped: `[n, n_sources]`, rows that sum to 1."""
    helped = np.maximum(added, 0)
    total = helped.sum(axis=1, keepdims=True)
    shares: ScoreArray = np.where(total > 0, helped / np.maximum(total, 1e-12), 1 / added.shape[1])
    return shares.astype(np.float32)
