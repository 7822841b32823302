"""Reasons for the items of an answer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from genrec.data.dataset import Dataset
from genrec.explaining.check import Check
from genrec.explaining.choice import Chooser
from genrec.explaining.claims import Claim, as_evidence
from genrec.explaining.clarity import is_clear
from genrec.explaining.evidence import EvidenceFinder
from genrec.explaining.lexicon import Lexicon
from genrec.explaining.names import Names
from genrec.explaining.wording import Wording
from genrec.types import Evidence, ItemArray, Query, Trace

Write = Callable[[Sequence[Sequence[str]]], Sequence[Sequence[str]]]
"""From the statements of each item to candidate sentences for each: one call an answer."""


@dataclass(frozen=True, slots=True)
class Reason:
    """A sentence that passed the check, with the evidence for what it says.

    `tried` counts the model's sentences that were rejected for it.
    """

    text: str
    by: Literal["model", "template"]
    evidence: tuple[Evidence, ...]
    claims: tuple[Claim, ...]
    tried: int = 0


LITTLE_KNOWN = Reason("Little is known of this yet.", "template", (), ())
"""Said of an item that nobody chose and that has nothing in common with anything: it claims nothing."""


class Explainer:
    """Finds evidence, has it worded, and shows only what the check reads back."""

    def __init__(self, dataset: Dataset, check: Check | None = None) -> None:
        """What `check`, where given, is made of: the names of the same catalogue."""
        self.dataset = dataset
        self.check = check or Check(Lexicon(Names(dataset.catalogue)))
        self.names = self.check.lexicon.names
        self.finder = EvidenceFinder(dataset, self.names)

    def over(self, dataset: Dataset) -> "Explainer":
        """One of changed data, with the names, which take longest, where the catalogue is the same."""
        if dataset is self.dataset:
            return self
        return Explainer(dataset, self.check if dataset.catalogue is self.dataset.catalogue else None)

    def explain(
        self,
        query: Query,
        items: ItemArray,
        trace: Trace | None = None,
        *,
        write: Write | None = None,
        neighbours: bool = False,
    ) -> list[Reason]:
        """One reason for each item, in the same order.

        Args:
            query: its history is what reasons cite.
            items: recommended items, without padding.
            trace: tells which search found which item.
            write: a model that words statements; its first sentence that passes is shown, else a template.
            neighbours: let reasons name the users with the nearest histories.
        """
        gathered = self.finder.gather(query, items, trace, neighbours=neighbours)
        chooser = Chooser(self.names)
        templates = [
            self._by_template(item, claims, chooser) or LITTLE_KNOWN
            for item, claims in zip(items.tolist(), gathered, strict=True)
        ]
        if write is None:
            return templates
        wording = Wording(self.names)
        told = [each for each in templates if each.claims]
        written = iter(write([wording.statements(each.claims) for each in told]) if told else ())
        return [
            self._by_model(item, template, next(written)) if template.claims else template
            for item, template in zip(items.tolist(), templates, strict=True)
        ]

    def compare(self, item: int, items: ItemArray) -> list[Reason | None]:
        """What each item shares with one, which need be in no history; None where that is no value."""
        chooser = Chooser(self.names)
        gathered = self.finder.compare(item, items)
        return [
            self._by_template(each, claims, chooser)
            for each, claims in zip(items.tolist(), gathered, strict=True)
        ]

    def _by_model(self, item: int, template: Reason, candidates: Sequence[str]) -> Reason:
        """The first candidate that is clear and leaves out a search at most, else the template's reason."""
        for failed, candidate in enumerate(candidates):
            sentence = finished(candidate)
            told = self.check.claims_in(sentence, item, template.claims)
            is_whole = all(each in told for each in template.claims if each.relation != "search")
            if told and is_whole and is_clear(sentence, told, self.names):
                return Reason(sentence, "model", self._evidence(told), told, failed)
        return Reason(template.text, "template", template.evidence, template.claims, len(candidates))

    def _by_template(self, item: int, gathered: Sequence[Claim], chooser: Chooser) -> Reason | None:
        """The best claims for which a template passes its own check, if any."""
        for claims in filter(None, chooser.options(item, gathered)):
            for quoted in (False, True):
                sentence = Wording(self.names, quoted=quoted).sentence(claims, form=item)
                if set(self.check.claims_in(sentence, item, claims)) == set(claims):
                    chooser.note(claims)
                    return Reason(sentence, "template", self._evidence(claims), tuple(claims))
        return None

    def _evidence(self, claims: Sequence[Claim]) -> tuple[Evidence, ...]:
        return tuple(as_evidence(claim, self.dataset.catalogue.ids) for claim in claims)


def shown_by_model(reasons: Sequence[Reason]) -> tuple[int, int]:
    """How many model sentences were shown, and how many were rejected."""
    return sum(each.by == "model" for each in reasons), sum(each.tried for each in reasons)


def finished(sentence: str) -> str:
    """With a capital and a full stop, as a sentence is shown."""
    sentence = sentence.strip()
    if not sentence:
        return ""
    return sentence[0].upper() + sentence[1:] + ("" if sentence[-1] in ".!" else ".")
