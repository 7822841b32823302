"""The retrievers of a workspace: built by one command, kept as one artefact, updated when opened."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from genrec import artifacts
from genrec.assets import resolve_model
from genrec.config import DenseSettings, HybridSettings, WorkspaceSettings
from genrec.data.catalogue import Catalogue, spoken_title
from genrec.data.dataset import Dataset
from genrec.errors import ArtifactError
from genrec.grounding import search_for, showable
from genrec.heaps import best_of_rows
from genrec.retrieval.base import Retriever
from genrec.retrieval.bm25 import BM25
from genrec.retrieval.dense import Dense, Embedder, SentenceTransformerEmbedder
from genrec.retrieval.hybrid import Hybrid
from genrec.retrieval.likeness import likeness
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

    def over(self, catalogue: Catalogue) -> "Index":
        """The same of a changed catalogue."""
        dense = self.dense.updated(catalogue) if self.dense else None
        return Index(self.bm25.updated(catalogue), dense, catalogue, self.settings)

    @property
    def retriever(self) -> Retriever:
        """The retriever that the settings name.

        Raises:
            ArtifactError: it needs embeddings that the index was built without.
        """
        if self.settings.retriever == "bm25":
            return self.bm25
        if self.settings.retriever == "dense":
            return self._embeddings
        return Hybrid(bm25=self.bm25, dense=self._embeddings, settings=self.settings.hybrid)

    def similar(self, item: int, query: Query, *, k: int) -> Rankings:
        """The items most like one, `[1, k]`, none that the query does not want.

        Like in the words of title and attributes; by embeddings where the retriever is dense; a hybrid fuses
        both, which weigh the same.

        Raises:
            ArtifactError: the retriever needs embeddings that the index was built without.
        """
        if self.settings.retriever == "bm25":
            return self._alike(item, query, k=k)
        title = [spoken_title(self.catalogue.titles[item])]
        if self.settings.retriever == "dense":
            return search_for(self._embeddings, [title], [query], depth=k)[0]
        both = Hybrid(self.bm25, self._embeddings, settings=HybridSettings())
        deep = both.depth(k)
        near = search_for(self._embeddings, [title], [query], depth=deep)[0]
        return both.fuse([self._alike(item, query, k=deep), near], k=k)

    @property
    def _embeddings(self) -> Dense:
        if self.dense is None:
            raise ArtifactError(
                "the index has no embeddings",
                why="it was built with `dense: null`",
                next_step=f"take that out of genrec.yaml, then run `{REBUILD}`, or use --retriever bm25",
            )
        return self.dense

    def _alike(self, item: int, query: Query, *, k: int) -> Rankings:
        """The items that share a title word or a value with one, `[1, k]`."""
        scores = likeness(self.catalogue, item)
        shown = showable(self.catalogue, query.candidates) & (scores > 0)
        shown[query.unwanted] = False
        out = Rankings.empty(1, k)
        best_of_rows(np.where(shown, scores, -np.inf).astype(np.float32)[None], out.items, out.scores)
        return out


def build(workspace: Workspace, *, embedder: Embedder | None = None) -> Path:
    """Build the retrievers over the workspace's catalogue and put them in place of the old ones.

    Embeddings are left out where the settings have `dense: null`.

    Args:
        workspace: whose catalogue to index.
        embedder: in place of the one that the settings name.

    Raises:
        DataError: the data cannot be read.
        ArtifactError: the embedder cannot be had, or the disk is full; the old index stays.
    """
    settings = workspace.settings
    dataset, _ = workspace.load(known_items=known_items(workspace.index_folder))
    with artifacts.writing(
        workspace.index_folder,
        kind=KIND,
        data_fingerprint=dataset.fingerprint,
        catalogue_version=dataset.catalogue.version,
        details={
            "bm25": settings.bm25.model_dump(mode="json"),
            "dense": settings.dense.model_dump(mode="json") if settings.dense else None,
        },
    ) as folder:
        (folder / ITEMS_FILE).write_text(json.dumps(list(dataset.catalogue.ids)), encoding="utf-8")
        (folder / "bm25").mkdir()
        BM25.build(dataset.catalogue, settings.bm25).save(folder / "bm25")
        if settings.dense is not None:
            (folder / "dense").mkdir()
            embedder = embedder or embedder_of(settings.dense)
            Dense.build(dataset.catalogue, settings.dense, embedder=embedder).save(folder / "dense")
    return workspace.index_folder


def open_index(workspace: Workspace, *, embedder: Embedder | None = None) -> tuple[Dataset, Index]:
    """The workspace's data and its index, brought up to date with what was added and removed since.

    The embedded default builds its index on first use; elsewhere that is asked for.

    Raises:
        ArtifactError: the index is missing, half-written, damaged, or over other fields.
    """
    folder, settings = workspace.index_folder, workspace.settings
    if workspace.is_embedded and not folder.exists():
        build(workspace)
    artifacts.open_artifact(folder, kind=KIND, rebuild=REBUILD)
    dataset, _ = workspace.load(known_items=known_items(folder))
    dense = None
    if settings.retriever != "bm25" and settings.dense is not None and (folder / "dense").is_dir():
        embedder = embedder or embedder_of(settings.dense)
        dense = Dense.load(folder / "dense", embedder=embedder).updated(dataset.catalogue)
    return dataset, Index(_open_bm25(folder, dataset.catalogue, settings), dense, dataset.catalogue, settings)


def known_items(folder: Path) -> list[str]:
    """The item ids of an index, by the number each has there; none where there is no index.

    Raises:
        ArtifactError: they cannot be read.
    """
    path = folder / ITEMS_FILE
    try:
        return list(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else []
    except (OSError, ValueError) as error:
        raise ArtifactError(
            "the index is damaged",
            where=str(path),
            why=str(error),
            next_step=f"delete {folder}, then run `{REBUILD}`",
        ) from error


def _open_bm25(folder: Path, catalogue: Catalogue, settings: WorkspaceSettings) -> BM25:
    loaded = BM25.load(folder / "bm25")
    if loaded.settings.fields != settings.bm25.fields:
        raise ArtifactError(
            "the index is over other fields or weights than genrec.yaml says",
            where=str(folder),
            why=f"{loaded.settings.fields} there, {settings.bm25.fields} set",
            next_step=f"run `{REBUILD}`",
        )
    return loaded.updated(catalogue).tuned(k1=settings.bm25.k1, b=settings.bm25.b)


def embedder_of(settings: DenseSettings) -> Embedder:
    """The embedder that settings name.

    Raises:
        ArtifactError: it cannot be had.
    """
    return SentenceTransformerEmbedder(str(resolve_model(settings.model)), batch_size=settings.batch_size)
