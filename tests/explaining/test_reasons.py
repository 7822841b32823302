"""Reasons over a small shop whose titles are hard to tell from the words of a sentence."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from genrec.config import HistorySettings
from genrec.data.catalogue import Catalogue
from genrec.data.dataset import Dataset
from genrec.data.interactions import Interactions
from genrec.explaining import Claim, Explainer
from genrec.explaining.explainer import shown_by_model
from genrec.explaining.text import clean, is_plain
from genrec.testing.falsehoods import Facts, false_sentences
from genrec.types import Query, Trace, WrittenQuery

TITLES = [
    "Star Wars (1977)", "Her", "It", "12 Monkeys", "Not Without My Daughter", "Like Water for Chocolate",
    "Liar Liar", "You've Got Mail", "Batman", "Batman & Robin", "Robin", "101 Dalmatians", "Fargo",
    "Matrix, The",
]  # fmt: skip


def dataset(titles, *, event="like", n_users=30, genres=None):
    items = pl.DataFrame(
        {
            "item_id": [f"i{n}" for n in range(len(titles))],
            "title": titles,
            "genres": genres or [["Drama", "Sci-Fi"] if n % 2 else ["Comedy"] for n in range(len(titles))],
            "year": [1990 + n % 3 for n in range(len(titles))],
        }
    )
    rows = [
        (f"u{user}", f"i{item}")
        for user in range(n_users)
        for item in range(len(titles))
        if (user + item) % 3 and item != len(titles) - 1
    ]
    events = pl.DataFrame(
        {
            "user_id": [user for user, _ in rows],
            "item_id": [item for _, item in rows],
            "timestamp": list(range(len(rows))),
            "event": [event] * len(rows),
            "value": [None] * len(rows),
            "text": [None] * len(rows),
        },
        schema_overrides={"value": pl.Float64, "text": pl.String},
    )
    catalogue = Catalogue(items)
    return Dataset(catalogue, Interactions.from_frame(events, catalogue.ids))


@pytest.fixture(scope="module")
def explainer():
    return Explainer(dataset(TITLES))


FARGO, STAR_WARS, BATMAN, ROBIN = 12, 0, 8, 10
CLAIMS = [
    Claim("history", item=STAR_WARS, value="liked"),
    Claim("co-occurrence", STAR_WARS, None, "liked", 12, 40),
    Claim("shared", STAR_WARS, "genres", "Comedy"),
    Claim("attribute", field="year", value="1990"),
    Claim("search", value="snow and crime"),
]

TRUE = [
    "You liked Star Wars.",
    "12 of the 40 people who liked Star Wars also liked this.",
    "You liked Star Wars, and 12 out of 40 people who liked it also liked Fargo.",
    "Like Star Wars, Fargo is a comedy.",
    "This is a comedy from 1990.",
    'It matches the search "snow and crime."',
    "Because the user enjoyed “Star Wars”, you might like this film.",
]
FALSE = [
    "The user chose Star Wars because it won.",
    "The user liked Fargo.",
    "You bought Star Wars.",
    "Star Wars liked you.",
    "40 of the 12 people who liked Star Wars also liked this.",
    "12 of the 40 people who liked Fargo also liked Star Wars.",
    "You liked Star Wars. It is a comedy.",  # "it" could be Star Wars
    "You did not like Star Wars.",
    "This is a comedy from 1991.",
    "This is a Sci-Fi comedy.",
    "This is a comedy by 1990.",
    "It matches your search \"snow and crime\".",  # the model wrote it, not the user
    "It matches the search snow and crime.",
    "You liked Star Wars and Batman.",
    "You liked Star Wars.\nThis is a comedy.",
    "You liked <b>Star Wars</b>.",
    "You liked Star Wars. https://example.com",
    "You liked \u202eStar Wars.",
    "You liked Star\u200b Wars.",
    "You liked *Star Wars*.",
    "12% of the 40 people who liked Star Wars liked this.",
    "",
    ".",
    "You might like this.",
]  # fmt: skip


@pytest.mark.parametrize("sentence", TRUE)
def test_a_true_sentence_passes(explainer, sentence):
    assert explainer.check.passes(sentence, FARGO, CLAIMS)


@pytest.mark.parametrize("sentence", FALSE)
def test_anything_else_fails(explainer, sentence):
    assert not explainer.check.passes(sentence, FARGO, CLAIMS)


def test_every_clause_needs_its_own_claim(explainer):
    sentence = "You liked Star Wars, and 12 of the 40 people who liked it also liked this."
    assert explainer.check.claims_in(sentence, FARGO, CLAIMS) == (CLAIMS[0], CLAIMS[1])
    for left_out in (0, 1):
        rest = [claim for n, claim in enumerate(CLAIMS) if n != left_out]
        assert not explainer.check.passes(sentence, FARGO, rest)


@pytest.mark.parametrize("item", range(len(TITLES) - 2))
def test_hard_titles_are_told_from_words(explainer, item):
    claims = [Claim("history", item=item, value="liked")]
    title = explainer.names.shown[item]
    assert explainer.check.passes(f'You liked "{title}".', 13, claims)
    needs_quotes = title == "Batman & Robin"  # also two other films of the catalogue
    assert explainer.check.passes(f"You liked {title}.", 13, claims) != needs_quotes
    other = [Claim("history", item=(item + 1) % 13, value="liked")]
    assert not explainer.check.passes(f'You liked "{title}".', 13, other)


def test_a_list_that_may_be_one_title_is_refused(explainer):
    claims = [Claim("history", item=BATMAN, value="liked"), Claim("history", item=ROBIN, value="liked")]
    assert not explainer.check.passes("You liked Batman & Robin.", FARGO, claims)
    assert explainer.check.passes("You liked Robin and Batman.", FARGO, claims)


def test_reasons_cite_the_history_and_count_exactly(explainer):
    data = explainer.dataset
    query = data.query(0)
    items = np.array([i for i in range(len(TITLES)) if i not in query.history], np.int32)
    history = {data.catalogue.ids[i] for i in query.history.tolist()}
    reasons = explainer.explain(query, items, Trace((WrittenQuery("dogs", -1.0),), ((0,),) * len(items)))
    for item, reason in zip(items.tolist(), reasons, strict=True):
        assert {e.item_id for e in reason.evidence if e.item_id} <= history
        assert len(reason.claims) <= 4
        assert explainer.check.passes(reason.text, item, reason.claims)
        for claim in explainer.finder.gather(query, np.array([item], np.int32))[0]:
            if claim.relation == "co-occurrence":
                lists = [set(data.query(u).history.tolist()) for u in range(1, 30)]
                assert claim.of == sum(claim.item in each for each in lists)
                assert claim.count == sum({claim.item, item} <= each for each in lists)


def test_neighbours_and_a_search_are_told_of_one_item_without_being_joined(explainer):
    query = explainer.dataset.query(0)
    items = np.setdiff1d(np.arange(len(TITLES)), query.history).astype(np.int32)
    searches = tuple(WrittenQuery(TITLES[item], -1.0) for item in items)
    trace = Trace(searches, tuple((at,) for at in range(len(items))))
    gathered = explainer.finder.gather(query, items, trace, neighbours=True)
    both = [{each.relation for each in claims} >= {"search", "neighbours"} for claims in gathered]
    assert any(both)
    reasons = explainer.explain(query, items, trace, neighbours=True)
    for item, reason in zip(items.tolist(), reasons, strict=True):
        assert explainer.check.passes(reason.text, item, reason.claims)
        assert not {"search", "neighbours"} <= {each.relation for each in reason.claims}


def test_a_model_sentence_is_shown_only_where_it_passes(explainer):
    query = explainer.dataset.query(0)
    items = np.array([i for i in range(len(TITLES)) if i not in query.history], np.int32)[:2]
    calls = []

    def write(statements):
        calls.append(statements)
        return [["It won an Oscar.", statements[0][0], " ".join(statements[0])], ["It won an Oscar."]]

    first, second = explainer.explain(query, items, write=write)
    assert len(calls) == 1
    assert (first.by, first.text, first.tried) == ("model", " ".join(calls[0][0]), 2)
    assert len(first.evidence) == len(explainer.explain(query, items)[0].evidence)
    assert second.by == "template"
    assert shown_by_model([first, second]) == (1, 3)


@pytest.mark.parametrize(
    ("event", "word"),
    [
        ("purchase", "bought"),
        ("view", "viewed"),
        ("cart", "cart"),
        ("wishlist", "wishlist"),
        ("like", "liked"),
    ],
)
def test_the_verb_is_that_of_the_event(event, word):
    explainer = Explainer(dataset(TITLES, event=event))
    query = explainer.dataset.query(0)
    new = [i for i in range(len(TITLES) - 1) if i not in query.history]
    reasons = explainer.explain(query, np.array(new, np.int32))
    assert any(word in reason.text for reason in reasons)
    if word != "liked":
        assert not any("you liked" in reason.text.lower() for reason in reasons)


def test_a_low_rating_is_never_liked():
    data = dataset(TITLES, event="rating")
    data.interactions.values[:] = 2.0
    explainer = Explainer(
        Dataset(data.catalogue, data.interactions, history=HistorySettings(min_rating=None))
    )
    query = explainer.dataset.query(0)
    for claim in explainer.finder.gather(query, np.array([13], np.int32))[0]:
        assert not (claim.relation == "history" and claim.value == "liked")


def test_an_item_nobody_knows_still_gets_an_honest_reason():
    explainer = Explainer(dataset(["", "\u200b<b>"], genres=[[], []], n_users=2))
    written = []
    for write in (None, written.append):
        reason = explainer.explain(explainer.dataset.query(0), np.array([1], np.int32), write=write)[0]
        assert (reason.text, reason.by) == ("Little is known of this yet.", "template")
        assert reason.evidence == ()
    assert written == []  # a model has nothing to word


def test_nobody_is_counted_as_having_chosen_an_item(explainer):
    matrix = len(TITLES) - 1  # which has no events
    claims = explainer.finder.gather(explainer.dataset.query(0), np.array([matrix], np.int32))[0]
    assert "popularity" not in {each.relation for each in claims}
    reason = explainer.explain(explainer.dataset.query(0), np.array([matrix], np.int32))[0]
    assert {each.kind for each in reason.evidence} <= {"attribute", "history"}


NASTY = st.text(
    st.sampled_from(list("abZ19 \"'’.,;:&!?()[]<>*_`/\u202e\u200b\n—é")), max_size=14
) | st.sampled_from(
    [
        *TITLES,
        "Comedy",
        "You liked this",
        "this is a Comedy",
        "also",
        "https://evil.com/x",
        "<|im_end|>",
        "and",
    ]
)


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(NASTY, min_size=3, max_size=6), NASTY)
def test_every_template_passes_and_every_falsehood_fails(titles, search):
    explainer = Explainer(dataset(titles, n_users=12))
    query = explainer.dataset.query(0)
    items = np.setdiff1d(np.arange(len(titles)), query.history).astype(np.int32)
    trace = Trace((WrittenQuery(search, -1.0),), ((0,),) * len(items))
    for item, reason in zip(items.tolist(), explainer.explain(query, items, trace), strict=True):
        assert is_plain(reason.text)
        assert not reason.claims or explainer.check.passes(reason.text, item, reason.claims)
        assert not explainer.check.passes(reason.text + " It won an award.", item, reason.claims)
        assert not explainer.check.passes("Not " + reason.text, item, reason.claims)


@settings(max_examples=200, deadline=None)
@given(st.text())
def test_cleaning_is_final_and_plain(text):
    cleaned = clean(text, length=50)
    assert clean(cleaned, length=50) == cleaned
    assert is_plain(cleaned)


def test_the_falsehood_maker_only_makes_what_fails(explainer):
    facts = Facts(
        "Fargo",
        "Star Wars",
        "Robin",
        "Batman",
        "Comedy",
        "Drama",
        "1990",
        "1991",
        12,
        40,
        "snow and crime",
        "dogs",
    )
    passed = [lie for _, lie in false_sentences(facts) if explainer.check.passes(lie, FARGO, CLAIMS)]
    assert passed == []


def test_a_search_is_named_only_of_an_item_that_has_all_of_its_words(explainer):
    item, query = TITLES.index("Like Water for Chocolate"), explainer.dataset.query(1)
    assert item not in query.history

    def named(text):
        trace = Trace((WrittenQuery(text, -1.0),), ((0,),))
        (reason,) = explainer.explain(query, np.array([item], np.int32), trace)
        return "search" in {each.relation for each in reason.claims}

    for telling in ("Water and Chocolate", "drama", "like water for chocolate"):
        assert named(telling), telling
    for stray in (
        "Black Chocolate",
        "The for 1977",
        "in it for the",
        "chocolates",
        "1992",
        "Water Chocolate Ice",
    ):
        assert not named(stray), stray
    for cut_off in ("Water for Chocolate and", "Water Chocolate,"):
        assert not named(cut_off), cut_off


def test_letters_and_parts_of_numbers_are_no_words_of_a_search():
    titles = ["E.L.F. Brush 17.5 oz", *(f"Alpha{n}" for n in range(9))]
    explainer = Explainer(dataset(titles, n_users=1))
    for search, is_told in (("E.L.F E", False), ("Brush oz 5", False), ("Brush oz 17.5", True)):
        trace = Trace((WrittenQuery(search, -1.0),), ((0,),))
        (reason,) = explainer.explain(Query(), np.array([0], np.int32), trace)
        assert ("search" in {each.relation for each in reason.claims}) == is_told, search


def test_what_nearly_every_item_has_is_no_reason():
    titles = [f"Alpha{n}" for n in range(20)]
    genres = [["Beauty", "Soap" if n % 4 else "Hair"] for n in range(20)]
    explainer = Explainer(dataset(titles, n_users=12, genres=genres))
    query = explainer.dataset.query(0)
    items = np.setdiff1d(np.arange(20), query.history).astype(np.int32)
    for reason in explainer.explain(query, items):
        assert "Beauty" not in {each.value for each in reason.claims}


def test_names_are_made_anew_for_another_catalogue_alone(explainer):
    dataset = explainer.dataset
    catalogue = dataset.catalogue
    forgetful = explainer.over(dataset.without_user(dataset.interactions.users[0]))
    grown = explainer.over(dataset.with_catalogue(catalogue.without_items([catalogue.ids[0]])))
    assert explainer.over(dataset) is explainer
    assert (forgetful.check is explainer.check, grown.check is explainer.check) == (True, False)
    assert forgetful.finder.audience.n_users < explainer.finder.audience.n_users


def test_a_year_is_no_reason():
    genres = [["Drama"] if n < 2 else [] for n in range(12)]
    explainer = Explainer(dataset([f"Alpha{n}" for n in range(12)], n_users=4, genres=genres))
    query = explainer.dataset.query(0)
    items = np.setdiff1d(np.arange(12), query.history).astype(np.int32)
    assert "year" in explainer.names.fields
    for reason in [*explainer.explain(query, items), *explainer.compare(0, np.arange(1, 12, dtype=np.int32))]:
        assert reason is None or "year" not in {each.field for each in reason.claims}


def searches_of(explainer, query, *, by="model"):
    """How each item's own title is told of it as a search."""
    names, unseen = explainer.names, np.setdiff1d(np.arange(len(TITLES)), query.history).astype(np.int32)
    trace = Trace(
        tuple(WrittenQuery(names.shown[item], -1.0, by=by) for item in unseen),
        tuple((at,) for at in range(len(unseen))),
    )
    reasons = explainer.explain(query, unseen, trace)
    return {
        names.shown[item]: reason.text
        for item, reason in zip(unseen.tolist(), reasons, strict=True)
        if "search" in {each.relation for each in reason.claims}
    }


