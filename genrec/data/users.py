"""Attributes of users: age, gender, place, anything a shop knows."""

from dataclasses import dataclass
from functools import cached_property

import polars as pl

from genrec.data.ids import IdMap
from genrec.errors import DataError


@dataclass(frozen=True, eq=False)
class Users:
    """One row a user: `user_id` and any attribute columns. A user of the log need not stand here."""

    frame: pl.DataFrame

    def __post_init__(self) -> None:
        doubled = self.frame["user_id"].filter(self.frame["user_id"].is_duplicated())
        if len(doubled):
            raise DataError("a user stands twice among the users", where=f"user_id {doubled[0]!r}")

    @cached_property
    def ids(self) -> IdMap:
        """External user ids to rows of `frame`."""
        return IdMap(self.frame["user_id"])

    def attributes(self, user_id: str) -> dict[str, str]:
        """What is known of one user, as words; empty for one who does not stand here."""
        row = self.ids.get(user_id)
        if row is None:
            return {}
        known = self.frame.drop("user_id").row(row, named=True)
        return {name: str(value) for name, value in known.items() if value is not None}

    @staticmethod
    def none() -> "Users":
        """No attributes of anybody."""
        return Users(pl.DataFrame({"user_id": []}, schema={"user_id": pl.String}))
