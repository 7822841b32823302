from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from genrec.config import HistorySettings
from genrec.data.dataset import Dataset, popularity
from genrec.data.interactions import TiePolicy
from genrec.data.users import Users
from genrec.errors import DataError
from genrec.testing.data import checkerboard, toy_dataset


def test_history_is_the_chosen_events_without_low_ratings() -> None:
    data = toy_dataset()
    ann, bob = data.query(0), data.query(1)
    assert ann.history.tolist() == [0, 1, 5, 3, 4]
    assert bob.history.tolist() == [2, 1, 1, 0]
    assert bob.exclude.tolist() == [7]
    strict = replace(data, history=HistorySettings(min_rating=3.5))
    assert strict.query(0).history.tolist() == [0, 1, 5]
    assert sorted(strict.query(0).exclude) == [3, 4]
    assert strict.query(1).history.tolist() == [2, 1, 1, 0]  # views have no rating to be low
    only = replace(data, history=HistorySettings(events=("purchase", "like")))
    assert only.query(1).history.tolist() == [1, 0]
    assert only.query(0).history.tolist() == []


def test_a_query_has_the_searches_before_it_and_none_of_later() -> None:
    data = toy_dataset()
    assert data.query(1).searches == ("space",)
    start = data.interactions.rows(1).start
    assert data.query(1, until=start + 1).searches == ()
    assert data.query(1, until=start + 2).searches == ("space",)
    assert data.query(0).searches == ()  # a review is no search


def test_history_and_negatives_never_share_an_event() -> None:
    data = replace(toy_dataset(), history=HistorySettings(min_rating=4.0))
    assert not (data.is_history & data.is_negative).any()
    assert len(data.positives) == data.is_history.sum()
    assert (data.positives.items >= 0).all()


def test_a_query_is_aligned_and_oldest_first() -> None:
    query = toy_dataset().query(0)
    assert query.times is not None
    assert query.values is not None
    assert query.times.tolist() == [100, 200, 300, 300, 400]
    assert query.values.tolist() == [5, 4, 5, 1, 3]
    assert len(query.events) == 5


def test_a_query_adds_what_the_caller_rules_out() -> None:
    data = toy_dataset()
    query = data.query(1, exclude=np.array([4, 4, 3], np.int32), text="space")
    assert query.exclude.tolist() == [3, 4, 7]
    assert query.exclude.dtype == np.int32
    assert query.text == "space"
    assert query.unwanted.tolist() == [0, 1, 2, 3, 4, 7]


def test_a_query_about_the_past_knows_no_later_event() -> None:
    data = toy_dataset()
    start, stop = data.interactions.rows(1).start, data.interactions.rows(1).stop
    asked = [data.query(1, until=row) for row in range(start, stop + 1)]
    assert [len(each.history) for each in asked] == [0, 1, 1, 2, 3, 3, 4]
    assert [len(each.exclude) for each in asked] == [0, 0, 0, 0, 0, 1, 1]
    assert data.query(1, until=0).history.tolist() == []
    assert data.query(1, until=10**9).history.tolist() == data.query(1).history.tolist()


def test_the_fingerprint_is_of_the_data() -> None:
    data = toy_dataset()
    removed = data.with_catalogue(data.catalogue.without_items(["m1"]))
    others = [
        removed,
        replace(data, interactions=data.interactions.select(np.arange(len(data.interactions)) > 0)),
        replace(data, interactions=data.interactions.reordered(TiePolicy("shuffle", 1))),
        replace(data, interactions=replace(data.interactions, texts=None)),
        replace(data, history=HistorySettings(min_rating=2)),
    ]
    prints = {each.fingerprint for each in (data, *others)}
    assert len(prints) == 6
    assert toy_dataset().fingerprint == data.fingerprint


def test_attributes_are_words_and_leave_out_the_unknown() -> None:
    data = toy_dataset()
    assert data.users.attributes("ann") == {"age": "34", "place": "Leeds"}
    assert data.users.attributes("bob") == {"place": "Oslo"}
    assert data.users.attributes("cleo") == {}
    assert Users.none().attributes("ann") == {}


def test_a_user_with_two_rows_is_refused() -> None:
    with pytest.raises(DataError, match="user_id 'a'"):
        Users(pl.DataFrame({"user_id": ["a", "b", "a"], "age": [1, 2, 3]}))


def test_popularity_counts_events_with_an_item() -> None:
    data = toy_dataset()
    assert popularity(data.interactions, 8).tolist() == [2, 3, 2, 1, 2, 3, 1, 1]
    assert popularity(data.interactions, 8).dtype == np.float32


def test_has_times() -> None:
    data = toy_dataset()
    assert data.has_times
    events = data.interactions
    untimed = replace(events, times=np.full(len(events), np.iinfo(np.int64).min))
    assert not Dataset(data.catalogue, untimed).has_times


@pytest.mark.parametrize(("n_users", "n_items"), [(6, 8), (9, 4), (3, 10)])
def test_a_checkerboard_holds_out_the_diagonal(n_users: int, n_items: int) -> None:
    data, held_out = checkerboard(n_users, n_items)
    assert data.interactions.n_users == n_users
    for user in range(n_users):
        history = data.query(user).history.tolist()
        assert held_out[user] == user % n_items
        assert sorted([*history, held_out[user]]) == list(range(user % 2, n_items, 2))
        assert (history[-1] + 2) % n_items == held_out[user]
    assert isinstance(data.catalogue.frame, pl.DataFrame)
