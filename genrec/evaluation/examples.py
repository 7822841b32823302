"""A few users with the lists of all models side by side, for the eye."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from pydantic import JsonValue

from genrec.evaluation.measure import Lists
from genrec.evaluation.prepare import Prepared
from genrec.types import ItemArray

N_RANDOM, N_HIT = 3, 3
SHOWN = 5
RECENT = 5


def examples(prepared: Prepared, lists: Mapping[str, Lists]) -> list[JsonValue]:
    """Three test users at random, and three of those whom some model hits at k; models of a sample apart."""
    test, k = prepared.test, prepared.recipe.k
    whole = {name: each for name, each in lists.items() if len(each.items) == len(test)}
    if not whole:
        return []
    rng = np.random.default_rng(prepared.recipe.sample_seed)
    is_hit = np.zeros(len(test), np.bool_)
    for each in whole.values():
        rows = np.repeat(np.arange(len(test)), np.diff(test.indptr))
        found = (each.items[rows, :k] == test.items[:, None]).any(axis=1)
        is_hit |= np.bincount(rows, weights=found, minlength=len(test)) > 0
    chosen = rng.permutation(len(test))[:N_RANDOM]
    hit = rng.permutation(np.setdiff1d(np.flatnonzero(is_hit), chosen))[:N_HIT]
    return [_example(prepared, whole, row, "at random") for row in chosen.tolist()] + [
        _example(prepared, whole, row, "hit by some model") for row in hit.tolist()
    ]


def _example(prepared: Prepared, lists: Mapping[str, Lists], row: int, how: str) -> JsonValue:
    test = prepared.test
    targets = test.targets(row)
    history = test.queries([row])[0].history[-RECENT:]
    return {
        "user_id": test.source.interactions.users[int(test.users[row])],
        "chosen": how,
        "history": _titles(prepared, history),
        "targets": _titles(prepared, targets[:RECENT]),
        "lists": {name: _listed(prepared, each.items[row, :SHOWN], targets) for name, each in lists.items()},
    }


def _listed(prepared: Prepared, items: ItemArray, targets: ItemArray) -> list[JsonValue]:
    items = items[items >= 0]
    hits: NDArray[np.bool_] = np.isin(items, targets)
    return [
        {"title": title, "hit": bool(hit)} for title, hit in zip(_titles(prepared, items), hits, strict=True)
    ]


def _titles(prepared: Prepared, items: ItemArray) -> list[JsonValue]:
    titles = prepared.split.whole.catalogue.titles
    return [titles[item] for item in items.tolist()]
