"""Features of each pair of query and candidate, for a ranker to learn from. Importing this imports numba.

Times are of the past alone: what the log tells of an item is counted up to the query's newest event, although
a leave-one-out split would show later events too.
"""

# ruff: noqa: PLR0917 (a compiled function takes flat arrays, and takes them by position)

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from genrec.compiling import compiled
from genrec.data.interactions import NO_TIME
from genrec.ranking.candidates import Candidates
from genrec.ranking.facts import Log, Traits
from genrec.types import Query, ScoreArray

NEWEST = 10
"""Items of a history that candidates are compared with, each weighing `FADING` of the next newer."""
FADING = 0.8
RECENT_DAYS = 30
DAY = 86_400
OF_SOURCES = ("rank", "score", "below best")
"""Features of each source: its rank, its score, and how far that is below its best for the query."""
OF_ITEMS = ("popularity", "recent events", "days since last event", "follows last item", "sources")
OF_QUERIES = ("history length", "history popularity")


@dataclass(frozen=True, eq=False)
class Features:
    """Names by column, and the table's maker."""

    sources: tuple[str, ...]
    log: Log
    traits: Traits

    @property
    def names(self) -> tuple[str, ...]:
        """Of the columns, as reports print them."""
        of_sources = (f"{source}: {each}" for each in OF_SOURCES for source in self.sources)
        of_traits = (f"like history: {field}" for field in self.traits.words)
        of_numbers = (f"distance from history: {field}" for field in self.traits.numbers)
        return (*of_sources, *OF_ITEMS, *OF_QUERIES, *of_traits, *of_numbers)

    @property
    def columns_of_sources(self) -> list[list[int]]:
        """The columns of each source."""
        return [
            [place + len(self.sources) * nth for nth in range(len(OF_SOURCES))]
            for place, _ in enumerate(self.sources)
        ]

    def of(self, queries: Sequence[Query], candidates: Candidates) -> ScoreArray:
        """Float32 `[n_pairs, len(names)]`, NaN where there is nothing to tell."""
        rows, items = candidates.rows, candidates.items
        newest = [query.history[query.history < len(self.log.counts)] for query in queries]
        profiles = _profiles(newest, len(self.log.counts))
        columns = [
            *candidates.ranks.T,
            *candidates.scores.T,
            *(_best(candidates) - candidates.scores).T,
            np.log1p(self.log.counts[items]),
            *self._past(queries, rows, items),
            np.log1p(_looked_up(_newest(newest, len(self.log.counts)) @ self.log.successions, rows, items)),
            np.isfinite(candidates.ranks).sum(axis=1),
            np.log1p([len(query.history) for query in queries])[rows],
            (profiles @ np.log1p(self.log.counts))[rows],
            *(likeness(profiles @ each, each, candidates) for each in self.traits.words.values()),
            *(np.abs(each[items] - _mean(profiles, each)[rows]) for each in self.traits.numbers.values()),
        ]
        return np.stack(columns, axis=1).astype(np.float32)

    def _past(
        self, queries: Sequence[Query], rows: NDArray[np.int64], items: NDArray[np.int32]
    ) -> tuple[ScoreArray, ScoreArray]:
        """Of each pair the item's events in the days before the query's newest event, and days since."""
        log = self.log
        recent, since = np.full((2, len(rows)), np.nan, np.float32)
        now = np.array([_newest_time(query) for query in queries], np.int64)[rows]
        known = np.flatnonzero(now != NO_TIME)
        if not len(log.times) or not len(known):
            return recent, since
        items, now = items[known], now[known]
        start, end = (log.before(items, each) for each in (now - RECENT_DAYS * DAY, now))
        recent[known] = np.log1p(end - start)
        has_past = end > log.indptr[items]
        days = (now[has_past] - log.times[end[has_past] - 1]) / DAY
        since[known[has_past]] = np.log1p(days)
        return recent, since


