import json
import math
import subprocess
import sys
from pathlib import Path

import bm25s
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genrec.config import BM25Settings
from genrec.data.catalogue import Catalogue
from genrec.errors import ArtifactError, UsageError
from genrec.retrieval.bm25 import BM25
from genrec.retrieval.text import words
from genrec.testing.retrievers import QUERIES, RetrieverContract, toy_catalogue
from genrec.types import NO_ITEM, Rankings

WORDS = ("star", "wars", "trek", "story", "toy", "alien", "the", "of", "blue", "é")


class TestBM25Contract(RetrieverContract):
    def make(self, catalogue: Catalogue) -> BM25:
        return BM25.build(catalogue, BM25Settings())


class TestLoadedBM25Contract(RetrieverContract):
    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.folder = tmp_path

    def make(self, catalogue: Catalogue) -> BM25:
        BM25.build(catalogue, BM25Settings()).save(self.folder)
        return BM25.load(self.folder)


def catalogue_of(titles: list[str], genres: list[str] | None = None) -> Catalogue:
    ids = [str(row) for row in range(len(titles))]
    return Catalogue(
        pl.DataFrame(
            {"item_id": ids, "title": titles, "genres": genres or [""] * len(titles)},
            schema={"item_id": pl.String, "title": pl.String, "genres": pl.String},
        )
    )


def same(one: Rankings, other: Rankings) -> bool:
    return one.items.tobytes() == other.items.tobytes() and one.scores.tobytes() == other.scores.tobytes()


titles = st.lists(st.sampled_from(WORDS), max_size=7).map(" ".join)
queries = st.lists(titles, min_size=1, max_size=5)
catalogues = st.builds(
    lambda rows: catalogue_of([row[0] for row in rows], [row[1] for row in rows]),
    st.lists(st.tuples(titles, titles), max_size=40),
)


def plain_bm25f(catalogue: Catalogue, chosen: BM25Settings, query: str) -> np.ndarray:
    """The formula of the docstring, a line at a time, in float64."""
    texts = [[words(row[name]) for name in chosen.fields] for row in catalogue.frame.iter_rows(named=True)]
    weights = list(chosen.fields.values())
    living = [row for row in range(len(texts)) if catalogue.alive[row]]
    lengths = [sum(w * len(cell) for w, cell in zip(weights, row, strict=True)) for row in texts]
    average = sum(lengths[row] for row in living) / max(len(living), 1) or 1.0
    scores = np.zeros(len(texts))
    for term in words(query):
        tf = [sum(w * cell.count(term) for w, cell in zip(weights, row, strict=True)) for row in texts]
        df = sum(tf[row] > 0 for row in living)
        idf = math.log(1 + (len(living) - df + 0.5) / (df + 0.5))
        for row in living:
            if tf[row]:
                norm = chosen.k1 * (1 - chosen.b + chosen.b * lengths[row] / average)
                scores[row] += idf * tf[row] / (tf[row] + norm)
    return scores


def test_score_by_hand() -> None:
    index = BM25.build(catalogue_of(["red fox", "red red hen", "cow"]), BM25Settings(k1=1.2, b=0.75))
    found = index.search(["red"], k=3)
    idf = math.log(1 + (3 - 2 + 0.5) / (2 + 0.5))
    fox = idf * 1 / (1 + 1.2 * (0.25 + 0.75 * 2 / 2))
    hen = idf * 2 / (2 + 1.2 * (0.25 + 0.75 * 3 / 2))
    assert found.items.tolist() == [[1, 0, NO_ITEM]]
    assert found.scores[0, :2].tolist() == pytest.approx([hen, fox], rel=1e-6)


def test_field_weights_sum_before_saturation() -> None:
    chosen = BM25Settings(fields={"title": 2.0, "genres": 0.5}, k1=1.0, b=0.0)
    index = BM25.build(catalogue_of(["space", "tea"], ["space drama", "space"]), chosen)
    idf = math.log(1 + 0.5 / 2.5)
    assert index.search(["space"], k=2).scores[0].tolist() == pytest.approx(
        [idf * 2.5 / 3.5, idf * 0.5 / 1.5], rel=1e-6
    )


