"""What the embedded default is worth: leave-one-out on MovieLens-100K, full ranking, seen items excluded.

    python tests/bench/measure_worth.py --part test

Every rating counts as history, so that the figures stand beside published ones; ties stay as in the file
(`stable`). Models see all but the last item of a user for the test, all but the last two for validation.
Recall@10 is the share of users whose target is among the first ten; NDCG@10 is 1 / log2(1 + rank) of the
target, 0 beyond ten. Intervals are 95 %, from 2,000 bootstrap samples of users (seed 0).
"""

import argparse
import time
from dataclasses import replace

import numpy as np

from genrec.config import LeaveOneOut
from genrec.data.catalogue import spoken_title
from genrec.data.dataset import Dataset, popularity
from genrec.data.splits import split
from genrec.engine import Engine
from genrec.grounding import search_for
from genrec.models.base import Recommender
from genrec.models.generative import LAST_TITLES
from genrec.models.popularity import Popularity
from genrec.retrieval.base import Retriever
from genrec.types import Query, Rankings

K = 10
BLOCK = 64


class LastTitles:
    """Searches with the newest titles of the history: what any written search has to beat."""

    def __init__(self, retriever: Retriever, titles: list[str]) -> None:
        self.retriever, self.titles = retriever, titles

    def recommend(self, queries: list[Query], *, k: int) -> Rankings:
        words = [
            [" ".join(spoken_title(self.titles[item]) for item in each.history[-LAST_TITLES:])]
            for each in queries
        ]
        found = search_for(self.retriever, words, queries, depth=k)
        return Rankings(np.vstack([each.items for each in found]), np.vstack([each.scores for each in found]))


def ranks(model: Recommender, queries: list[Query], targets: np.ndarray) -> np.ndarray:
    """Place of each user's target, 1 to K, or 0 where it is not on the list."""
    found = np.zeros(len(queries), np.int64)
    for start in range(0, len(queries), BLOCK):
        part = slice(start, start + BLOCK)
        items = model.recommend(queries[part], k=K).items
        rows, places = np.nonzero(items == targets[part, None])
        found[start + rows] = places + 1
    return found


def with_interval(values: np.ndarray) -> str:
    draws = np.random.default_rng(0).integers(0, len(values), (2000, len(values)))
    low, high = np.quantile(values[draws].mean(axis=1), [0.025, 0.975])
    return f"{values.mean():.4f} [{low:.4f}, {high:.4f}]"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--part", choices=("validation", "test"), default="validation")
    parser.add_argument("--users", type=int, help="a random sample of users (seed 0); all where not given")
    parser.add_argument("--models", default="popularity,bm25,dense,hybrid,generative")
    parser.add_argument("--retriever", help="of the generative model; the embedded default's where not given")
    parser.add_argument("--merge", help="of the generative model")
    options = parser.parse_args()
    engine = Engine.open(retriever="hybrid")
    chosen = Engine.open(retriever=options.retriever)
    every = engine.dataset.history.model_copy(update={"min_rating": None})
    whole: Dataset = replace(engine.dataset, history=every)
    parts = split(whole, LeaveOneOut())
    holdout = parts.test if options.part == "test" else parts.validation
    train = parts.train_and_validation if options.part == "test" else parts.train
    rows = np.arange(len(holdout))
    if options.users:
        rows = np.sort(np.random.default_rng(0).permutation(rows)[: options.users])
    queries = holdout.queries(rows.tolist())
    targets = np.array([holdout.targets(int(row))[0] for row in rows])
    titles = whole.catalogue.titles
    counts = popularity(train.positives, len(whole.catalogue))
    merge = options.merge or chosen.settings.merge
    models: dict[str, Recommender] = {
        "popularity": Popularity.fit(train),
        "bm25": LastTitles(engine.index.bm25, titles),
        "dense": LastTitles(engine.index.dense, titles),
        "hybrid": LastTitles(engine.index.retriever, titles),
        "generative": replace(chosen.generative, popularity=counts, merge=merge),
    }
    print(
        f"ML-100K, {options.part}, leave-one-out, {len(rows)} users, full ranking, seen excluded, ties stable"
    )
    print(f"generative: {chosen.settings.retriever}, {merge}, {chosen.settings.generator}")
    for name in options.models.split(","):
        start = time.perf_counter()
        place = ranks(models[name], queries, targets)
        gain = np.where(place > 0, 1 / np.log2(1 + np.maximum(place, 1)), 0.0)
        took = time.perf_counter() - start
        label = name if name in ("popularity", "generative") else f"{name}, last {LAST_TITLES} titles"
        recall = with_interval((place > 0).astype(float))
        print(f"{label:24} R@10 {recall}  N@10 {with_interval(gain)}  {took:.0f} s", flush=True)


if __name__ == "__main__":
    main()
