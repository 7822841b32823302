"""The generative model with scripted words and real BM25: full lists, honest traces, exact exclusions."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genrec.config import BM25Settings, GeneratorSettings
from genrec.data.catalogue import Catalogue
from genrec.data.dataset import Dataset, popularity
from genrec.generation.scripted import ScriptedGenerator, text_of
from genrec.models.generative import Generative
from genrec.prompting import load_prompt
from genrec.retrieval.bm25 import BM25
from genrec.testing.data import toy_dataset
from genrec.testing.recommenders import RecommenderContract
from genrec.types import Query

DATA = toy_dataset()
WORDS = ["dracula", "science fiction in space", "blade"]


def model(dataset: Dataset = DATA, replies=WORDS, *, merge="weighted", history_tokens=192) -> Generative:
    catalogue: Catalogue = dataset.catalogue
    bm25 = BM25.build(catalogue, BM25Settings(fields={"title": 2.0, "genres": 1.0}))
    return Generative(
        catalogue=catalogue,
        generator=ScriptedGenerator(replies),
        template=load_prompt("query-instruct"),
        retriever=bm25,
        last_titles=bm25,
        popularity=popularity(dataset.positives, len(catalogue)),
        settings=GeneratorSettings(n_queries=3, history_tokens=history_tokens),
        merge=merge,
    )


class TestContract(RecommenderContract):
    def make(self, dataset):
        return model(dataset)


class TestContractKOverM(RecommenderContract):
    def make(self, dataset):
        return model(dataset, merge="k-over-m")


def query(*history: int, **more: object) -> Query:
    return Query(history=np.array(history, np.int32), **more)  # type: ignore[arg-type]


def titles(rankings, row: int = 0) -> list[str]:
    return [DATA.catalogue.titles[item] for item in rankings.row(row)[0]]


def test_both_films_of_one_title_are_found_and_the_trace_says_by_which_query():
    rankings = model().recommend([query(0)], k=3)
    assert titles(rankings)[:2] == ["Dracula", "Dracula"]
    trace = rankings.trace[0]
    assert [each.text for each in trace.queries] == WORDS
    assert trace.query_ids[0] == (0,)
    assert trace.filled[:2] == ("query", "query")


def test_the_list_is_filled_from_the_last_titles_then_by_popularity():
    rankings = model(replies=["nothing of the kind", "xyzzy", "plugh"]).recommend([query(3)], k=7)
    filled = rankings.trace[0].filled
    assert titles(rankings)[0] == "Dracula"
    assert filled[0] == "last-titles"
    assert set(filled[1:]) == {"popularity"}
    assert len(filled) == 6  # seven films are alive, one is the history
    assert (np.diff(rankings.scores[0, :6]) < 0).all()


def test_nobody_knows_anything_gives_the_most_popular():
    rankings = model().recommend([query()], k=3)
    counts = popularity(DATA.positives, len(DATA.catalogue))
    assert set(rankings.trace[0].filled) == {"popularity"}
    assert counts[rankings.items[0, 0]] == counts[DATA.catalogue.alive].max()


def test_own_words_are_the_first_query_and_reach_the_prompt_apart_from_the_history():
    writer = model()
    rankings = writer.recommend([query(0, text="  a vampire\n count ")], k=1)
    first = rankings.trace[0].queries[0]
    assert (first.text, first.score, first.by) == ("a vampire count", 0.0, "user")
    assert "a vampire count" in text_of(writer.generator.prompts[0])
    assert "Alien" in text_of(writer.generator.prompts[0])


def test_what_the_user_searched_for_reaches_the_prompt_newest_last_unless_there_is_a_wish():
    writer = model()
    searched = replace(query(0), searches=("westerns", "vampires", "opera", "vampires", "space"))
    writer.recommend([searched, replace(searched, text="a heist")], k=1)
    first, second = (text_of(each) for each in writer.generator.prompts[:2])
    assert "opera; vampires; space" in first
    assert "westerns" not in first
    assert "a heist" in second
    assert "space" not in second


def test_equal_queries_count_once():
    rankings = model(replies=["Dracula", "dracula", "DRACULA"]).recommend([query(0)], k=2)
    assert [each.text for each in rankings.trace[0].queries] == ["Dracula"]


def test_a_cut_history_is_reported_and_the_newest_stays():
    writer = model(history_tokens=16)
    long = [0, 1, 2, 3, 4, 5, 6] * 5
    rankings = writer.recommend([query(*long)], k=1)
    assert "were left out" not in " ".join(rankings.trace[0].warnings)  # each film once: short enough
    narrow = replace(writer, settings=writer.settings.model_copy(update={"history_tokens": 3}))
    rankings = narrow.recommend([query(*range(7))], k=1)
    assert "history items were left out" in rankings.trace[0].warnings[0]
    assert "Vertigo" in text_of(narrow.generator.prompts[-1])
    assert "Alien" not in text_of(narrow.generator.prompts[-1])


@pytest.mark.slow
@pytest.mark.parametrize("merge", ["weighted", "k-over-m"])
@given(
    history=st.lists(st.integers(0, 7), max_size=6),
    exclude=st.lists(st.integers(0, 7), max_size=4),
    banned=st.sets(st.integers(0, 7), max_size=5),
    k=st.integers(1, 10),
)
def test_nothing_unwanted_is_ever_shown_and_the_list_is_full(merge, history, exclude, banned, k):
    candidates = np.array([item not in banned for item in range(8)])
    each = query(*history, exclude=np.array(exclude, np.int32), candidates=candidates)
    items, _ = model(merge=merge).recommend([each], k=k).row(0)
    allowed = set(np.flatnonzero(candidates & DATA.catalogue.alive)) - set(history) - set(exclude)
    assert set(items) <= allowed
    assert len(items) == len(set(items)) == min(k, len(allowed))
