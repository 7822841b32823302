"""Tables of means that several parts of the report show."""

from collections.abc import Mapping, Sequence
from typing import Any

from genrec.config import HistorySettings
from genrec.evaluation.document import Cell, Table

LOWER_IS_BETTER = ("mae", "rmse")
NO_BEST = ("popularity", "popularity-lift", "entropy", "gini", "satisfaction")
"""More of these is not better, so none is marked."""

Results = Mapping[str, Any]


def finished(results: Results) -> list[Any]:
    """The models that have numbers."""
    return [each for each in results["models"] if "metrics" in each]


def means_table(rows: Sequence[Any], columns: Sequence[str]) -> Table:
    """Means alone, the best of each column in bold."""
    values = [
        [(row["metrics"] | _plain(row["of_all"])).get(each, {}).get("mean") for each in columns]
        for row in rows
    ]
    best = [best_of(name, [row[at] for row in values]) for at, name in enumerate(columns)]
    return Table(
        ("model", *columns),
        [
            [
                row["name"],
                *(
                    Cell(digits(x), kind="best" if x is not None and x == best[at] else "")
                    for at, x in enumerate(own)
                ),
            ]
            for row, own in zip(rows, values, strict=True)
        ],
    )


def _plain(of_all: Mapping[str, float]) -> dict[str, Any]:
    return {name: {"mean": value} for name, value in of_all.items()}


def best_of(name: str, values: Sequence[float | None]) -> float | None:
    """The best of a column; None where there is none to mark."""
    known = [each for each in values if each is not None]
    if not known or len(known) < 2 or name.partition("@")[0] in NO_BEST:
        return None
    return min(known) if name in LOWER_IS_BETTER else max(known)


def estimate(value: Any, *, best: float | None) -> Cell:
    """A mean with its interval."""
    if value is None or value["mean"] is None:
        return Cell("–")
    mean, low, high = value["mean"], value["low"], value["high"]
    return Cell(digits(mean), f"[{digits(low)}, {digits(high)}]", "best" if mean == best else "")


def unhit(results: Results) -> str:
    """What the bootstrap cannot say of models that hit nobody; nothing where there are none.

    Its interval has no width then; the end told is that of the rule of three (Hanley and Lippman-Hand, 1983).
    """
    tested = f"{results['recipe']['test_metric']}@{results['recipe']['k']}"
    told = [
        f"{row['name']} hit none of {row['users']:,} users: "
        f"at 95 %, up to {min(1, 3 / row['users']):.1%} may be"
        for row in finished(results)
        if row["metrics"].get(tested, {}).get("mean") == 0
    ]
    return "; ".join(told)


def digits(value: float | None) -> str:
    """A number as the tables show it."""
    if value is None:
        return "–"
    return f"{value:.4f}" if abs(value) < 10 else f"{value:,.2f}" if abs(value) < 100 else f"{value:,.0f}"


def with_failures(table: Table, models: Sequence[Any]) -> Table:
    """The table with a column more that says why models failed, where one did; a row a model, in order."""
    why = [each.get("failure", "") for each in models]
    if not any(why):
        return table
    told = [Cell(f"failed: {each}", kind="bad") if each else "" for each in why]
    rows = [[*row, cell] for row, cell in zip(table.rows, told, strict=True)]
    return Table((*table.header, ""), rows, table.kind)


def history_told(results: Results) -> str:
    """Which events count as history, and from which rating on."""
    history = results["recipe"]["data"]["history"]
    every = HistorySettings().events
    events = "all types of events" if set(history["events"]) == set(every) else ", ".join(history["events"])
    low = history["min_rating"]
    return f"history of {events}, " + ("any rating" if low is None else f"ratings from {low:g}")
