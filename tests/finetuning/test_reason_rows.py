"""Rows of reasons: every sentence says its claims, in the prompt that is used, of training users alone."""

from collections import Counter

import numpy as np
import polars as pl
import pytest

from genrec.config import ByUser, HistorySettings
from genrec.data.catalogue import Catalogue
from genrec.data.dataset import Dataset
from genrec.data.interactions import Interactions
from genrec.data.splits import split
from genrec.errors import DataError
from genrec.explaining import Claim
from genrec.explaining.clarity import is_clear
from genrec.finetuning import reasons
from genrec.finetuning.reasons import ReasonMaker, ReasonTask, joined, reason_task, shape
from genrec.finetuning.recipe import ReasonSettings
from genrec.generation.scripted import ScriptedGenerator
from genrec.prompting import load_prompt
from genrec.testing.forms import form
from genrec.training.examples import Examples


@pytest.fixture(scope="module")
def dataset(shop):
    return shop()


LINKS = {
    "co-occurrence": [Claim("co-occurrence", 1, None, "liked", 12, 40)],
    "shared": [Claim("shared", 1, "genres", "Comedy"), Claim("shared", 1, "genres", "Crime")],
    "shared maker": [Claim("shared", 1, "brand", "Acme")],
    "neighbours": [Claim("neighbours", None, None, "liked", 7, 50)],
    "popularity": [Claim("popularity", None, None, "liked", 30, 59)],
    "attribute": [Claim("attribute", field="genres", value="Comedy")],
    "attribute maker": [Claim("attribute", field="brand", value="Acme")],
}


def claims_of(name: str, *, asked_by: str | None = "user") -> list[Claim]:
    """Claims of a shape, of the item Rocky; the linked item is Star Wars."""
    words = name.removeprefix("search").removeprefix(" ")
    found = [Claim("search", field=asked_by, value="space opera")] if name.startswith("search") else []
    if words.startswith("history"):
        found.append(Claim("history", 1, value="liked"))
        words = words.removeprefix("history").removeprefix(" ")
    return found + LINKS.get(words, [])


@pytest.mark.parametrize("asked_by", ["user", None])
def test_every_pattern_says_its_claims_and_nothing_else_and_is_clear(dataset, asked_by):
    maker, refused = ReasonMaker(dataset), []
    for name, patterns in reasons.load_paraphrases().items():
        claims = claims_of(name, asked_by=asked_by)
        assert shape(claims) == name
        for pattern in patterns:
            maker.patterns = {name: [pattern]}
            sentence = maker.sentence(7, claims)
            if not sentence or not is_clear(sentence, claims, maker.explainer.names):
                refused.append(pattern)
    assert refused == []


def test_there_is_variety_for_what_is_shown_most():
    patterns = reasons.load_paraphrases()
    assert all(len(patterns[name]) >= 25 for name in ("history co-occurrence", "history shared"))
    repeated = [
        each for each, n in Counter(each for some in patterns.values() for each in some).items() if n > 1
    ]
    assert repeated == []


@pytest.mark.slow
def test_every_sentence_drawn_passes_and_the_same_seed_draws_the_same(dataset):
    maker = ReasonMaker(dataset, seed=3)
    told = maker.told(120)
    assert len(told) == 120
    for each in told:
        assert set(maker.explainer.check.claims_in(each.sentence, each.item, each.claims)) == set(each.claims)
        assert each.statements == tuple(maker.wording.statements(each.claims))
    assert len({form(each.sentence, each.claims, maker.explainer.names) for each in told}) > 40
    assert told == ReasonMaker(dataset, seed=3).told(120)
    assert told != ReasonMaker(dataset, seed=4).told(120)


def test_what_says_something_else_is_dropped_and_counted(dataset):
    maker = ReasonMaker(dataset)
    false = ["You {told} {x}, and you will love this.", "You bought {x} and {rec}."]
    maker.patterns = {"history shared": [false[0]]}
    claims = [Claim("history", 1, value="liked"), Claim("shared", 1, "genres", "Comedy")]
    assert maker.sentence(7, claims) == ""
    maker.patterns = {"history shared": ["You {told} {x}."]}  # true, and not all of it
    assert maker.sentence(7, claims) == ""
    assert maker.dropped == {"history shared": 2}


