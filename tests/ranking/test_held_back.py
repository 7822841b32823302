import numpy as np
import polars as pl

from genrec.data.dataset import Dataset
from genrec.data.interactions import INTERACTION_SCHEMA, Interactions
from genrec.ranking.held_back import held_back
from genrec.testing.data import checkerboard, toy_catalogue, toy_dataset


def test_the_newest_of_each_user_and_at_most_a_third():
    data, _ = checkerboard(6, 20)  # nine events a user
    for most, each in ((1, 1), (2, 2), (9, 3)):
        known, rows = held_back(data, most=most)
        assert np.diff(known.positives.indptr).tolist() == [9 - each] * 6
        expected = [end - back for end in data.interactions.indptr[1:] for back in range(each, 0, -1)]
        assert rows.tolist() == expected


def test_who_has_two_events_keeps_both():
    rows = [("ann", "m1", 1, "view", None, None), ("ann", "m2", 2, "view", None, None)]
    frame = pl.DataFrame(rows, schema=INTERACTION_SCHEMA, orient="row")
    catalogue = toy_catalogue()
    data = Dataset(catalogue, Interactions.from_frame(frame, catalogue.ids))
    known, taken = held_back(data, most=5)
    assert known.fingerprint == data.fingerprint
    assert not len(taken)


def test_nothing_that_came_after_an_event_taken_back_is_known():
    data = toy_dataset()
    known, rows = held_back(data, most=1)
    taken = {(data.interactions.user_of[row], data.interactions.times[row]) for row in rows}
    assert len(taken) == 3, "of ann, bob and cleo; dan has one event"
    for user, time in taken:
        own = known.interactions.rows(int(user))
        assert (known.interactions.times[own] <= time).all()
    assert data.is_history[rows].all()
