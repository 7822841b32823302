"""How alike two items are in what the catalogue says of them."""

import numpy as np
import polars as pl

from genrec.data.catalogue import Catalogue, spoken_title
from genrec.retrieval.text import words
from genrec.types import ScoreArray

WORDS = (pl.String(), pl.List(pl.String))


def likeness(catalogue: Catalogue, item: int) -> ScoreArray:
    """How alike one item and each of all are, 0 to 1, float32 `[n_items]`.

    A trait is a word of the title, or one value of one attribute that is in words. With N items, of which df
    have it, it is worth log(N / df); one that a single item has is worth nothing. Two items are alike by

        worth of the traits both have / sqrt(worth of those one has * worth of those the other has)
    """
    traits = _traits(catalogue).filter(pl.col("df") > 1)
    worth = np.log(len(catalogue) / traits["df"].to_numpy())
    items = traits["item"].to_numpy()
    mine = traits.filter(pl.col("item") == item).select("field", "value")
    is_shared = traits.join(
        mine.with_columns(shared=True), on=["field", "value"], how="left", maintain_order="left"
    )
    common = np.bincount(items, worth * is_shared["shared"].fill_null(False).to_numpy(), len(catalogue))
    whole = np.bincount(items, worth, len(catalogue))
    cosine: ScoreArray = (common / np.sqrt(np.maximum(whole * whole[item], 1e-12))).astype(np.float32)
    return cosine


def _traits(catalogue: Catalogue) -> pl.DataFrame:
    """The traits of all items, a row each: item, field, value, and the number of items that have it, df."""
    frame = catalogue.frame
    columns = {"title": pl.Series([words(spoken_title(each)) for each in catalogue.titles], dtype=WORDS[1])}
    columns |= {name: frame[name] for name in catalogue.attributes if frame.schema[name] in WORDS}
    tables = [
        pl.DataFrame({"item": np.arange(len(catalogue)), "field": [name] * len(catalogue), "value": column})
        for name, column in columns.items()
    ]
    listed = [each.explode("value") if each.schema["value"] == WORDS[1] else each for each in tables]
    traits = pl.concat(listed).drop_nulls().unique(maintain_order=True)
    return traits.with_columns(df=pl.len().over("field", "value"))
