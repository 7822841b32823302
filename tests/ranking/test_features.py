"""Features by hand, on a log of three users and four items."""

import numpy as np
import polars as pl
import pytest

from genrec.data.catalogue import Catalogue
from genrec.data.dataset import Dataset
from genrec.data.interactions import INTERACTION_SCHEMA, Interactions
from genrec.ranking.candidates import Candidates
from genrec.ranking.facts import Log, Traits
from genrec.ranking.features import DAY, Features
from genrec.types import NO_ITEM, Query, Rankings

CATALOGUE = Catalogue(
    pl.DataFrame(
        {
            "item_id": list("abcd"),
            "title": ["red lamp", "red chair", "blue chair", "green desk"],
            "brand": ["Ada", "Ada", "Bo", None],
            "price": [10.0, 20.0, None, 60.0],
        }
    )
)


def dataset(*events: tuple[str, str, int | None]) -> Dataset:
    """Of user, item and day."""
    rows = [
        (user, item, None if day is None else day * DAY, "view", None, None) for user, item, day in events
    ]
    frame = pl.DataFrame(rows, schema=INTERACTION_SCHEMA, orient="row")
    return Dataset(CATALOGUE, Interactions.from_frame(frame, CATALOGUE.ids))


DATA = dataset(
    ("ann", "a", 0), ("ann", "b", 40), ("bob", "a", 10), ("bob", "b", 11), ("cy", "c", 50), ("cy", "a", 60)
)


def table(data: Dataset, query: Query, items: list[int]) -> dict[str, list[float]]:
    """Features by name, of items that one source found in this order, scored 3, 2, 1 and so on."""
    source = Rankings(np.array([items], np.int32), np.arange(len(items), 0, -1, np.float32)[None])
    candidates = Candidates.of([source])
    features = Features(("one",), Log.of(data), Traits.of(data.catalogue))
    values = features.of([query], candidates)
    assert values.shape == (len(items), len(features.names))
    order = [candidates.items.tolist().index(item) for item in items]
    return dict(zip(features.names, values[order].T.tolist(), strict=True))


def query(*history: int, day: int) -> Query:
    return Query(history=np.array(history, np.int32), times=np.full(len(history), day * DAY))


def test_what_the_source_says():
    found = table(DATA, query(2, day=45), [1, 0, 3])
    assert found["one: rank"] == [1, 2, 3]
    assert found["one: score"] == [3, 2, 1]
    assert found["one: below best"] == [0, 1, 2]
    assert found["sources"] == [1, 1, 1]


def test_only_events_before_the_newest_of_the_query_count_as_its_past():
    # by day 41: a came at 0 and 10, b at 11 and 40, c not yet, d never
    found = table(DATA, query(3, day=41), [0, 1, 2])
    assert found["recent events"] == pytest.approx(np.log1p([0, 2, 0]))
    assert found["days since last event"][:2] == pytest.approx(np.log1p([31, 1]))
    assert np.isnan(found["days since last event"][2])
    assert found["popularity"] == pytest.approx(np.log1p([3, 2, 1])), "of the whole log"


def test_an_event_of_the_same_moment_is_not_past():
    found = table(DATA, query(3, day=40), [1])
    assert found["days since last event"] == pytest.approx([np.log1p(29)])


def test_a_log_or_a_query_without_times_tells_no_past():
    untimed = dataset(("ann", "a", None), ("ann", "b", None))
    for data, asked in ((untimed, query(0, day=3)), (DATA, Query(history=np.array([2], np.int32)))):
        found = table(data, asked, [1])
        assert np.isnan(found["recent events"]).all()
        assert np.isnan(found["days since last event"]).all()


def test_what_came_right_after_the_newest_item():
    found = table(DATA, query(2, 0, day=99), [1, 3])
    assert found["follows last item"] == pytest.approx(np.log1p([2, 0])), "a to b, of ann and of bob"


def test_what_history_and_item_have_in_common():
    # the newest item weighs 1, the one before .8: a red lamp of Ada's, then a blue chair of Bo's
    found = table(DATA, query(0, 2, day=99), [1, 3])
    lamp, chair = 0.8 / 1.8, 1 / 1.8
    red, two = np.log(1 + 4 / 2), np.log(1 + 4 / 1)  # inverse document frequencies of four titles
    like_lamp = red * red / (np.hypot(red, two) * np.hypot(red, red))
    like_chair = red * red / (np.hypot(red, two) * np.hypot(red, red))
    assert found["like history: title"] == pytest.approx([lamp * like_lamp + chair * like_chair, 0])
    assert found["like history: brand"] == pytest.approx([lamp, 0])
    spread = np.std([10, 20, 60])
    assert found["distance from history: price"] == pytest.approx([10 / spread, 50 / spread])


def test_an_item_without_a_number_is_at_no_distance():
    found = table(DATA, query(0, day=99), [2])
    assert np.isnan(found["distance from history: price"]).all()


def test_a_new_item_has_its_traits_and_no_past():
    grown = CATALOGUE.with_items(pl.DataFrame({"item_id": ["e"], "title": ["red desk"], "brand": ["Ada"]}))
    log = Log.from_arrays(Log.of(DATA).to_arrays(), n_items=5)
    features = Features(("one",), log, Traits.of(grown))
    found = Candidates.of([Rankings(np.array([[4, NO_ITEM]], np.int32), np.ones((1, 2), np.float32))])
    values = dict(zip(features.names, features.of([query(0, 4, day=99)], found)[0].tolist(), strict=True))
    assert values["popularity"] == values["follows last item"] == 0
    assert values["like history: brand"] == pytest.approx(1)


def test_names_say_which_columns_are_of_which_source():
    features = Features(("one", "two"), Log.of(DATA), Traits.of(CATALOGUE))
    for source, columns in zip(("one", "two"), features.columns_of_sources, strict=True):
        assert {features.names[each].partition(":")[0] for each in columns} == {source}
        assert len(columns) == 3
