"""Reports side by side, as Markdown tables, one a protocol: what a README shows."""

from collections.abc import Collection, Sequence

from genrec.evaluation.document import Block, Table, Text, as_markdown
from genrec.evaluation.tables import Results, best_of, estimate, finished, history_told

METRICS = ("recall", "ndcg")


def headline(reports: Sequence[Results], *, is_common: bool = False) -> str:
    """Recall and NDCG of every model on every set, with intervals: a table for each protocol.

    Figures of different protocols never share a table.

    Args:
        reports: as `read_results` gives them.
        is_common: only the models that every report has, failed ones included.
    """
    models = [{row["name"] for row in each["models"]} for each in reports]
    shown = set.intersection(*models) if is_common else set.union(*models)
    by_protocol: dict[str, list[Results]] = {}
    for each in reports:
        by_protocol.setdefault(_protocol(each), []).append(each)
    return "\n".join(_table(protocol, group, shown) for protocol, group in by_protocol.items())


def _table(protocol: str, reports: Sequence[Results], shown: Collection[str]) -> str:
    columns = [(each, f"{name}@{each['recipe']['k']}") for each in reports for name in METRICS]
    rows_of = [[row for row in finished(each) if row["name"] in shown] for each in reports]
    names = dict.fromkeys(row["name"] for rows in rows_of for row in rows)
    found = [{row["name"]: row for row in rows} for rows in rows_of for _ in METRICS]
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


def _protocol(results: Results) -> str:
    recipe = results["recipe"]
    split = recipe["split"]
    ties = "stable" if split["ties"] == "stable" else f"shuffled by {split['seed']}"
    shown = "repeats allowed" if recipe["repeats"] else "seen items out"
    ranking = "full ranking" if recipe["protocol"] == "full" else "99 sampled negatives"
    history = history_told(results)
    return f"{split['kind']}, ties {ties}, fitted on {recipe['fit_scope']}, {ranking}, {shown}, {history}"


def _samples(reports: Sequence[Results]) -> str:
    """How many users were asked, and of which models a sample alone."""
    told = []
    for each in reports:
        users = max(row["users"] for row in finished(each))
        fewer = [f"{row['users']:,} for {row['name']}" for row in finished(each) if row["users"] < users]
        told.append(
            f"{each['recipe']['name']}: {users:,} users" + (f" ({', '.join(fewer)})" if fewer else "")
        )
    return "; ".join(told) + ". Intervals: 95 %, bootstrap over users."
