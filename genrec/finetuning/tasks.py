"""Tasks mixed into a fine-tuning: an item's category, and the search that leads to it, by its title."""

from collections.abc import Sequence

import numpy as np

from genrec.data.dataset import Dataset
from genrec.errors import UsageError
from genrec.finetuning.histories import History
from genrec.finetuning.recipe import ExampleSettings
from genrec.generation.encoding import PromptEncoder
from genrec.generation.targets import check_fields, item_text, target_ids
from genrec.prompting import load_prompt, one_line, render
from genrec.training.examples import Row, row_of_prompt

PROMPTS = {"title-to-category": "category-of-title", "item-to-query": "query-of-item"}
"""The prompt of each task."""


def task_rows(
    settings: ExampleSettings,
    dataset: Dataset,
    told: Sequence[History],
    encoder: PromptEncoder,
    *,
    n_targets: int,
    seed: int,
) -> list[Row]:
    """Rows of the tasks, drawn by a seed until they have their share of target tokens, none twice.

    Args:
        settings: which tasks, and their share.
        dataset: whose catalogue has the titles.
        told: histories, of whose items alone is learnt.
        encoder: of the tokenizer.
        n_targets: target tokens of all other rows.
        seed: of the draw.

    Raises:
        UsageError: the data have nothing for a task.
    """
    pairs = [(task, *each) for task in settings.tasks for each in _pairs(task, settings, dataset, told)]
    templates = {task: load_prompt(PROMPTS[task]) for task in settings.tasks}
    wanted = settings.task_share / (1 - settings.task_share) * n_targets
    rows: list[Row] = []
    for place in np.random.default_rng(seed).permutation(len(pairs)).tolist():
        if wanted <= 0:
            break
        task, title, answer = pairs[place]
        target = target_ids(answer, encoder, templates[task])
        rows.append(row_of_prompt(encoder.encode(render(templates[task], title=title)), target))
        wanted -= len(target)
    return rows


def _pairs(
    task: str, settings: ExampleSettings, dataset: Dataset, told: Sequence[History]
) -> list[tuple[str, str]]:
    """Titles with their answers, each pair once."""
    if task == "title-to-category":
        return _categories(settings, dataset, told)
    chosen = [(item, each.asked(place)) for each in told for place, item in enumerate(each.items)]
    words = settings.title_words
    found = dict.fromkeys(
        (item_text(dataset.catalogue, item, words=words), asked) for item, asked in chosen if asked
    )
    if not found:
        raise UsageError(
            "the log has no search before a choice, which the task item-to-query is made of",
            next_step="leave item-to-query out of examples.tasks",
        )
    return list(found)


def _categories(
    settings: ExampleSettings, dataset: Dataset, told: Sequence[History]
) -> list[tuple[str, str]]:
    field = settings.category
    check_fields(dataset.catalogue, [field])
    items = sorted({item for each in told for item in each.items})
    named = ((item, map(one_line, dataset.catalogue.values(item, field))) for item in items)
    told_of = ((item, ", ".join(each for each in values if each)) for item, values in named)
    return [
        (item_text(dataset.catalogue, item, words=settings.title_words), words)
        for item, words in told_of
        if words
    ]