@settings(deadline=None, max_examples=80)
@given(catalogues, queries, st.data())
def test_equals_the_formula(catalogue: Catalogue, asked: list[str], data: st.DataObject) -> None:
    dead = data.draw(st.sets(st.sampled_from(list(catalogue.ids)), max_size=5)) if len(catalogue) else set()
    catalogue = catalogue.without_items(dead)
    k = data.draw(st.integers(1, 45))
    chosen = BM25Settings(
        k1=data.draw(st.sampled_from([0.0, 0.4, 1.2, 3.0])),
        b=data.draw(st.sampled_from([0.0, 0.75, 1.0])),
        fields={"title": 1.0, "genres": data.draw(st.sampled_from([0.25, 1.5]))},
    )
    found = BM25.build(catalogue, chosen).search(asked, k=k)
    for row, query in enumerate(asked):
        wanted = plain_bm25f(catalogue, chosen, query)
        items, scores = found.row(row)
        assert len(items) == min(k, (wanted > 0).sum())
        assert wanted[items] == pytest.approx(scores, rel=1e-5)
        assert scores == pytest.approx(np.sort(wanted)[::-1][: len(items)], rel=1e-5)


def zipf_titles(n: int, seed: int) -> list[str]:
    rng = np.random.default_rng(seed)
    return [" ".join(f"w{word}" for word in rng.zipf(1.3, rng.integers(3, 10)) % 500) for _ in range(n)]


@pytest.mark.parametrize("seed", range(4))
def test_pruned_lists_are_the_start_of_the_full_ones(seed: int) -> None:
    """Long lists leave nothing to prune, short ones prune nearly all: the bits must agree, ties included."""
    index = BM25.build(catalogue_of(zipf_titles(3000, seed)), BM25Settings())
    asked = zipf_titles(200, seed + 100)
    full = index.search(asked, k=3000)
    mask = np.random.default_rng(seed).random(3000) < 0.3
    masked = index.search(asked, k=3000, candidates=mask)
    for k in (1, 2, 10, 100):
        short = index.search(asked, k=k)
        assert same(short, Rankings(full.items[:, :k].copy(), full.scores[:, :k].copy()))
        short = index.search(asked, k=k, candidates=mask)
        assert same(short, Rankings(masked.items[:, :k].copy(), masked.scores[:, :k].copy()))


def test_scores_equal_bm25s() -> None:
    corpus, asked = zipf_titles(500, 1), zipf_titles(20, 2)
    reference = bm25s.BM25(method="lucene", k1=1.2, b=0.75)
    reference.index([words(title) for title in corpus], show_progress=False)
    found = BM25.build(catalogue_of(corpus), BM25Settings(k1=1.2, b=0.75)).search(asked, k=500)
    for row, query in enumerate(asked):
        items, scores = found.row(row)
        wanted = reference.get_scores(words(query))
        assert scores == pytest.approx(wanted[items], rel=1e-4)
        assert len(items) == (wanted > 0).sum()


def change(catalogue: Catalogue, rows: list[tuple[str, str, str]], dead: list[str]) -> Catalogue:
    changed = pl.DataFrame(rows, schema=["item_id", "title", "genres"], orient="row") if rows else None
    catalogue = catalogue if changed is None else catalogue.with_items(changed)
    return catalogue.without_items([each for each in dead if each in catalogue.ids])


@pytest.mark.slow
@settings(deadline=None, max_examples=80)
@given(
    catalogues,
    st.lists(
        st.tuples(
            st.lists(
                st.tuples(st.integers(0, 45).map(str), titles, titles),
                max_size=6,
                unique_by=lambda each: each[0],
            ),
            st.lists(st.integers(0, 45).map(str), max_size=6),
        ),
        min_size=1,
        max_size=3,
    ),
    queries,
)
def test_an_updated_index_equals_a_fresh_one(
    catalogue: Catalogue, changes: list[tuple[list[tuple[str, str, str]], list[str]]], asked: list[str]
) -> None:
    chosen = BM25Settings(fields={"title": 1.0, "genres": 0.3})
    index = BM25.build(catalogue, chosen)
    for rows, dead in changes:
        catalogue = change(catalogue, rows, dead)
        index = index.updated(catalogue)
        assert same(index.search(asked, k=50), BM25.build(catalogue, chosen).search(asked, k=50))


def test_an_update_reads_only_what_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    index = BM25.build(catalogue_of(["red fox", "blue hen"]), BM25Settings())
    seen: list[str] = []
    monkeypatch.setattr("genrec.retrieval.bm25.words", lambda text: seen.append(text) or words(text))
    index.updated(catalogue_of(["red fox", "green hen", "cow"]))
    assert seen == ["green hen", "cow"]


def test_an_update_leaves_the_old_index_as_it_was() -> None:
    index = BM25.build(toy_catalogue(), BM25Settings())
    before = index.search(QUERIES, k=12)
    index.updated(toy_catalogue().without_items(["film-2"]))
    assert same(before, index.search(QUERIES, k=12))


