"""What is measured of a model's lists, against counting by hand on data of three users."""

import numpy as np
import polars as pl
import pytest

from genrec.evaluation.job import as_frame, auc_of
from genrec.evaluation.measure import Lists, Measure, labels_of
from genrec.evaluation.prepare import prepare
from genrec.testing.data import toy_catalogue
from genrec.types import Rankings


def lists_for(prepared, items) -> Lists:
    return Lists(np.tile(np.array(items, np.int32), (len(prepared.test), 1)))


def test_lists_come_back_from_their_files_as_they_went(prepared):
    rng = np.random.default_rng(0)
    made = Rankings.empty(len(prepared.test), 6)
    for row in range(len(prepared.test)):
        n = row % 7
        made.items[row, :n], made.scores[row, :n] = rng.permutation(40)[:n], -np.arange(n)
    frame = as_frame(made, prepared.test)
    assert frame.columns == ["user_id", "rank", "item_id", "score"]
    shuffled = frame.sample(fraction=1, shuffle=True, seed=1)
    found = Lists.of(shuffled, pl.DataFrame({"user_id": []}), prepared.test)
    assert found.items.tolist() == made.items.tolist()


def test_a_row_a_user_with_every_metric(prepared):
    frame = Measure(prepared).per_user(lists_for(prepared, range(10)))
    assert frame.height == 60
    # user u chose items u to u + 7 of a circle of 40, so the target is u + 7
    targets = (np.arange(60) + 7) % 40
    assert frame["user_id"].to_list() == [f"u{user}" for user in range(60)]
    assert frame["history"].to_list() == [7] * 60
    assert frame["recall@10"].to_list() == (targets < 10).tolist()
    assert frame["recall@5"].to_list() == (targets < 5).tolist()
    assert frame["mrr@10"].to_list() == pytest.approx([1 / (1 + t) if t < 10 else 0 for t in targets])
    rated = [1.0 + (user + 7) % 5 if t < 10 else None for user, t in enumerate(targets)]
    assert frame["satisfaction@10"].to_list() == rated
    assert "auc" not in frame.columns
    assert frame["brand-diversity@10"][0] == pytest.approx(1 - 5 / 45)  # 5 of the 45 pairs share a brand
    assert frame["brand-coverage@10"].to_list() == [1] * 60  # ten items in a row have all five brands


def test_popularity_and_novelty_are_of_the_fitted_data(prepared):
    measure = Measure(prepared)
    train = prepared.split.train
    counts = np.bincount(train.interactions.items, minlength=40)
    frame = measure.per_user(lists_for(prepared, [3, 30]))
    assert frame["popularity@10"][0] == (counts[3] + counts[30]) / 2
    own = counts[prepared.test.queries()[0].history].mean()
    assert frame["popularity-lift@10"][0] == pytest.approx(frame["popularity@10"][0] / own - 1)
    assert frame["novelty@10"][0] == pytest.approx(np.mean([-np.log2(counts[each] / 60) for each in (3, 30)]))


def test_diversity_is_of_who_chose_the_items(prepared):
    train = prepared.split.train.interactions
    users = [set(train.user_of[train.items == item].tolist()) for item in range(40)]
    frame = Measure(prepared).per_user(lists_for(prepared, [3, 4, 20]))
    cosines = [
        len(users[a] & users[b]) / (len(users[a]) * len(users[b])) ** 0.5
        for a, b in ((3, 4), (3, 20), (4, 20))
    ]
    assert frame["intra-list-diversity@10"][0] == pytest.approx(1 - np.mean(cosines))


def test_slices_part_the_targets(prepared):
    measure = Measure(prepared)
    rows = measure.slices(lists_for(prepared, range(10)))
    whole = measure.per_user(lists_for(prepared, range(10)))["recall@10"].mean()
    for group in ("users", "target items", "history length", "target popularity"):
        own = [each for each in rows if each["group"] == group]
        parts = own[2:] if group == "target items" else own  # warm and cold, then head and tail
        assert sum(each["users"] for each in parts) == 60
        total = sum(each["users"] * each["recall@10"] for each in parts if each["users"])
        assert total / 60 == pytest.approx(whole)
    head = next(each for each in rows if str(each["slice"]).startswith("head"))
    assert head["users"] > 0


def test_a_user_with_targets_in_two_slices_counts_in_both(tables, recipe_of):
    prepared = prepare(
        recipe_of(split={"kind": "ratio", "train": 0.5, "validation": 0.25, "test": 0.25}), tables
    )
    rows = Measure(prepared).slices(lists_for(prepared, range(10)))
    sides = [each["users"] for each in rows if each["group"] == "target items"][2:]
    assert sum(sides) > 60


@pytest.mark.parametrize(
    ("targets", "expected"),
    [
        ([0], 3 / 3),  # above all three others
        ([3], (0 + 1 / 2) / 3),  # ties with one, under two
        ([0, 3], (2 / 2 + (0 + 1 / 2) / 2) / 2),  # targets are not each other's others
        ([4], 0),  # may not be shown
        ([99], 0),  # came after the model
    ],
)
def test_auc_of_one_list(targets, expected):
    scores = np.array([5, 4, 3, 3, -np.inf], np.float32)
    assert auc_of(scores, np.array(targets, np.int32)) == pytest.approx(expected)


def test_labels_are_taken_from_lists_and_words():
    catalogue = toy_catalogue()
    labels = labels_of(catalogue, ("categories", "genres"))
    assert labels is not None
    pair = np.array([0], np.int32), np.array([1], np.int32)
    assert labels.jaccard(*pair)[0] == 1 / 2  # {Horror, Science Fiction} and {Science Fiction}
    assert np.isnan(labels.jaccard(pair[0], np.array([6], np.int32))[0])  # Vertigo has none
    assert labels_of(catalogue, ("brand",)) is None
