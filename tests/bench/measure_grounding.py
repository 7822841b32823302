"""Check the lists of all users: ids, duplicates, seen items, length; print the ungrounded rate beside it.

    python tests/bench/measure_grounding.py --users 943 --k 10

The ungrounded rate is of the same model, asked for titles outright: the share of its replies that name no
title of the catalogue (blind to case, accents, punctuation, a trailing year and a turned-round article).
"""

import argparse
import sys
import time

import numpy as np

from genrec.data.catalogue import spoken_title
from genrec.engine import Engine, Request
from genrec.generation.base import Decoding
from genrec.grounding import TitleIndex
from genrec.prompting import load_prompt, parse_reply, render

BLOCK = 64


def faults(engine: Engine, users: list[str], k: int) -> tuple[dict[str, int], dict[str, int]]:
    """Counts of what may not be, and of where the items shown came from."""
    wrong = dict.fromkeys(("invalid", "duplicate", "seen", "short"), 0)
    filled: dict[str, int] = {}
    alive = engine.dataset.catalogue.alive
    for start in range(0, len(users), BLOCK):
        queries = engine.queries([Request(user) for user in users[start : start + BLOCK]])
        rankings = engine.rank(queries, k=k)
        for row, query in enumerate(queries):
            items = rankings.row(row)[0]
            wrong["invalid"] += int(((items < 0) | (items >= len(alive))).sum() + (~alive[items]).sum())
            wrong["duplicate"] += len(items) - len(np.unique(items))
            events = engine.dataset.interactions
            wrong["seen"] += int(np.isin(items, events.items[events.rows(query.user or 0)]).sum())
            wrong["short"] += int(len(items) < k)
            for each in rankings.trace[row].filled if rankings.trace else ():
                filled[each] = filled.get(each, 0) + 1
    return wrong, filled


def ungrounded(engine: Engine, users: list[str]) -> tuple[int, int]:
    """Titles the model names outside the catalogue, and all titles it names."""
    template, titles = load_prompt("title-free-form"), TitleIndex(engine.dataset.catalogue)
    named = outside = 0
    for start in range(0, len(users), BLOCK):
        queries = engine.queries([Request(user) for user in users[start : start + BLOCK]])
        histories = [
            [spoken_title(engine.dataset.catalogue.titles[item]) for item in query.history[-15:]]
            for query in queries
        ]
        prompts = [render(template, history=each) for each in histories if each]
        replies = engine.generator.generate(
            prompts, Decoding(n=10, max_tokens=24, temperature=0.8, stop=("\n",))
        )
        texts = [parse_reply(each.text, template) for row in replies for each in row]
        named += len(texts)
        outside += sum(not titles.find(text) for text in texts)
    return outside, named


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--users", type=int, default=943)
    parser.add_argument("--free-form-users", type=int, default=100)
    parser.add_argument("--k", type=int, default=10)
    parser.add_argument("--workspace")
    options = parser.parse_args()
    engine = Engine.open(options.workspace)
    users = list(engine.dataset.interactions.users)[: options.users]
    start = time.perf_counter()
    wrong, filled = faults(engine, users, options.k)
    took = time.perf_counter() - start
    print(
        f"\n{len(users)} users, k {options.k}: "
        + ", ".join(f"{count} {name}" for name, count in wrong.items())
    )
    print("items by what found them: " + ", ".join(f"{name} {count}" for name, count in filled.items()))
    print(f"{len(users) / took:.2f} users/s")
    outside, named = ungrounded(engine, users[: options.free_form_users])
    print(f"titles asked for outright: {outside} of {named} ({outside / named:.1%}) are not in the catalogue")
    sys.exit(any(wrong.values()))


if __name__ == "__main__":
    main()