def test_an_update_to_fewer_rows() -> None:
    index = BM25.build(catalogue_of(["red fox", "blue hen"]), BM25Settings()).updated(
        catalogue_of(["blue fox"])
    )
    assert index.search(["fox", "hen"], k=2).items.tolist() == [[0, -1], [-1, -1]]


def test_tuned_equals_built_with_those_parameters() -> None:
    catalogue = catalogue_of(zipf_titles(300, 5))
    asked = zipf_titles(20, 6)
    tuned = BM25.build(catalogue, BM25Settings()).tuned(k1=0.4, b=0.2)
    assert same(
        tuned.search(asked, k=20), BM25.build(catalogue, BM25Settings(k1=0.4, b=0.2)).search(asked, k=20)
    )
    with pytest.raises(UsageError):
        tuned.tuned(k1=1.0, b=1.5)


def test_repeated_words_of_a_query_count_again() -> None:
    index = BM25.build(catalogue_of(["red fox", "hen"]), BM25Settings())
    once, twice = index.search(["red", "red red"], k=1).scores[:, 0]
    assert twice == pytest.approx(2 * once)


def test_unknown_field_names_those_there_are() -> None:
    with pytest.raises(UsageError, match="title, genres"):
        BM25.build(catalogue_of(["x"]), BM25Settings(fields={"brand": 1.0}))


def test_identical_queries_are_searched_once(monkeypatch: pytest.MonkeyPatch) -> None:
    index = BM25.build(toy_catalogue(), BM25Settings())
    seen: list[str] = []
    monkeypatch.setattr("genrec.retrieval.bm25.words", lambda text: seen.append(text) or words(text))
    index.search(["matrix", "toy", "matrix", "matrix"], k=3)
    assert seen == ["matrix", "toy"]


def test_saved_and_updated_after_loading(tmp_path: Path) -> None:
    BM25.build(toy_catalogue(), BM25Settings()).save(tmp_path)
    changed = toy_catalogue().without_items(["film-3"])
    loaded = BM25.load(tmp_path).updated(changed)
    assert same(loaded.search(QUERIES, k=5), BM25.build(changed, BM25Settings()).search(QUERIES, k=5))


def test_saved_files_are_the_same_bytes_each_time(tmp_path: Path) -> None:
    contents = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        BM25.build(toy_catalogue(), BM25Settings()).save(tmp_path / name)
        contents.append({each.name: each.read_bytes() for each in (tmp_path / name).iterdir()})
    assert contents[0] == contents[1]


@pytest.mark.parametrize("name", ["vocabulary.txt", "terms.safetensors", "bm25.json"])
def test_a_missing_or_damaged_file_is_an_artifact_error(tmp_path: Path, name: str) -> None:
    BM25.build(toy_catalogue(), BM25Settings()).save(tmp_path)
    whole = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ArtifactError, match="genrec index"):
        BM25.load(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(ArtifactError, match=str(tmp_path)):
        BM25.load(tmp_path)


def test_an_empty_catalogue_finds_nothing(tmp_path: Path) -> None:
    index = BM25.build(catalogue_of([]), BM25Settings())
    index.save(tmp_path)
    for each in (index, BM25.load(tmp_path)):
        assert each.search(["toy"], k=3).items.tolist() == [[-1, -1, -1]]
    assert index.updated(catalogue_of(["toy"])).search(["toy"], k=1).items.tolist() == [[0]]


CHECK_CACHE = """
import json, sys
import numpy as np
from genrec.config import BM25Settings
from genrec.retrieval.bm25 import BM25
from genrec.testing.retrievers import toy_catalogue
from genrec.retrieval import kernels
index = BM25.build(toy_catalogue(), BM25Settings())
assert kernels.search.signatures, "building leaves the search to be compiled"
mask = np.ones(12, np.bool_)
mask.flags.writeable = False
index.search(["toy"], k=3, candidates=mask)
print(json.dumps([sum(kernels.search.stats.cache_hits.values()), len(kernels.search.signatures)]))
"""


@pytest.mark.slow
def test_a_fresh_process_compiles_nothing(tmp_path: Path) -> None:
    """The first fills the cache; the second must find every kernel there, for one signature."""
    for wanted in ([0, 1], [1, 1]):
        environment = {"NUMBA_CACHE_DIR": str(tmp_path), "PATH": "", "HOME": str(tmp_path)}
        done = subprocess.run(
            [sys.executable, "-c", CHECK_CACHE], capture_output=True, env=environment, check=True, text=True
        )
        assert json.loads(done.stdout) == wanted
