"""Reasons as rows to learn from: claims that hold of a log, as the explainer chooses them, and a sentence.

Sentences come from patterns (`finetune/paraphrases/reasons.yaml`); only one that the check of reasons reads
back into exactly its claims is learnt.
"""

import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice

import numpy as np

from genrec.assets import asset_path
from genrec.config import read_yaml
from genrec.data.dataset import Dataset
from genrec.data.splits import Holdout, Split
from genrec.errors import DataError
from genrec.explaining import Check, Claim, Explainer
from genrec.explaining.explainer import finished
from genrec.explaining.verbs import KNOWN_VERBS, words
from genrec.explaining.wording import BY_FIELDS, Wording, field_word, plural
from genrec.explaining.writer import greedy, prompt_of
from genrec.finetuning.recipe import ReasonSettings
from genrec.generation.base import Generator
from genrec.generation.encoding import PromptEncoder
from genrec.prompting import PromptTemplate, load_prompt
from genrec.training.examples import Examples, row_of_prompt
from genrec.types import ItemArray, Query, Trace, WrittenQuery

PARAPHRASES = "paraphrases/reasons.yaml"
NEXT_ITEMS, POPULAR_ITEMS = 3, 2
"""Of a history's place: how many items that came next get a reason, and how many drawn by popularity."""
COLD, SEARCHED, OWN_WORDS = 0.1, 0.4, 0.3
"""Shares of histories left out, of lists found by searches, and of searches in the user's own words."""
OTHER_VERB = 0.5
"""The share of reasons with another verb than the log's, so that other catalogues are worded too."""
_VERBS = tuple(each for each in KNOWN_VERBS if not words(each).tail)
_WITH_VERB = ("history", "co-occurrence", "popularity", "neighbours")


@dataclass(frozen=True, slots=True)
class Told:
    """The claims of one reason, the statements that a model gets of them, and a sentence that says them."""

    item: int
    claims: tuple[Claim, ...]
    statements: tuple[str, ...]
    sentence: str


def load_paraphrases() -> dict[str, list[str]]:
    """Patterns by the claims they say, as `shape` names them."""
    loaded = read_yaml(asset_path("finetune", PARAPHRASES))
    return {name: list(patterns) for name, patterns in loaded.items() if isinstance(patterns, list)}


def shape(claims: Sequence[Claim]) -> str:
    """Which claims these are: their relations in order, and whether an attribute is a maker."""
    relations = dict.fromkeys(each.relation for each in claims)
    fields = {each.field or "" for each in claims if each.relation in ("shared", "attribute")}
    is_maker = bool(fields) and fields <= {*BY_FIELDS}
    return " ".join([*relations, *["maker"] * is_maker])


