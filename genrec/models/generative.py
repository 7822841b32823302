"""The generative recommender: a language model writes searches, retrieval grounds them, fusion ranks them.

After GPT4Rec (Li et al. 2023, arXiv 2304.03879): m queries a user, K/m new items each; or all of them fused
by their log-probability.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from genrec.config import BM25Settings, GeneratorSettings
from genrec.data.catalogue import Catalogue
from genrec.data.dataset import Dataset, popularity
from genrec.generation.base import Decoding, Generation, Generator, Prompt
from genrec.generation.targets import check_fields, item_text
from genrec.grounding import search_for, showable
from genrec.models.base import top_k
from genrec.models.last_titles import last_titles, within
from genrec.prompting import PromptTemplate, load_prompt, parse_reply, render, trim_history
from genrec.retrieval.base import Retriever
from genrec.retrieval.bm25 import BM25
from genrec.retrieval.fusion import Fused, Merge, fuse
from genrec.types import (
    NO_ITEM,
    FillSource,
    ItemArray,
    Query,
    Rankings,
    ScoreArray,
    Trace,
    WrittenQuery,
)

DEPTH = 100
"""How much of each query's list is merged, where k is not deeper."""

LAST_TITLES = 3
"""How many of the newest titles make the search that fills a list the written queries left short."""


SEARCHES = 3
"""How many of the user's newest own searches stand in the prompt, where no wish in words does."""


