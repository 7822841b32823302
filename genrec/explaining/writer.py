"""The language model that words claims: an adapter trained for it, or the model that writes searches."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from genrec.config import GeneratorSettings
from genrec.generation.base import Decoding, Generator, Prompt
from genrec.generation.opening import adapter_folder, beside
from genrec.models.language import reason_prompt
from genrec.prompting import PromptTemplate, load_prompt, parse_reply, render

REASON_TOKENS = 80
"""Of a sentence; one that is cut does not pass."""
TEMPERATURE = 0.4
"""At which an adapter draws: greedily it would say all alike."""


@dataclass(frozen=True)
class ReasonWriter:
    """Words the statements of each item, all items in one batch."""

    generator: Generator
    template: PromptTemplate
    decoding: Decoding

    def __call__(self, statements: Sequence[Sequence[str]]) -> list[list[str]]:
        """Candidate sentences for each item's statements; BackendError where a server cannot be reached."""
        prompts = [prompt_of(self.template, each) for each in statements]
        replies = self.generator.generate(prompts, self.decoding)
        return [[parse_reply(each.text, self.template) for each in row] for row in replies]


def prompt_of(template: PromptTemplate, statements: Sequence[str]) -> Prompt:
    """What a model is asked for one item."""
    return render(template, claims=list(statements))


def greedy(generator: Generator, template: PromptTemplate) -> ReasonWriter:
    """A writer of one sentence an item, the likeliest."""
    decoding = Decoding(mode="greedy", max_tokens=REASON_TOKENS, stop=template.stop)
    return ReasonWriter(generator, template, decoding)


def adapted(generator: Generator, template: PromptTemplate, *, seed: int) -> ReasonWriter:
    """A writer that draws, of a model that was trained for the template."""
    decoding = Decoding(max_tokens=REASON_TOKENS, temperature=TEMPERATURE, seed=seed, stop=template.stop)
    return ReasonWriter(generator, template, decoding)


def open_writer(settings: GeneratorSettings, root: Path, generator: Generator) -> ReasonWriter:
    """What words reasons, on the base in memory of what writes searches.

    Args:
        settings: a server words with its own model, whatever adapter they name.
        root: the folder that the adapter's path is relative to.
        generator: what writes searches.

    Raises:
        ArtifactError: the adapter is damaged, or does not fit.
        UsageError: there is none of that name.
    """
    if settings.reason_adapter is None or settings.backend is not None:
        return greedy(generator, load_prompt(settings.reason_prompt))
    folder = adapter_folder(settings.reason_adapter, root)
    template = reason_prompt(folder, base=settings.model)
    return adapted(beside(generator, folder), template, seed=settings.seed)
