"""The items that may be recommended, and what is known of them."""

import hashlib
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import polars as pl

from genrec.data.ids import IdMap
from genrec.errors import DataError
from genrec.types import Mask


@dataclass(frozen=True, eq=False)
class Catalogue:
    """Items by index: row i of `frame` is item i, with `item_id`, `title` and any attribute columns.

    Attribute columns are String, Int64, Float64, Boolean or List(String). A removed item keeps its row and
    its index and is False in `alive`.
    """

    frame: pl.DataFrame
    alive: Mask = field(default_factory=lambda: np.empty(0, np.bool_))

    def __post_init__(self) -> None:
        if not len(self.alive):
            object.__setattr__(self, "alive", np.ones(len(self.frame), np.bool_))
        assert len(self.alive) == len(self.frame)

    def __len__(self) -> int:
        return len(self.frame)

    @cached_property
    def ids(self) -> IdMap:
        """External item ids to indices."""
        return IdMap(self.frame["item_id"])

    @cached_property
    def titles(self) -> list[str]:
        """Titles by item index."""
        return self.frame["title"].to_list()

    @property
    def attributes(self) -> list[str]:
        """Names of the attribute columns."""
        return [name for name in self.frame.columns if name not in ("item_id", "title")]

    @cached_property
    def version(self) -> str:
        """Twelve hex digits that change with any id, text, attribute or removal."""
        digest = hashlib.sha256(repr(list(self.frame.schema.items())).encode())
        digest.update(self.frame.write_ndjson().encode())
        digest.update(self.alive.tobytes())
        return digest.hexdigest()[:12]

    def values(self, item: int, attribute: str) -> list[str]:
        """The values of one attribute of one item as words: several for a list column, none for a null."""
        value = self.frame[attribute][item]
        if value is None:
            return []
        if isinstance(value, pl.Series):
            return [str(each) for each in value if each is not None]
        if isinstance(value, float) and math.isnan(value):
            return []
        if isinstance(value, float) and value.is_integer():
            return [str(int(value))]
        return [str(value)]

    def row(self, item_id: str) -> dict[str, object]:
        """All that is known of an item by column; nothing where the id is unknown."""
        item = self.ids.get(item_id)
        return {} if item is None else self.frame.row(item, named=True)

    def with_items(self, items: pl.DataFrame) -> "Catalogue":
        """A catalogue with these items added at the end, or in place and alive again where their id is known.

        A replaced item keeps what it had in columns that `items` has not.

        Raises:
            DataError: as `fitted`, or a new item has no title.
        """
        items = self.fitted(items)
        known = self.frame["item_id"].is_in(items["item_id"].implode())
        fresh = items.filter(~items["item_id"].is_in(self.frame["item_id"].implode()))
        frame = pl.concat([self.frame, fresh], how="diagonal_relaxed")
        if known.any():
            frame = frame.update(items, on="item_id", how="left", include_nulls=True)
        untitled = frame.filter(frame["title"].is_null() & frame["item_id"].is_in(items["item_id"].implode()))
        if len(untitled):
            raise DataError("an item needs a title", where=", ".join(untitled["item_id"][:5]))
        alive = np.concatenate([self.alive | known.to_numpy(), np.ones(len(fresh), np.bool_)])
        return Catalogue(frame, alive)

    def fitted(self, items: pl.DataFrame) -> pl.DataFrame:
        """New items with the column types of this catalogue; only numbers may be of another kind of number.

        Raises:
            DataError: an id is missing or stands twice, or a value does not fit its column.
        """
        if "item_id" not in items.columns:
            raise DataError("new items have no column item_id", why=f"columns: {', '.join(items.columns)}")
        items = items.with_columns(pl.col("item_id").cast(pl.String))
        doubled = items["item_id"].filter(items["item_id"].is_duplicated()).unique(maintain_order=True)
        if len(doubled) or items["item_id"].null_count():
            raise DataError(
                "new items need one id each", why=f"missing or doubled: {', '.join(map(str, doubled[:5]))}"
            )
        for name, wanted in self.frame.schema.items():
            given = items.schema.get(name, wanted)
            widened = given.is_numeric() and wanted.is_numeric()
            if given != wanted and not widened and pl.Null not in (given, wanted):
                items = items.with_columns(_cast(items, name, wanted))
        return items

    def without_items(self, item_ids: Iterable[str]) -> "Catalogue":
        """A catalogue in which these items are tombstones."""
        alive = self.alive.copy()
        alive[[self.ids.index(each, kind="item") for each in item_ids]] = False
        return Catalogue(self.frame, alive)

    def aligned_to(self, item_ids: Iterable[str]) -> "Catalogue":
        """The same items with the given ids first, in that order; those it has not are tombstones."""
        known = list(item_ids)
        order = pl.DataFrame({"item_id": known}, schema={"item_id": pl.String})
        rest = self.frame.join(order, on="item_id", how="anti", maintain_order="left").select("item_id")
        order = pl.concat([order, rest])
        frame = order.join(self.frame, on="item_id", how="left", maintain_order="left").select(
            self.frame.columns
        )
        alive = dict(zip(self.frame["item_id"], self.alive.tolist(), strict=True))
        kept = np.fromiter((alive.get(each, False) for each in frame["item_id"]), np.bool_, len(frame))
        return Catalogue(frame.with_columns(pl.col("title").fill_null("")), kept)


def _cast(items: pl.DataFrame, name: str, wanted: pl.DataType) -> pl.Series:
    given = items[name]
    try:
        cast = given.cast(wanted, strict=False)
    except pl.exceptions.PolarsError:  # no value of the one type can be one of the other
        cast = pl.repeat(None, len(items), dtype=wanted, eager=True).alias(name)
    for item_id, value in (
        items.filter(given.is_not_null() & cast.is_null()).select("item_id", name).iter_rows()
    ):
        raise DataError(
            f"{name} does not fit the catalogue",
            where=f"item {item_id}",
            why=f"{value!r} is given, and {name} holds {wanted}",
            next_step="correct it, or leave that column out",
        )
    return cast


_YEAR = re.compile(r"\s*\((\d{4})\)\s*$")


def spoken_title(title: str, *, words: int | None = None) -> str:
    """A title as people say and search it: without a trailing year, and with "Matrix, The" turned round.

    Args:
        title: as the catalogue has it.
        words: how many of its first words are kept; all where None.
    """
    bare = _YEAR.sub("", title) or title
    turned = re.fullmatch(r"(.+), (The|A|An|Le|La|Les|Il|El|Der|Die|Das)", bare)
    spoken = f"{turned[2]} {turned[1]}" if turned else bare
    return spoken if words is None else " ".join(spoken.split()[:words])
