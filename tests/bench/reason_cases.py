"""Recommended items with claims of every relation that a data set has, as slots for patterns of sentences.

One log is read twice, so that both what was liked and what was watched (or bought) is claimed: MovieLens as
ratings and as views with the verb watched, Amazon Beauty as purchases and as likes (it has no ratings, so
there "liked" is made up; its brands and titles are real).
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from genrec.config import HistorySettings
from genrec.data.catalogue import Catalogue
from genrec.data.dataset import Dataset
from genrec.data.interactions import Interactions
from genrec.explaining import Claim, Explainer
from genrec.testing.falsehoods import Facts
from genrec.testing.spoiling import Wrong
from genrec.types import Query, Trace, WrittenQuery

SEARCHES = (
    "space opera",
    "a love story in New York",
    "films like 12 Monkeys",
    "comedy",
    "Hitchcock's thrillers",
)


@dataclass(frozen=True, slots=True)
class Case:
    """One recommended item; `facts` where the data have all that the made falsehoods need."""

    item: int
    claims: list[Claim]
    slots: dict[str, object]
    wrong: Wrong
    facts: Facts | None = None


@dataclass(frozen=True, slots=True)
class Log:
    """One log read in two ways: as likes, and as something weaker that was done."""

    liked: Explainer
    done: Explainer


def movielens(folder: Path) -> Log:
    items = pl.read_parquet(folder / "items.parquet").select(
        pl.col("item_id").cast(pl.String),
        "title",
        pl.col("year").cast(pl.Int64),
        pl.col("genres").str.split(", "),
    )
    events = pl.read_parquet(folder / "interactions.parquet").with_columns(
        pl.col("rating").cast(pl.Float64).alias("value")
    )
    return _log(items, events, liked="rating", done="view", verb="watched")


def beauty(folder: Path) -> Log:
    items = pl.read_parquet(folder / "items.parquet").select("item_id", "title", "brand")
    events = pl.read_parquet(folder / "interactions.parquet").with_columns(
        pl.lit(None, dtype=pl.Float64).alias("value")
    )
    return _log(items, events, liked="like", done="purchase", verb="bought")


def _log(items: pl.DataFrame, events: pl.DataFrame, *, liked: str, done: str, verb: str) -> Log:
    catalogue = Catalogue(items)

    def explainer(event: str) -> Explainer:
        log = events.select(
            pl.col("user_id", "item_id").cast(pl.String),
            pl.col("timestamp").cast(pl.Int64),
            pl.lit(event).alias("event"),
            "value",
            pl.lit(None, dtype=pl.String).alias("text"),
        )
        interactions = Interactions.from_frame(log, catalogue.ids)
        return Explainer(Dataset(catalogue, interactions, history=HistorySettings(verb=verb)))

    return Log(explainer(liked), explainer(done))


def unseen_items(dataset: Dataset, query: Query, draw: random.Random, n: int) -> np.ndarray:
    """Popular items that are new to the user."""
    counts = np.bincount(dataset.positives.items, minlength=len(dataset.catalogue))
    popular = [each for each in np.argsort(-counts)[:500].tolist() if each not in set(query.history.tolist())]
    return np.array(draw.sample(popular, n), np.int32)


def trace_for(items: np.ndarray, draw: random.Random) -> Trace:
    return Trace((WrittenQuery(draw.choice(SEARCHES), -1.0),), ((0,),) * len(items))


def movie_cases(log: Log, users: int, seed: int) -> Iterator[Case]:
    """At most one item a user: liked {x}, and where there is one {watched}, of the same {genre}."""
    draw = random.Random(seed)
    dataset = log.liked.dataset
    for user in draw.sample(range(943), users):
        query = dataset.query(user)
        items = unseen_items(dataset, query, draw, 8)
        trace = trace_for(items, draw)
        told = log.liked.finder.gather(query, items, trace, neighbours=True)
        seen = log.done.finder.gather(log.done.dataset.query(user), items)
        for item, *claims in zip(items.tolist(), told, seen, strict=True):
            case = _movie_case(log, query, item, *claims, draw=draw)
            if case is not None:
                yield case
                break


def _movie_case(
    log: Log, query: Query, item: int, told: list[Claim], seen: list[Claim], *, draw: random.Random
) -> Case | None:
    names = log.liked.names
    found = _of_movie(log, query, item, told, seen)
    low = [x for x, v in zip(query.history.tolist(), query.values.tolist(), strict=True) if v < 4]
    if found is None:
        return None
    claims, slots, cited = found
    low = [x for x in low if x not in cited]  # what is told of a watched item would stay true
    if not low:
        return None
    named = [dict.fromkeys(names.attributes(each)) for each in (item, *cited)]
    taken = {value for pairs in named for _, value in pairs}
    genres = sorted({value for pair in names.pairs.values() for field, value in pair if field == "genres"})
    year = int(str(slots["year"]))
    near = [y for y in range(year - 3, year + 4) if str(y) not in taken and ("year", str(y)) in _years(log)]
    unseen = [x for x in unseen_items(log.liked.dataset, query, draw, 50).tolist() if x != item]
    other = next((x for x in unseen if slots["genre"] not in _genres(log, x)), None)
    if not near or other is None:
        return None
    title, rated = names.shown[other], names.shown[draw.choice(low)]
    wrong = {
        "x": [title, rated],
        "watched": [title],
        "rec": [title],
        "genre": [draw.choice([each for each in genres if each not in taken])],
        "year": [str(draw.choice(near))],
        "search": [draw.choice([each for each in SEARCHES if each != slots["search"]])],
    }
    verbs = {"liked": "bought", "enjoyed": "purchased", "watched": "bought"}
    return Case(item, claims, slots, Wrong(wrong, verbs), _facts(slots, wrong))


def _years(log: Log) -> set[tuple[str, str]]:
    return {pair for pairs in log.liked.names.pairs.values() for pair in pairs}


def _genres(log: Log, item: int) -> list[str]:
    return [value for field, value in log.liked.names.attributes(item) if field == "genres"]


def _of_movie(
    log: Log, query: Query, item: int, told: list[Claim], seen: list[Claim]
) -> tuple[list[Claim], dict[str, object], list[int]] | None:
    """Claims, slots and cited items; every slot of a liked film is there, those of a watched one may lack."""
    names = log.liked.names
    year = next((value for field, value in names.attributes(item) if field == "year"), None)
    popular = {each.value: each for each in (told[-1], seen[-1])}
    link = next((each for each in told if each.relation == "co-occurrence"), None)
    if year is None or link is None or link.item is None or link.of == popular["liked"].count:
        return None
    common = [each for each in _genres(log, item) if each in _genres(log, link.item)]
    if not common or ("year", year) in names.attributes(link.item):
        return None
    slots: dict[str, object] = {"rec": names.shown[item], "x": names.shown[link.item], "genre": common[0],
        "year": year, "n": link.count, "m": link.of, "search": told[0].value,
        "pop_n": popular["liked"].count, "pop_m": popular["liked"].of,
        "seen_n": popular["watched"].count, "seen_m": popular["watched"].of}  # fmt: skip
    cited = [link.item]
    claims = [told[0], link, *popular.values(), Claim("shared", link.item, "genres", common[0])]
    claims.append(Claim("history", link.item, value="liked"))
    claims += [
        Claim("attribute", field="genres", value=common[0]),
        Claim("attribute", field="year", value=year),
    ]
    near = next((each for each in told if each.relation == "neighbours"), None)
    if near is not None:
        slots |= {"near_n": near.count, "near_m": near.of}
        claims.append(near)
    for each in seen:
        fits = each.item is not None and common[0] in _genres(log, each.item)
        if (
            each.relation == "co-occurrence"
            and fits
            and each.item != link.item
            and each.of != slots["seen_n"]
        ):
            if ("year", year) in names.attributes(each.item):
                continue
            slots |= {"watched": names.shown[each.item], "co_n": each.count, "co_m": each.of}
            claims += [each, Claim("history", each.item, value="watched")]
            claims.append(Claim("shared", each.item, "genres", common[0]))
            cited.append(each.item)
            break
    return claims, slots, cited


def _facts(slots: dict[str, object], wrong: dict[str, Sequence[object]]) -> Facts:
    return Facts(
        recommended=str(slots["rec"]),
        liked=str(slots["x"]),
        rated=str(wrong["x"][1]),
        unseen=str(wrong["x"][0]),
        value=str(slots["genre"]),
        other_value=str(wrong["genre"][0]),
        year=str(slots["year"]),
        other_year=str(wrong["year"][0]),
        count=int(str(slots["n"])),
        of=int(str(slots["m"])),
        search=str(slots["search"]),
        other_search=str(wrong["search"][0]),
    )


def shop_cases(log: Log, users: int, seed: int) -> Iterator[Case]:
    """At most one item a user: of the {brand} of {bought}; and where there is one, another liked item {x}."""
    draw = random.Random(seed)
    names, dataset = log.liked.names, log.done.dataset
    brands = sorted({value for pairs in names.pairs.values() for field, value in pairs if field == "brand"})
    by_brand: dict[str, list[int]] = {}
    for item in range(len(dataset.catalogue)):
        for _, brand in names.attributes(item):
            by_brand.setdefault(brand, []).append(item)
    found = 0
    for user in draw.sample(range(dataset.interactions.n_users), 40 * users):
        case = _shop_case(log, user, draw, by_brand, brands)
        found += case is not None
        if case is not None:
            yield case
        if found == users:
            return


def _shop_case(
    log: Log, user: int, draw: random.Random, by_brand: dict[str, list[int]], brands: list[str]
) -> Case | None:
    names, query = log.liked.names, log.liked.dataset.query(user)
    history = query.history.tolist()
    branded = [(x, b) for x in history for _, b in names.attributes(x) if len(by_brand[b]) > 1]
    if not branded or len(history) < 2:
        return None
    bought, brand = branded[-1]
    new = [i for i in by_brand[brand] if i not in history and names.may_cite(bought, i)]
    if not new:
        return None
    items = np.array(draw.sample(new, min(len(new), 40)), np.int32)
    told = log.liked.finder.gather(query, items, trace_for(items, draw), neighbours=True)
    near = [[each for each in claims if each.relation == "neighbours"] for claims in told]
    best = max(range(len(items)), key=lambda place: len(near[place]))
    item, popular = int(items[best]), told[best][-1]
    x = next((each for each in history if each != bought and names.may_cite(each, item)), None)
    if x is None:
        return None
    slots: dict[str, object] = {
        "rec": names.shown[item],
        "bought": names.shown[bought],
        "x": names.shown[x],
        "brand": brand,
        "search": told[best][0].value,
        "pop_n": popular.count,
        "pop_m": popular.of,
    }
    claims = [told[best][0], popular, *near[best], Claim("attribute", field="brand", value=brand)]
    claims += [Claim("shared", bought, "brand", brand), Claim("history", bought, value="bought")]
    claims.append(Claim("history", x, value="liked"))
    for each in near[best]:
        slots |= {"near_n": each.count, "near_m": each.of}
    taken = {value for each in (item, bought, x) for _, value in names.attributes(each)}
    title = names.shown[draw.choice([i for i in range(len(names.shown)) if i not in {item, *history}])]
    wrong = {
        "rec": [title],
        "bought": [title],
        "x": [title],
        "brand": [draw.choice([each for each in brands if each not in taken])],
        "search": [draw.choice([each for each in SEARCHES if each != slots["search"]])],
    }
    verbs = {"bought": "watched", "purchased": "watched", "liked": "watched", "enjoyed": "watched"}
    return Case(item, claims, slots, Wrong(wrong, verbs))