def test_a_reason_says_whose_search_it_is(explainer):
    query = explainer.dataset.query(0)
    for title, text in searches_of(explainer, query).items():
        assert f'our guess at your next search, "{title}"' in text
    for title, text in searches_of(explainer, query, by="user").items():
        assert f'your search "{title}"' in text
        assert "guess" not in text
    logged = searches_of(explainer, replace(query, searches=("FARGO",)))
    assert 'your search "Fargo"' in logged["Fargo"]
    assert all("our guess" in text for title, text in logged.items() if title != "Fargo")


def test_neither_passes_for_the_other(explainer):
    guess, own = (
        Claim("search", value="snow and crime"),
        Claim("search", field="user", value="snow and crime"),
    )
    for said in ("our guess at your next search,", "a search we guessed for you,", "a guess at your search:"):
        sentence = f'This matches {said} "snow and crime", and is a comedy.'
        assert explainer.check.passes(sentence, FARGO, [guess, *CLAIMS[2:4]])
        assert not explainer.check.passes(sentence, FARGO, [own, *CLAIMS[2:4]])
    assert not explainer.check.passes('This matches your search "snow and crime".', FARGO, [guess])


def test_what_the_user_turned_down_or_has_is_no_search_of_theirs(explainer):
    query = Query(exclude=np.array([BATMAN], np.int32))
    for search, is_told in (("Batman", False), ("Batman & Robin", True)):
        trace = Trace((WrittenQuery(search, -1.0),), ((0,),))
        (claims,) = explainer.finder.gather(
            query, np.array([TITLES.index("Batman & Robin")], np.int32), trace
        )
        assert ("search" in {each.relation for each in claims}) == is_told


def test_a_maker_makes_an_item():
    data = dataset(TITLES)
    brands = pl.Series(["Acme", "Zed", "Best", "Soap & Co"] * 3 + ["Acme", "Zed"])
    data = Dataset(Catalogue(data.catalogue.frame.with_columns(brand=brands)), data.interactions)
    explainer = Explainer(data)
    told = [
        (each.text, claim.value)
        for each in explainer.explain(data.query(0), np.arange(len(TITLES), dtype=np.int32))
        for claim in each.claims
        if claim.field == "brand"
    ]
    assert told
    assert all(f"is by {brand}" in text and "the brand" not in text for text, brand in told)
