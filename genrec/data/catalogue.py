"""The items that may be recommended, and what is known of them."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import polars as pl

from genrec.data.ids import IdMap
from genrec.types import Mask


@dataclass(frozen=True, eq=False)
class Catalogue:
    """Items by index: row i of `frame` is item i, with `item_id`, `title` and any attribute columns.

    Attribute columns are String, Int64, Float64, Boolean or List(String). A removed item keeps its row and its
    index and is False in `alive`.
    """

    frame: pl.DataFrame
    alive: Mask = field(default_factory=lambda: np.empty(0, np.bool_))

    def __post_init__(self) -> None:
        if len(self.alive) != len(self.frame):
            object.__setattr__(self, "alive", np.ones(len(self.frame), np.bool_))

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
            return [str(each) for each in value]
        if isinstance(value, float) and value.is_integer():
            return [str(int(value))]
        return [str(value)]

    def with_items(self, items: pl.DataFrame) -> "Catalogue":
        """A catalogue with these items added at the end; an id already there is replaced in place, and alive again."""
        known = self.frame["item_id"].is_in(items["item_id"].implode())
        fresh = items.filter(~items["item_id"].is_in(self.frame["item_id"].implode()))
        replaced = items.join(self.frame.select("item_id"), on="item_id", how="semi")
        frame = pl.concat([self.frame, fresh], how="diagonal_relaxed")
        frame = (
            frame.update(replaced, on="item_id", how="left", include_nulls=True) if len(replaced) else frame
        )
        alive = np.concatenate([self.alive | known.to_numpy(), np.ones(len(fresh), np.bool_)])
        return Catalogue(frame, alive)

    def without_items(self, item_ids: Iterable[str]) -> "Catalogue":
        """A catalogue in which these items are tombstones."""
        alive = self.alive.copy()
        alive[[self.ids.index(each, kind="item") for each in item_ids]] = False
        return Catalogue(self.frame, alive)

    def aligned_to(self, item_ids: Iterable[str]) -> "Catalogue":
        """The same items with the given ids first, in that order; ids not in the catalogue become tombstones."""
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


_YEAR = re.compile(r"\s*\((\d{4})\)\s*$")


def spoken_title(title: str) -> str:
    """A title as people say and search it: without a trailing year, and with "Matrix, The" turned round."""
    bare = _YEAR.sub("", title)
    turned = re.fullmatch(r"(.+), (The|A|An|Le|La|Les|Il|El|Der|Die|Das)", bare)
    return f"{turned[2]} {turned[1]}" if turned else bare
