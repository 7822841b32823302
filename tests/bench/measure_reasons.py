"""How many shown reasons are in the model's own words, and what ten of them cost, on the embedded default.

    python tests/bench/measure_reasons.py --users 20

Each sentence was checked before it was shown; here every cited history item is looked up in the log again.
"""

import argparse
import statistics
import time

from genrec.engine import Engine

SEED_USERS = range(1, 944, 37)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--users", type=int, default=20)
    options = parser.parse_args()
    engine = Engine.open()
    engine.recommend("943", explain="model")  # loads everything
    events, ids = engine.dataset.interactions, engine.dataset.catalogue.ids
    shown = by_model = cited = not_theirs = 0
    added = []
    for user_id in [str(user) for user in SEED_USERS][: options.users]:
        start = time.perf_counter()
        engine.recommend(user_id, explain="none")
        middle = time.perf_counter()
        answer = engine.recommend(user_id, explain="model")
        added.append(time.perf_counter() - middle - (middle - start))
        theirs = set(events.items[events.rows(events.users.index(user_id, kind="user"))].tolist())
        for item in answer.items:
            shown += 1
            by_model += item.reason_by == "model"
            for fact in item.evidence:
                if fact.item_id not in (None, item.item_id):
                    cited += 1
                    not_theirs += ids.index(fact.item_id, kind="item") not in theirs
            if shown <= 12:
                print(f"  {item.reason_by:8} {item.title}: {item.reason}")
    print(f"{by_model} of {shown} shown reasons ({by_model / shown:.0%}) are in the model's own words")
    print(f"{cited} history items cited, {not_theirs} not in the user's log")
    print(
        f"ten reasons by the model add {statistics.median(added):.1f} s (median), {max(added):.1f} s (worst)"
    )


if __name__ == "__main__":
    main()
