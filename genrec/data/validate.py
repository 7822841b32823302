"""Account for every row: rows in = accepted + duplicate + rejected, each with its line and reason."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from genrec.data.sources.base import REJECT_SCHEMA, SourceTable, as_content
from genrec.files import writing_file

SHORT_HISTORY = 3
"""Users with fewer events are counted: there is little to learn from them, and nothing to hold out."""

DUPLICATE = "duplicate"
BAD_ID = "control character in the id"
CONTROLS = r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+"
_STAND_INS = ("description", "text", "summary", "comment")
_TITLE_WORDS = 80


@dataclass(frozen=True)
class TableReport:
    """What became of the rows of one table."""

    name: str
    where: str
    format: str
    columns: Mapping[str, str]
    accepted: int
    duplicates: int
    rejected: Mapping[str, int]
    notes: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        """Rows of the source; blank lines and headers are none."""
        return self.accepted + self.duplicates + self.n_rejected

    @property
    def n_rejected(self) -> int:
        """Rejected rows, over all reasons."""
        return sum(self.rejected.values())

    def as_dict(self) -> dict[str, object]:
        """The report as JSON has it."""
        return {
            "source": self.where,
            "format": self.format,
            "columns": dict(self.columns),
            "rows": self.rows,
            "accepted": self.accepted,
            "duplicates": self.duplicates,
            "rejected": dict(self.rejected),
            "notes": list(self.notes),
        }

    def as_text(self) -> str:
        """The report as a person reads it."""
        parts = f"{self.accepted} accepted + {self.duplicates} duplicate + {self.n_rejected} rejected"
        taken = ", ".join(f"{name} from {column!r}" for name, column in self.columns.items())
        return "\n".join(
            [
                f"{self.name}: {self.rows} rows = {parts}",
                f"  {self.where} ({self.format})",
                f"  columns: {taken}",
                *(f"  rejected {count}: {reason}" for reason, count in self.rejected.items()),
                *(f"  note: {note}" for note in self.notes),
            ]
        )


@dataclass(frozen=True, eq=False)
class Checked:
    """The accepted rows of one table, those that are not, and the account of both.

    `turned_down` has `REJECT_SCHEMA`: rejected rows and, with the reason "duplicate", later copies.
    """

    frame: pl.DataFrame
    turned_down: pl.DataFrame
    report: TableReport


@dataclass(frozen=True, eq=False)
class ValidationReport:
    """The account of a whole data set."""

    items: TableReport
    events: TableReport
    users: TableReport | None
    n_users: int
    n_short_users: int
    time_range: tuple[int, int] | None
    turned_down: pl.DataFrame = field(repr=False)

    @property
    def tables(self) -> tuple[TableReport, ...]:
        """The tables there are."""
        return tuple(table for table in (self.items, self.events, self.users) if table is not None)

    @property
    def n_rejected(self) -> int:
        """Rejected rows of all tables."""
        return sum(table.n_rejected for table in self.tables)

    def summary(self) -> str:
        """One line."""
        rejected = f"; {self.n_rejected} rows rejected" if self.n_rejected else ""
        return f"{self.items.accepted} items, {self.n_users} users, {self.events.accepted} events{rejected}"

    def as_text(self) -> str:
        """The account as a person reads it."""
        period = " to ".join(_day(each) for each in self.time_range) if self.time_range else "no times"
        short = f"{self.n_short_users} of {self.n_users} users have fewer than {SHORT_HISTORY} events"
        return "\n".join([*(table.as_text() for table in self.tables), f"time: {period}", short])

    def as_dict(self) -> dict[str, object]:
        """The account as JSON has it."""
        return {
            **{table.name: table.as_dict() for table in self.tables},
            "n_users": self.n_users,
            "n_short_users": self.n_short_users,
            "time_range": list(self.time_range) if self.time_range else None,
        }

    def write_rejects(self, path: Path) -> None:
        """Write every row that was not accepted as CSV (table, line, reason, content), whole or not at all.

        Raises:
            ArtifactError: the disk is full or refuses.
        """
        with writing_file(path) as temporary:
            self.turned_down.write_csv(temporary)


def check_items(table: SourceTable) -> Checked:
    """Items with a distinct id and something to call them by.

    The first item of an id is kept. One without a title is kept where another text can stand in for it, and
    rejected otherwise: it could neither be searched nor shown.
    """
    frame, notes = _titled(table.frame)
    fault = (
        _when(_is_empty("item_id"), "no item id")
        .when(pl.col("item_id").str.contains(CONTROLS))
        .then(pl.lit(BAD_ID))
        .when(pl.col("title").str.contains("\0", literal=True))
        .then(pl.lit("NUL character in the title"))
        .when(pl.col("title").is_null())
        .then(pl.lit("no title, and no other text to search by"))
    )
    checked = _account("items", table, frame, fault=fault, key=["item_id"])
    titles = checked.frame["title"]
    shared = int(titles.is_duplicated().sum())
    notes = (*notes, f"{shared} items share their title with another") if shared else notes
    cleaned = checked.frame.with_columns(_clean(pl.col("title")))
    changed = int((titles != cleaned["title"]).sum())
    notes = (*notes, f"control characters taken out of {changed} titles") if changed else notes
    return Checked(
        cleaned, checked.turned_down, replace(checked.report, notes=(*checked.report.notes, *notes))
    )


def check_events(table: SourceTable, items: pl.Series) -> Checked:
    """Events of a user with an item of the catalogue, or with words to search; an exact copy counts once.

    Copies agree in every column, in the place in the user's history too where the source has it.
    """
    searches = (pl.col("event") == "search") & pl.col("item_id").is_null()
    known = pl.col("item_id").is_in(items.implode())
    fault = (
        _when(_is_empty("user_id"), "no user id")
        .when(pl.col("user_id").str.contains(CONTROLS))
        .then(pl.lit(BAD_ID))
        .when(_is_empty("item_id") & ~searches)
        .then(pl.lit("no item id"))
        .when(~known & ~searches)
        .then(pl.lit("an item that is not in the catalogue"))
    )
    return _account("events", table, table.frame, fault=fault, key=table.frame.columns)


def check_users(table: SourceTable) -> Checked:
    """Users with a distinct id; the first is kept."""
    fault = _when(_is_empty("user_id"), "no user id").when(pl.col("user_id").str.contains(CONTROLS))
    return _account("users", table, table.frame, fault=fault.then(pl.lit(BAD_ID)), key=["user_id"])


def report_on(items: Checked, events: Checked, users: Checked | None) -> ValidationReport:
    """The account of all tables together."""
    counts = events.frame["user_id"].value_counts()["count"]
    times = events.frame["timestamp"].drop_nulls()
    tables = [each for each in (items, events, users) if each is not None]
    return ValidationReport(
        items.report,
        events.report,
        users.report if users else None,
        n_users=len(counts),
        n_short_users=int((counts < SHORT_HISTORY).sum()),
        time_range=(int(times[times.arg_min() or 0]), int(times[times.arg_max() or 0]))
        if len(times)
        else None,
        turned_down=pl.concat(
            each.turned_down.select(pl.lit(each.report.name).alias("table"), pl.all()) for each in tables
        ),
    )


def _is_empty(name: str) -> pl.Expr:
    return pl.col(name).is_null() | (pl.col(name) == "")


def _when(condition: pl.Expr, reason: str) -> "pl.expr.whenthen.Then":
    return pl.when(condition).then(pl.lit(reason))


def _account(
    name: str, table: SourceTable, frame: pl.DataFrame, *, fault: pl.Expr, key: list[str]
) -> Checked:
    """Give every row exactly one verdict: a fault, "duplicate", or none, which is accepted."""
    judged = frame.with_columns(fault.alias(_free("verdict", frame)), table.lines.alias(_free("line", frame)))
    verdict, line = judged.columns[-2:]
    good = judged.filter(pl.col(verdict).is_null()).drop(verdict)
    kept = good.unique(key, keep="first", maintain_order=True)
    copies = _copies(good, kept, line)
    faulty = judged.filter(pl.col(verdict).is_not_null())
    turned_down = pl.concat(
        [
            table.unreadable,
            _rejected(faulty.drop(line, verdict), faulty[line], faulty[verdict]),
            _rejected(copies.drop(line), copies[line], pl.repeat(DUPLICATE, len(copies), eager=True)),
        ]
    ).sort("line", maintain_order=True)
    reasons = turned_down.filter(pl.col("reason") != DUPLICATE)["reason"].value_counts(sort=True)
    report = TableReport(
        name,
        table.where,
        table.format,
        table.columns,
        len(kept),
        len(copies),
        dict(reasons.sort("count", "reason", descending=[True, False]).iter_rows()),
        table.notes,
    )
    assert report.rows == len(table.frame) + len(table.unreadable), "a row has been lost"
    return Checked(kept.drop(line), turned_down, report)


def _copies(good: pl.DataFrame, kept: pl.DataFrame, line: str) -> pl.DataFrame:
    """The rows of `good` that `kept` left out; a line number stands for one row."""
    return good.clear() if len(good) == len(kept) else good.join(kept.select(line), on=line, how="anti")


def _rejected(rows: pl.DataFrame, lines: pl.Series, reasons: pl.Series) -> pl.DataFrame:
    return pl.DataFrame({"line": lines, "reason": reasons, "content": as_content(rows)}, schema=REJECT_SCHEMA)


def _free(name: str, frame: pl.DataFrame) -> str:
    """A column name that the frame does not have."""
    return name if name not in frame.columns else _free(f"_{name}", frame)


def _titled(frame: pl.DataFrame) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """Items with another text in place of a title that is missing."""
    title = frame["title"]
    blank = title.is_null() | (title.str.replace_all(CONTROLS, " ").str.strip_chars() == "")
    if not blank.any():
        return frame, ()
    texts = [
        name for name, kind in frame.schema.items() if kind == pl.String and name not in ("item_id", "title")
    ]
    texts.sort(key=lambda name: name not in _STAND_INS)
    cleaned = [_clean(pl.col(name)).replace("", None) for name in texts]
    words = pl.coalesce(*cleaned, pl.lit(None, pl.String)).str.slice(0, _TITLE_WORDS)
    filled = frame.with_columns(pl.when(blank).then(words).otherwise("title").alias("title"))
    stood_in = int((blank & filled["title"].is_not_null()).sum())
    note = f"{stood_in} items have no title; the first words of another text stand in for it"
    return filled, (note,) if stood_in else ()


def _clean(text: pl.Expr) -> pl.Expr:
    return text.str.replace_all(CONTROLS, " ").str.strip_chars()


def _day(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).date().isoformat()
