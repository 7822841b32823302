import builtins
import os
import subprocess
import sys
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from genrec.config import BM25Settings, DenseSettings, HybridSettings
from genrec.data.catalogue import Catalogue
from genrec.errors import ArtifactError, GenrecError, UsageError
from genrec.retrieval import dense as dense_module
from genrec.retrieval.bm25 import BM25
from genrec.retrieval.dense import Dense, SentenceTransformerEmbedder
from genrec.retrieval.graph import Graph
from genrec.retrieval.hybrid import Hybrid
from genrec.retrieval.text import words
from genrec.testing.retrievers import QUERIES, RetrieverContract, toy_catalogue
from genrec.types import Rankings

WORDS = ("star", "wars", "trek", "story", "toy", "alien", "the", "of")


class WordVectors:
    """A text is the sum of its words, each a fixed random direction."""

    def __init__(self, dimension: int = 24) -> None:
        self.dimension = dimension
        self.texts: list[str] = []

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.texts += texts
        vectors = np.stack(
            [sum((self._word(each) for each in words(text)), np.zeros(self.dimension)) for text in texts]
        )
        return (vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)).astype(np.float32)

    def _word(self, word: str) -> NDArray[np.float64]:
        return np.random.default_rng(zlib.crc32(word.encode())).normal(size=self.dimension)


def build(catalogue: Catalogue) -> Dense:
    return Dense.build(catalogue, DenseSettings(), embedder=WordVectors())


class TestDenseContract(RetrieverContract):
    def make(self, catalogue: Catalogue) -> Dense:
        return build(catalogue)


class TestLoadedDenseContract(RetrieverContract):
    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.folder = tmp_path

    def make(self, catalogue: Catalogue) -> Dense:
        build(catalogue).save(self.folder)
        return Dense.load(self.folder, embedder=WordVectors())


class TestHybridContract(RetrieverContract):
    scores_stand_alone = False

    def make(self, catalogue: Catalogue) -> Hybrid:
        return Hybrid(BM25.build(catalogue, BM25Settings()), build(catalogue), settings=HybridSettings())


def catalogue_of(titles: list[str]) -> Catalogue:
    ids = [str(row) for row in range(len(titles))]
    return Catalogue(
        pl.DataFrame({"item_id": ids, "title": titles}, schema={"item_id": pl.String, "title": pl.String})
    )


def same(one: Rankings, other: Rankings) -> bool:
    return one.items.tobytes() == other.items.tobytes() and one.scores.tobytes() == other.scores.tobytes()


titles = st.lists(st.sampled_from(WORDS), max_size=4).map(" ".join)
catalogues = st.lists(titles, max_size=40).map(catalogue_of)


@settings(deadline=None, max_examples=80)
@given(catalogues, st.lists(titles, min_size=1, max_size=4), st.integers(1, 45), st.data())
def test_equals_comparing_all(catalogue: Catalogue, asked: list[str], k: int, data: st.DataObject) -> None:
    candidates = np.array(
        data.draw(st.lists(st.booleans(), min_size=len(catalogue), max_size=len(catalogue))), bool
    )
    found = build(catalogue).search(asked, k=k, candidates=candidates)
    allowed = [i for i, title in enumerate(catalogue.titles) if candidates[i] and words(title)]
    vectors = WordVectors()
    for row, query in enumerate(asked):
        items, scores = found.row(row)
        if not words(query) or not allowed:
            assert not len(items)
            continue
        exact = (
            vectors.encode([catalogue.titles[i] for i in allowed]).astype(float) @ vectors.encode([query])[0]
        )
        score = dict(zip(allowed, exact, strict=True))
        assert len(items) == min(k, len(allowed))
        assert scores == pytest.approx(sorted(exact, reverse=True)[:k], abs=1e-6)
        assert scores == pytest.approx([score[item] for item in items.tolist()], abs=1e-6)
        for before, after in zip(items[:-1].tolist(), items[1:].tolist(), strict=True):
            if catalogue.titles[before] == catalogue.titles[after]:
                assert before < after


@settings(deadline=None, max_examples=60)
@given(catalogues, catalogues, st.sets(st.integers(0, 39)), st.lists(titles, min_size=1, max_size=4))
def test_an_updated_index_equals_a_fresh_one(
    old: Catalogue, new: Catalogue, dead: set[int], asked: list[str]
) -> None:
    new = new.without_items([str(each) for each in dead if each < len(new)])
    updated = build(old).updated(new)
    assert same(updated.search(asked, k=50), build(new).search(asked, k=50))


def test_equal_titles_of_a_large_catalogue_stand_by_index() -> None:
    rows = [f"w{row % 97} story" for row in range(9000)]
    found = build(catalogue_of(rows)).search([f"w{row} story" for row in range(97)], k=50)
    for query in range(97):
        assert found.items[query].tolist() == list(range(query, 9000, 97))[:50]


