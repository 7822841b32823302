"""Titles ranked by a language model: as its likelihood of each alone says, held to what may be shown."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
import torch

from genrec.config import BM25Settings, GeneratorSettings
from genrec.data.catalogue import Catalogue, spoken_title
from genrec.data.dataset import Dataset
from genrec.errors import UsageError
from genrec.generation.local import LocalGenerator
from genrec.generation.scripted import ScriptedGenerator
from genrec.generation.targets import LONGEST, target_ids, title_trie
from genrec.models.generative import Generative
from genrec.models.language import LanguageModelSettings, recommender
from genrec.models.titles import TitleRanker
from genrec.prompting import load_prompt
from genrec.testing.data import toy_dataset
from genrec.testing.recommenders import RecommenderContract
from genrec.training.bases import ScratchSettings, scratch_model, titles_tokenizer
from genrec.types import Query

DATA = toy_dataset()
SETTINGS = GeneratorSettings(model="scratch", prompt="query-titles", mode="beam", n_queries=4)


@pytest.fixture(scope="module")
def generator() -> LocalGenerator:
    tokenizer = titles_tokenizer(DATA.catalogue.titles, vocabulary=300)
    torch.manual_seed(0)
    shape = ScratchSettings(vocabulary=300, n_layers=1, hidden_size=16, n_heads=2, context=512)
    model = scratch_model(shape, vocabulary=len(tokenizer)).eval()
    with torch.no_grad():
        for each in model.parameters():  # decided enough that likelihoods differ
            each.add_(torch.randn(each.shape), alpha=0.2)
    return LocalGenerator.around(model, tokenizer)


def ranker(generator: LocalGenerator, ranking: str, dataset: Dataset = DATA, **changes) -> TitleRanker:
    settings = LanguageModelSettings(
        generator=SETTINGS.model_copy(update=changes),
        ranking=ranking,
        is_adapter=False,
        prompt_hash=load_prompt("query-titles").hash,
    )
    found = recommender(settings, dataset, generator)
    assert isinstance(found, TitleRanker)
    return found


class TestContract(RecommenderContract):
    @pytest.fixture(autouse=True)
    def _generator(self, generator):
        self.generator = generator

    def make(self, dataset):
        return ranker(self.generator, "likelihood", dataset)


class TestContractOfBeams(TestContract):
    def make(self, dataset):
        return ranker(self.generator, "beam", dataset)


def titled(*titles: str) -> Catalogue:
    return Catalogue(pl.DataFrame({"item_id": [str(each) for each in range(len(titles))], "title": titles}))


def forced(generator: LocalGenerator, history: list[int]) -> np.ndarray:
    """The log-probability of every title behind a history, each read whole by the plain model."""
    template, encoder = load_prompt("query-titles"), generator.encoder
    lines = [target_ids(spoken_title(each), encoder, template) for each in DATA.catalogue.titles]
    prompt = [token for item in history for token in lines[item]]
    found = []
    for line in lines:
        with torch.inference_mode():
            logits = generator.model(torch.tensor([[*prompt, *line]])).logits[0].float()
        places = torch.arange(len(prompt) - 1, len(prompt) + len(line) - 1)
        found.append(logits.log_softmax(-1)[places, torch.tensor(line)].sum().item())
    return np.array(found)


def test_items_stand_in_the_order_of_their_titles_likelihood(generator):
    history = [3, 0]
    expected = forced(generator, history)
    expected[history] = -np.inf
    expected[~DATA.catalogue.alive] = -np.inf
    n = int(np.isfinite(expected).sum())
    found = ranker(generator, "likelihood").recommend([Query(history=np.array(history, np.int32))], k=n)
    assert found.items[0].tolist() == np.argsort(-expected, kind="stable")[:n].tolist()
    np.testing.assert_allclose(found.scores[0], np.sort(expected)[::-1][:n], rtol=1e-4)
    assert set(found.trace[0].filled) == {"query"}


def test_as_many_beams_as_titles_rank_as_the_likelihood_does(generator):
    query = Query(history=np.array([3, 0], np.int32))
    k = int(DATA.catalogue.alive.sum()) - 2
    whole = ranker(generator, "likelihood").recommend([query], k=k)
    beams = ranker(generator, "beam", n_queries=64).recommend([query], k=k)
    assert beams.items.tolist() == whole.items.tolist()


@pytest.mark.parametrize("ranking", ["beam", "sample"])
def test_what_was_not_reached_is_filled_and_the_trace_says_so(generator, ranking):
    found = ranker(generator, ranking, n_queries=2).recommend([Query(history=np.array([0], np.int32))], k=6)
    assert (found.items[0] >= 0).all()
    filled = found.trace[0].filled
    n = filled.count("query")
    assert 1 <= n <= 3  # two titles, one of which two items may share
    assert set(filled[n:]) <= {"last-titles", "popularity"}


def test_removed_and_unwanted_items_are_never_ranked(generator):
    catalogue = DATA.catalogue.without_items([DATA.catalogue.ids[1]])
    found = ranker(generator, "likelihood", replace(DATA, catalogue=catalogue)).recommend(
        [Query(history=np.array([0], np.int32), exclude=np.array([2], np.int32))], k=len(catalogue)
    )
    assert not {0, 1, 2} & set(found.row(0)[0].tolist())


def test_a_server_cannot_rank_titles():
    settings = LanguageModelSettings(generator=SETTINGS, ranking="beam", is_adapter=False, prompt_hash="")
    with pytest.raises(UsageError, match="a server cannot rank titles by beam"):
        recommender(settings, DATA, ScriptedGenerator(["x"]))


def test_a_long_title_is_cut_and_still_ends(generator):
    template, encoder = load_prompt("query-titles"), generator.encoder
    long, short = (target_ids(each, encoder, template) for each in ("ab " * 2000, "ab"))
    assert len(long) == LONGEST
    assert long[-1] == short[-1]
    trie = title_trie(titled("ab " * 2000, "ab"), encoder, template)
    assert trie.depth == LONGEST


def test_a_tokenizer_that_joins_the_end_with_a_title_is_refused(generator, monkeypatch):
    monkeypatch.setattr(
        "genrec.generation.targets.target_ids", lambda title, *_: [1, 2] if title == "ab" else [1, 3]
    )
    with pytest.raises(UsageError, match="cannot be told apart"):
        title_trie(titled("ab", "cd"), generator.encoder, load_prompt("query-titles"))


def test_the_searching_model_is_the_default(generator):
    settings = LanguageModelSettings(generator=SETTINGS, is_adapter=False, prompt_hash="")
    assert isinstance(recommender(settings, DATA, generator), Generative)
    assert settings.bm25 == BM25Settings()
