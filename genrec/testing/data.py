"""Small data whose answers are known, for the tests of genrec and of models made elsewhere."""

import numpy as np
import polars as pl

from genrec.data.catalogue import Catalogue
from genrec.data.dataset import Dataset
from genrec.data.interactions import INTERACTION_SCHEMA, Interactions
from genrec.data.users import Users
from genrec.types import ItemArray


def toy_catalogue() -> Catalogue:
    """Eight films: two of one title, one without a year, one without genres, one removed."""
    frame = pl.DataFrame(
        {
            "item_id": ["m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8"],
            "title": [
                "Alien",
                "Blade Runner",
                "Casablanca",
                "Dracula",
                "Dracula",
                "Solaris",
                "Vertigo",
                "Zulu",
            ],
            "year": [1979, 1982, 1942, 1931, 1992, 1972, None, 1964],
            "genres": [
                ["Horror", "Science Fiction"],
                ["Science Fiction"],
                ["Drama", "Romance"],
                ["Horror"],
                ["Horror", "Romance"],
                ["Drama", "Science Fiction"],
                None,
                ["War"],
            ],
            "score": [8.5, 8.1, 8.5, 7.3, 7.4, 7.9, 8.2, 7.7],
            "colour": [True, True, False, False, True, True, True, None],
        }
    )
    return Catalogue(frame).without_items(["m8"])


def toy_interactions() -> pl.DataFrame:
    """A canonical frame: four users with ratings, ties, a repeat, a dislike, a search, a lone event."""
    rows: list[tuple[str, str | None, int, str, float | None, str | None]] = [
        ("ann", "m1", 100, "rating", 5.0, None),
        ("ann", "m2", 200, "rating", 4.0, None),
        ("ann", "m6", 300, "rating", 5.0, "slow and grand"),
        ("ann", "m4", 300, "rating", 1.0, None),
        ("ann", "m5", 400, "rating", 3.0, None),
        ("bob", "m3", 150, "view", None, None),
        ("bob", None, 160, "search", None, "space"),
        ("bob", "m2", 170, "view", None, None),
        ("bob", "m2", 250, "purchase", None, None),
        ("bob", "m8", 260, "dislike", None, None),
        ("bob", "m1", 350, "like", None, None),
        ("cleo", "m3", 120, "rating", 4.0, None),
        ("cleo", "m7", 120, "rating", 4.0, None),
        ("cleo", "m5", 120, "rating", 4.0, None),
        ("cleo", "m6", 420, "rating", 2.0, None),
        ("dan", "m6", 330, "click", None, None),
    ]
    return pl.DataFrame(rows, schema=INTERACTION_SCHEMA, orient="row")


def toy_dataset() -> Dataset:
    """`toy_interactions` over `toy_catalogue`, with attributes of two users."""
    catalogue = toy_catalogue()
    users = Users(pl.DataFrame({"user_id": ["ann", "bob"], "age": [34, None], "place": ["Leeds", "Oslo"]}))
    return Dataset(catalogue, Interactions.from_frame(toy_interactions(), catalogue.ids), users)


def checkerboard(n_users: int, n_items: int) -> tuple[Dataset, ItemArray]:
    """Even users like even items and odd users odd ones, with one item each, the diagonal, held out.

    A user's items come in a circle that ends just before the held-out one, so models of sets and models of
    sequences must both rank it first. `n_items` is even.

    Returns:
        The dataset without the diagonal, and the held-out item of each user, `[n_users]`.
    """
    users, steps = np.divmod(np.arange(n_users * (n_items // 2 - 1)), n_items // 2 - 1)
    items = (users + 2 * (steps + 1)) % n_items
    frame = pl.DataFrame(
        {
            "user_id": [f"user {user}" for user in users],
            "item_id": [f"item {item}" for item in items],
            "timestamp": 60 * steps,
            "event": "like",
            "value": None,
            "text": None,
        },
        schema_overrides=INTERACTION_SCHEMA,
    )
    names = [f"item {item}" for item in range(n_items)]
    catalogue = Catalogue(pl.DataFrame({"item_id": names, "title": names}))
    dataset = Dataset(catalogue, Interactions.from_frame(frame, catalogue.ids))
    return dataset, (np.arange(n_users) % n_items).astype(np.int32)