def test_a_batch_gives_the_bits_of_single_queries() -> None:
    rng = np.random.default_rng(0)
    index = build(
        catalogue_of([" ".join(f"w{word}" for word in rng.zipf(1.4, 5) % 300) for _ in range(6000)])
    )
    asked = [f"w{row} w{row + 1}" for row in range(300)]
    batch = index.search(asked, k=20)
    for row in range(0, 300, 29):
        single = index.search([asked[row]], k=20)
        assert same(single, Rankings(batch.items[row : row + 1].copy(), batch.scores[row : row + 1].copy()))


def test_each_text_is_embedded_once_and_only_when_new() -> None:
    vectors = WordVectors()
    index = Dense.build(catalogue_of(["red fox", "red fox", "", "hen"]), DenseSettings(), embedder=vectors)
    assert sorted(vectors.texts) == ["hen", "red fox"]
    vectors.texts.clear()
    index.updated(catalogue_of(["red fox", "cow", "", "hen", "hen"]))
    assert vectors.texts == ["cow"]


def test_negative_scores_are_in_order() -> None:
    class Given(WordVectors):
        def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
            return np.array([[float(text), 0.0] for text in texts], np.float32)

    index = Dense.build(
        catalogue_of(["-3", "0.5", "-1", "2", "-0.0", "0"]), DenseSettings(), embedder=Given()
    )
    assert index.search(["1"], k=6).items.tolist() == [[3, 1, 4, 5, 2, 0]]


def test_fields_are_joined_and_unknown_ones_named() -> None:
    vectors = WordVectors()
    catalogue = Catalogue(
        pl.DataFrame({"item_id": ["a"], "title": ["Alien"], "genres": [["Horror", "Sci-Fi"]]})
    )
    Dense.build(catalogue, DenseSettings(fields=("title", "genres")), embedder=vectors)
    assert vectors.texts == ["Alien Horror Sci-Fi"]
    with pytest.raises(UsageError, match="title, genres"):
        Dense.build(catalogue, DenseSettings(fields=("brand",)), embedder=vectors)


def test_another_model_is_refused(tmp_path: Path) -> None:
    build(toy_catalogue()).save(tmp_path)
    index = Dense.load(tmp_path, embedder=WordVectors(dimension=8))
    with pytest.raises(ArtifactError, match="another model"):
        index.search(["toy"], k=1)
    with pytest.raises(ArtifactError, match="another model"):
        index.updated(toy_catalogue().with_items(pl.DataFrame({"item_id": ["new"], "title": ["cow"]})))


@pytest.mark.parametrize("name", ["vectors.safetensors", "dense.json"])
def test_a_missing_or_damaged_file_is_an_artifact_error(tmp_path: Path, name: str) -> None:
    build(toy_catalogue()).save(tmp_path)
    whole = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ArtifactError, match="genrec index"):
        Dense.load(tmp_path, embedder=WordVectors())
    (tmp_path / name).unlink()
    with pytest.raises(ArtifactError, match=str(tmp_path)):
        Dense.load(tmp_path, embedder=WordVectors())


def test_an_empty_catalogue_finds_nothing(tmp_path: Path) -> None:
    index = build(catalogue_of([]))
    index.save(tmp_path)
    for each in (index, Dense.load(tmp_path, embedder=WordVectors())):
        assert each.search(["toy"], k=2).items.tolist() == [[-1, -1]]
        assert each.updated(catalogue_of(["toy"])).search(["toy"], k=1).items.tolist() == [[0]]


def test_the_graph_finds_what_a_scan_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("usearch", reason="the extra `large` is not installed")
    rng = np.random.default_rng(0)
    rows = [" ".join(f"w{word}" for word in rng.zipf(1.4, 5) % 300) for _ in range(2000)]
    exact = build(catalogue_of(rows))
    monkeypatch.setattr(dense_module, "EXACT_UP_TO", 100)
    asked = [f"w{row} w{row + 1}" for row in range(50)]
    build(catalogue_of(rows[:1500])).updated(catalogue_of(rows)).save(tmp_path)
    graph = Dense.load(tmp_path, embedder=WordVectors())
    wanted, found = exact.search(asked, k=10), graph.search(asked, k=10)
    shared = [len(set(a) & set(b)) for a, b in zip(wanted.items.tolist(), found.items.tolist(), strict=True)]
    assert np.mean(shared) > 9.5
    removed = wanted.items[0, :3]
    smaller = graph.updated(catalogue_of(rows).without_items([str(each) for each in removed]))
    assert not np.isin(smaller.search(asked, k=10).items, removed).any()
    assert (graph.search(asked, k=10).items == found.items).all()
    masked = np.arange(2000) % 2 == 0
    assert same(graph.search(asked, k=10, candidates=masked), exact.search(asked, k=10, candidates=masked))


