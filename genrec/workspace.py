"""A folder with a `genrec.yaml`: its settings, data, catalogue changes and index; or the embedded default."""

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from genrec import assets
from genrec.config import (
    GeneratorSettings,
    HistorySettings,
    SourceSettings,
    WorkspaceSettings,
    parse_settings,
    read_yaml,
)
from genrec.data import fetch, load
from genrec.data.catalogue import Catalogue
from genrec.data.dataset import Dataset
from genrec.data.validate import ValidationReport
from genrec.errors import DataError, StoreError, UsageError

if TYPE_CHECKING:
    from genrec.events import EventStore

SETTINGS_FILE = "genrec.yaml"
CHANGES_FILE = "catalogue-changes.jsonl"
EVENTS_FILE = "events.sqlite"
"""Where a server keeps events, if the settings name no other store."""

EMBEDDED = WorkspaceSettings(
    name="ml-100k",
    catalogue=SourceSettings(path="data/ml-100k.item", format="recbole"),
    interactions=SourceSettings(path="data/ml-100k.inter", format="recbole"),
    users=SourceSettings(path="data/ml-100k.user", format="recbole"),
    history=HistorySettings(events=("rating", "like"), min_rating=3.0, verb="watched"),
    retriever="bm25",
    merge="k-over-m",
    explain="model",
    generator=GeneratorSettings(reason_adapter="reasons"),
)
"""MovieLens-100K with SmolLM2-135M-Instruct: what genrec uses outside any workspace.

Zero-shot, the model writes titles, and BM25 over titles grounds those best; `eval/LOG.md` has the figures.
Reasons are worded with the adapter that genrec ships for them.
"""


@dataclass(frozen=True)
class Change:
    """One line of the changes file: an item added or replaced, or removed where `item` is None."""

    line: int
    item_id: str
    item: dict[str, object] | None


@dataclass(frozen=True)
class Workspace:
    """Where things lie and what the settings say; data is read on first use."""

    root: Path
    settings: WorkspaceSettings
    is_embedded: bool = False
    events_until: int | None = None
    """The place in the event store where what is read ends; its end where None."""

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
        with self._served_events() as store:
            go_on = partial(store.continued, until=self.events_until) if store else None
            return load.load(
                self.settings, self.root, known_items=known_items, revise=self._changed, go_on=go_on
            )

    @contextmanager
    def _served_events(self) -> "Iterator[EventStore | None]":
        """The store to read from; None where no server has written any."""
        if self.settings.events is None and not (self.root / EVENTS_FILE).exists():
            yield None
            return
        with closing(self.event_store(reads_only=True)) as store:
            yield store if store.is_made else None

    def event_store(self, *, reads_only: bool = False) -> "EventStore":
        """Where served events are, made where there is none; to be closed after use.

        Args:
            reads_only: whether nothing is to be made or written.

        Raises:
            StoreError: it cannot be opened.
            UsageError: SQLAlchemy is not installed, or the URL cannot be used.
        """
        url = self.settings.events or f"sqlite:///{self.root / EVENTS_FILE}"
        try:
            from genrec.events import EventStore
        except ImportError as error:
            raise UsageError(
                "events are kept through SQLAlchemy, which is not installed",
                next_step="pip install 'genrec[serve]'",
            ) from error
        return EventStore(url, reads_only=reads_only)

    def catalogue(self) -> Catalogue:
        """The items alone, with the catalogue changes; errors as `load`."""
        return self._changed(Catalogue(load.load_items(self.settings.catalogue, self.root)))

    def add_items(self, items: pl.DataFrame) -> None:
        """Record items as added or replaced: one durable line each, effective at the next opening.

        Raises:
            DataError: an item does not fit the catalogue; nothing is recorded.
        """
        catalogue = self.catalogue()
        catalogue.with_items(items)
        self._record([{"add": row} for row in catalogue.fitted(items).to_dicts()])

    def remove_items(self, item_ids: Sequence[str]) -> None:
        """Record items as removed."""
        self._record([{"remove": item_id} for item_id in item_ids])

    @property
    def changes(self) -> list[Change]:
        """The recorded catalogue changes, oldest first.

        Raises:
            DataError: a line is damaged; the message names it.
        """
        path = self.root / CHANGES_FILE
        if not path.exists():
            return []
        lines = path.read_bytes().splitlines()  # of bytes: a text may hold separators that str would cut at
        return [self._change(number, line) for number, line in enumerate(lines, 1)]

    def _change(self, number: int, line: bytes) -> Change:
        try:
            change = json.loads(line)
            added = change.get("add")
            return Change(number, str(added["item_id"] if added else change["remove"]), added)
        except (ValueError, AttributeError, KeyError, TypeError) as error:  # no JSON, or JSON of another form
            raise self._damaged(number, f"{type(error).__name__}: {error}") from error

    def _damaged(self, number: int, why: str) -> DataError:
        return DataError(
            f"{CHANGES_FILE} line {number} is damaged",
            where=f"{self.root / CHANGES_FILE}:{number}",
            why=why,
            next_step="delete that line, then add or remove its item again",
        )

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
            if path.is_file():
                os.truncate(path, size)  # a full disk must not leave half a line
            raise StoreError("the change was not saved", where=str(path), why=str(error)) from error

    def _changed(self, catalogue: Catalogue) -> Catalogue:
        """The catalogue after every change in turn; a removed newcomer keeps its row, for histories."""
        added, removed = self._replayed(catalogue)
        if added:
            frames = [self._as_frame(each, catalogue) for each in added.values()]
            catalogue = catalogue.with_items(pl.concat(frames, how="diagonal_relaxed"))
        return catalogue.without_items(item_id for item_id in removed if item_id in catalogue.ids)

    def _replayed(self, catalogue: Catalogue) -> tuple[dict[str, Change], set[str]]:
        """Each item that was ever added, with all that is known of it by now; and the ids now removed."""
        added: dict[str, Change] = {}
        removed: set[str] = set()
        for change in self.changes:
            if change.item is None:
                removed.add(change.item_id)
                continue
            removed.discard(change.item_id)
            before = added.get(change.item_id)
            known = before.item if before else catalogue.row(change.item_id)
            added[change.item_id] = replace(change, item=(known or {}) | change.item)
        return added, removed

    def _as_frame(self, change: Change, catalogue: Catalogue) -> pl.DataFrame:
        texts = {name: kind for name, kind in catalogue.frame.schema.items() if not kind.is_numeric()}
        schema = {name: kind for name, kind in texts.items() if name in (change.item or ())}
        try:
            return catalogue.fitted(pl.DataFrame([change.item], schema_overrides=schema))
        except (DataError, pl.exceptions.PolarsError, TypeError) as error:
            raise self._damaged(change.line, getattr(error, "why", "") or str(error)) from error


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
