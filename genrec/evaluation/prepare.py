"""A recipe's data, split and queries: the same in the process that reports and in those that fit."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from genrec.assets import cache_folder
from genrec.config import SourceSettings, WorkspaceSettings
from genrec.data.dataset import Dataset
from genrec.data.fetch import KNOWN, fetch
from genrec.data.load import load
from genrec.data.sources.places import find_file
from genrec.data.splits import Holdout, Split, check_leakage, split
from genrec.errors import DataError, UsageError
from genrec.evaluation.recipe import DataSettings, Recipe
from genrec.index import known_items
from genrec.types import ItemArray, Mask, Query
from genrec.workspace import Workspace

Part = Literal["test", "validation"]
NEGATIVES = 99
FEW_EVENTS = 3
"""Users with fewer history events are counted: leave-one-out tests nobody who has fewer."""


@dataclass(frozen=True, eq=False)
class Prepared:
    """A split dataset and what is asked of it; `test` is the sample of users that the recipe states.

    `part` says whose targets those are: the test part's, or for choosing settings the validation part's.
    `negatives` int32 `[n_users, 99]` of the NCF protocol, padded with -1; None for full ranking.
    """

    recipe: Recipe
    split: Split
    part: Part
    test: Holdout
    negatives: ItemArray | None

    @property
    def is_wide(self) -> bool:
        """Whether the final model is fitted on validation too."""
        return self.part == "test" and self.recipe.fit_scope == "train-and-validation"

    @property
    def fitted_on(self) -> Dataset:
        """What the final model is fitted on."""
        return self.split.train_and_validation if self.is_wide else self.split.train

    @property
    def few_events(self) -> int:
        """Users of the log with fewer than three history events."""
        counts = np.diff(self.split.whole.positives.indptr)
        return int((counts < FEW_EVENTS).sum())

    def queries(self, *, size: int) -> Iterator[tuple[int, list[Query]]]:
        """The queries in blocks, each with the place of its first."""
        for start in range(0, len(self.test), size):
            rows = range(start, min(start + size, len(self.test)))
            yield start, [replace(each, repeats=self.recipe.repeats) for each in self._asked(rows)]

    def _asked(self, rows: Sequence[int]) -> list[Query]:
        queries = self.test.queries(rows)
        if self.negatives is None:
            return queries
        return [
            replace(query, candidates=self._candidates(row)) for row, query in zip(rows, queries, strict=True)
        ]

    def _candidates(self, row: int) -> Mask:
        assert self.negatives is not None
        mask = np.zeros(len(self.split.whole.catalogue), np.bool_)
        mask[self.negatives[row][self.negatives[row] >= 0]] = True
        mask[self.test.targets(row)] = True
        return mask


def prepare(recipe: Recipe, root: Path, *, data: Path | None = None, part: Part = "test") -> Prepared:
    """Read the data, part it, and prove that nothing leaks.

    Args:
        recipe: what is asked.
        root: the folder that the recipe's paths are relative to.
        data: a folder in place of where the recipe's set lies.
        part: whose targets are asked.

    Raises:
        DataError: the data cannot be read, split as asked, or the split leaks.
        UsageError: k is larger than the catalogue, or the part has nobody to ask.
    """
    parted = split(open_data(recipe.data, root, data=data), recipe.split)
    check_leakage(parted)
    alive = int(parted.whole.catalogue.alive.sum())
    if max(recipe.ks) > alive:
        raise UsageError(
            f"k is {max(recipe.ks)}", why=f"the catalogue has {alive} items", next_step="choose smaller ks"
        )
    return ask(recipe, parted, part=part)


def ask(recipe: Recipe, parted: Split, *, part: Part = "test") -> Prepared:
    """What a recipe asks of a part of a split.

    Raises:
        UsageError: the part has nobody to ask.
    """
    whole = parted.test if part == "test" else parted.validation
    if not len(whole):
        raise UsageError(
            f"the split leaves nobody for {part}", why=str(parted.report), next_step="choose another split"
        )
    test = _sampled(whole, recipe.users, np.random.default_rng(recipe.sample_seed))
    is_ncf = recipe.protocol == "ncf"
    negatives = _negatives(parted.whole, test, seed=recipe.sample_seed) if is_ncf else None
    return Prepared(recipe, parted, part, test, negatives)


def open_data(settings: DataSettings, root: Path, *, data: Path | None = None) -> Dataset:
    """The dataset of a recipe; a given folder comes before what the recipe names.

    Raises:
        DataError: it cannot be read.
        UsageError: the set is neither in the folder nor known to `genrec data fetch`.
    """
    if settings.workspace is not None and data is None:
        workspace = Workspace.open(root / settings.workspace)
        return workspace.load(known_items=known_items(workspace.index_folder))[0]
    catalogue, interactions = settings.catalogue, settings.interactions
    if data is not None or catalogue is None or interactions is None:
        root = _folder(settings, data)
        catalogue = interactions = SourceSettings(path=".")
    tables = WorkspaceSettings(catalogue=catalogue, interactions=interactions, history=settings.history)
    return load(tables, root)[0]


def _folder(settings: DataSettings, data: Path | None) -> Path:
    name = settings.name
    if data is not None:
        return data if name is None else _named(data, name)
    if name is None or name not in KNOWN:
        raise UsageError(
            f"no data set is called {name}",
            next_step=f"give its folder with --data, or choose from {', '.join(KNOWN)}",
        )
    return fetch(name, cache_folder() / "data" / name)


def _named(data: Path, name: str) -> Path:
    """The set's folder below the one given, or that folder itself where its files are there."""
    if (data / name).is_dir():
        return data / name
    try:
        find_file(data, "items")
    except DataError as error:
        below = sorted(each.name for each in data.iterdir() if each.is_dir()) if data.is_dir() else []
        raise UsageError(
            f"no data set is called {name}",
            where=str(data),
            why=f"it has no such folder, and the set's files are not in it: {error.what}",
            next_step=(f"choose from {', '.join(below)}, or " if below else "")
            + f"`genrec data fetch` one of {', '.join(KNOWN)}",
        ) from error
    return data


def _sampled(holdout: Holdout, users: int | None, rng: np.random.Generator) -> Holdout:
    if users is None or users >= len(holdout):
        return holdout
    return subset(holdout, np.sort(rng.permutation(len(holdout))[:users]))  # a smaller sample is part of it


def subset(holdout: Holdout, rows: NDArray[np.int64]) -> Holdout:
    """The queries of some rows with their targets."""
    sizes = np.diff(holdout.indptr)[rows]
    indptr = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    at = np.arange(indptr[-1]) + np.repeat(holdout.indptr[:-1][rows] - indptr[:-1], sizes)
    return Holdout(holdout.source, holdout.users[rows], indptr, holdout.items[at], holdout.rows[at])


def _negatives(whole: Dataset, test: Holdout, *, seed: int) -> ItemArray:
    """For each user items that may be shown and that the user never had, drawn evenly, each once.

    A user's are the same whoever else is asked.
    """
    out = np.full((len(test), NEGATIVES), -1, np.int32)
    for row, user in enumerate(test.users.tolist()):
        free = whole.catalogue.alive.copy()
        own = whole.interactions.items[whole.interactions.rows(user)]
        free[own[own >= 0]] = False
        drawn = np.random.default_rng([seed, user]).permutation(np.flatnonzero(free))[:NEGATIVES]
        out[row, : len(drawn)] = drawn
    return out
