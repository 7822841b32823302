"""Measure the check of reasons on MovieLens-100K: `python tests/bench/bench_reasons.py [FOLDER] [--users N]`.

True sentences come from the hand-written patterns of tests/explaining/paraphrases.yaml, false ones from
genrec.testing.falsehoods: its own patterns, and the true sentences spoiled.
"""

import argparse
import math
import os
import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import polars as pl
import yaml

from genrec.data.catalogue import Catalogue
from genrec.data.dataset import Dataset
from genrec.data.interactions import Interactions
from genrec.explaining import Claim, Explainer
from genrec.testing.falsehoods import Facts, false_sentences, spoiled
from genrec.types import Query, Trace, WrittenQuery

SEARCHES = (
    "space opera",
    "a love story in New York",
    "films like 12 Monkeys",
    "comedy",
    "Hitchcock's thrillers",
)
PARAPHRASES = Path(__file__).parents[1] / "explaining" / "paraphrases.yaml"


def movielens(folder: Path) -> Dataset:
    items = pl.read_parquet(folder / "items.parquet").select(
        pl.col("item_id").cast(pl.String),
        "title",
        pl.col("year").cast(pl.Int64),
        pl.col("genres").str.split(", "),
    )
    catalogue = Catalogue(items)
    events = pl.read_parquet(folder / "interactions.parquet").select(
        pl.col("user_id").cast(pl.String),
        pl.col("item_id").cast(pl.String),
        pl.col("timestamp").cast(pl.Int64),
        pl.lit("rating").alias("event"),
        pl.col("rating").cast(pl.Float64).alias("value"),
        pl.lit(None, dtype=pl.String).alias("text"),
    )
    return Dataset(catalogue, Interactions.from_frame(events, catalogue.ids))


def unseen_items(dataset: Dataset, query: Query, draw: random.Random, n: int) -> np.ndarray:
    """Popular items that are new to the user."""
    counts = np.bincount(dataset.positives.items, minlength=len(dataset.catalogue))
    popular = [each for each in np.argsort(-counts)[:500].tolist() if each not in set(query.history.tolist())]
    return np.array(draw.sample(popular, n), np.int32)


def trace_for(items: np.ndarray, draw: random.Random) -> Trace:
    return Trace((WrittenQuery(draw.choice(SEARCHES), -1.0),), ((0,),) * len(items))


def cases(explainer: Explainer, users: int, seed: int) -> Iterator[tuple[int, list[Claim], Facts]]:
    """A recommended item with claims of every relation about one history item, and the facts in words."""
    draw = random.Random(seed)
    dataset, names = explainer.dataset, explainer.names
    genres = sorted({value for pairs in names.pairs.values() for field, value in pairs if field == "genres"})
    for user in draw.sample(range(943), users):
        query = dataset.query(user)
        verbs = dict(zip(query.history.tolist(), query.values.tolist(), strict=True))
        low = [x for x, v in verbs.items() if v < 4]
        items = unseen_items(dataset, query, draw, 8)
        for item, claims in zip(
            items.tolist(), explainer.finder.gather(query, items, trace_for(items, draw)), strict=True
        ):
            x = next((each.item for each in claims if each.relation == "co-occurrence"), None)
            genre = next(
                (
                    v
                    for f, v in names.attributes(item)
                    if (f, v) in names.attributes(x or 0) and f == "genres"
                ),
                None,
            )
            year = next((v for f, v in names.attributes(item) if f == "year"), None)
            if x is None or genre is None or year is None or not low:
                continue
            kept = [c for c in claims if c.item == x and c.relation in ("history", "co-occurrence")]
            kept += [
                c
                for c in claims
                if c.relation in ("search", "attribute") and c.value in (genre, year, claims[0].value)
            ]
            kept.append(Claim("shared", x, "genres", genre))
            link = kept[1] if kept[0].relation == "history" else kept[0]
            other = next(
                int(i)
                for i in unseen_items(dataset, query, draw, 50)
                if i != item and genre not in dict(map(reversed, names.attributes(int(i))))
            )
            yield (
                item,
                kept,
                Facts(
                    recommended=names.shown[item],
                    liked=names.shown[x],
                    rated=names.shown[draw.choice(low)],
                    unseen=names.shown[other],
                    value=genre,
                    other_value=draw.choice(
                        [g for g in genres if ("genres", g) not in names.attributes(item)]
                    ),
                    year=year,
                    other_year=str(int(year) + draw.choice([-2, -1, 1, 3])),
                    count=link.count or 0,
                    of=link.of or 0,
                    search=claims[0].value or "",
                    other_search=draw.choice([s for s in SEARCHES if s != claims[0].value]),
                ),
            )
            break


