import numpy as np
import pytest

from genrec.data.dataset import Dataset
from genrec.errors import DataError
from genrec.models import hybrid
from genrec.models.base import Fitting
from genrec.models.fitting import fit
from genrec.models.hybrid import Hybrid
from genrec.models.settings import HybridModelSettings
from genrec.testing.data import checkerboard, toy_dataset
from genrec.testing.recommenders import RecommenderContract

QUIET = Fitting(is_quiet=True)
CHEAP = {"rules": {}, "ease": {}, "popularity": {}}
TREES = HybridModelSettings.model_validate(
    {"sources": CHEAP, "held_back": 3, "trees": {"least_in_leaf": 2, "most": 60}}
)


class TestLearnt(RecommenderContract):
    def make(self, dataset: Dataset) -> Hybrid:
        return Hybrid.fit(TREES, dataset, QUIET)


def test_it_learns_the_checkerboard_and_whom_to_trust() -> None:
    dataset, held_out = checkerboard(40, 20)
    model = Hybrid.fit(TREES, dataset, QUIET)
    found = model.recommend([dataset.query(user) for user in range(40)], k=1)
    assert found.items[:, 0].tolist() == held_out.tolist()
    shares = [each.sources[0] for each in found.trace if each is not None]
    mean = {name: np.mean([each[name] for each in shares]) for name in CHEAP}
    assert mean["rules"] > mean["popularity"]


@pytest.mark.parametrize("ranker", ["fusion", "lambdamart"])
def test_each_item_says_how_much_of_it_is_of_which_source(ranker: str) -> None:
    dataset = toy_dataset()
    model = Hybrid.fit(TREES.model_copy(update={"ranker": ranker}), dataset, QUIET)
    rankings = model.recommend([dataset.query(user) for user in range(4)], k=4)
    for row, trace in enumerate(rankings.trace):
        assert len(trace.sources) == len(rankings.row(row)[0])
        assert all(sum(each.values()) == pytest.approx(1) for each in trace.sources)
        assert all(set(each) == set(CHEAP) for each in trace.sources)


def test_the_ranker_learns_from_sources_that_have_not_seen_what_it_is_asked(monkeypatch) -> None:
    dataset, _ = checkerboard(10, 20)
    seen: list[tuple[Dataset, bool]] = []
    whole = hybrid._fit

    def noted(settings, data, fitting):
        seen.append((data, fitting.validation is None))
        return whole(settings, data, fitting)

    asked: list[np.ndarray] = []
    labelled = Hybrid.labelled

    def asking(self, data, rows):
        asked.append(rows)
        return labelled(self, data, rows)

    monkeypatch.setattr(hybrid, "_fit", noted)
    monkeypatch.setattr(Hybrid, "labelled", asking)
    Hybrid.fit(TREES, dataset, QUIET)
    (rows,) = asked
    targets = {(int(dataset.interactions.user_of[row]), int(dataset.interactions.items[row])) for row in rows}
    assert len(targets) == 30
    known, fitted_without = [each for each, _ in seen[:3]], [each for each, _ in seen[3:]]
    assert all(each is dataset for each in known)
    for each in fitted_without:
        events = each.interactions
        assert not targets & set(zip(events.user_of.tolist(), events.items.tolist(), strict=True))
        assert len(events) == len(dataset.interactions) - 30


def test_a_log_too_short_to_take_anything_back_needs_a_fusion() -> None:
    dataset = toy_dataset()
    keep = np.zeros(len(dataset.interactions), np.bool_)
    keep[dataset.interactions.indptr[:-1]] = True
    alone = Dataset(dataset.catalogue, dataset.interactions.select(keep))
    with pytest.raises(DataError, match="nothing to learn a ranking from") as raised:
        fit(TREES, alone, QUIET)
    assert raised.value.next_step == "set ranker to fusion"


def test_weights_of_a_fusion_are_by_name() -> None:
    dataset = toy_dataset()
    settings = {"sources": CHEAP, "ranker": "fusion", "weights": {"rules": 0, "ease": 0}}
    model = Hybrid.fit(HybridModelSettings.model_validate(settings), dataset, QUIET)
    popular = model.sources["popularity"]
    asked = [dataset.query(user) for user in range(4)]
    assert model.recommend(asked, k=3).items.tolist() == popular.recommend(asked, k=3).items.tolist()


def test_a_source_of_another_name_needs_its_kind() -> None:
    settings = HybridModelSettings.model_validate({"sources": {"old": {"kind": "rules", "window": 1}}})
    assert settings.sources["old"].kind == "rules"
    with pytest.raises(ValueError, match="old"):
        HybridModelSettings.model_validate({"sources": {"old": {}}})
    with pytest.raises(ValueError, match="weights of an unknown source"):
        HybridModelSettings.model_validate({"weights": {"nothing": 1}})
