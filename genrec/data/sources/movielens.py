"""MovieLens as GroupLens publishes it: 100K, 1M and 10M, and the CSV layout of the later ones."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from genrec.data.sources.base import Kind, RawTable
from genrec.data.sources.delimited import header, read_table
from genrec.data.sources.lines import Lines
from genrec.errors import DataError

GENRES = (
    "unknown", "Action", "Adventure", "Animation", "Children's", "Comedy", "Crime", "Documentary", "Drama",
    "Fantasy", "Film-Noir", "Horror", "Musical", "Mystery", "Romance", "Sci-Fi", "Thriller", "War", "Western",
)  # fmt: skip
_RATINGS = ("user_id", "item_id", "rating", "timestamp")
_MOVIES = ("item_id", "title", "genres")
_ITEM_100K = ("item_id", "title", "release_date", "video_release_date", "imdb_url")


@dataclass(frozen=True)
class _Layout:
    separator: str
    width: int
    names: tuple[str, ...]


_LAYOUTS: dict[Kind, tuple[_Layout, ...]] = {
    "events": (_Layout("\t", 4, _RATINGS), _Layout("::", 4, _RATINGS)),
    "items": (_Layout("|", 24, (*_ITEM_100K, *GENRES)), _Layout("::", 3, _MOVIES)),
    "users": (
        _Layout("|", 5, ("user_id", "age", "gender", "occupation", "zip_code")),
        _Layout("::", 5, ("user_id", "gender", "age", "occupation", "zip_code")),
    ),
}
_CSV: dict[Kind, dict[str, str]] = {
    "events": {"userId": "user_id", "movieId": "item_id"},
    "items": {"movieId": "item_id"},
    "users": {},
}


def is_headerless(first: str, kind: Kind) -> bool:
    """Whether the first line is a row of the 100K, 1M or 10M layout."""
    return any(_fits(first.split(each.separator), each, kind) for each in _LAYOUTS[kind])


def is_csv(fields: Sequence[str]) -> bool:
    """Whether a header is that of the later sets."""
    return "movieId" in fields and ({"title", "genres"} <= {*fields} or {"userId", "rating"} <= {*fields})


def read_movielens(lines: Lines, kind: Kind, *, where: str) -> RawTable:
    """Ratings, movies or users, in whichever layout the first line has."""
    first = lines.text[0]
    for layout in _LAYOUTS[kind]:
        if len(first.split(layout.separator)) == layout.width:
            raw = read_table(
                lines,
                layout.names,
                separator=layout.separator,
                format="movielens",
                where=where,
                quoted=False,
            )
            return _with_year(_with_flags(raw)) if kind == "items" else raw
    names = header(lines, separator=",")
    if not is_csv(names):
        raise DataError(
            f"not a MovieLens file of {kind}",
            where=where,
            why=f"its first line is {first[:80]!r}",
            next_step="leave out --format to have it detected",
        )
    named = [_CSV[kind].get(name, name) for name in names]
    raw = read_table(lines.after_first(), named, separator=",", format="movielens", where=where)
    return _with_year(raw) if kind == "items" else raw


def _fits(fields: list[str], layout: _Layout, kind: Kind) -> bool:
    if len(fields) != layout.width or not fields[0].isdigit():
        return False
    if kind == "events":
        return fields[1].isdigit() and fields[3].strip().isdigit()
    return layout.width == 3 or all(field in "01" for field in fields[5:])


def _with_flags(raw: RawTable) -> RawTable:
    """The 19 genre flags of 100K as one list; "unknown" is no genre."""
    if GENRES[0] not in raw.frame.columns:
        return raw
    named = [pl.when(pl.col(name) == "1").then(pl.lit(name)) for name in GENRES[1:]]
    listed = pl.concat_list(named).list.drop_nulls().alias("genres")
    return _with_frame(raw, raw.frame.select(*_ITEM_100K, listed))


def _with_year(raw: RawTable) -> RawTable:
    year = pl.col("title").str.extract(r"\((\d{4})\)\s*$").cast(pl.Int64)
    return _with_frame(raw, raw.frame.with_columns(year.alias("year")))


def _with_frame(raw: RawTable, frame: pl.DataFrame) -> RawTable:
    return RawTable(frame, raw.lines, raw.format, raw.unreadable, raw.columns, raw.notes)