def slots(facts: Facts) -> dict[str, object]:
    return {"rec": facts.recommended, "x": facts.liked, "genre": facts.value, "n": facts.count, "m": facts.of,
            "year": facts.year, "search": facts.search}  # fmt: skip


def read_patterns(paths: Sequence[Path]) -> dict[str, list[str]]:
    """Patterns by part; a file that is a mere list is one part, named as the file is."""
    found: dict[str, list[str]] = {}
    for path in paths:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        parts = content if isinstance(content, dict) else {path.stem: content}
        for part, patterns in parts.items():
            if part.endswith("_other"):
                print(f"{path.stem} {part}: {len(patterns)} patterns left out: they need other claims")
                continue
            found.setdefault(part if path == PARAPHRASES else f"{path.stem} {part}", []).extend(patterns)
    return found


def wilson(passed: int, n: int) -> str:
    """Share with its 95 % Wilson interval."""
    z, share = 1.96, passed / n
    middle, width = share + z * z / (2 * n), z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    low, high = ((middle + sign * width) / (1 + z * z / n) for sign in (-1, 1))
    return f"{share:.1%}, 95 % interval {low:.1%} to {high:.1%}"


def measure(
    explainer: Explainer, users: int, paraphrases: dict[str, list[str]], *, show: int, half: str | None = None
) -> None:
    passed, asked = Counter(), Counter()
    false_passed, false_asked = Counter(), Counter()
    slips: list[tuple[str, str]] = []
    failing: dict[str, str] = {}
    draw = random.Random(1)
    for item, claims, facts in cases(explainer, users, seed=0):
        lies = list(false_sentences(facts))
        for part, patterns in paraphrases.items():
            for pattern in patterns:
                sentence = pattern.format_map(slots(facts))
                holds = explainer.check.passes(sentence, item, claims)
                asked[part] += 1
                passed[part] += holds
                if not holds:
                    failing.setdefault(f"{part}: {pattern}", sentence)
                lies += draw.sample(list(spoiled(sentence, facts, draw)), 1)
        for kind, lie in lies:
            false_asked[kind] += 1
            if explainer.check.passes(lie, item, claims):
                false_passed[kind] += 1
                slips.append((kind, lie))
    for part, patterns in paraphrases.items():
        print(
            f"true, {part}: {passed[part]} of {asked[part]} sentences passed "
            f"({wilson(passed[part], asked[part])})"
        )
        whole = sum(f"{part}: {each}" not in failing for each in patterns)
        print(f"  patterns: {whole} of {len(patterns)} passed every time ({wilson(whole, len(patterns))})")
    for kind in false_asked:
        print(f"false, {kind}: {false_asked[kind] - false_passed[kind]} of {false_asked[kind]} rejected")
    total = false_asked.total()
    print(f"false, all: {1 - false_passed.total() / total:.2%} of {total} rejected")
    for kind, lie in slips[:show]:
        print("  slipped:", kind, "|", lie)
    for pattern, sentence in failing.items():
        if show and (half is None or pattern.startswith(half)):
            print("  refused:", pattern, "|", sentence)


def templates(explainer: Explainer, users: int) -> None:
    """Whether the history items that template reasons cite are in the history, and the time they take."""
    draw = random.Random(2)
    cited = wrong = shown = 0
    took = []
    for user in range(users):
        query = explainer.dataset.query(user)
        items = unseen_items(explainer.dataset, query, draw, 10)
        start = time.perf_counter()
        reasons = explainer.explain(query, items, trace_for(items, draw) if user % 2 else None)
        took.append(time.perf_counter() - start)
        history = {explainer.dataset.catalogue.ids[x] for x in query.history.tolist()}
        for reason in reasons:
            shown += 1
            told = [each.item_id for each in reason.evidence if each.item_id is not None]
            cited += len(told)
            wrong += sum(each not in history for each in told)
    print(f"templates: {shown} reasons, {cited} history items cited, {wrong} not in the history")
    print(f"ten template reasons: median {1000 * np.median(took):.0f} ms, worst {1000 * max(took):.0f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", default=os.environ.get("GENREC_DATA", ""))
    parser.add_argument("--users", type=int, default=60)
    parser.add_argument("--templates", type=int, default=943)
    parser.add_argument("--show", type=int, default=0)
    parser.add_argument("--patterns", type=Path, action="append", default=[], help="a further pattern file")
    parser.add_argument("--half", default=None)
    options = parser.parse_args()
    folder = Path(options.folder)
    explainer = Explainer(movielens(folder / "ml-100k" if (folder / "ml-100k").exists() else folder))
    patterns = read_patterns([PARAPHRASES, *options.patterns])
    measure(explainer, options.users, patterns, show=options.show, half=options.half)
    templates(explainer, options.templates)


if __name__ == "__main__":
    main()
