"""Settings to a data set: read, check, account, build."""

from collections.abc import Callable, Sequence
from pathlib import Path

import polars as pl

from genrec.config import SourceSettings, WorkspaceSettings
from genrec.data.catalogue import Catalogue
from genrec.data.dataset import Dataset
from genrec.data.ids import IdMap
from genrec.data.interactions import Interactions, TiePolicy
from genrec.data.sources import read_events, read_items, read_users
from genrec.data.users import Users
from genrec.data.validate import (
    Checked,
    TableReport,
    ValidationReport,
    check_events,
    check_items,
    check_users,
    report_on,
)
from genrec.errors import DataError

STABLE = TiePolicy()


def load(
    settings: WorkspaceSettings,
    root: Path,
    *,
    ties: TiePolicy = STABLE,
    known_items: Sequence[str] = (),
    revise: Callable[[Catalogue], Catalogue] | None = None,
    go_on: Callable[[pl.DataFrame], pl.DataFrame] | None = None,
) -> tuple[Dataset, ValidationReport]:
    """The data set of a workspace, and what became of every row.

    Args:
        settings: where the tables are, and which events are history.
        root: what relative paths are relative to.
        ties: the order of events of one user at one time.
        known_items: ids in the order of an index, so that an item keeps its number.
        revise: changes the catalogue before events are matched to it; what it adds can have events.
        go_on: gives the accepted events with those that were served since.

    Raises:
        DataError: a source cannot be read, or none of its rows can be used.
        UsageError: a setting does not fit the source.
    """
    items = _some(check_items(read_items(settings.catalogue, root)))
    users = check_users(read_users(settings.users, root)) if settings.users else None
    catalogue = Catalogue(items.frame)
    catalogue = catalogue.aligned_to(known_items) if known_items else catalogue
    catalogue = revise(catalogue) if revise else catalogue
    events = _some(check_events(read_events(settings.interactions, root), catalogue.frame["item_id"]))
    known_users = Users(users.frame) if users else Users.none()
    log = Interactions.from_frame(
        go_on(events.frame) if go_on else events.frame,
        catalogue.ids,
        users=IdMap(known_users.frame["user_id"]),
        ties=ties,
    )
    return Dataset(catalogue, log, known_users, settings.history), report_on(items, events, users)


def load_items(spec: SourceSettings, root: Path) -> pl.DataFrame:
    """The accepted items of one source, for adding to a catalogue.

    Raises:
        DataError: the source cannot be read, or none of its rows can be used.
    """
    return _some(check_items(read_items(spec, root))).frame


def _some(checked: Checked) -> Checked:
    """The same, unless nothing was accepted."""
    if checked.report.accepted:
        return checked
    raise DataError(
        f"none of the {checked.report.rows} {checked.report.name} can be used",
        where=checked.report.where,
        why=_commonest(checked.report),
        next_step="compare the columns taken with the file; name others under `columns:` in genrec.yaml",
    )


def _commonest(report: TableReport) -> str:
    taken = ", ".join(f"{name} from {column!r}" for name, column in report.columns.items())
    reasons = [f"{count} times {reason}" for reason, count in list(report.rejected.items())[:3]]
    return f"{'; '.join(reasons) or 'it has no rows'}; columns taken: {taken}"
