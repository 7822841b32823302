"""Draw shown reasons of random users, worded as the workspace's users see them, to be labelled by reading.

    python tests/bench/draw_reasons.py OUT.jsonl [--workspace DIR] [--model NAME] [--users 10] [--seed 7]

Without --workspace, of the embedded default. OUT must lie outside the repository: the sentences hold titles
of data sets whose terms forbid handing them on.
"""

import argparse
import dataclasses
import json
import random
import time
from collections.abc import Iterator
from pathlib import Path

from genrec.engine import Engine, Request
from genrec.errors import UsageError
from genrec.types import Answer

REPOSITORY = Path(__file__).resolve().parents[2]


def drawn_users(engine: Engine, n: int, seed: int) -> list[str]:
    """Known users with a history, at random."""
    dataset = engine.dataset
    users = dataset.interactions.users
    known = [each for each in range(len(users)) if len(dataset.query(each).history)]
    return [users[each] for each in random.Random(seed).sample(known, n)]


def rows(data: str, answer: Answer) -> Iterator[dict[str, object]]:
    """One row a shown item; `queries` are the searches that found it, as the answer says."""
    for item in answer.items:
        yield {
            "data": data,
            "user_id": answer.user_id,
            "item_id": item.item_id,
            "rank": item.rank,
            "by": item.reason_by,
            "title": item.title,
            "reason": item.reason,
            "evidence": [dataclasses.asdict(each) for each in item.evidence],
            "queries": [answer.queries[each].text for each in item.query_ids],
        }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path)
    parser.add_argument("--workspace", type=Path)
    parser.add_argument("--model")
    parser.add_argument("--users", type=int, default=10)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    if options.out.resolve().is_relative_to(REPOSITORY):
        raise UsageError(f"{options.out} lies in the repository", next_step="choose a folder outside")
    engine = Engine.open(options.workspace, model=options.model)
    users = drawn_users(engine, options.users, options.seed)
    print(f"{engine.settings.name}, seed {options.seed}, users {', '.join(users)}", flush=True)
    with options.out.open("x", encoding="utf-8") as out:
        for user in users:
            start = time.process_time()
            (answer,) = engine.recommend_many([Request(user)], explain="model")
            for row in rows(engine.settings.name, answer):
                out.write(json.dumps(row, ensure_ascii=False) + "\n")
            out.flush()
            print(f"  {user}: {len(answer.items)} items, {time.process_time() - start:.0f} CPU-s", flush=True)


if __name__ == "__main__":
    main()
