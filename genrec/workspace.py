"""A folder with a `genrec.yaml`: its settings, data, catalogue changes and index; or the embedded default."""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import polars as pl

from genrec import assets
from genrec.config import HistorySettings, SourceSettings, WorkspaceSettings, parse_settings, read_yaml
from genrec.data import fetch, load
from genrec.data.catalogue import Catalogue
from genrec.data.dataset import Dataset
from genrec.data.validate import ValidationReport
from genrec.errors import DataError, UsageError

SETTINGS_FILE = "genrec.yaml"
CHANGES_FILE = "catalogue-changes.jsonl"

EMBEDDED = WorkspaceSettings(
    name="ml-100k",
    catalogue=SourceSettings(path="data/ml-100k.item", format="recbole"),
    interactions=SourceSettings(path="data/ml-100k.inter", format="recbole"),
    users=SourceSettings(path="data/ml-100k.user", format="recbole"),
    history=HistorySettings(events=("rating",), min_rating=3.0, verb="watched"),
    retriever="bm25",
    merge="k-over-m",
    explain="model",
)
"""MovieLens-100K with SmolLM2-135M-Instruct: what genrec uses outside any workspace.

Zero-shot, the model writes titles, and BM25 over titles grounds those best; `eval/LOG.md` has the figures.
"""


@dataclass(frozen=True)
class Workspace:
    """Where things lie and what the settings say; data is read on first use."""

    root: Path
    settings: WorkspaceSettings
    is_embedded: bool = False

    @staticmethod
    def open(path: Path | str | None = None) -> "Workspace":
        """The workspace at a folder; else the nearest at or above this one; else the embedded default.

        Raises:
            DataError: the given folder has no `genrec.yaml`, or it cannot be read.
            UsageError: a setting does not fit.
        """
        if path is not None:
            return _read(Path(path))
        return Workspace.nearest() or _embedded()

    @staticmethod
    def nearest() -> "Workspace | None":
        """The nearest workspace at or above this folder, or None.

        Raises:
            DataError: its `genrec.yaml` cannot be read.
            UsageError: a setting does not fit.
        """
        here = Path.cwd()
        for folder in (here, *here.parents):
            if (folder / SETTINGS_FILE).is_file():
                return _read(folder)
        return None

    def with_settings(self, settings: WorkspaceSettings) -> "Workspace":
        """The same folder under other settings."""
        return replace(self, settings=settings)

    @property
    def index_folder(self) -> Path:
        """Where `genrec index` puts the retrievers."""
        return self.root / "index"

    @property
    def models_folder(self) -> Path:
        """Where `genrec fit` puts models, one folder each."""
        return self.root / "models"

    @property
    def fitted_models(self) -> list[str]:
        """Names of the folders under `models/`; opening one tells whether it is whole."""
        return sorted(each.name for each in self.models_folder.glob("[!.]*") if each.is_dir())

    def load(self, *, known_items: Sequence[str] = ()) -> tuple[Dataset, ValidationReport]:
        """Read and check the data, then apply the catalogue changes.

        Args:
            known_items: ids in the order of an index, so that an item keeps its number.
        """
        return load.load(self.settings, self.root, known_items=known_items, revise=self._changed)

    def add_items(self, items: pl.DataFrame) -> None:
        """Record items as added or replaced: one durable line each, effective at the next opening."""
        self._record([{"add": row} for row in items.to_dicts()])

    def remove_items(self, item_ids: Sequence[str]) -> None:
        """Record items as removed."""
        self._record([{"remove": item_id} for item_id in item_ids])

    @cached_property
    def changes(self) -> list[dict[str, object]]:
        """The recorded catalogue changes, oldest first.

        Raises:
            DataError: a line is damaged; the message names it.
        """
        path = self.root / CHANGES_FILE
        if not path.exists():
            return []
        changes: list[dict[str, object]] = []
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            try:
                changes.append(json.loads(line))
            except json.JSONDecodeError as error:
                raise DataError(
                    f"{CHANGES_FILE} line {number} is damaged",
                    where=f"{path}:{number}",
                    why=str(error),
                    next_step="delete that line, then add or remove its item again",
                ) from error
        return changes

    def _record(self, changes: list[dict[str, object]]) -> None:
        path = self.root / CHANGES_FILE
        lines = "".join(json.dumps(each, ensure_ascii=False, default=str) + "\n" for each in changes)
        size = path.stat().st_size if path.exists() else 0
        try:
            with path.open("a", encoding="utf-8") as file:
                file.write(lines)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            if path.exists():
                os.truncate(path, size)  # a full disk must not leave half a line
            raise DataError("the change was not saved", where=str(path), why=str(error)) from error

    def _changed(self, catalogue: Catalogue) -> Catalogue:
        """The catalogue with the last recorded state of each changed item."""
        last: dict[str, object] = {}
        for change in self.changes:
            added = change.get("add")
            last[str(added["item_id"] if isinstance(added, dict) else change["remove"])] = added
        added_items = [_as_frame(item, like=catalogue.frame) for item in last.values() if item is not None]
        if added_items:
            catalogue = catalogue.with_items(pl.concat(added_items, how="diagonal_relaxed"))
        return catalogue.without_items(
            item_id for item_id, item in last.items() if item is None and item_id in catalogue.ids
        )


def _read(root: Path) -> Workspace:
    path = root / SETTINGS_FILE
    if not path.is_file():
        raise DataError(
            f"no {SETTINGS_FILE} here", where=str(root), next_step="run `genrec init` in that folder"
        )
    return Workspace(root, parse_settings(WorkspaceSettings, read_yaml(path), where=str(path)))


def _embedded() -> Workspace:
    root = assets.cache_folder() / "default"
    fetch.fetch("ml-100k", root / "data")
    return Workspace(root, EMBEDDED, is_embedded=True)


def _as_frame(item: object, *, like: pl.DataFrame) -> pl.DataFrame:
    if not isinstance(item, dict):
        raise UsageError("an added item must be a JSON object", why=f"got {item!r}")
    schema = {name: kind for name, kind in like.schema.items() if name in item}
    return pl.DataFrame([item], schema_overrides=schema)
