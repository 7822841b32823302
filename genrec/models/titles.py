"""A language model that ranks the catalogue's own titles: no search stands between it and the items."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from genrec.config import TitleRanking
from genrec.generation.base import Decoding, Prompt
from genrec.generation.local import LocalGenerator
from genrec.generation.targets import title_trie
from genrec.generation.trie import TitleTrie
from genrec.models.base import mask_unwanted, top_k
from genrec.models.generative import Draft, Generative, rankings
from genrec.models.last_titles import within
from genrec.types import ItemArray, Query, Rankings, ScoreArray


@dataclass(frozen=True)
class TitleRanker:
    """Ranks items by the log-probability of their titles behind a user's prompt.

    Of all titles exactly, or of those that beams or draws held to the trie of titles have reached. What these
    leave short is filled as the generative model fills it.
    """

    generative: Generative
    """Whose prompts are taken, and who fills."""
    generator: LocalGenerator
    trie: TitleTrie
    ranking: TitleRanking

    @classmethod
    def of(cls, generative: Generative, generator: LocalGenerator, ranking: TitleRanking) -> "TitleRanker":
        """The ranker of the same model and catalogue.

        Raises:
            UsageError: the tokenizer cannot tell titles apart.
        """
        trie = title_trie(
            generative.catalogue,
            generator.encoder,
            generative.template,
            fields=generative.fields,
            words=generative.settings.title_words,
        )
        return cls(generative, generator, trie, ranking)

    def recommend(self, queries: Sequence[Query], *, k: int) -> Rankings:
        """The best k items for each query, with a trace; always full while enough items may be shown."""
        queries = within(queries, n_items=len(self.generative.catalogue))
        rows, prompts, warnings = self.generative.prompts(queries)
        lists = [Draft() for _ in queries]
        if prompts and self.trie.n_living:
            scores = self._scores(prompts)
            mask_unwanted(scores, [queries[row] for row in rows])
            best = top_k(scores, k=k)
            for place, row in enumerate(rows):
                lists[row] = _draft(*best.row(place))
        self.generative.fill(lists, queries, k=k)
        return rankings(lists, [()] * len(lists), warnings, k=k)

    def _scores(self, prompts: Sequence[Prompt]) -> ScoreArray:
        """Log-probabilities `[len(prompts), n_items]`; -inf where a title was not reached."""
        if self.ranking == "likelihood":
            return self.generator.title_log_probabilities(prompts, self.trie)
        settings = self.generative.settings
        decoding = Decoding(
            mode=self.ranking,
            n=settings.n_queries,
            max_tokens=self.trie.depth,
            temperature=settings.temperature,
            seed=settings.seed,
            constraint=self.trie,
        )
        scores = np.full((len(prompts), self.trie.n_items), -np.inf, np.float32)
        for row, replies in enumerate(self.generator.generate(prompts, decoding)):
            for each in replies:
                scores[row, list(each.items)] = each.log_probability
        return scores


def _draft(items: ItemArray, scores: ScoreArray) -> Draft:
    return Draft(items.tolist(), scores.tolist(), [()] * len(items), ["query"] * len(items))
