"""A dataset's histories as rows to learn from, in the form of a prompt. A row is of one user alone."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import islice

import numpy as np

from genrec.data.dataset import Dataset
from genrec.errors import DataError, UsageError
from genrec.finetuning.histories import History, histories
from genrec.finetuning.recipe import ExampleSettings
from genrec.finetuning.tasks import task_rows
from genrec.generation.encoding import PromptEncoder
from genrec.generation.targets import LONGEST, check_fields, cut, item_text, reply_ids
from genrec.prompting import PromptTemplate, render, trim_history
from genrec.training.examples import Examples, Ids, Row, row_of_prompt, rows_of_titles
from genrec.types import Mask

LEAST_ROOM = 16
"""Tokens that a prompt must leave for history and target."""


@dataclass
class Counts:
    """What rows are of, and what did not fit into them."""

    history_rows: int = 0
    search_rows: int = 0
    task_rows: int = 0
    users: int = 0
    """Left out: those with fewer than two items to learn from."""
    untitled: int = 0
    """History events left out because their item has no title."""
    titles: int = 0
    """Titles of histories left out of prompts, each prompt for itself."""
    continued: int = 0
    """Histories that go over several rows."""
    shortened: int = 0
    """Items whose text is cut at its end."""


class RowMaker:
    """Makes rows of one dataset for one prompt and tokenizer; `counts` tells of those made last."""

    def __init__(
        self, dataset: Dataset, encoder: PromptEncoder, template: PromptTemplate, settings: ExampleSettings
    ) -> None:
        check_fields(dataset.catalogue, settings.target_fields)
        self.dataset, self.encoder = dataset, encoder
        self.template, self.settings = template, settings
        items = range(len(dataset.catalogue))
        self.texts = [
            item_text(dataset.catalogue, item, settings.target_fields, words=settings.title_words)
            for item in items
        ]
        self.target = cache(self._target)
        self._cut: set[int] = set()
        self.counts = Counts()

    @property
    def is_list(self) -> bool:
        """Whether the prompt is a mere list of titles, in which every title can be a target."""
        text = "".join(turn.text for turn in self.template.turns)
        return self.template.kind == "plain" and text == "{history}" + self.template.join == "{history}\n"

    def rows(self, *, seed: int) -> Examples:
        """Rows of all histories, in the order of users, then those of tasks, drawn by the seed.

        Raises:
            DataError: no user has a history to learn from.
            UsageError: the data have nothing for a task.
        """
        self.counts = Counts(untitled=self._n_untitled)
        told = list(histories(self.dataset, self._is_titled))
        usable = [each for each in told if len(each.items) > 1]
        self.counts.users = len(told) - len(usable)
        found = [row for each in usable for row in self._rows_of(each)]
        if not found:
            raise DataError(
                "there is nothing to learn from",
                why="no user has two history events of items with a title",
                next_step="see `genrec data check`, and which events count as history",
            )
        n_targets = sum(int(is_target.sum()) for _, is_target in found)
        drawn = task_rows(self.settings, self.dataset, usable, self.encoder, n_targets=n_targets, seed=seed)
        self.counts.task_rows, self.counts.shortened = len(drawn), len(self._cut)
        return Examples.of([*found, *drawn])

    def check_lines(self) -> None:
        """Refuse a tokenizer that reads titles otherwise one by one than in a list, as the prompt has them.

        Raises:
            UsageError: it does.
        """
        some = dict.fromkeys(self.dataset.positives.items.tolist())
        items = list(islice((each for each in some if self.texts[each] and not self._is_cut(each)), 20))
        if not items:
            return
        lines = [each for item in items for each in self.target(item).tolist()]
        together = self.encoder.encode(render(self.template, history=[self.texts[each] for each in items]))
        if [*self._opening.tolist(), *lines] != together:
            raise UsageError(
                "this tokenizer reads a list of titles otherwise than its titles one by one",
                next_step="set examples.prompt to query-gpt4rec, which has one target a row",
            )

    def _rows_of(self, history: History) -> Iterator[Row]:
        made = list(self._rows_of_titles(history) if self.is_list else self._rows_of_choices(history))
        self.counts.history_rows += len(made)
        self.counts.continued += self.is_list and len(made) > 1
        yield from made
        if self.settings.searches:
            asked = list(self._rows_of_searches(history))
            self.counts.search_rows += len(asked)
            yield from asked

    def _rows_of_titles(self, history: History) -> Iterator[Row]:
        room = self.settings.max_tokens - len(self._opening)
        for ids, is_target in rows_of_titles(history.items, self.target, max_tokens=room):
            before = np.zeros(len(self._opening), np.bool_)
            yield np.concatenate([self._opening, ids]), np.concatenate([before, is_target])

    def _rows_of_choices(self, history: History) -> Iterator[Row]:
        for place in self._places(history):
            searches = history.known_searches(place, with_last=True)
            yield self._row(history.items[:place], searches, self.target(history.items[place]))

    def _rows_of_searches(self, history: History) -> Iterator[Row]:
        for place in self._places(history):
            if asked := history.asked(place):
                searches = history.known_searches(place, with_last=False)
                yield self._row(history.items[:place], searches, self._reply(asked))

    def _places(self, history: History) -> range:
        first = 1 if self.settings.positions == "every" else len(history.items) - 1
        return range(first, len(history.items))

    def _row(self, items: list[int], searches: list[str], target: Ids) -> Row:
        once = [self.texts[each] for each in dict.fromkeys(items[::-1])][::-1]
        values: dict[str, list[str]] = {}
        if "text" in self.template.variables:
            values["text"] = searches
        taken = sum(
            self.encoder.count_tokens(f"{each}{self.template.join}") for each in values.get("text", ())
        )
        budget = self._room - len(target) - taken
        join, newest = self.template.join, once[-self.settings.max_items :]
        values["history"], _ = trim_history(newest, self.encoder.count_tokens, budget, join=join)
        self.counts.titles += len(once) - len(values["history"])
        return row_of_prompt(self.encoder.encode(render(self.template, **values)), target.tolist())

    @cached_property
    def _room(self) -> int:
        """Tokens of a row for history, searches and target.

        Raises:
            UsageError: there are hardly any.
        """
        frame = len(self.encoder.encode(render(self.template, history="x")))
        if self.settings.max_tokens - frame < LEAST_ROOM:
            raise UsageError(
                f"the prompt {self.template.name} alone takes {frame} tokens of examples.max_tokens, "
                f"{self.settings.max_tokens}",
                next_step=f"raise examples.max_tokens to {frame + 8 * LEAST_ROOM} or more",
            )
        return self.settings.max_tokens - frame

    @cached_property
    def _opening(self) -> Ids:
        """What stands before a list of titles: the start token, where the tokenizer has one."""
        whole = self.encoder.encode(render(self.template, history="x"))
        return np.array(whole[: len(whole) - len(self.encoder.text_ids("x\n"))], np.int32)

    def _target(self, item: int) -> Ids:
        if self._is_cut(item):
            self._cut.add(item)
        return self._reply(self.texts[item])

    def _reply(self, text: str) -> Ids:
        return np.array(cut(reply_ids(text, self.encoder, self.template), self._longest), np.int32)

    def _is_cut(self, item: int) -> bool:
        return len(reply_ids(self.texts[item], self.encoder, self.template)) > self._longest

    @property
    def _longest(self) -> int:
        """Tokens of a target: at most half of what a row has for history and target."""
        return min(LONGEST, self._room // 2)

    @cached_property
    def _is_titled(self) -> Mask:
        return np.array([bool(each) for each in self.texts], np.bool_)

    @property
    def _n_untitled(self) -> int:
        return int((~self._is_titled[self.dataset.positives.items]).sum())
