"""What holds for every fitted model: kept whole, refused when damaged, able to see what anyone can see."""

import zlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import get_args

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray
from pydantic import TypeAdapter

from genrec.data.dataset import Dataset
from genrec.errors import ArtifactError
from genrec.files import files_in
from genrec.models import fitting, last_titles
from genrec.models.base import Fitted, Fitting
from genrec.models.settings import AnyModel, AnySource, ModelSettings
from genrec.retrieval.text import words
from genrec.testing.data import checkerboard, toy_dataset
from genrec.testing.recommenders import RecommenderContract
from genrec.types import NO_ITEM, Query

KINDS = [*(each.model_fields["kind"].default for each in get_args(get_args(AnySource)[0])), "hybrid"]
TINY = {"embedding_size": 8, "epochs": 2, "batch_size": 8}
SMALL: dict[str, dict[str, object]] = {
    "als": {"factors": 4},
    "bert4rec": {**TINY, "max_length": 6},
    "bpr-mf": TINY,
    "gru4rec": {**TINY, "max_length": 6, "hidden_size": 8},
    "hybrid": {"sources": {"rules": {}, "ease": {}, "popularity": {}}, "ranker": "fusion"},
    "lightgcn": TINY,
    "mult-vae": {**TINY, "hidden_size": 8},
    "neumf": TINY,
    "sasrec": {**TINY, "max_length": 6},
    "svd": {"factors": 2},
}
"""Settings that suit data this small, where the defaults do not."""
COUNTING = ("als", "ease", "item-knn", "rules", "svd", "user-knn")
"""Models that see what goes together and do not learn it by steps, as those of `test_learners.py` do."""

kinds = pytest.mark.parametrize("kind", KINDS)


class WordVectors:
    """Texts as the sums of random vectors, one a word."""

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        vectors = np.stack([self._sum(text) for text in texts])
        return (vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)).astype(np.float32)

    def _sum(self, text: str) -> NDArray[np.float64]:
        seeds = [zlib.crc32(word.encode()) for word in words(text)]
        return sum((np.random.default_rng(seed).normal(size=32) for seed in seeds), np.zeros(32))


@pytest.fixture(autouse=True)
def _no_real_embedder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(last_titles, "embedder_of", lambda settings: WordVectors())


def settings_of(kind: str) -> ModelSettings:
    return TypeAdapter(AnyModel).validate_python({"kind": kind, **SMALL.get(kind, {})})


def fitted(kind: str, dataset: Dataset) -> Fitted:
    if kind == "als":
        pytest.importorskip("implicit")
    return fitting.fit(settings_of(kind), dataset, Fitting(is_quiet=True))


def queries(dataset: Dataset) -> list[Query]:
    return [dataset.query(user) for user in range(dataset.interactions.n_users)]


@kinds
class TestContract(RecommenderContract):
    @pytest.fixture(autouse=True)
    def _of_kind(self, kind: str) -> None:
        self.kind = kind

    def make(self, dataset: Dataset) -> Fitted:
        return fitted(self.kind, dataset)


@pytest.mark.parametrize("kind", COUNTING)
def test_what_anyone_would_guess_comes_first(kind: str) -> None:
    dataset, held_out = checkerboard(40, 10)
    found = fitted(kind, dataset).recommend(queries(dataset), k=1)
    assert found.items[:, 0].tolist() == held_out.tolist()


@kinds
def test_a_model_read_again_answers_the_same(kind: str, tmp_path: Path) -> None:
    dataset = toy_dataset()
    model = fitted(kind, dataset)
    fitting.save(model, tmp_path / kind, dataset, seed=3)
    again = fitting.load(tmp_path / kind, dataset.catalogue)
    assert again.settings == model.settings
    first, second = (each.recommend([*queries(dataset), Query()], k=6) for each in (model, again))
    assert first.items.tolist() == second.items.tolist()
    np.testing.assert_array_equal(first.scores, second.scores)


@kinds
def test_two_fits_of_one_seed_are_kept_in_the_same_bytes(kind: str, tmp_path: Path) -> None:
    dataset = toy_dataset()
    for name in ("one", "two"):
        fitting.save(fitted(kind, dataset), tmp_path / name, dataset, seed=0)
    first, second = (
        {each.relative_to(tmp_path / name): each.read_bytes() for each in files_in(tmp_path / name)}
        for name in ("one", "two")
    )
    assert first == second


@kinds
def test_a_flipped_byte_is_refused(kind: str, tmp_path: Path) -> None:
    dataset = toy_dataset()
    fitting.save(fitted(kind, dataset), tmp_path / kind, dataset, seed=0)
    path = tmp_path / kind / "arrays.safetensors"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(ArtifactError, match="does not match its SHA-256") as raised:
        fitting.load(tmp_path / kind, dataset.catalogue)
    assert raised.value.next_step == f"run `genrec fit {kind}`"


@kinds
def test_a_catalogue_that_changed_since_is_no_fault(kind: str, tmp_path: Path) -> None:
    dataset = toy_dataset()
    fitting.save(fitted(kind, dataset), tmp_path / kind, dataset, seed=0)
    added = pl.DataFrame({"item_id": ["m9"], "title": ["Alien Dracula"]})
    catalogue = dataset.catalogue.with_items(added).without_items(["m5"])
    changed = dataset.with_catalogue(catalogue)
    gone, new = catalogue.ids.index("m5", kind="item"), len(catalogue) - 1
    asked = [replace(each, exclude=np.array([new - 1], np.int32)) for each in queries(changed)]
    asked.append(Query(history=np.array([0, new], np.int32)))
    found = fitting.load(tmp_path / kind, catalogue).recommend(asked, k=len(catalogue)).items
    assert gone not in found
    assert (found[:, 0] != NO_ITEM).all()
    assert (new in found) == kind.endswith("last-titles"), "only text tells of a new item"


@kinds
def test_another_catalogue_is_refused(kind: str, tmp_path: Path) -> None:
    dataset = toy_dataset()
    fitting.save(fitted(kind, dataset), tmp_path / kind, dataset, seed=0)
    turned = type(dataset.catalogue)(dataset.catalogue.frame.reverse())
    with pytest.raises(ArtifactError, match="was fitted to other items"):
        fitting.load(tmp_path / kind, turned)


def test_als_without_its_package_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    from genrec.errors import UsageError

    monkeypatch.setitem(__import__("sys").modules, "implicit.cpu.als", None)
    with pytest.raises(UsageError, match=r"genrec\[als\]"):
        fitting.fit(settings_of("als"), toy_dataset(), Fitting())


def test_every_choice_of_settings_has_its_class() -> None:
    assert set(fitting.CLASSES) == set(KINDS)
