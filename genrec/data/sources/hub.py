"""Data sets of the Hugging Face hub, or saved by its library, as `hf://NAME[:CONFIG][/SPLIT]`."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from genrec.data.sources.base import RawTable
from genrec.data.sources.typed import typed_table
from genrec.errors import DataError

if TYPE_CHECKING:
    from datasets import Dataset

PREFIX = "hf://"
_SAVED = ("dataset_info.json", "state.json", "dataset_dict.json")


def read_hub(address: str, root: Path) -> RawTable:
    """A split of a data set; the only one where none is named, else "train".

    Args:
        address: `hf://org/name`, `hf://org/name:config/split`, or `hf://` and a folder saved by `datasets`.
        root: what a relative folder is relative to.

    Raises:
        DataError: the data set cannot be had.
    """
    import datasets

    rest = address.removeprefix(PREFIX)
    folder, split = _saved_folder(root, rest)
    try:
        if folder is not None:
            loaded = datasets.load_from_disk(str(folder))
        else:
            name, config, split = _parts(rest)
            loaded = datasets.load_dataset(name, config)
    except Exception as error:  # the library lets its network, cache and script errors through as they are
        raise DataError(
            "cannot get the data set",
            where=address,
            why=f"{type(error).__name__}: {error}",
            next_step="check the name and the network; HF_HUB_OFFLINE=1 uses only what is cached",
        ) from error
    return _table(_split(loaded, split, address))


def _parts(rest: str) -> tuple[str, str | None, str | None]:
    """Name, configuration and split of `org/name[:config][/split]`."""
    name, _, tail = rest.partition(":")
    if tail:
        config, _, split = tail.partition("/")
        return name, config, split or None
    pieces = rest.split("/")
    return "/".join(pieces[:2]), None, "/".join(pieces[2:]) or None


def _saved_folder(root: Path, rest: str) -> tuple[Path | None, str | None]:
    """A folder that `datasets` saved, and the split named behind it."""
    folder = root / rest
    if any((folder / name).is_file() for name in _SAVED):
        return folder, None
    above = folder.parent
    return (above, folder.name) if (above / "dataset_dict.json").is_file() else (None, None)


def _split(loaded: object, split: str | None, address: str) -> "Dataset":
    if not isinstance(loaded, Mapping):
        return loaded
    name = split or (next(iter(loaded)) if len(loaded) == 1 else "train")
    if name not in loaded:
        raise DataError(
            f"the data set has no split {name!r}",
            where=address,
            next_step=f"name one behind it: {', '.join(map(str, loaded))}",
        )
    return loaded[name]


def _table(dataset: "Dataset") -> RawTable:
    frame = pl.from_arrow(dataset.with_format("arrow")[:])
    assert isinstance(frame, pl.DataFrame)
    return typed_table(frame, "hf")