def _best(candidates: Candidates) -> ScoreArray:
    """Each source's best score for the query of each pair, `[n_pairs, n_sources]`."""
    filled = np.where(np.isfinite(candidates.scores), candidates.scores, -np.inf)
    best = np.full((len(candidates.indptr) - 1, filled.shape[1]), -np.inf, np.float32)
    np.maximum.at(best, candidates.rows, filled)
    return best[candidates.rows]


def _newest_time(query: Query) -> int:
    return int(query.times[-1]) if query.times is not None and len(query.times) else NO_TIME


def _newest(histories: Sequence[NDArray[np.int32]], n_items: int) -> csr_array:
    """The newest item of each history as a row of one 1, `[n_queries, n_items]`."""
    rows = [row for row, each in enumerate(histories) if len(each)]
    last = [int(histories[row][-1]) for row in rows]
    return csr_array((np.ones(len(rows), np.float32), (rows, last)), shape=(len(histories), n_items))


def _profiles(histories: Sequence[NDArray[np.int32]], n_items: int) -> csr_array:
    """The newest items of each history, rows that sum to 1, `[n_queries, n_items]`."""
    kept = [each[::-1][:NEWEST] for each in histories]
    indptr = np.concatenate([[0], np.cumsum([len(each) for each in kept])])
    weights = [FADING ** np.arange(len(each)) for each in kept]
    data = np.concatenate([np.empty(0), *(each / each.sum() for each in weights if len(each))])
    items = np.concatenate([np.empty(0, np.int32), *kept])
    return csr_array((data.astype(np.float32), items, indptr), shape=(len(histories), n_items))


def _looked_up(table: csr_array, rows: NDArray[np.int64], items: NDArray[np.int32]) -> ScoreArray:
    """The values of a sparse table `[n_queries, n_items]` at some places."""
    out: ScoreArray = table.toarray()[rows, items]
    return out


def _mean(profiles: csr_array, values: ScoreArray) -> ScoreArray:
    """The mean of what is known of each history, `[n_queries]`; NaN where nothing is."""
    known = np.isfinite(values)
    total, weight = profiles @ np.where(known, values, 0), profiles @ known.astype(np.float32)
    with np.errstate(invalid="ignore", divide="ignore"):
        out: ScoreArray = (total / weight).astype(np.float32)
    return out


def likeness(profiles: csr_array, words: csr_array, candidates: Candidates) -> ScoreArray:
    """Of each pair the product of the query's row of words and the item's, `[n_pairs]`."""
    out = np.zeros(len(candidates), np.float32)
    _add_products(
        *_parts(profiles),
        *_parts(words),
        candidates.indptr,
        candidates.items,
        np.zeros(words.shape[1], np.float32),
        out,
    )
    return out


def _parts(matrix: csr_array) -> tuple[NDArray[np.int64], NDArray[np.int32], ScoreArray]:
    return (
        np.require(matrix.indptr, np.int64, ["C", "W"]),
        np.require(matrix.indices, np.int32, ["C", "W"]),
        np.require(matrix.data, np.float32, ["C", "W"]),
    )


@compiled
def _add_products(
    query_starts: NDArray[np.int64],
    query_words: NDArray[np.int32],
    query_weights: NDArray[np.float32],
    item_starts: NDArray[np.int64],
    item_words: NDArray[np.int32],
    item_weights: NDArray[np.float32],
    indptr: NDArray[np.int64],
    items: NDArray[np.int32],
    weights: NDArray[np.float32],
    out: NDArray[np.float32],
) -> None:
    """`weights` `[n_words]` is zero before and after: one query's row at a time is spread in it."""
    for query in range(len(indptr) - 1):
        words = range(query_starts[query], query_starts[query + 1])
        for place in words:
            weights[query_words[place]] = query_weights[place]
        for pair in range(indptr[query], indptr[query + 1]):
            item = items[pair]
            for place in range(item_starts[item], item_starts[item + 1]):
                out[pair] += weights[item_words[place]] * item_weights[place]
        for place in words:
            weights[query_words[place]] = 0
