"""How many shown reasons are in the model's own words, and what ten of them cost, on the embedded default.

    python tests/bench/measure_reasons.py --users 20

Each sentence was checked before it was shown; here every cited history item is looked up in the log again.
A form is a sentence without its names and numbers.
"""

import argparse
import statistics
import time
from collections import Counter
from collections.abc import Sequence

from genrec.engine import Engine
from genrec.explaining import Claim
from genrec.testing.forms import form
from genrec.types import Evidence

SEED_USERS = range(1, 944, 37)


def form_of(engine: Engine, sentence: str, evidence: Sequence[Evidence]) -> str:
    ids = engine.dataset.catalogue.ids
    cited = [
        Claim(
            "search" if each.kind == "search" else "shared",
            None if each.item_id is None else ids.index(each.item_id, kind="item"),
            value=each.value if each.field or each.kind == "search" else None,
        )
        for each in evidence
    ]
    return form(sentence, cited, engine.explainer.names)


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
    forms: Counter[str] = Counter()
    for user_id in [str(user) for user in SEED_USERS][: options.users]:
        start = time.perf_counter()
        engine.recommend(user_id, explain="none")
        middle = time.perf_counter()
        answer = engine.recommend(user_id, explain="model")
        added.append(time.perf_counter() - middle - (middle - start))
        theirs = set(events.items[events.rows(events.users.index(user_id, kind="user"))].tolist())
        for item in answer.items:
            shown += 1
            if item.reason_by == "model":
                by_model += 1
                forms[form_of(engine, item.reason, item.evidence)] += 1
            for fact in item.evidence:
                if fact.item_id not in (None, item.item_id):
                    cited += 1
                    not_theirs += ids.index(fact.item_id, kind="item") not in theirs
            if shown <= 12:
                print(f"  {item.reason_by:8} {item.title}: {item.reason}")
    print(f"{by_model} of {shown} shown reasons ({by_model / shown:.0%}) are in the model's own words")
    openings = {" ".join(each.split()[:3]) for each in forms}
    commonest = forms.most_common(1)[0][1] if forms else 0
    print(f"in {len(forms)} forms with {len(openings)} openings; the commonest form {commonest} times")
    print(f"{cited} history items cited, {not_theirs} not in the user's log")
    print(
        f"ten reasons by the model add {statistics.median(added):.1f} s (median), {max(added):.1f} s (worst)"
    )


if __name__ == "__main__":
    main()
