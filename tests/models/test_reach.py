"""Leave-one-out on ML-100K against what others measured with the same settings.

Raw order, full ranking, seen excluded, fitted on all but the test events: of 943 users, how many find their
last film among the first ten, and the mean NDCG@10.
"""

import numpy as np
import polars as pl
import pytest

from genrec.config import LeaveOneOut
from genrec.data.catalogue import Catalogue
from genrec.data.dataset import Dataset
from genrec.data.interactions import Interactions
from genrec.data.splits import Split, split
from genrec.models import fitting
from genrec.models.base import Fitting
from genrec.models.settings import (
    AnyModel,
    EASESettings,
    ItemKNNSettings,
    PopularitySettings,
    RulesSettings,
)


@pytest.fixture(scope="module")
def parted(data_folder) -> Split:
    folder = data_folder / "ml-100k"
    ids = pl.col("user_id", "item_id").cast(pl.String)
    log = pl.read_parquet(folder / "interactions.parquet").with_columns(
        ids, event=pl.lit("rating"), value=pl.col("rating").cast(pl.Float64), text=pl.lit(None, pl.String)
    )
    items = pl.read_parquet(folder / "items.parquet").with_columns(pl.col("item_id").cast(pl.String))
    catalogue = Catalogue(items)
    return split(Dataset(catalogue, Interactions.from_frame(log, catalogue.ids)), LeaveOneOut())


@pytest.mark.parametrize(
    ("settings", "n_hits", "ndcg"),
    [
        (PopularitySettings(), 81, None),  # their NDCG breaks ties otherwise: .0443, here .0449
        (ItemKNNSettings(shrinkage=10, recency=0.8), 150, 0.0899),
        (ItemKNNSettings(neighbours=200, shrinkage=10, recency=1), 101, 0.0549),
        (RulesSettings(backward=0, from_power=1, to_power=0, recency=0.8), 198, 0.1153),
        (EASESettings(regularization=200, recency=0.8), 184, 0.1060),
    ],
    ids=lambda each: getattr(each, "kind", None),
)
def test_it_hits_as_often_as_others_measured(
    parted: Split, settings: AnyModel, n_hits: int, ndcg: float | None
) -> None:
    model = fitting.fit(settings, parted.train_and_validation, Fitting(is_quiet=True))
    found = model.recommend(parted.test.queries(), k=10).items == parted.test.items[:, None]
    assert found.sum() == n_hits
    if ndcg is not None:
        assert (found / np.log2(np.arange(2, 12))).sum() / len(found) == pytest.approx(ndcg, abs=1e-4)
