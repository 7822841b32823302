"""A benchmark's data and queries, and NCF's sampled candidates."""

import numpy as np
import pytest

from genrec.data.fetch import KNOWN
from genrec.errors import UsageError
from genrec.evaluation.prepare import open_data, prepare, subset
from genrec.evaluation.recipe import DataSettings

N_USERS, N_ITEMS = 60, 40


def test_a_folder_is_found_by_the_sets_name_below_it_or_as_it_is(tables):
    named = DataSettings(name=tables.name)
    below, itself = (open_data(named, tables, data=each) for each in (tables.parent, tables))
    assert below.fingerprint == itself.fingerprint
    assert len(below.catalogue) == N_ITEMS


def test_an_unknown_set_lists_those_that_can_be_fetched(tables):
    with pytest.raises(UsageError) as refused:
        open_data(DataSettings(name="ml-100m"), tables)
    assert all(name in str(refused.value) for name in KNOWN)


def test_a_set_that_a_folder_of_sets_lacks_lists_those_it_has(tables, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "TERMS.md").write_text("terms")
    with pytest.raises(UsageError, match="no data set is called nosuchset") as refused:
        open_data(DataSettings(name="nosuchset"), tables, data=tmp_path)
    assert "choose from mine, or `genrec data fetch` one of" in str(refused.value)
    (tmp_path / "mine").rmdir()
    with pytest.raises(UsageError, match="next: `genrec data fetch` one of"):
        open_data(DataSettings(name="nosuchset"), tables, data=tmp_path)
    assert "ml-100k" in str(refused.value)


def test_k_above_the_catalogue_is_refused(tables, recipe_of):
    with pytest.raises(UsageError, match="the catalogue has 40 items"):
        prepare(recipe_of(ks=[10, 41]), tables)


def test_a_sample_of_users_is_drawn_by_its_seed(tables, recipe_of):
    chosen = [prepare(recipe_of(users=7, sample_seed=seed), tables).test.users.tolist() for seed in (0, 0, 1)]
    assert chosen[0] == chosen[1] != chosen[2]
    assert len(set(chosen[0])) == 7


def test_a_smaller_sample_is_part_of_a_larger_one(tables, recipe_of):
    small, large = (prepare(recipe_of(users=users), tables).test.users.tolist() for users in (10, 30))
    assert set(small) < set(large)
    assert large == sorted(large)


def test_the_negatives_of_a_user_are_the_same_in_any_sample(tables, recipe_of):
    whole, part = (prepare(recipe_of(protocol="ncf", users=users), tables) for users in (None, 10))
    rows = np.searchsorted(whole.test.users, part.test.users)
    assert part.negatives.tolist() == whole.negatives[rows].tolist()
    other = prepare(recipe_of(protocol="ncf", sample_seed=1), tables)
    assert other.negatives.tolist() != whole.negatives.tolist()


def test_a_subset_keeps_each_users_targets(tables, recipe_of):
    whole = prepare(recipe_of(split={"kind": "ratio"}), tables).test
    part = subset(whole, np.array([3, 10]))
    for row, at in enumerate((3, 10)):
        assert part.targets(row).tolist() == whole.targets(at).tolist()
        assert part.users[row] == whole.users[at]
        assert part.queries()[row].history.tolist() == whole.queries([at])[0].history.tolist()


def test_fit_scope_decides_what_is_fitted(tables, recipe_of):
    narrow, wide = (
        prepare(recipe_of(fit_scope=each), tables).fitted_on for each in ("train", "train-and-validation")
    )
    assert len(wide.interactions) - len(narrow.interactions) == N_USERS


def test_users_with_few_events_are_counted(tmp_path, tables, recipe_of):
    import polars as pl

    log = pl.read_parquet(tables / "interactions.parquet").filter(
        (pl.col("user_id") != "u0") | (pl.col("timestamp") < 1_000_100)
    )
    (tmp_path / "items.parquet").write_bytes((tables / "items.parquet").read_bytes())
    log.write_parquet(tmp_path / "interactions.parquet")
    made = prepare(recipe_of(), tmp_path)
    assert made.few_events == 1
    assert len(made.test) == N_USERS - 1


def test_ncf_ranks_the_target_among_items_the_user_never_had(tables, recipe_of):
    made = prepare(recipe_of(protocol="ncf"), tables)
    for start, queries in made.queries(size=16):
        for row, query in enumerate(queries, start):
            target = made.test.targets(row)
            own = made.split.whole.interactions.items[
                made.split.whole.interactions.rows(int(made.test.users[row]))
            ]
            shown = np.flatnonzero(query.candidates)
            assert set(shown) & set(own.tolist()) == set(target.tolist())
            assert len(shown) == 1 + min(99, N_ITEMS - len(own))


def test_repeats_may_be_allowed(tables, recipe_of):
    for repeats in (False, True):
        (_, queries), *_ = prepare(recipe_of(repeats=repeats), tables).queries(size=4)
        assert (len(queries[0].unwanted) == 0) is repeats


@pytest.mark.parametrize("scope", ["train", "train-and-validation"])
def test_validation_is_asked_of_what_is_fitted_on_training_alone(tables, recipe_of, scope):
    made = prepare(recipe_of(fit_scope=scope), tables, part="validation")
    assert made.test.rows.tolist() == made.split.validation.rows.tolist()
    assert made.fitted_on.fingerprint == made.split.train.fingerprint


def test_a_split_without_validation_has_nobody_for_it(tables, recipe_of):
    split = {"kind": "ratio", "train": 0.8, "validation": 0, "test": 0.2}
    with pytest.raises(UsageError, match="nobody for validation"):
        prepare(recipe_of(split=split), tables, part="validation")