def test_other_verbs_stand_in_all_claims_of_a_reason(dataset):
    maker = ReasonMaker(dataset, other_verb=1.0)
    claims = claims_of("search history co-occurrence")
    changed = [maker._in_other_verbs(claims) for _ in range(50)]
    verbs = {(each[1].value, each[2].value) for each in changed}
    assert all(told == did for told, did in verbs)
    assert len(verbs) > 5
    assert all(each[0] == claims[0] and each[2].count == 12 for each in changed)
    two = [Claim("history", 1, value="watched"), Claim("co-occurrence", 1, None, "liked", 12, 40)]
    assert any(told.value != did.value for told, did in (maker._in_other_verbs(two) for _ in range(20)))


def test_rows_hold_the_prompt_in_use_and_end_with_the_sentence(dataset, tiny_encoder):
    template = load_prompt("reason-tuned")
    told = ReasonMaker(dataset).told(20)
    rows = reasons.reason_rows(told, tiny_encoder, template)
    for place, each in enumerate(told):
        ids, is_target = rows.row(place)
        asked = tiny_encoder.decode(ids[~is_target].tolist())
        assert asked.endswith("assistant\n")
        assert " ".join(each.statements) in asked
        assert ids[is_target][-1] == tiny_encoder.end_id
        assert tiny_encoder.decode(ids[is_target].tolist()) == each.sentence
        assert (np.diff(is_target.astype(int)) >= 0).all()


def test_nothing_is_told_of_held_out_users(shop, tiny_encoder):
    parted = split(shop(), ByUser(seed=5))
    maker = ReasonMaker(parted.train)
    asked = []
    maker._told = lambda query, items: asked.append(query.user) or []
    maker.told(200)
    held_out = {*parted.validation.users.tolist(), *parted.test.users.tolist()}
    assert len(held_out) >= 10
    assert asked
    assert not held_out & set(asked)
    asked.clear()
    maker.held_out(parted.validation, 50)
    assert set(asked) == set(parted.validation.users.tolist())


def test_the_share_is_of_replies_that_say_their_claims_and_nothing_else(dataset):
    maker = ReasonMaker(dataset)
    told = [each for each in maker.told(40) if shape(each.claims) == "history shared"][:4]
    by_prompt = {" ".join(each.statements): each.sentence for each in told}
    task = ReasonTask(
        load_prompt("reason-tuned"), Examples.of([]), [(each, maker.explainer.check) for each in told]
    )
    right = ScriptedGenerator(lambda text: [by_prompt[text.splitlines()[-1]]])
    assert task.share(right) == 1.0
    first = next(iter(by_prompt))
    half = ScriptedGenerator(
        lambda text: [by_prompt[text.splitlines()[-1]] if first in text else "You will love it."]
    )
    assert task.share(half) == 1 / len(by_prompt)


def test_rows_of_all_data_sets_are_learnt_from(shop, tiny_encoder):
    films, soaps = (split(shop(prefix), ByUser()) for prefix in ("", "Soap "))
    task = reason_task(ReasonSettings(rows=15), [films, soaps], tiny_encoder, asked=8, seed=0)
    texts = [tiny_encoder.decode(task.rows.row(row)[0].tolist()) for row in range(len(task.rows))]
    assert len(texts) == 30
    assert sum("Soap" in each for each in texts[:15]) == 0
    assert sum("Soap" in each for each in texts[15:]) > 8
    assert len(task.asked) == 8


def test_tasks_are_joined_row_by_row(dataset, tiny_encoder):
    rows = reasons.reason_rows(ReasonMaker(dataset).told(9), tiny_encoder, load_prompt("reason-tuned"))
    told = [rows.row(each) for each in range(9)]
    both = joined([Examples.of(told[:4]), Examples.of(told[4:])])
    np.testing.assert_array_equal(both.ids, rows.ids)
    np.testing.assert_array_equal(both.is_target, rows.is_target)
    np.testing.assert_array_equal(both.indptr, rows.indptr)


def test_a_log_of_single_events_has_nothing_to_tell():
    catalogue = Catalogue(pl.DataFrame({"item_id": ["1"], "title": ["Alien"]}))
    log = pl.DataFrame(
        [("u", "1", 0)], schema=["user_id", "item_id", "timestamp"], orient="row"
    ).with_columns(event=pl.lit("like"), value=pl.lit(None, pl.Float64), text=pl.lit(None, pl.String))
    lone = Dataset(catalogue, Interactions.from_frame(log, catalogue.ids), history=HistorySettings())
    with pytest.raises(DataError, match="nothing to give reasons for"):
        ReasonMaker(lone).told(3)
