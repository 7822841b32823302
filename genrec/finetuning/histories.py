"""Histories as they are learnt from: what each user chose, and what they searched for in between."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain

import numpy as np
import polars as pl

from genrec.data.dataset import Dataset
from genrec.data.interactions import EVENT_CODE
from genrec.models.generative import newest_searches
from genrec.prompting import one_line
from genrec.types import Mask


@dataclass(frozen=True, slots=True)
class History:
    """One user's choices, oldest first, and the searches right before each."""

    items: list[int] = field(default_factory=list)
    searches: list[list[str]] = field(default_factory=list)

    def asked(self, place: int) -> str:
        """The search right before a choice; empty where there is none."""
        return self.searches[place][-1] if self.searches[place] else ""

    def known_searches(self, place: int, *, with_last: bool) -> list[str]:
        """The newest searches before a choice, as a prompt has them; or those before the last of them."""
        made = list(chain.from_iterable(self.searches[: place + 1]))
        return newest_searches(made if with_last else made[:-1])


def histories(dataset: Dataset, is_titled: Mask) -> Iterator[History]:
    """The history of each user in turn, without items that have no title.

    Args:
        dataset: of which the history events and the searches with words are taken.
        is_titled: `[n_items]`.
    """
    events = dataset.interactions
    is_choice = dataset.is_history.copy()
    is_choice[is_choice] = is_titled[events.items[is_choice]]
    words = _words(dataset)
    told = is_choice.copy()
    told[list(words)] = True
    for user in range(events.n_users):
        rows = events.rows(user)
        history, waiting = History(), []
        for row in (np.flatnonzero(told[rows]) + rows.start).tolist():
            if row in words:
                waiting.append(words[row])
                continue
            history.items.append(int(events.items[row]))
            history.searches.append(waiting)
            waiting = []
        yield history


def _words(dataset: Dataset) -> dict[int, str]:
    """The words of each search by its row."""
    events = dataset.interactions
    if events.texts is None:
        return {}
    rows = np.flatnonzero(events.events == EVENT_CODE["search"])
    texts = events.texts.gather(pl.Series(rows, dtype=pl.Int64)).fill_null("")
    found = zip(rows.tolist(), map(one_line, texts), strict=True)
    return {row: text for row, text in found if text}
