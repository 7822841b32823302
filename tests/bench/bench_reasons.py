"""Measure the check of reasons: `python tests/bench/bench_reasons.py [FOLDER] [--users N] [--patterns FILE]`.

True sentences come from the hand-written patterns of tests/explaining/paraphrases*.yaml, false ones from
genrec.testing: its own false sentences, and the true patterns spoiled. MovieLens-100K measures all patterns
but those about brands and purchases, which Amazon Beauty measures; FOLDER holds both (`ml-100k`,
`amazon-beauty-2014`).
"""

import argparse
import math
import os
import random
import re
import string
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import yaml
from reason_cases import Case, beauty, movie_cases, movielens, shop_cases, trace_for, unseen_items

from genrec.explaining import Explainer
from genrec.explaining.check import Check
from genrec.testing.falsehoods import false_sentences
from genrec.testing.spoiling import spoiled

PATTERNS = sorted((Path(__file__).parents[1] / "explaining").glob("paraphrases*.yaml"))
SPOILED = 3
"""How many of the ways to spoil a sentence are tried, for each of its uses."""


@dataclass(slots=True)
class Tally:
    """What the check made of true and false sentences."""

    asked: Counter[tuple[str, str]] = field(default_factory=Counter)
    refused: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    false_asked: Counter[str] = field(default_factory=Counter)
    slips: list[tuple[str, str]] = field(default_factory=list)
    seconds: float = 0.0

    def true(self, check: Check, case: Case, part: str, pattern: str) -> None:
        sentence = pattern.format_map(case.slots)
        self.asked[part, pattern] += 1
        if not self._passes(check, case, sentence):
            self.refused.setdefault((part, pattern), []).append(sentence)

    def false(self, check: Check, case: Case, lies: Iterable[tuple[str, str]]) -> None:
        for kind, lie in lies:
            self.false_asked[kind] += 1
            if self._passes(check, case, lie):
                self.slips.append((kind, lie))

    def _passes(self, check: Check, case: Case, sentence: str) -> bool:
        start = time.process_time()
        passes = check.passes(sentence, case.item, case.claims)
        self.seconds += time.process_time() - start
        return passes


def read_patterns(paths: Sequence[Path]) -> dict[str, list[str]]:
    """Patterns by file and part; a file that is a mere list is one part."""
    found: dict[str, list[str]] = {}
    for path in paths:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        parts = content if isinstance(content, dict) else {"all": content}
        found |= {f"{path.stem} {part}": patterns for part, patterns in parts.items()}
    return found


def fits(pattern: str, case: Case) -> bool:
    """Whether the case fills every slot of a pattern; a shop's does so only for what films do not."""
    names = {name for _, name, _, _ in string.Formatter().parse(pattern) if name}
    return names <= case.slots.keys() and ("year" in case.slots or bool(names & {"bought", "brand"}))


_OWN_SEARCH = re.compile(
    r"\b(your|(user|customer|viewer|member|shopper)'s) (own )?search|\b(you|and) searched", re.I
)


def as_told(pattern: str, case: Case) -> Case:
    """The case in which a pattern is true: "your search" is so only of a search in the user's own words."""
    if not _OWN_SEARCH.search(pattern):
        return case
    own = [replace(each, field="user") if each.relation == "search" else each for each in case.claims]
    return replace(case, claims=own)


def wilson(passed: int, n: int) -> str:
    """Share with its 95 % Wilson interval."""
    z, share = 1.96, passed / n
    middle, width = share + z * z / (2 * n), z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    low, high = ((middle + sign * width) / (1 + z * z / n) for sign in (-1, 1))
    return f"{share:.1%}, 95 % interval {low:.1%} to {high:.1%}"


def measure(check: Check, cases: Iterable[Case], patterns: dict[str, list[str]], tally: Tally) -> None:
    draw = random.Random(1)
    for case in cases:
        if case.facts is not None:
            tally.false(check, case, false_sentences(case.facts))
        for part, each in ((part, each) for part, texts in patterns.items() for each in texts):
            if fits(each, case):
                told = as_told(each, case)
                tally.true(check, told, part, each)
                lies = list(spoiled(each, case.slots, case.wrong, draw))
                tally.false(check, told, draw.sample(lies, min(SPOILED, len(lies))))


def report(tally: Tally, patterns: dict[str, list[str]], *, show: int) -> None:
    for part, texts in patterns.items():
        asked = sum(tally.asked[part, each] for each in texts)
        held = asked - sum(len(tally.refused.get((part, each), ())) for each in texts)
        measured = [each for each in texts if tally.asked[part, each]]
        whole = sum((part, each) not in tally.refused for each in measured)
        print(f"true, {part}: {whole} of {len(measured)} patterns passed every time", end=" ")
        print(f"({wilson(whole, len(measured))}); {held} of {asked} sentences")
        if len(measured) < len(texts):
            print(f"  not measured, no case fills them: {[each for each in texts if each not in measured]}")
    wrong = Counter(kind for kind, _ in tally.slips)
    for kind in sorted(tally.false_asked):
        asked = tally.false_asked[kind]
        print(f"false, {kind}: {asked - wrong[kind]} of {asked} rejected")
    total = tally.false_asked.total()
    print(f"false, all: {total - wrong.total()} of {total} rejected ({1 - wrong.total() / total:.3%})")
    read = total + tally.asked.total()
    print(f"{read} sentences checked, {1000 * tally.seconds / read:.2f} ms of CPU each")
    for kind, lie in tally.slips[:show]:
        print("  slipped:", kind, "|", lie)
    for (part, pattern), sentences in list(tally.refused.items())[:show]:
        print(
            f"  refused {len(sentences)} of {tally.asked[part, pattern]}, {part}: {pattern} | {sentences[0]}"
        )


def templates(explainer: Explainer, users: int) -> None:
    """Whether the history items that template reasons cite are in the history, and the time they take."""
    draw = random.Random(2)
    cited = wrong = shown = 0
    took = []
    for user in range(users):
        query = explainer.dataset.query(user)
        items = unseen_items(explainer.dataset, query, draw, 10)
        start = time.process_time()
        reasons = explainer.explain(query, items, trace_for(items, draw) if user % 2 else None)
        took.append(time.process_time() - start)
        history = {explainer.dataset.catalogue.ids[x] for x in query.history.tolist()}
        for reason in reasons:
            shown += 1
            told = [each.item_id for each in reason.evidence if each.item_id is not None]
            cited += len(told)
            wrong += sum(each not in history for each in told)
    print(f"templates: {shown} reasons, {cited} history items cited, {wrong} not in the history")
    median, worst = 1000 * np.median(took), 1000 * max(took)
    print(f"ten template reasons: median {median:.0f} ms of CPU, worst {worst:.0f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", default=os.environ.get("GENREC_DATA", ""))
    parser.add_argument("--users", type=int, default=20)
    parser.add_argument("--templates", type=int, default=943)
    parser.add_argument("--show", type=int, default=0)
    parser.add_argument("--patterns", type=Path, action="append", help="pattern files, in place of all")
    options = parser.parse_args()
    folder, patterns, tally = Path(options.folder), read_patterns(options.patterns or PATTERNS), Tally()
    films = movielens(folder / "ml-100k")
    measure(films.liked.check, movie_cases(films, options.users, seed=0), patterns, tally)
    shop = beauty(folder / "amazon-beauty-2014")
    measure(shop.liked.check, shop_cases(shop, options.users, seed=0), patterns, tally)
    report(tally, patterns, show=options.show)
    templates(films.liked, options.templates)


if __name__ == "__main__":
    main()