@dataclass(frozen=True)
class Generative:
    """Writes `n_queries` searches a user and merges what they find; the list is always full.

    What the written queries leave short is filled from BM25 with the last titles, then by popularity; the
    trace says which. Needs no fitting: a new item is found as soon as it is in the index.
    """

    catalogue: Catalogue
    generator: Generator
    template: PromptTemplate
    retriever: Retriever
    last_titles: Retriever
    """Searched with the newest titles where the written queries leave a list short."""
    popularity: ScoreArray
    """`[n_items]`: what fills a list when nothing else does."""
    settings: GeneratorSettings
    merge: Merge = "weighted"
    merge_at: int | None = None
    """The K of K/m; the length asked for where None."""
    fields: tuple[str, ...] = ()
    """Attributes that stand behind each title of a history, as the model has learnt it."""

    @classmethod
    def over_titles(
        cls,
        dataset: Dataset,
        generator: Generator,
        settings: GeneratorSettings,
        *,
        bm25: BM25Settings,
        merge: Merge,
        merge_at: int | None = None,
        fields: tuple[str, ...] = (),
    ) -> "Generative":
        """The model with a BM25 index of its own, made anew over the catalogue.

        Raises:
            UsageError: the catalogue has no such field.
        """
        check_fields(dataset.catalogue, fields)
        index = BM25.build(dataset.catalogue, bm25)
        return cls(
            catalogue=dataset.catalogue,
            generator=generator,
            template=load_prompt(settings.prompt),
            retriever=index,
            last_titles=index,
            popularity=popularity(dataset.positives, len(dataset.catalogue)),
            settings=settings,
            merge=merge,
            merge_at=merge_at,
            fields=fields,
        )

    def recommend(self, queries: Sequence[Query], *, k: int) -> Rankings:
        """The best k items for each query, with a trace; always full while enough items may be shown."""
        queries = within(queries, n_items=len(self.catalogue))
        return self.grounded(queries, *self.write(queries), k=k)

    def grounded(
        self,
        queries: Sequence[Query],
        written: Sequence[tuple[WrittenQuery, ...]],
        warnings: Sequence[tuple[str, ...]],
        *,
        k: int,
    ) -> Rankings:
        """The lists of what `write` gave for the same queries."""
        words = [[each.text for each in row] for row in written]
        found = search_for(self.retriever, words, queries, depth=max(k, DEPTH))
        lists = [self._merged(hits, row, k=k) for hits, row in zip(found, written, strict=True)]
        self.fill(lists, queries, k=k)
        return rankings(lists, written, warnings, k=k)

    def write(self, queries: Sequence[Query]) -> tuple[list[tuple[WrittenQuery, ...]], list[tuple[str, ...]]]:
        """The searches written for each query, best first, and a warning where a history was cut.

        A query without history gets none, nor one with words alone whose prompt has no place for them. Words
        the user gave are always the first search.
        """
        rows, prompts, warnings = self.prompts(queries)
        replies = self.generator.generate(prompts, self._decoding) if prompts else []
        written = [_own_words(query) for query in queries]
        for row, generations in zip(rows, replies, strict=True):
            written[row] = _distinct([*written[row], *self._parsed(generations)])
        return written, warnings

    def prompts(self, queries: Sequence[Query]) -> tuple[list[int], list[Prompt], list[tuple[str, ...]]]:
        """The queries that have something to write from, their prompts, and every query's warnings."""
        rows, prompts = [], []
        warnings: list[tuple[str, ...]] = [()] * len(queries)
        for row, query in enumerate(queries):
            titles, wish = self._titles(query), _wish(query) if "text" in self.template.variables else None
            if titles or wish:
                prompt, n_cut = self._prompt(titles, wish)
                rows.append(row)
                prompts.append(prompt)
                if n_cut:
                    warnings[row] = (
                        f"the oldest {n_cut} of {len(query.history)} history items were left out",
                    )
        return rows, prompts, warnings

    @property
    def _decoding(self) -> Decoding:
        settings = self.settings
        return Decoding(
            mode=settings.mode,
            n=1 if settings.mode == "greedy" else settings.n_queries,
            max_tokens=settings.max_tokens,
            temperature=settings.temperature,
            length_penalty=1.0,
            seed=settings.seed,
            stop=self.template.stop,
        )

    def _titles(self, query: Query) -> list[str]:
        told = [self._text(item) for item in _newest_once(query.history)]
        return [each for each in told if each]  # one that left the catalogue has none

    def _text(self, item: int) -> str:
        if item not in self._texts:
            words = self.settings.title_words
            self._texts[item] = item_text(self.catalogue, item, self.fields, words=words)
        return self._texts[item]

    @cached_property
    def _texts(self) -> dict[int, str]:
        """What stands for the items that were in a prompt before."""
        return {}

    def _prompt(self, titles: Sequence[str], wish: str | list[str] | None) -> tuple[Prompt, int]:
        """The prompt, titles and wish each within the budget, and how many titles were left out."""
        kept, n_cut = trim_history(
            titles, self.generator.count_tokens, self.settings.history_tokens, join=self.template.join
        )
        said, _ = trim_history(
            [wish] if isinstance(wish, str) else wish or [],
            self.generator.count_tokens,
            self.settings.history_tokens,
            join=self.template.join,
        )
        values = {"history": kept, "text": said}
        taken = {name: value for name, value in values.items() if name in self.template.variables}
        return render(self.template, **taken), n_cut

    def _parsed(self, generations: Sequence[Generation]) -> list[WrittenQuery]:
        replies = [
            WrittenQuery(parse_reply(each.text, self.template), each.log_probability, each.tokens)
            for each in generations
        ]
        return sorted((each for each in replies if each.text), key=lambda each: -each.score)

    def _merged(self, hits: Rankings, written: Sequence[WrittenQuery], *, k: int) -> "Draft":
        if not written:
            return Draft()
        likelihoods = [each.score / max(each.tokens, 1) for each in written]
        depth = hits.items.shape[1]
        return Draft.of(fuse(hits, likelihoods, merge=self.merge, k=k, depth=depth, shared=self.merge_at))

    def fill(self, lists: list["Draft"], queries: Sequence[Query], *, k: int) -> None:
        """Make lists of k of those that are shorter: from the last titles, then by popularity."""
        short = [row for row, each in enumerate(lists) if len(each.items) < k]
        if not short:
            return
        asked = [last_titles(self.catalogue, queries[row].history, n=LAST_TITLES) for row in short]
        found = search_for(self.last_titles, asked, [queries[row] for row in short], depth=2 * k)
        for row, hits in zip(short, found, strict=True):
            lists[row].extend(hits.items.ravel().tolist(), source="last-titles", k=k)
            if len(lists[row].items) < k:
                popular = top_k(self._popular_scores(queries[row]), k=2 * k)
                lists[row].extend(popular.items[0].tolist(), source="popularity", k=k)

    def _popular_scores(self, query: Query) -> ScoreArray:
        shown = showable(self.catalogue, query.candidates).copy()
        shown[query.unwanted] = False
        return np.where(shown, self.popularity, -np.inf).astype(np.float32)[None]