def test_a_missing_usearch_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without_usearch(name: str, *args: object, **kwargs: object) -> object:
        if name.startswith("usearch"):
            raise ImportError("No module named 'usearch'")
        return real(name, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", without_usearch)
    with pytest.raises(ArtifactError, match=r"genrec\[large\]"):
        Graph.empty(3)


def test_a_damaged_graph_is_an_artifact_error(tmp_path: Path) -> None:
    pytest.importorskip("usearch", reason="the extra `large` is not installed")
    (tmp_path / "graph.usearch").write_bytes(b"\0" * 200)
    with pytest.raises(ArtifactError, match="genrec index"):
        Graph.load(tmp_path / "graph.usearch")


def test_hybrid_by_hand() -> None:
    class Fixed:
        def __init__(self, items: list[int]) -> None:
            self.items = items

        def search(self, queries: Sequence[str], *, k: int, candidates: object = None) -> Rankings:
            found = Rankings.empty(len(queries), k)
            found.items[:, : len(self.items)] = self.items
            return found

    settings = HybridSettings(bm25_weight=2.0, dense_weight=1.0, rank_constant=10, depth=5)
    found = Hybrid(Fixed([4, 2]), Fixed([2, 7]), settings=settings).search(["x"], k=4)
    assert found.items.tolist() == [[2, 4, 7, -1]]
    assert found.scores[0, :3].tolist() == pytest.approx([2 / 12 + 1 / 11, 2 / 11, 1 / 12])
    alone = Hybrid(Fixed([4, 2]), Fixed([2, 7]), settings=settings.model_copy(update={"dense_weight": 0}))
    assert alone.search(["x"], k=3).items.tolist() == [[4, 2, -1]]
    with pytest.raises(UsageError, match="weight"):
        Hybrid(Fixed([]), Fixed([]), settings=HybridSettings(bm25_weight=0, dense_weight=0))


@pytest.fixture(scope="module")
def minilm() -> str:
    from genrec.assets import resolve_model

    try:
        return str(resolve_model("all-minilm-l6-v2"))
    except GenrecError as error:
        pytest.skip(f"MiniLM cannot be had: {error}")


ODD_TEXTS = [
    "Toy Story (1995)",
    "",
    "a",
    "word " * 700,
    "Amélie 千と千尋",
    "\ud800 lone",
    "<|im_end|> [SEP] [PAD]",
]


@pytest.mark.model
def test_the_quick_path_gives_the_embeddings_of_the_library(minilm: str) -> None:
    few, many = (SentenceTransformerEmbedder(minilm, batch_size=size) for size in (64, 3))
    quick, library = few.encode(ODD_TEXTS), many.encode(ODD_TEXTS)
    assert "_library" not in vars(few)
    assert "_mean_pooled" not in vars(many)
    assert quick.dtype == library.dtype == np.float32
    np.testing.assert_allclose(quick, library, atol=2e-6)
    np.testing.assert_allclose(np.linalg.norm(quick, axis=1), 1, atol=1e-5)


@pytest.mark.model
class TestMiniLMContract(RetrieverContract):
    @pytest.fixture(autouse=True, scope="class")
    @staticmethod
    def _embedder(request: pytest.FixtureRequest, minilm: str) -> None:
        request.cls.embedder = SentenceTransformerEmbedder(minilm)

    def make(self, catalogue: Catalogue) -> Dense:
        return Dense.build(catalogue, DenseSettings(), embedder=self.embedder)


@pytest.mark.model
def test_minilm_finds_by_meaning(minilm: str) -> None:
    index = Dense.build(toy_catalogue(), DenseSettings(), embedder=SentenceTransformerEmbedder(minilm))
    found = index.search(["extraterrestrial monsters", "playthings that come to life"], k=2)
    assert set(found.items[0].tolist()) == {5, 6}
    assert set(found.items[1].tolist()) == {2, 3}


QUIET = """
import sys
from genrec.retrieval.dense import SentenceTransformerEmbedder
few = SentenceTransformerEmbedder(sys.argv[1]).encode(["toy story"])
assert "sentence_transformers" not in sys.modules
SentenceTransformerEmbedder(sys.argv[1], batch_size=1).encode(["toy story", "alien"])
"""


@pytest.mark.model
@pytest.mark.slow
def test_a_fresh_process_is_quiet_and_imports_no_more_than_it_needs(minilm: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", QUIET, minilm],
        capture_output=True,
        check=False,
        text=True,
        env=dict(os.environ),
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("broken", ["nothing", "no weights"])
def test_an_embedder_that_cannot_be_had_is_an_artifact_error(
    tmp_path: Path, broken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    if broken == "no weights":
        (tmp_path / "config.json").write_text('{"model_type": "bert"}')
    with pytest.raises(ArtifactError, match="the embedder cannot be loaded"):
        SentenceTransformerEmbedder(str(tmp_path)).encode(["toy"])


def test_queries_are_embedded_once_each() -> None:
    vectors = WordVectors()
    index = Dense.build(toy_catalogue(), DenseSettings(), embedder=vectors)
    vectors.texts.clear()
    index.search([*QUERIES, *QUERIES, "", "!"], k=3)
    assert vectors.texts == list(QUERIES)
