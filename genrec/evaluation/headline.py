"""Reports side by side, as Markdown tables, one a protocol: what a README shows."""

from collections.abc import Sequence

from pydantic import TypeAdapter

from genrec.config import ByUser, SplitSettings
from genrec.errors import UsageError
from genrec.evaluation.document import Block, Table, Text, as_markdown
from genrec.evaluation.tables import Results, best_of, estimate, finished, history_told, unhit


def headline(reports: Sequence[Results], *, models: Sequence[str] = ()) -> str:
    """Recall and NDCG of every model on every set, with intervals: a table for each protocol.

    Hit rate stands for a recall that was not asked for. Figures of different protocols never share a table.

    Args:
        reports: as `read_results` gives them.
        models: which rows, in this order; all where there are none.

    Raises:
        UsageError: no report has such a model.
    """
    known = dict.fromkeys(row["name"] for each in reports for row in each["models"])
    for unknown in (each for each in models if each not in known):
        raise UsageError(f"no report has a model {unknown}", next_step=f"choose from {', '.join(known)}")
    by_protocol: dict[str, list[Results]] = {}
    for each in reports:
        by_protocol.setdefault(_protocol(each), []).append(each)
    return "\n".join(
        _table(protocol, group, models or list(known)) for protocol, group in by_protocol.items()
    )


def _table(protocol: str, reports: Sequence[Results], shown: Sequence[str]) -> str:
    columns = [(each, f"{name}@{each['recipe']['k']}") for each in reports for name in _metrics(each)]
    found = [{row["name"]: row for row in finished(each) if row["name"] in shown} for each, _ in columns]
    names = [name for name in shown if any(name in rows for rows in found)]
    best = [
        best_of(metric, [row["metrics"][metric]["mean"] for row in rows.values()])
        for rows, (_, metric) in zip(found, columns, strict=True)
    ]
    table = Table(
        ("model", *(f"{each['recipe']['name']} {metric}" for each, metric in columns)),
        [
            [
                name,
                *(
                    estimate(rows[name]["metrics"][metric] if name in rows else None, best=top)
                    for rows, (_, metric), top in zip(found, columns, best, strict=True)
                ),
            ]
            for name in names
        ],
    )
    blocks: list[Block] = [Text(f"{protocol}. {_samples(reports)}"), table]
    return as_markdown(blocks)


def _metrics(results: Results) -> list[str]:
    """Those of the table that the recipe asks for, else the one that it tests."""
    asked = results["recipe"]["metrics"]
    wanted = ("recall" if "recall" in asked else "hit-rate", "ndcg")
    return [each for each in wanted if each in asked] or [results["recipe"]["test_metric"]]


def _protocol(results: Results) -> str:
    recipe = results["recipe"]
    split: SplitSettings = TypeAdapter[SplitSettings](SplitSettings).validate_python(recipe["split"])
    ties = "stable" if split.ties == "stable" else f"shuffled by {split.seed}"
    shown = "repeats allowed" if recipe["repeats"] else "seen items out"
    ranking = "full ranking" if recipe["protocol"] == "full" else "99 sampled negatives"
    history = history_told(results)
    return f"{_parted(split)}, ties {ties}, fitted on {recipe['fit_scope']}, {ranking}, {shown}, {history}"


def _parted(split: SplitSettings) -> str:
    """The kind of a split, and what of it is not as usual; a split by user is drawn by the seed too."""
    told = {"kind", "ties"} if isinstance(split, ByUser) else {"kind", "ties", "seed"}
    unusual = split.model_dump(exclude=told, exclude_defaults=True)
    values = ", ".join(f"{name} {value}" for name, value in unusual.items())
    return f"{split.kind} ({values})" if values else split.kind


def _samples(reports: Sequence[Results]) -> str:
    """How many users were asked, of which models a sample alone, and which models hit none."""
    told = []
    for each in reports:
        users = max((row["users"] for row in finished(each)), default=0)
        fewer = [f"{row['users']:,} for {row['name']}" for row in finished(each) if row["users"] < users]
        told.append(
            f"{each['recipe']['name']}: {users:,} users" + (f" ({', '.join(fewer)})" if fewer else "")
        )
    missed = "".join(f" {each['recipe']['name']}: {unhit(each)}." for each in reports if unhit(each))
    return "; ".join(told) + ". Intervals: 95 %, bootstrap over users." + missed
