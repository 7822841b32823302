"""The retrievers of a workspace: built by one command, kept as one artefact, updated when opened."""

import json
from dataclasses import dataclass
from pathlib import Path

from genrec import artifacts
from genrec.assets import resolve_model
from genrec.config import WorkspaceSettings
from genrec.data.catalogue import Catalogue, spoken_title
from genrec.data.dataset import Dataset
from genrec.errors import ArtifactError
from genrec.grounding import search_for
from genrec.retrieval.base import Retriever
from genrec.retrieval.bm25 import BM25
from genrec.retrieval.dense import Dense, SentenceTransformerEmbedder
from genrec.retrieval.hybrid import Hybrid
from genrec.types import Query, Rankings
from genrec.workspace import Workspace

KIND = "index"
REBUILD = "genrec index"
ITEMS_FILE = "items.json"


@dataclass(frozen=True)
class Index:
    """BM25, and dense where the workspace's retriever needs it."""

    bm25: BM25
    dense: Dense | None
    catalogue: Catalogue
    settings: WorkspaceSettings
    manifest: artifacts.Manifest

    @property
    def retriever(self) -> Retriever:
        """The retriever that the settings name.

        Raises:
            ArtifactError: it needs embeddings that the index was built without.
        """
        if self.settings.retriever == "bm25":
            return self.bm25
        if self.dense is None:
            raise ArtifactError("the index has no embeddings", next_step=f"run `{REBUILD}`")
        if self.settings.retriever == "dense":
            return self.dense
        hybrid = self.settings.hybrid
        return Hybrid(((self.bm25, hybrid.bm25_weight), (self.dense, hybrid.dense_weight)), hybrid)

    def similar(self, item: int, query: Query, *, k: int) -> Rankings:
        """The items whose text is most like an item's, `[1, k]`, none that the query does not want."""
        catalogue = self.catalogue
        words = [spoken_title(catalogue.titles[item])]
        for name in catalogue.attributes:
            words += catalogue.values(item, name)
        return search_for(self.retriever, [[" ".join(words)]], [query], depth=k)[0]


def build(workspace: Workspace) -> Path:
    """Build both retrievers over the workspace's catalogue and put them in place of the old ones.

    Raises:
        DataError: the data cannot be read.
        ArtifactError: the embedder cannot be had, or the disk is full; the old index stays.
    """
    dataset, _ = workspace.load(known_items=known_items(workspace.index_folder))
    catalogue, settings = dataset.catalogue, workspace.settings
    with artifacts.writing(
        workspace.index_folder,
        kind=KIND,
        data_fingerprint=dataset.fingerprint,
        catalogue_version=catalogue.version,
        details={
            "bm25": settings.bm25.model_dump(mode="json"),
            "dense": settings.dense.model_dump(mode="json"),
        },
    ) as folder:
        (folder / ITEMS_FILE).write_text(json.dumps(list(catalogue.ids)), encoding="utf-8")
        (folder / "bm25").mkdir()
        (folder / "dense").mkdir()
        BM25.build(catalogue, settings.bm25).save(folder / "bm25")
        Dense.build(catalogue, settings.dense, embed=_embedder(settings)).save(folder / "dense")
    return workspace.index_folder


def open_index(workspace: Workspace) -> tuple[Dataset, Index]:
    """The workspace's data and its index, brought up to date with what was added and removed since.

    The embedded default builds its index on first use; elsewhere that is asked for.

    Raises:
        ArtifactError: the index is missing, half-written, damaged, or of other retriever settings.
    """
    folder, settings = workspace.index_folder, workspace.settings
    if workspace.is_embedded and not folder.exists():
        build(workspace)
    manifest = artifacts.open_artifact(folder, kind=KIND, rebuild=REBUILD)
    dataset, _ = workspace.load(known_items=known_items(folder))
    bm25 = BM25.load(folder / "bm25").updated(dataset.catalogue)
    dense = (
        None if settings.retriever == "bm25" else _open_dense(folder / "dense", dataset.catalogue, settings)
    )
    return dataset, Index(bm25, dense, dataset.catalogue, settings, manifest)


def _open_dense(folder: Path, catalogue: Catalogue, settings: WorkspaceSettings) -> Dense:
    return Dense.load(folder, embed=_embedder(settings)).updated(catalogue)


def _embedder(settings: WorkspaceSettings) -> SentenceTransformerEmbedder:
    return SentenceTransformerEmbedder(
        str(resolve_model(settings.dense.model)), batch_size=settings.dense.batch_size
    )


def known_items(folder: Path) -> list[str]:
    """The item ids of an index, by the number each has there; none where there is no index."""
    path = folder / ITEMS_FILE
    return list(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else []
