"""What `genrec similar` compares, by retriever, over toy embeddings."""

import numpy as np
import polars as pl
import pytest

from genrec.config import BM25Settings, DenseSettings, WorkspaceSettings
from genrec.data.catalogue import Catalogue
from genrec.errors import ArtifactError
from genrec.index import Index
from genrec.retrieval.bm25 import BM25
from genrec.retrieval.dense import Dense
from genrec.types import Query

TITLES = ["Red shoes", "Blue sandals", "Red hat", "Coat"]
VECTORS = {"Red shoes": (1.0, 0.0), "Blue sandals": (0.8, 0.6), "Red hat": (0.0, 1.0), "Coat": (0.6, 0.8)}


class Footwear:
    """Knows that sandals are like shoes."""

    def encode(self, texts):
        return np.array([VECTORS[each] for each in texts], np.float32)


def similar(retriever: str, dense: bool = True) -> list[str]:
    catalogue = Catalogue(pl.DataFrame({"item_id": list("abcd"), "title": TITLES}))
    settings = WorkspaceSettings.model_validate(
        {"catalogue": "items.csv", "interactions": "events.csv", "retriever": retriever}
    )
    embeddings = Dense.build(catalogue, DenseSettings(), embedder=Footwear()) if dense else None
    index = Index(BM25.build(catalogue, BM25Settings()), embeddings, catalogue, settings)
    items, _ = index.similar(0, Query(exclude=np.array([0], np.int32)), k=3).row(0)
    return [TITLES[item] for item in items]


def test_words_embeddings_or_both_are_compared():
    assert similar("bm25") == ["Red hat"]
    assert similar("dense") == ["Blue sandals", "Coat", "Red hat"]
    # hat: 1/61 + 1/63, sandals 1/61, coat 1/62
    assert similar("hybrid") == ["Red hat", "Blue sandals", "Coat"]


def test_embeddings_that_were_not_built_are_named():
    with pytest.raises(ArtifactError, match="no embeddings"):
        similar("dense", dense=False)
