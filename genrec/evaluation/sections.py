"""The later parts of the report: costs, sweeps, tests, the analyses of papers, example users."""

from collections.abc import Iterator, Sequence
from statistics import stdev
from typing import Any

from genrec.evaluation import charts
from genrec.evaluation.document import Block, Cell, Chart, Heading, Table, Text
from genrec.evaluation.tables import (
    LOWER_IS_BETTER,
    Results,
    best_of,
    digits,
    estimate,
    finished,
    means_table,
    with_failures,
)


def costs(results: Results) -> Iterator[Block]:
    """Fit and score time and peak memory of each model."""
    done = finished(results)
    if not done:
        return
    yield Heading("Time and memory")
    yield Text(
        "Of the first seed, each model in a process of its own: seconds by the clock and of the CPU over all "
        "threads; peak memory of the whole process, data and libraries included. One query is asked before "
        "scoring is timed, so that compiling is left out of it.\n"
        f"Measured on {_machines(done)}."
    )
    header = (
        "model",
        "fit s",
        "fit CPU s",
        "score s",
        "score CPU s",
        "users/s",
        "peak MiB",
        "of it before fitting",
    )
    rows = []
    for row in done:
        run = row["runs"][0]
        rate = row["users"] / run["score_seconds"] if run["score_seconds"] else 0
        times = [run[f"{each}_seconds"] for each in ("fit", "fit_cpu", "score", "score_cpu")]
        memory = [run["peak_bytes"] / 2**20, run["peak_bytes_before_fit"] / 2**20]
        rows.append(
            [
                row["name"],
                *(f"{each:,.2f}" for each in times),
                f"{rate:,.0f}",
                *(f"{each:,.0f}" for each in memory),
            ]
        )
    yield Table(header, rows)
    seconds = {
        row["name"]: row["runs"][0]["fit_cpu_seconds"] + row["runs"][0]["score_cpu_seconds"] for row in done
    }
    yield Chart(charts.bars(seconds, unit="CPU s"), "Fitting and scoring, CPU seconds.")
    peaks = {row["name"]: row["runs"][0]["peak_bytes"] / 2**20 for row in done}
    yield Chart(charts.bars(peaks, unit="MiB"), "Peak memory of the process.")


def _machines(rows: Sequence[Any]) -> str:
    """The machines of the runs, of which some may be from a cache that another one filled."""
    runs = [row["runs"][0] for row in rows]
    return "; ".join(dict.fromkeys(f"{run['cpu']}, {run['threads']} threads" for run in runs))


def seeds(results: Results) -> Iterator[Block]:
    """The tested metric of each seed, and how far they lie apart."""
    asked, tested = results["recipe"]["seeds"], results["tested"]
    done = [row for row in finished(results) if len(row["seeds"]) > 1]
    if not done:
        return
    yield Heading("By seed")
    yield Text(
        f"{tested}; spread: the standard deviation over seeds. The tables above are means over seeds, and so "
        "are the tests; kinds of users, example users and the lists kept in recs/ are of the first seed."
    )
    rows = []
    for row in done:
        by_seed = {seed: each[tested] for seed, each in zip(row["seeds"], row["by_seed"], strict=True)}
        spread = stdev(by_seed.values())
        rows.append([row["name"], *(digits(by_seed.get(seed)) for seed in asked), digits(spread)])
    yield Table(("model", *(f"seed {each}" for each in asked), "spread"), rows)


def ratings(results: Results) -> Iterator[Block]:
    """The errors of models that predict ratings."""
    if not results["ratings"]:
        return
    yield Heading("Predicted ratings")
    yield Text(
        "Every rating of the test part, low ones too, with 95 % intervals by bootstrap over users; less is "
        "better. A table of its own: these do not rank."
    )
    yield _errors_table(results["ratings"])


def _errors_table(rows: Sequence[Any]) -> Table:
    done = [each for each in rows if "failure" not in each]
    best = {name: best_of(name, [each[name] for each in done]) for name in LOWER_IS_BETTER}
    cells = []
    for row in rows:
        if "failure" in row:
            cells.append([row["name"], *("" for _ in ("ratings", *best, "CPU s"))])
            continue
        errors = [
            estimate({"mean": row[name], "low": low, "high": high}, best=best[name])
            for name, (low, high) in row["intervals"].items()
        ]
        cells.append([row["name"], f"{row['ratings']:,}", *errors, f"{row['cpu_seconds']:.2f}"])
    return with_failures(Table(("model", "ratings", *best, "CPU s"), cells), rows)


