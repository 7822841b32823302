import numpy as np
import polars as pl
import pytest

from genrec.data.catalogue import Catalogue
from genrec.data.dataset import Dataset
from genrec.data.interactions import INTERACTION_SCHEMA, Interactions
from genrec.models.base import Fitting
from genrec.models.rules import Rules, transitions
from genrec.models.settings import RulesSettings
from genrec.types import Query


def sequences(*lines: str) -> Dataset:
    """Users' items, one letter each, a to e."""
    rows = [
        (f"user {user}", item, step, "view", None, None)
        for user, line in enumerate(lines)
        for step, item in enumerate(line)
    ]
    frame = pl.DataFrame(rows, schema=INTERACTION_SCHEMA, orient="row")
    catalogue = Catalogue(pl.DataFrame({"item_id": list("abcde"), "title": list("ABCDE")}))
    return Dataset(catalogue, Interactions.from_frame(frame, catalogue.ids))


def test_pairs_by_hand() -> None:
    events = sequences("abc", "ac", "ba").positives
    expected = np.zeros((5, 5))
    expected[0, 1], expected[1, 2], expected[0, 2], expected[1, 0] = 1, 1, 1 / 2 + 1, 1
    np.testing.assert_array_equal(transitions(events, 5, window=2).toarray(), expected)
    expected[0, 2] = 1
    np.testing.assert_array_equal(transitions(events, 5, window=1).toarray(), expected)


def test_pairs_equal_a_loop_over_each_user() -> None:
    rng = np.random.default_rng(0)
    lines = ["".join(rng.choice(list("abcde"), rng.integers(0, 12))) for _ in range(30)]
    expected = np.zeros((5, 5))
    for line in lines:
        places = [ord(each) - ord("a") for each in line]
        for first in range(len(places)):
            for second in range(first + 1, min(len(places), first + 5)):
                expected[places[first], places[second]] += 1 / (second - first)
    found = transitions(sequences(*lines).positives, 5, window=4)
    np.testing.assert_allclose(found.toarray(), expected, rtol=1e-5)


def test_scores_by_hand() -> None:
    # a->b 1, b->c 1, a->c 1/2 + 1; counts: a 2, b 1, c 2, so each + 1 is 3, 2, 3
    settings = RulesSettings(window=2, backward=0.5, from_power=0.5, to_power=1, recency=0.8)
    model = Rules.fit(settings, sequences("abc", "ac"), Fitting())
    scores = model.score([Query(history=np.array([0, 1], np.int32))])[0]  # a, then b
    from_a, from_b = 1.5 / (3**0.5 * 3), 1 / (2**0.5 * 3)
    assert scores[2] == pytest.approx(0.8 * from_a + from_b)
    assert scores[0] == pytest.approx(0.5 * 1 / (2**0.5 * 3)), "backwards, from b to a"
    assert scores[3:].tolist() == [-1, -1], "no rule leads to d and e"


def test_an_item_no_rule_leads_to_stands_by_popularity_below_the_others() -> None:
    model = Rules.fit(RulesSettings(window=1, backward=0), sequences("ab", "d", "d", "c"), Fitting())
    found = model.recommend([Query(history=np.array([0], np.int32))], k=4)
    assert found.items[0].tolist() == [1, 3, 2, 4]
    assert found.scores[0, 1:].tolist() == pytest.approx([-1 / 3, -1 / 2, -1])
