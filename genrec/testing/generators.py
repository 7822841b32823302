"""Contract tests of a generator: subclass `GeneratorContract`, say how to make yours, and run pytest.

class TestMine(GeneratorContract):
    def make(self):
        return Mine()
"""
# ruff: noqa: D102 (a test's name says what it tests)

from abc import ABC, abstractmethod
from dataclasses import replace
from typing import ClassVar

import pytest

from genrec.errors import UsageError
from genrec.generation.base import Decoding, Generation, Generator, Prompt, Segment


def toy_prompt(title: str, *, is_chat: bool = True) -> Prompt:
    """A prompt with one title as data."""
    segments = (Segment("Chosen: "), Segment(title, data=True), Segment("\nNext:"))
    return Prompt(((("user" if is_chat else "plain"), segments),))


PROMPTS = tuple(
    toy_prompt(title, is_chat=row % 3 != 2)
    for row, title in enumerate(
        ("Alien", "The Matrix; Toy Story; Heat", "千と千尋", "Fargo; Contact", "Jaws")
    )
)


class GeneratorContract(ABC):
    """What every generator holds to, whatever model writes."""

    decoding: ClassVar[Decoding] = Decoding(n=3, max_tokens=6, seed=1)
    tolerance: ClassVar[float] = 1e-3
    """How far a log-probability may move with the rest of the batch."""

    @abstractmethod
    def make(self) -> Generator:
        """The generator to test."""

    def test_n_replies_to_each_prompt(self) -> None:
        replies = self.make().generate(PROMPTS, self.decoding)
        assert [len(each) for each in replies] == [3] * len(PROMPTS)

    def test_no_prompts_no_replies(self) -> None:
        assert self.make().generate([], self.decoding) == []

    def test_the_same_seed_gives_the_same_replies(self) -> None:
        first, again = (self.make().generate(PROMPTS, self.decoding) for _ in range(2))
        assert first == again

    def test_lengths_and_log_probabilities(self) -> None:
        for each in _flat(self.make().generate(PROMPTS, self.decoding)):
            assert 0 < each.tokens <= self.decoding.max_tokens
            assert each.log_probability <= 0

    def test_replies_depend_on_neither_batch_nor_order(self) -> None:
        generator = self.make()
        together = generator.generate(PROMPTS, self.decoding)
        backwards = generator.generate(PROMPTS[::-1], self.decoding)[::-1]
        alone = [generator.generate([prompt], self.decoding)[0] for prompt in PROMPTS]
        assert _texts(together) == _texts(backwards) == _texts(alone)
        for one, other in zip(_flat(together), _flat(alone), strict=True):
            assert one.log_probability == pytest.approx(other.log_probability, abs=self.tolerance)

    def test_a_stop_string_ends_a_reply_before_it(self) -> None:
        generator = self.make()
        whole = generator.generate(PROMPTS[:1], self.decoding)[0][0]
        stop = next(each for each in whole.text[1:] if each.isalnum())
        cut = generator.generate(PROMPTS[:1], replace(self.decoding, stop=(stop,)))[0][0]
        assert cut.text == whole.text[: whole.text.index(stop)]
        assert cut.tokens <= whole.tokens

    @pytest.mark.parametrize(
        "wrong", [{"n": 0}, {"max_tokens": 0}, {"temperature": 0.0}, {"mode": "greedy", "n": 2}]
    )
    def test_a_decoding_that_makes_no_sense_is_refused(self, wrong: dict[str, object]) -> None:
        with pytest.raises(UsageError):
            self.make().generate(PROMPTS, replace(self.decoding, **wrong))  # type: ignore[arg-type]

    def test_tokens_of_data_are_counted(self) -> None:
        generator = self.make()
        assert (
            0 < generator.count_tokens("Alien") < generator.count_tokens("Alien and the long sequels of it")
        )


class SamplingContract(GeneratorContract):
    """What a generator that really samples holds to beside it."""

    def test_other_seeds_give_other_replies(self) -> None:
        generator = self.make()
        first = generator.generate(PROMPTS, self.decoding)
        assert _texts(first) != _texts(generator.generate(PROMPTS, replace(self.decoding, seed=2)))

    def test_replies_to_one_prompt_differ(self) -> None:
        replies = self.make().generate(PROMPTS, self.decoding)
        assert any(len({each.text for each in several}) > 1 for several in replies)

    def test_beams_come_best_first_and_differ(self) -> None:
        decoding = replace(self.decoding, mode="beam", length_penalty=1.0)
        for beams in self.make().generate(PROMPTS, decoding):
            scores = [each.log_probability / each.tokens for each in beams]
            assert scores == sorted(scores, reverse=True)
            assert len({each.text for each in beams}) > 1

    def test_greedy_is_one_reply_that_no_seed_changes(self) -> None:
        generator, greedy = self.make(), replace(self.decoding, mode="greedy", n=1)
        first = generator.generate(PROMPTS, greedy)
        assert _texts(first) == _texts(generator.generate(PROMPTS, replace(greedy, seed=9)))


def _flat(replies: list[list[Generation]]) -> list[Generation]:
    return [each for several in replies for each in several]


def _texts(replies: list[list[Generation]]) -> list[list[str]]:
    return [[each.text for each in several] for several in replies]