def sweeps(results: Results) -> Iterator[Block]:
    """A drawing and a table of each sweep."""
    for sweep in results["recipe"]["sweeps"]:
        setting = sweep["setting"]
        start = f"{sweep['model']} {setting}="
        yield Heading(f"Sweep of {sweep['model']} on validation: {setting}")
        yield Text(
            "Fitted on training alone and measured on validation, so that a value can be chosen without the "
            "test part. These figures are not those of the tables above."
        )
        if rated := [each for each in results["rating_sweeps"] if each["name"].startswith(start)]:
            yield from _drawn(rated, setting, LOWER_IS_BETTER)
            yield _errors_table(rated)
            continue
        own = [each for each in results["sweeps"] if each["name"].startswith(start)]
        done = [each for each in own if "metrics" in each]
        tested = results["tested"]
        flat = [{"settings": each["settings"], tested: each["metrics"][tested]["mean"]} for each in done]
        yield from _drawn(flat, setting, [tested])
        yield means_table(done, [tested])
        yield from (
            Text(f"{each['name']} failed: {each['failure']}") for each in own if "metrics" not in each
        )


def _drawn(rows: Sequence[Any], setting: str, names: Sequence[str]) -> Iterator[Block]:
    for name in names:
        points = [(float(row["settings"][setting]), row[name]) for row in rows if name in row]
        if points:
            yield Chart(charts.lines({name: points}, x_name=setting, y_name=name), "")


def pairs(results: Results) -> Iterator[Block]:
    """The tests of all pairs."""
    if not results["comparisons"]:
        return
    yield Heading("Differences between models")
    yield Text(
        f"{results['tested']}, paired over the users both were asked for: first minus second, its 95 % "
        "bootstrap interval, the same in standard deviations of the users' differences (effect), p of the "
        "randomisation test, and p after Benjamini and Hochberg over all pairs."
    )
    yield Table(
        ("pair", "users", "difference", "effect", "p", "adjusted p"),
        [
            [
                f"{each['first']} – {each['second']}",
                f"{each['n']:,}",
                Cell(f"{each['difference']:+.4f}", f"[{each['low']:+.4f}, {each['high']:+.4f}]"),
                f"{each['effect']:+.3f}",
                f"{each['p']:.4f}",
                Cell(f"{each['adjusted_p']:.4f}", kind="best" if each["adjusted_p"] < 0.05 else ""),
            ]
            for each in results["comparisons"]
        ],
    )


def papers(results: Results) -> Iterator[Block]:
    """Analyses that the field's papers report."""
    found, fit = results.get("anova"), results.get("regression")
    if found:
        yield Heading("As papers report it: analysis of variance", 3)
        yield Text(
            f"One-way over models, on the {found['n']:,} users that all were asked for: F {found['f']:.2f}, "
            f"p {found['p']:.2g}. It takes users as independent between models, which they are not; the "
            "paired tests above are the ones to go by."
        )
        yield Table(("pair", "Scheffé p"), [[pair, f"{p:.4f}"] for pair, p in found["scheffe"].items()])
    if fit:
        yield Heading("As papers report it: satisfaction on accuracy and diversity", 3)
        yield Text(
            f"Least squares over {fit['n']:,} lists with a rated hit, R² {fit['r_squared']:.3f}. They are of "
            f"{fit['users']:,} users, by all models together, so standard errors are clustered by user. "
            "Satisfaction is a proxy: the mean held-out rating of a list's hits."
        )
        yield Table(
            ("term", "estimate", "standard error", "p"),
            [
                [name, f"{b:+.3f}", f"{error:.3f}", f"{p:.2g}"]
                for name, (b, error, p) in fit["coefficients"].items()
            ],
        )
    if "regression_failure" in results:
        yield Text(results["regression_failure"])


def examples(results: Results) -> Iterator[Block]:
    """A few users with the lists of all models side by side."""
    if not results["examples"]:
        return
    yield Heading("Example users")
    apart = " Models asked of a sample are left out." if results["recipe"]["samples"] else ""
    yield Text(f"Three at random, and three whom some model hits. Marked: a target.{apart}")
    for each in results["examples"]:
        yield Heading(f"user {each['user_id']}, {each['chosen']}", 3)
        history = "; ".join(each["history"]) or "nothing"
        yield Text(f"newest of the history: {history}\ntarget: {'; '.join(each['targets'])}")
        depth = max((len(titles) for titles in each["lists"].values()), default=0)
        rows = [[_shown(titles, place) for titles in each["lists"].values()] for place in range(depth)]
        yield Table(list(each["lists"]), rows, "words")


def _shown(titles: Sequence[Any], place: int) -> Cell:
    if place >= len(titles):
        return Cell("")
    return Cell(titles[place]["title"], kind="hit" if titles[place]["hit"] else "")