@dataclass
class Draft:
    """A list being filled: aligned tuples of what is on it and where each item came from."""

    items: list[int] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)
    query_ids: list[tuple[int, ...]] = field(default_factory=list)
    filled: list[FillSource] = field(default_factory=list)

    @staticmethod
    def of(merged: Fused) -> "Draft":
        """What a fusion gave."""
        return Draft(
            merged.items.tolist(), merged.scores.tolist(), list(merged.query_ids), list(merged.filled)
        )

    def extend(self, items: Sequence[int], *, source: FillSource, k: int) -> None:
        """Add items that are not on the list yet, each scored below the one before."""
        for item in items:
            if len(self.items) == k:
                return
            if item == NO_ITEM or item in self.items:
                continue
            floor = self.scores[-1] if self.scores else 1.0
            self.items.append(int(item))
            self.scores.append(floor * 0.5 if floor > 0 else floor - 1.0)
            self.query_ids.append(())
            self.filled.append(source)

    def trace(self, queries: tuple[WrittenQuery, ...], warnings: tuple[str, ...]) -> Trace:
        """Where each item came from."""
        sources = tuple(_SOURCES[each] for each in self.filled)
        return Trace(queries, tuple(self.query_ids), sources, tuple(self.filled), warnings)


def rankings(
    lists: Sequence[Draft],
    written: Sequence[tuple[WrittenQuery, ...]],
    warnings: Sequence[tuple[str, ...]],
    *,
    k: int,
) -> Rankings:
    """Finished lists, each with a trace of the searches written for it and what was warned of."""
    out = Rankings.empty(len(lists), k)
    for row, each in enumerate(lists):
        out.items[row, : len(each.items)] = each.items
        out.scores[row, : len(each.items)] = each.scores
    traces = tuple(
        each.trace(row, warning) for each, row, warning in zip(lists, written, warnings, strict=True)
    )
    return replace(out, trace=traces)


_SOURCES: dict[FillSource, Mapping[str, float]] = {
    "query": {"generative": 1.0},
    "next-best": {"generative": 1.0},
    "last-titles": {"last-titles": 1.0},
    "popularity": {"popularity": 1.0},
}


def _wish(query: Query) -> str | list[str] | None:
    """What the prompt has for words of the user: the wish of now, else what they last searched for."""
    return query.text or newest_searches(query.searches) or None


def newest_searches(searches: Sequence[str]) -> list[str]:
    """The last distinct ones of a user's own searches, oldest first, as many as stand in a prompt."""
    return list(dict.fromkeys(searches[::-1]))[:SEARCHES][::-1]


def _own_words(query: Query) -> tuple[WrittenQuery, ...]:
    text = " ".join(query.text.split()) if query.text else ""
    return (WrittenQuery(text, 0.0, by="user"),) if text else ()


def _distinct(written: Sequence[WrittenQuery]) -> tuple[WrittenQuery, ...]:
    """The first of each wording, blind to case."""
    first: dict[str, WrittenQuery] = {}
    for each in written:
        first.setdefault(each.text.casefold(), each)
    return tuple(first.values())


def _newest_once(history: ItemArray) -> list[int]:
    """Items of a history, oldest first, each at its last place."""
    return list(dict.fromkeys(history[::-1].tolist()))[::-1]
