"""A dataset's histories as rows to learn from, in the form of a prompt."""

from collections.abc import Iterator
from functools import cache, cached_property

import numpy as np

from genrec.data.catalogue import Catalogue, spoken_title
from genrec.data.interactions import Interactions
from genrec.errors import DataError, UsageError
from genrec.finetuning.recipe import ExampleSettings
from genrec.generation.encoding import PromptEncoder
from genrec.generation.targets import target_ids
from genrec.prompting import PromptTemplate, one_line, render, trim_history
from genrec.training.examples import Examples, Ids, row_of_prompt, rows_of_titles
from genrec.types import Mask

Row = tuple[Ids, Mask]


class RowMaker:
    """Makes rows for one prompt and tokenizer."""

    def __init__(
        self,
        catalogue: Catalogue,
        encoder: PromptEncoder,
        template: PromptTemplate,
        settings: ExampleSettings,
    ) -> None:
        self.catalogue, self.encoder = catalogue, encoder
        self.template, self.settings = template, settings
        self.titles = [one_line(spoken_title(each, words=settings.title_words)) for each in catalogue.titles]
        self.target = cache(self._target)

    @property
    def is_list(self) -> bool:
        """Whether the prompt is a mere list of titles, in which every title can be a target."""
        text = "".join(turn.text for turn in self.template.turns)
        return self.template.kind == "plain" and text == "{history}" + self.template.join == "{history}\n"

    def rows(self, events: Interactions) -> Examples:
        """Rows of all histories, in the order of users.

        Raises:
            DataError: no user has a history to learn from.
            UsageError: the tokenizer cannot learn from rows of titles.
        """
        of_user = self._rows_of_titles if self.is_list else self._rows_of_prompts
        histories = (events.items[events.rows(user)].tolist() for user in range(len(events.indptr) - 1))
        found = [row for history in histories if len(history) > 1 for row in of_user(history)]
        if not found:
            raise DataError("there is nothing to learn from", why="no user has two history events")
        return Examples.of(found)

    def _rows_of_titles(self, history: list[int]) -> Iterator[Row]:
        room = self.settings.max_tokens - len(self._opening)
        for ids, is_target in rows_of_titles(history, self.target, max_tokens=room):
            before = np.zeros(len(self._opening), np.bool_)
            yield np.concatenate([self._opening, ids]), np.concatenate([before, is_target])

    def _rows_of_prompts(self, history: list[int]) -> Iterator[Row]:
        first = 1 if self.settings.positions == "every" else len(history) - 1
        for place in range(first, len(history)):
            target = self.target(history[place])
            budget = self.settings.max_tokens - len(target) - self._frame
            before = [self.titles[each] for each in self._newest(history[:place])]
            kept, _ = trim_history(before, self.encoder.count_tokens, budget, join=self.template.join)
            yield row_of_prompt(self.encoder.encode(render(self.template, history=kept)), target.tolist())

    def _newest(self, history: list[int]) -> list[int]:
        once = list(dict.fromkeys(history[::-1]))[::-1]
        return once[-self.settings.max_items :]

    @cached_property
    def _frame(self) -> int:
        """Tokens of the prompt without its history, about."""
        return len(self.encoder.encode(render(self.template, history="x")))

    @cached_property
    def _opening(self) -> Ids:
        """What stands before a list of titles: the start token, where the tokenizer has one."""
        whole = self.encoder.encode(render(self.template, history="x"))
        return np.array(whole[: len(whole) - len(self.encoder.text_ids("x\n"))], np.int32)

    def _target(self, item: int) -> Ids:
        title, words = self.catalogue.titles[item], self.settings.title_words
        return np.array(target_ids(title, self.encoder, self.template, words=words), np.int32)

    def check_lines(self, history: list[int]) -> None:
        """Refuse a tokenizer that reads titles otherwise one by one than in a list, as the prompt has them.

        Raises:
            UsageError: it does.
        """
        lines = [each for item in history for each in self.target(item).tolist()]
        alone = [*self._opening.tolist(), *lines]
        together = self.encoder.encode(render(self.template, history=[self.titles[each] for each in history]))
        if alone != together:
            raise UsageError(
                "this tokenizer reads a list of titles otherwise than its titles one by one",
                next_step="set examples.prompt to query-gpt4rec, which has one target a row",
            )
