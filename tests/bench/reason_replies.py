"""Measure the check on what a writer or a model answers to the shipped reason prompt for claims of real data.

    python tests/bench/reason_replies.py prompts FOLDER --seed 5 --out asked.jsonl > statements.txt
    python tests/bench/reason_replies.py check FOLDER asked.jsonl replies.txt --show

The first prints `id<TAB>statements`, each to be put into prompts/reason.yaml; the second reads
`id<TAB>sentence`. FOLDER holds `ml-100k` and `amazon-beauty-2014`. Equal seeds give equal prompts. Whoever
writes the replies must not have seen the grammar, and the figure is to be taken once, before anything is
changed for them.
"""

import argparse
import json
import random
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from bench_reasons import wilson
from reason_cases import Case, Log, beauty, movie_cases, movielens, shop_cases

from genrec.explaining import Claim, Explainer
from genrec.explaining.explainer import finished
from genrec.explaining.wording import Wording

FILMS, PRODUCTS = 75, 30
"""How many users of each set are drawn; some of MovieLens have no item with claims of all kinds."""

Row = dict[str, Any]
"""A prompt: id, index of the recommended item, claims, their statements, and the slots of the case."""


def rows(folder: Path, seed: int) -> list[Row]:
    """Prompts of one to three claims, drawn from both data sets."""
    films, shop = movielens(folder / "ml-100k"), beauty(folder / "amazon-beauty-2014")
    found = [*_rows(movie_cases(films, FILMS, seed), films, seed)]
    found += _rows(shop_cases(shop, PRODUCTS, seed), shop, seed)
    random.Random(seed).shuffle(found)
    return [{"id": place, **each} for place, each in enumerate(found)]


def _rows(cases: Iterable[Case], log: Log, seed: int) -> Iterator[Row]:
    draw, wording = random.Random(seed), Wording(log.liked.names)
    for case in cases:
        claims = list(case.claims)
        if draw.random() < 0.5:
            claims = [replace(x, field="user") if x.relation == "search" else x for x in claims]
        picked = _picked(claims, draw)
        yield {
            "item": case.item,
            "claims": [asdict(each) for each in picked],
            "statements": " ".join(wording.statements(picked)),
            "slots": {name: str(value) for name, value in case.slots.items()},
        }


def _picked(claims: Sequence[Claim], draw: random.Random) -> list[Claim]:
    """One to three claims; mostly with what was done to an item that one of them cites."""
    n = draw.choice([1, 2, 2, 2, 3])
    picked = draw.sample(claims, min(n, len(claims)))
    cited = {each.item for each in picked if each.relation in ("shared", "co-occurrence")}
    told = [x for x in claims if x.relation == "history" and x.item in cited and x not in picked]
    return ((told[:1] if draw.random() < 0.7 else []) + picked)[:3]


def check(folder: Path, asked: Path, replies: Path, *, show: bool) -> None:
    """Print how many replies pass, as the sentences of a model do, and those that are refused."""
    films = movielens(folder / "ml-100k").liked
    shop = beauty(folder / "amazon-beauty-2014").liked
    by_id = {row["id"]: row for row in map(json.loads, asked.read_text(encoding="utf-8").splitlines())}
    lines = [each.split("\t", 1) for each in replies.read_text(encoding="utf-8").splitlines() if each.strip()]
    told = [_told(by_id[int(name)], sentence, films, shop) for name, sentence in lines]
    passed = sum(bool(said) for said, _ in told)
    fewer = sum(0 < len(said) < len(set(claims)) for said, claims in told)
    print(f"{passed} of {len(lines)} replies passed ({wilson(passed, len(lines))});", end=" ")
    print(f"{fewer} of these say fewer than the claims given")
    for (name, sentence), (said, _) in zip(lines, told, strict=True):
        if show and not said:
            print(f"  refused {name}: {sentence}\n    of: {by_id[int(name)]['statements']}")


def _told(row: Row, sentence: str, films: Explainer, shop: Explainer) -> tuple[Sequence[Claim], list[Claim]]:
    """The claims that a reply says, and all that it was given; only films have a year."""
    explainer = films if "year" in row["slots"] else shop
    claims = [Claim(**each) for each in row["claims"]]
    return explainer.check.claims_in(finished(sentence), row["item"], claims), claims


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    prompts, checking = commands.add_parser("prompts"), commands.add_parser("check")
    for each in (prompts, checking):
        each.add_argument("folder", type=Path)
    prompts.add_argument("--seed", type=int, required=True)
    prompts.add_argument("--out", type=Path, required=True)
    checking.add_argument("asked", type=Path)
    checking.add_argument("replies", type=Path)
    checking.add_argument("--show", action="store_true")
    options = parser.parse_args()
    if options.command == "check":
        return check(options.folder, options.asked, options.replies, show=options.show)
    found = rows(options.folder, options.seed)
    options.out.write_text("".join(json.dumps(each) + "\n" for each in found), encoding="utf-8")
    sys.stdout.writelines(f"{each['id']}\t{each['statements']}\n" for each in found)
    return None


if __name__ == "__main__":
    main()