@dataclass
class ReasonMaker:
    """Draws claims from one dataset and words them; the same seed draws the same."""

    dataset: Dataset
    seed: int = 0
    other_verb: float = OTHER_VERB
    dropped: Counter[str] = field(default_factory=Counter)
    """Sentences that did not say their claims, by shape; nothing is learnt from them."""

    def __post_init__(self) -> None:
        self.explainer = Explainer(self.dataset)
        self.wording = Wording(self.explainer.names)
        self.patterns = load_paraphrases()
        self.draw = random.Random(self.seed)

    def told(self, n: int) -> list[Told]:
        """So many reasons of random users at random places of their histories, fewer where the log is small.

        Raises:
            DataError: no user has two history events.
        """
        users = np.flatnonzero(np.diff(self.dataset.positives.indptr) > 1).tolist()
        if not users:
            raise DataError("there is nothing to give reasons for", why="no user has two history events")
        asked = (self._asked(self.draw.choice(users)) for _ in range(n))
        return list(islice((each for query, items in asked for each in self._told(query, items)), n))

    def held_out(self, holdout: Holdout, n: int) -> list[Told]:
        """At most so many reasons for what held-out users chose next, from what is known of them."""
        rows = self.draw.sample(range(len(holdout)), min(n, len(holdout)))
        asked = zip(holdout.queries(rows), map(holdout.targets, rows), strict=True)
        return list(islice((each for query, items in asked for each in self._told(query, items)), n))

    def _told(self, query: Query, items: ItemArray) -> Iterator[Told]:
        trace = self._trace(items) if self.draw.random() < SEARCHED else None
        near = trace is None and self.draw.random() < 0.5  # models that search name no neighbours
        reasons = self.explainer.explain(query, items, trace, neighbours=near)
        for item, reason in zip(items.tolist(), reasons, strict=True):
            claims = self._in_other_verbs(reason.claims)
            if claims and (sentence := self.sentence(item, claims)):
                yield Told(item, claims, tuple(self.wording.statements(claims)), sentence)

    def _asked(self, user: int) -> tuple[Query, ItemArray]:
        """A user before a random place of the history, and the items to give reasons for."""
        kept = np.flatnonzero(self.dataset.is_history[self.dataset.interactions.rows(user)])
        kept += self.dataset.interactions.rows(user).start
        place = self.draw.randrange(1, len(kept))
        query = self.dataset.query(user, until=int(kept[place]))
        events = self.dataset.interactions.items[kept[place : place + NEXT_ITEMS]].tolist()
        popular = [int(self.draw.choice(self.dataset.positives.items)) for _ in range(POPULAR_ITEMS)]
        new = [each for each in dict.fromkeys(events + popular) if each not in query.history]
        if self.draw.random() < COLD:
            query = Query(user=user)
        return query, np.array(new, np.int32)

    def _trace(self, items: ItemArray) -> Trace:
        """As if each item had been found by a search of its own."""
        is_own = self.draw.random() < OWN_WORDS
        searches = tuple(
            WrittenQuery(self._search(item), 0.0, by="user" if is_own else "model") for item in items.tolist()
        )
        return Trace(searches, tuple((place,) for place in range(len(items))))

    def _search(self, item: int) -> str:
        """What may find an item: words of its title, a value, or another title that has a word of it."""
        title = self.explainer.names.shown[item].split()
        values = [value for _, value in self.explainer.names.attributes(item)] or title
        start = self.draw.randrange(len(title) + 1)
        alike = self._by_word.get(self.draw.choice(title).casefold(), [item]) if title else [item]
        other = self.explainer.names.shown[self.draw.choice(alike)]
        part = " ".join(title[start : start + 3])
        return self.draw.choice([part or other, other, other, self.draw.choice([*values, other]).casefold()])

    @cached_property
    def _by_word(self) -> Mapping[str, list[int]]:
        found: dict[str, list[int]] = defaultdict(list)
        for item, title in enumerate(self.explainer.names.shown):
            for word in dict.fromkeys(title.casefold().split()):
                found[word].append(item)
        return found

    def _in_other_verbs(self, claims: Sequence[Claim]) -> tuple[Claim, ...]:
        """The claims, sometimes as if the log had told of something else that people did."""
        if self.draw.random() >= self.other_verb:
            return tuple(claims)
        verbs: dict[str | None, str] = {}
        for each in claims:
            if each.relation in _WITH_VERB:
                verbs.setdefault(each.value, self.draw.choice(_VERBS))
        return tuple(
            replace(each, value=verbs[each.value]) if each.relation in _WITH_VERB else each for each in claims
        )

    def sentence(self, item: int, claims: Sequence[Claim]) -> str:
        """A pattern of these claims, drawn, that the check reads back into all of them; or empty."""
        name = shape(claims)
        patterns = self.patterns.get(name, [])
        slots = self._slots(claims)
        for pattern in self.draw.sample(patterns, len(patterns)):
            sentence = finished(pattern.format_map(slots))
            if set(self.explainer.check.claims_in(sentence, item, claims)) == set(claims):
                return sentence
            self.dropped[name] += 1
        return ""

    def _slots(self, claims: Sequence[Claim]) -> dict[str, object]:
        slots: dict[str, object] = {}
        of_values = [each for each in claims if each.relation in ("shared", "attribute")]
        for each in claims:
            if each.item is not None:
                slots["x"] = self.wording.title(each.item)
            if each.relation == "history":
                slots["told"] = words(each.value or "").past
            elif each.relation in _WITH_VERB:
                verb = words(each.value or "")
                slots |= {"did": verb.past, "done": verb.participle, "n": each.count, "m": each.of}
            elif each.relation == "search":
                slots["asked"] = self.wording.asked(each)
        if of_values:
            name = field_word(of_values[0].field or "")
            slots["field"] = name if len(of_values) == 1 else plural(name)
            slots["values"] = " and ".join(each.value or "" for each in of_values)
        return slots


@dataclass(frozen=True)
class ReasonTask:
    """Rows to learn from, and reasons of held-out users to word in validation."""

    template: PromptTemplate
    rows: Examples
    asked: Sequence[tuple[Told, Check]]

    def share(self, generator: Generator) -> float:
        """How many of the held-out reasons a model words so that the check reads nothing but their claims."""
        written = greedy(generator, self.template)([told.statements for told, _ in self.asked])
        passed = [
            check.passes(finished(reply), told.item, told.claims)
            for (reply,), (told, check) in zip(written, self.asked, strict=True)
        ]
        return sum(passed) / max(1, len(passed))


def reason_task(
    settings: ReasonSettings, splits: Sequence[Split], encoder: PromptEncoder, *, asked: int, seed: int
) -> ReasonTask:
    """Rows of the training parts, and as many held-out reasons as asked for, evenly of all splits.

    Raises:
        DataError: there is nothing to give reasons for.
    """
    template = load_prompt(settings.prompt)
    told: list[Told] = []
    held_out: list[tuple[Told, Check]] = []
    for each in splits:
        maker = ReasonMaker(each.train, seed=seed)
        told += maker.told(settings.rows)
        found = maker.held_out(each.validation, -(-asked // len(splits)))
        held_out += [(reason, maker.explainer.check) for reason in found]
    return ReasonTask(template, reason_rows(told, encoder, template), held_out)


def reason_rows(told: Sequence[Told], encoder: PromptEncoder, template: PromptTemplate) -> Examples:
    """Rows of the prompt as it is in use, with the sentence and the end of the reply as the target."""
    assert encoder.end_id is not None
    end = [encoder.end_id]
    return Examples.of(
        [
            row_of_prompt(
                encoder.encode(prompt_of(template, each.statements)),
                encoder.text_ids(each.sentence) + end,
            )
            for each in told
        ]
    )


def joined(parts: Sequence[Examples]) -> Examples:
    """The rows of several tasks, one task after the other."""
    ends = np.cumsum([0, *(len(each.ids) for each in parts)])
    starts = [each.indptr[:-1] + end for each, end in zip(parts, ends, strict=False)]
    return Examples(
        np.concatenate([each.ids for each in parts]),
        np.concatenate([each.is_target for each in parts]),
        np.concatenate([*starts, ends[-1:]]).astype(np.int64),
    )
