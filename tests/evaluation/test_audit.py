"""The audit passes honest models and catches those that know the answers."""

import numpy as np
import pytest

from genrec.config import BM25Settings, GeneratorSettings, GlobalTime, LeaveOneOut
from genrec.data.dataset import Dataset, popularity
from genrec.data.splits import Split, split
from genrec.errors import DataError
from genrec.evaluation.audit import audit, planted, shuffled, told_targets
from genrec.evaluation.recipe import model_kinds, parse_model
from genrec.generation.scripted import ScriptedGenerator, text_of
from genrec.models.base import Fitting, Recommender
from genrec.models.fitting import fit
from genrec.models.generative import Generative
from genrec.prompting import load_prompt
from genrec.retrieval.bm25 import BM25
from genrec.testing.data import checkerboard, toy_dataset
from genrec.types import Rankings

DATA, _ = checkerboard(200, 60)


class Oracle:
    """Knows the targets of the test part."""

    def __init__(self, parted: Split) -> None:
        self.answers = dict(zip(parted.test.users.tolist(), parted.test.items.tolist(), strict=True))

    def recommend(self, queries, *, k):
        out = Rankings.empty(len(queries), k)
        out.items[:, 0] = [self.answers[query.user] for query in queries]
        out.scores[:, 0] = 1
        return out


TINY: dict[str, dict[str, object]] = {
    "popularity": {},
    "ease": {},
    "rules": {},
    "item-knn": {},
    "user-knn": {},
    "svd": {},
    "als": {"factors": 8, "epochs": 3},
    "bm25-last-titles": {},
    "hybrid": {"sources": {"rules": {}, "ease": {}, "popularity": {}}, "trees": {"least_in_leaf": 5}},
}
TRAINED = {
    "bpr-mf": {"epochs": 2},
    "neumf": {"epochs": 2},
    "lightgcn": {"epochs": 2},
    "mult-vae": {"epochs": 2, "hidden_size": 16, "embedding_size": 8},
    "gru4rec": {"epochs": 2},
    "sasrec": {"epochs": 2},
    "bert4rec": {"epochs": 2},
}
"""With the settings of such a size that a test can fit them; embeddings of titles alone are left out."""
LEARNED = [pytest.param(kind, marks=pytest.mark.slow) for kind in TRAINED]


@pytest.mark.parametrize("splitting", [LeaveOneOut(), GlobalTime()], ids=["leave-one-out", "global-time"])
@pytest.mark.parametrize("kind", [*TINY, *LEARNED])
def test_honest_models_are_at_chance(kind, splitting):
    settings = parse_model({"kind": kind} | (TINY | TRAINED)[kind])

    def fitted(parted: Split) -> Recommender:
        # as in a benchmark: what learns by steps also sees validation, to stop by
        return fit(settings, parted.train, Fitting(validation=parted.validation, is_quiet=True))

    findings = audit(DATA, splitting, fitted, k=5)
    assert [each.check for each in findings] == ["planted random next items", "shuffled targets"]
    assert not any(each.is_leak for each in findings), findings
    assert all(each.expected > 1 for each in findings)
    assert "at chance" in str(findings[0])


def test_every_kind_that_can_be_fitted_is_audited():
    assert {*TINY, *TRAINED} == set(model_kinds()) - {"dense-last-titles"}


@pytest.mark.parametrize("splitting", [LeaveOneOut(), GlobalTime()], ids=["leave-one-out", "global-time"])
def test_a_model_that_was_told_the_answers_is_caught(splitting):
    found = planted(DATA, splitting, Oracle, k=5)
    assert found.hits == 200
    assert found.is_leak
    assert "LEAKS" in str(found)


def test_a_model_fitted_on_the_test_part_is_caught():
    def fitted_on_all(parted: Split) -> Recommender:
        return fit(parse_model({"kind": "rules"}), parted.whole, Fitting())

    assert planted(DATA, LeaveOneOut(), fitted_on_all, k=5).is_leak


def test_planted_items_by_time_leave_training_as_it_is():
    seen = []

    def noted(parted: Split) -> Recommender:
        seen.append(parted)
        return Oracle(parted)

    planted(DATA, GlobalTime(), noted, k=5)
    whole = split(DATA, GlobalTime())
    assert seen[0].train.fingerprint == whole.train.fingerprint
    # each query has the whole log before it, and one planted target
    assert [len(each.history) for each in seen[0].test.queries()] == np.diff(
        DATA.interactions.indptr
    ).tolist()
    assert np.diff(seen[0].test.indptr).tolist() == [1] * 200


def test_shuffled_targets_hide_even_what_an_oracle_knows():
    found = shuffled(split(DATA, LeaveOneOut()), Oracle, k=5)
    assert not found.is_leak
    assert found.expected == pytest.approx(200 / 60, rel=0.5)


def test_planted_items_need_a_split_that_tests_the_last_event():
    from genrec.config import Ratio

    with pytest.raises(DataError, match="leave-one-out"):
        planted(DATA, Ratio(), Oracle)


def generative(dataset: Dataset, generator: ScriptedGenerator) -> Generative:
    bm25 = BM25.build(dataset.catalogue, BM25Settings())
    return Generative(
        catalogue=dataset.catalogue,
        generator=generator,
        template=load_prompt("query-instruct"),
        retriever=bm25,
        last_titles=bm25,
        popularity=popularity(dataset.positives, len(dataset.catalogue)),
        settings=GeneratorSettings(n_queries=2),
    )


def test_no_prompt_tells_a_target():
    parted = split(toy_dataset(), LeaveOneOut())
    generator = ScriptedGenerator(["a film"])
    queries = parted.test.queries()
    generative(parted.train, generator).recommend(queries, k=3)
    prompts = [text_of(each) for each in generator.prompts]
    assert len(prompts) == len(queries) == 3
    assert told_targets(prompts, parted.test, queries) == []
    title = parted.test.source.catalogue.titles[int(parted.test.targets(1)[0])]
    prompts[1] += f" {title}"
    assert told_targets(prompts, parted.test, queries) == [1]


def test_a_title_within_one_of_the_users_own_is_no_leak():
    parted = split(toy_dataset(), LeaveOneOut())
    queries = parted.test.queries()
    own = parted.test.source.catalogue.titles[int(queries[0].history[0])]
    assert told_targets([own, "", ""], parted.test, queries) == []
    assert np.isin(parted.test.targets(0), queries[0].history).sum() == 0
