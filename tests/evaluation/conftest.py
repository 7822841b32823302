"""Two Parquet tables on disk, in which the next item follows from the last."""

import numpy as np
import polars as pl
import pytest

from genrec.evaluation.prepare import prepare
from genrec.evaluation.recipe import Recipe

N_USERS, N_ITEMS, LENGTH = 60, 40, 8


@pytest.fixture(scope="session")
def tables(tmp_path_factory):
    """A folder with items.parquet and interactions.parquet: user u chose items u, u + 1, … on a circle."""
    folder = tmp_path_factory.mktemp("tables")
    pl.DataFrame(
        {
            "item_id": [f"i{each}" for each in range(N_ITEMS)],
            "title": [f"Title {each}" for each in range(N_ITEMS)],
            "genres": [["Even", "All"] if each % 2 == 0 else ["Odd"] for each in range(N_ITEMS)],
            "brand": [f"brand {each % 5}" for each in range(N_ITEMS)],
        }
    ).write_parquet(folder / "items.parquet")
    users, steps = np.divmod(np.arange(N_USERS * LENGTH), LENGTH)
    pl.DataFrame(
        {
            "user_id": [f"u{each}" for each in users],
            "item_id": [f"i{(user + step) % N_ITEMS}" for user, step in zip(users, steps, strict=True)],
            "timestamp": 1_000_000 + 60 * steps + users,
            "rating": 1.0 + (users + steps) % 5,
        }
    ).write_parquet(folder / "interactions.parquet")
    return folder


@pytest.fixture(scope="session")
def recipe_of():
    """Make a recipe over the tables."""
    return _recipe


def _recipe(**changes: object) -> Recipe:
    values = {
        "name": "toy",
        "data": {"catalogue": {"path": "."}, "interactions": {"path": "."}},
        "models": {"popularity": {}, "ease": {"regularization": 1}},
        "ks": [1, 5, 10],
        "resamples": 200,
    }
    return Recipe.model_validate(values | changes)


@pytest.fixture
def prepared(tables):
    return prepare(_recipe(), tables)
