"""Which file of a folder holds the items, the events or the users."""

from pathlib import Path

from genrec.data.sources.base import Kind
from genrec.errors import DataError

_SUFFIXES = ("parquet", "csv", "tsv", "jsonl", "json", "ndjson", "csv.gz", "tsv.gz", "jsonl.gz", "json.gz")
_STEMS: dict[Kind, tuple[str, ...]] = {
    "items": ("items", "catalogue", "catalog", "products", "movies"),
    "events": ("interactions", "events", "ratings", "feedback", "reviews"),
    "users": ("users", "customers"),
}
_PATTERNS: dict[Kind, tuple[str, ...]] = {
    "items": ("*.item", "u.item", "movies.dat", "meta_*"),
    "events": ("*.inter", "u.data", "ratings.dat", "reviews_*"),
    "users": ("*.user", "u.user", "users.dat"),
}


def find_file(path: Path, kind: Kind) -> Path:
    """The path itself, or the one file of a folder that is for this table.

    Raises:
        DataError: there is no such path, or no one file in it.
    """
    if not path.is_dir():
        return path
    for names in _names(kind):
        found = sorted(each for each in path.glob(names) if each.is_file())
        if len(found) == 1:
            return found[0]
        if found:
            raise DataError(
                f"several files could hold the {kind}: {', '.join(each.name for each in found)}",
                where=str(path),
                next_step="name one of them in place of the folder",
            )
    seen = sorted(each.name for each in path.iterdir())[:20]
    raise DataError(
        f"no file of {kind} in this folder",
        where=str(path),
        why=f"it holds {', '.join(seen) or 'nothing'}",
        next_step="name the file in place of the folder",
    )


def _names(kind: Kind) -> list[str]:
    own = [f"{stem}.{suffix}" for stem in _STEMS[kind] for suffix in _SUFFIXES]
    return [*own, *_PATTERNS[kind]]
