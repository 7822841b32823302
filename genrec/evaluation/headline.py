"""Reports of one protocol side by side, as a Markdown table: what a README shows."""

from collections.abc import Sequence

from genrec.errors import UsageError
from genrec.evaluation.document import Block, Table, Text, as_markdown
from genrec.evaluation.tables import Results, best_of, estimate, finished

METRICS = ("recall", "ndcg")


def headline(reports: Sequence[Results]) -> str:
    """Recall and NDCG of every model on every set, with intervals.

    Raises:
        UsageError: the reports are of different protocols, whose figures must not stand side by side.
    """
    protocols = {_protocol(each) for each in reports}
    if len(protocols) > 1:
        raise UsageError(
            "figures of different protocols must not stand side by side",
            why="; ".join(sorted(protocols)),
            next_step="give reports of one protocol",
        )
    columns = [(each, f"{name}@{each['recipe']['k']}") for each in reports for name in METRICS]
    names = dict.fromkeys(row["name"] for each in reports for row in finished(each))
    found = [{row["name"]: row for row in finished(each)} for each, _ in columns]
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
    blocks: list[Block] = [Text(f"{protocols.pop()}. {_samples(reports)}"), table]
    return as_markdown(blocks)


def _protocol(results: Results) -> str:
    recipe = results["recipe"]
    split = recipe["split"]
    ties = "stable" if split["ties"] == "stable" else f"shuffled by {split['seed']}"
    shown = "repeats allowed" if recipe["repeats"] else "seen items out"
    ranking = "full ranking" if recipe["protocol"] == "full" else "99 sampled negatives"
    return f"{split['kind']}, ties {ties}, fitted on {recipe['fit_scope']}, {ranking}, {shown}"


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
