"""What a trained model's searches are looked up with: k1, b, field weights and m, chosen on validation.

As in GPT4Rec (Li et al. 2023, arXiv 2304.03879, section 3.2), BM25 is tuned once the model is trained.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import NamedTuple

from genrec.config import BM25Settings
from genrec.data.splits import Holdout
from genrec.finetuning.recipe import SearchGrid
from genrec.metrics import Hits, ndcg, recall
from genrec.models.generative import Generative
from genrec.retrieval.bm25 import BM25

METRICS = {"ndcg": ndcg, "recall": recall}


class Tried(NamedTuple):
    """One point of the grid, and the mean of its metric over the validation users."""

    n_queries: int
    bm25: BM25Settings
    value: float


def tried(
    writer: Callable[[int], Generative], grid: SearchGrid, settings: BM25Settings, *, m: int, holdout: Holdout
) -> Iterator[Tried]:
    """Every point of a grid; the searches are written once for each number of them.

    Args:
        writer: the model that writes so many searches a user.
        grid: what is tried.
        settings: the field weights where the grid has none.
        m: the number of searches where the grid has none.
        holdout: the users, and what they chose next.
    """
    queries = holdout.queries()
    for n_queries in grid.n_queries or (m,):
        model = writer(n_queries)
        written = model.write(queries)
        for index in _indices(model, grid, settings):
            lists = replace(model, retriever=index, last_titles=index).grounded(queries, *written, k=grid.k)
            hits = Hits.of(lists.items, holdout.indptr, holdout.items)
            yield Tried(n_queries, index.settings, float(METRICS[grid.metric](hits, grid.k).mean()))


def _indices(model: Generative, grid: SearchGrid, settings: BM25Settings) -> Iterator[BM25]:
    for fields in grid.fields or (settings.fields,):
        index = BM25.build(model.catalogue, settings.model_copy(update={"fields": fields}))
        for k1 in grid.k1:
            for b in grid.b:
                yield index.tuned(k1=k1, b=b)
