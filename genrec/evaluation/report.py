"""The results of a benchmark for people: an offline HTML file, the same as Markdown, a terminal table."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from genrec.errors import ArtifactError
from genrec.evaluation import charts
from genrec.evaluation.charts import Point
from genrec.evaluation.document import Block, Cell, Chart, Heading, Table, Text, as_html, as_markdown
from genrec.evaluation.sections import costs, examples, pairs, papers, ratings, seeds, sweeps
from genrec.evaluation.tables import (
    Results,
    best_of,
    digits,
    estimate,
    finished,
    history_told,
    means_table,
    unhit,
    with_failures,
)
from genrec.files import writing_file
from genrec.metrics import ACCURACY

FORMAT = 2
"""Of `results.json`: raised where a report needs what older results lack."""
HTML_FILE, MARKDOWN_FILE = "report.html", "report.md"
SAMPLED = (
    "Ranking of each target among 99 sampled items (NCF's protocol): such figures are several times those of "
    "full ranking and must never stand beside them."
)


def write_report(folder: Path, results: Results) -> Path:
    """Write `report.html` and `report.md` beside the results; the page's path.

    Raises:
        ArtifactError: the disk refuses, or the results lack what this version shows.
    """
    if results.get("format") != FORMAT:
        raise ArtifactError(
            f"the results of {results['recipe']['name']} are of another version of genrec",
            where=str(folder),
            next_step="run `genrec evaluate` again",
        )
    blocks = list(blocks_of(results))
    title = f"{results['recipe']['name']}: benchmark"
    for name, text in ((HTML_FILE, as_html(title, blocks)), (MARKDOWN_FILE, as_markdown(blocks))):
        with writing_file(folder / name) as temporary:
            temporary.write_text(text, encoding="utf-8")
    return folder / HTML_FILE


def as_text(results: Results) -> str:
    """The protocol and the main table, for a terminal; the interval of the tested metric alone."""
    table = _main_table(results)
    interval_at = [name == results["tested"] for name in table.header]
    rows = [list(table.header)]
    for row in table.rows:
        rows.append([_as_words(cell, is_whole=whole) for cell, whole in zip(row, interval_at, strict=True)])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    widths[-1] = 0  # nothing follows it
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
    return "\n".join([_protocol(results), "", *lines])


def _as_words(cell: Cell | str, *, is_whole: bool) -> str:
    if isinstance(cell, str):
        return cell
    return f"{cell.text} {cell.small}".strip() if is_whole else cell.text


def blocks_of(results: Results) -> Iterator[Block]:
    """The whole report, from what is in `results.json` alone."""
    k = results["recipe"]["k"]
    yield Heading(results["recipe"]["name"], 1)
    yield Text(_protocol(results))
    yield Heading(f"Accuracy at {k}")
    yield Text("Mean over users, with its 95 % bootstrap interval. Bold: the best, whatever the interval.")
    if "auc" in results["recipe"]["metrics"]:
        yield Text("AUC – : the model makes lists without a score for every item.")
    yield _main_table(results)
    if missed := unhit(results):
        yield Text(f"{missed}.")
    yield from _cutoffs(results)
    yield from _of_lists(results)
    yield from _not_given(results)
    yield from seeds(results)
    yield from _slices(results)
    yield from ratings(results)
    yield from costs(results)
    yield from sweeps(results)
    yield from pairs(results)
    yield from papers(results)
    yield from examples(results)
    yield Heading("Definitions")
    yield Table(("metric", "definition"), [list(each) for each in results["definitions"].items()], "words")
    yield Heading("Settings")
    yield Table(
        ("model", "settings"),
        [[each["name"], _settings(each["settings"])] for each in results["models"]],
        "words",
    )
    yield Text("packages: " + ", ".join(f"{name} {version}" for name, version in results["packages"].items()))


def _protocol(results: Results) -> str:
    recipe, data, split = results["recipe"], results["data"], results["split"]
    few = f"{data['users_with_fewer_than_3_events']:,} users have fewer than 3"
    if recipe["split"]["kind"] == "leave-one-out":
        few += " (leave-one-out keeps those for training alone)"
    tested = f"{split['tested_users']:,} of {split['users_that_could_be_tested']:,} test users"
    seen = "may be recommended again" if recipe["repeats"] else "are left out of lists"
    lines = [
        f"data {data['name']} {data['fingerprint'][:12]}: {data['users']:,} users, {data['items']:,} items, "
        f"{data['history_events']:,} history events; {few}",
        history_told(results),
        split["told"],
        f"fitted on {recipe['fit_scope'].replace('-', ' ')}; {tested}; items of the history {seen}; seeds "
        f"{', '.join(map(str, recipe['seeds']))}",
        SAMPLED if recipe["protocol"] == "ncf" else "full ranking of the catalogue",
        f"genrec {results['packages']['genrec']}, commit {results['commit'] or 'unknown'}",
    ]
    return "\n".join(lines)


def _main_table(results: Results) -> Table:
    k = results["recipe"]["k"]
    names = [f"{each}@{k}" for each in results["recipe"]["metrics"] if each in ACCURACY]
    names += [each for each in ("auc",) if each in results["recipe"]["metrics"]]
    names = [each for each in names if any(each in row["metrics"] for row in finished(results))]
    best = {
        name: best_of(name, [row["metrics"].get(name, {}).get("mean") for row in finished(results)])
        for name in names
    }
    rows = []
    for row in results["models"]:
        metrics = row.get("metrics", {})
        cells = [estimate(metrics.get(name), best=best[name]) if metrics else "" for name in names]
        rows.append([row["name"], f"{row['users']:,}" if metrics else "", *cells])
    return with_failures(Table(("model", "users", *names), rows), results["models"])


def _cutoffs(results: Results) -> Iterator[Block]:
    yield Heading("Accuracy at other cut-offs")
    ks, done = results["recipe"]["ks"], finished(results)
    for name in (each for each in results["recipe"]["metrics"] if each in ACCURACY):
        columns = [f"{name}@{k}" for k in ks]
        yield means_table(done, columns)


def _of_lists(results: Results) -> Iterator[Block]:
    done, recipe = finished(results), results["recipe"]
    names = [each for each in recipe["metrics"] if each not in (*ACCURACY, "auc")]
    columns = [f"{each}@{recipe['k']}" for each in names]
    columns = [
        each for each in columns if any(each in row["metrics"] or each in row["of_all"] for row in done)
    ]
    if not columns:
        return
    yield Heading("Beyond accuracy")
    if recipe["samples"]:
        yield Text(
            "Coverage and entropy grow with the users asked: those of a sample are not to be compared."
        )
    yield means_table(done, columns)
    across, tested = f"coverage@{recipe['k']}", results["tested"]
    if done and across in columns and tested in done[0]["metrics"]:
        points = [Point(row["name"], row["of_all"][across], *_ends(row["metrics"][tested])) for row in done]
        drawn = charts.scatter(points, x_name=across, y_name=tested)
        yield Chart(drawn, "Accuracy against coverage; the lines are 95 % intervals.")


def _not_given(results: Results) -> Iterator[Block]:
    """The metrics asked for that no model has, because the data cannot give them."""
    done = finished(results)
    found = {name.partition("@")[0] for row in done for name in (*row["metrics"], *row["of_all"])}
    missing = [each for each in results["recipe"]["metrics"] if each not in found]
    if done and missing:
        yield Text(
            f"Asked for, but not to be had: {', '.join(missing)}. Metrics of categories and brands need such "
            "a column in the catalogue, satisfaction needs ratings, AUC a model that scores every item."
        )


def _ends(value: Any) -> tuple[float, float, float]:
    return value["mean"], value["low"], value["high"]


def _slices(results: Results) -> Iterator[Block]:
    done, tested = finished(results), results["tested"]
    if not done:
        return
    yield Heading("Kinds of users and items")
    more = " Of the first seed." if len(results["recipe"]["seeds"]) > 1 else ""
    more += " A model asked of a sample has fewer users of each." if results["recipe"]["samples"] else ""
    yield Text(f"{tested}. A user with targets of both kinds counts in both. Shaded within a column.{more}")
    for group in dict.fromkeys(each["group"] for each in done[0]["slices"]):
        own = [[each for each in row["slices"] if each["group"] == group] for row in done]
        sizes = [max(each["users"] for each in column) for column in zip(*own, strict=True)]
        filled = [at for at, size in enumerate(sizes) if size]
        header = [f"{own[0][at]['slice']} ({sizes[at]:,} users)" for at in filled]
        columns = [[row[at][tested] for row in own] for at in filled]
        rows = [
            [row["name"], *(_shaded(column[place], column) for column in columns)]
            for place, row in enumerate(done)
        ]
        yield Heading(
            {
                "history length": "By history length, in events",
                "target popularity": "By the target item's fitted events",
            }.get(group, group.capitalize()),
            3,
        )
        yield Table(("model", *header), rows)


def _shaded(value: float | None, column: Sequence[float | None]) -> Cell:
    largest = max((each for each in column if each is not None), default=0)
    return Cell(digits(value), shade=value / largest if value is not None and largest else None)


def _settings(settings: Mapping[str, object]) -> str:
    return ", ".join(f"{name}: {value}" for name, value in settings.items())
