"""A recipe to `reports/NAME/`: results as JSON, each user's metrics and each model's lists as Parquet."""

import dataclasses
import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from genrec.artifacts import commit, package_versions
from genrec.data.dataset import Dataset
from genrec.errors import ArtifactError, UsageError
from genrec.evaluation.examples import examples
from genrec.evaluation.job import RECS_FILE, RUN_FILE, USERS_FILE
from genrec.evaluation.measure import Lists, Measure
from genrec.evaluation.prepare import Part, Prepared, ask, prepare
from genrec.evaluation.ratings import measure_ratings
from genrec.evaluation.recipe import EvaluatedModel, Recipe
from genrec.evaluation.report import FORMAT
from genrec.evaluation.running import Outcome, Runner
from genrec.evaluation.significance import anova, compare, intervals, regression
from genrec.files import recover, writing_folder
from genrec.metrics import DEFINITIONS, Floats

RESULTS_FILE = "results.json"
DIVERSITY = "intra-list-diversity"
Results = dict[str, Any]


def read_results(folder: Path) -> Results:
    """What `evaluate` left in `reports/NAME`.

    Raises:
        ArtifactError: there is nothing, or it is no JSON.
    """
    path = folder / RESULTS_FILE
    recover(folder)
    try:
        found: Results = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        there = sorted(each.parent.name for each in folder.parent.glob(f"[!.]*/{RESULTS_FILE}"))
        raise ArtifactError(
            f"there is no report {folder.name}",
            where=str(folder.parent),
            next_step=f"choose from {', '.join(there)}" if there else "run `genrec evaluate` first",
        ) from error
    except (OSError, ValueError) as error:
        raise ArtifactError("the results are damaged", where=str(path), why=str(error)) from error
    return found


@dataclass(frozen=True, eq=False)
class Measured:
    """One model: each user's metrics, meaned over the seeds that did not fail, its part of the results."""

    name: str
    per_user: pl.DataFrame | None
    lists: Lists | None
    row: Results


def evaluate(recipe: Recipe, root: Path, *, reports: Path, data: Path | None = None) -> Path:
    """Run a recipe; models that ran before on the same data and code are not run again.

    Args:
        recipe: what to run.
        root: the folder that the recipe's paths are relative to.
        reports: where `NAME/` is written and finished models are kept.
        data: a folder with the two tables, in place of the recipe's own place.

    Returns:
        The folder `reports/NAME`.

    Raises:
        DataError: the data cannot be read or split, or the split leaks.
        UsageError: k is larger than the catalogue, or nobody can be tested.
        ArtifactError: the disk is full; finished models are kept.
        KeyboardInterrupt: finished models are kept.
    """
    prepared = prepare(recipe, root, data=data)
    choosing = ask(recipe, prepared.split, part="validation") if recipe.sweeps else None
    fingerprint = prepared.split.whole.fingerprint
    outcomes = Runner(
        recipe, root.resolve(), data and data.resolve(), reports.resolve(), fingerprint
    ).run_all()
    measures = _Measures(prepared)
    measured = [_measured(name, each, outcomes, measures.of(name)) for name, each in recipe.models.items()]
    results = _results(prepared, measured) | {
        "sweeps": [
            _measured(name, each, outcomes, measures.of(name, part="validation")).row
            for name, each in recipe.swept().items()
        ],
        "rating_sweeps": measure_ratings(choosing, recipe.swept_ratings()) if choosing else [],
    }
    folder = reports / recipe.name
    with writing_folder(folder) as temporary:
        _write(temporary, results, measured, outcomes)
    return folder


class _Measures:
    """What measures a model: the users of all, or of the sample that the recipe states for it."""

    def __init__(self, prepared: Prepared) -> None:
        self.recipe, self.split = prepared.recipe, prepared.split
        self.made: dict[tuple[int | None, Part], Measure] = {}

    def of(self, name: str, *, part: Part = "test") -> Measure:
        recipe = self.recipe.asked_of(name.partition(" ")[0])
        key = recipe.users, part
        if key not in self.made:
            self.made[key] = Measure(ask(recipe, self.split, part=part))
        return self.made[key]


def _measured(name: str, model: EvaluatedModel, outcomes: Sequence[Outcome], measure: Measure) -> Measured:
    """Measure the finished seeds of one model."""
    own = [each for each in outcomes if each.name == name]
    done = [each.folder for each in own if each.folder is not None]
    row: Results = {"name": name, "settings": model.model_dump(mode="json")}
    if len(done) < len(own):
        row["failure"] = _failures(own)
    if not done:
        return Measured(name, None, None, row)
    lists = [_lists(folder, measure) for folder in done]
    frames = [measure.per_user(each) for each in lists]
    per_user = _mean_frame(frames)
    row |= {
        "users": len(per_user),
        "seeds": [each.seed for each in own if each.folder is not None],
        "metrics": _with_intervals(per_user, measure.recipe),
        "by_seed": [_means(frame) for frame in frames],
        "of_all": _mean_of([measure.of_all(each) for each in lists]),
        "slices": measure.slices(lists[0]),
        "runs": [json.loads((folder / RUN_FILE).read_text(encoding="utf-8")) for folder in done],
        "was_cached": [each.is_cached for each in own if each.folder is not None],
    }
    return Measured(name, per_user, lists[0], row)


def _failures(outcomes: Sequence[Outcome]) -> str:
    """Why seeds failed, each reason once."""
    seeds: dict[str, list[str]] = {}
    for each in outcomes:
        if each.failure:
            seeds.setdefault(each.failure, []).append(str(each.seed))
    return "; ".join(f"seed{'s' * (len(own) > 1)} {', '.join(own)}: {why}" for why, own in seeds.items())


def _lists(folder: Path, measure: Measure) -> Lists:
    return Lists.of(pl.read_parquet(folder / RECS_FILE), pl.read_parquet(folder / USERS_FILE), measure.test)


def _mean_frame(frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """The mean over seeds of every metric of each user."""
    means = pl.concat(frames).group_by("user_id", maintain_order=True).mean()
    return means.with_columns(pl.col("history").cast(pl.Int64))


def _means(frame: pl.DataFrame) -> Results:
    return dict(frame.drop("user_id", "history").mean().row(0, named=True))


def _with_intervals(frame: pl.DataFrame, recipe: Recipe) -> Results:
    means = _means(frame)
    values = np.column_stack([_values(frame, name) for name in means])
    low, high = intervals(values, resamples=recipe.resamples)
    return {
        name: {"mean": mean, "low": _number(low[at]), "high": _number(high[at])}
        for at, (name, mean) in enumerate(means.items())
    }


def _number(value: float) -> float | None:
    """JSON has no NaN."""
    return None if np.isnan(value) else float(value)


def _values(frame: pl.DataFrame, name: str) -> Floats:
    return frame[name].cast(pl.Float64).fill_null(np.nan).to_numpy()


def _mean_of(rows: Sequence[dict[str, float]]) -> Results:
    return {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}


def _results(prepared: Prepared, measured: Sequence[Measured]) -> Results:
    recipe, split = prepared.recipe, prepared.split
    whole = split.whole
    asked = {name for name in DEFINITIONS if name.removesuffix("@k") in recipe.metrics}
    asked |= {"mae", "rmse"} if recipe.ratings else set()
    return {
        "format": FORMAT,
        "recipe": _told(recipe, whole),
        "data": {
            "name": recipe.data.name or recipe.name,
            "fingerprint": whole.fingerprint,
            "users": whole.interactions.n_users,
            "items": len(whole.catalogue),
            "history_events": int(whole.is_history.sum()),
            "users_with_fewer_than_3_events": prepared.few_events,
        },
        "split": {
            "told": str(split.report),
            "ties": str(split.report.ties),
            "tested_users": len(prepared.test),
            "users_that_could_be_tested": len(split.test),
            "future_share": split.report.test.future_share,
        },
        "definitions": {name: DEFINITIONS[name] for name in DEFINITIONS if name in asked},
        "models": [each.row for each in measured],
        "ratings": measure_ratings(prepared, recipe.ratings),
        **_tests(recipe, measured),
        "examples": examples(prepared, {each.name: each.lists for each in measured if each.lists}),
        "packages": package_versions(),
        "commit": commit(),
    }


def _told(recipe: Recipe, whole: Dataset) -> Results:
    """The recipe, with the history rule of the data as they were read: a workspace has its own."""
    data = recipe.data.model_copy(update={"history": whole.history})
    return recipe.model_copy(update={"data": data}).model_dump(mode="json")


def _tests(recipe: Recipe, measured: Sequence[Measured]) -> Results:
    """Comparisons of all pairs, and the analyses that papers report, on the tested metric."""
    frames = {each.name: each.per_user for each in measured if each.per_user is not None}
    column = f"{recipe.test_metric}@{recipe.k}"
    if len(frames) < 2 or not all(column in frame.columns for frame in frames.values()):
        return {"tested": column, "comparisons": []}
    joined = _joined(frames, column)
    values = joined.select(list(frames)).to_numpy()
    pairs = compare(list(frames), values, resamples=recipe.resamples)
    found: Results = {"tested": column, "comparisons": [dataclasses.asdict(each) for each in pairs]}
    whole = values[~np.isnan(values).any(axis=1)]
    if variance := anova(list(frames), whole):
        found["anova"] = dataclasses.asdict(variance)
    return found | _regression(list(frames.values()), recipe)


def _joined(frames: dict[str, pl.DataFrame], column: str) -> pl.DataFrame:
    """A column a model by user, NaN where a model was not asked."""
    long = [
        frame.select("user_id", pl.col(column).alias("value"), model=pl.lit(name))
        for name, frame in frames.items()
    ]
    wide = pl.concat(long).pivot(on="model", index="user_id", values="value", on_columns=list(frames))
    return wide.with_columns(pl.exclude("user_id").fill_null(np.nan))


def _regression(frames: Sequence[pl.DataFrame], recipe: Recipe) -> Results:
    """Over the lists of all models together."""
    names = [f"{each}@{recipe.k}" for each in ("satisfaction", recipe.test_metric, DIVERSITY)]
    rows = [frame.select("user_id", *names) for frame in frames if set(names) <= set(frame.columns)]
    if not rows:
        return {}
    pooled = pl.concat(rows)
    try:
        users = pooled["user_id"].rank("dense").cast(pl.Int64).to_numpy()
        found = regression(*(_values(pooled, name) for name in names), users=users)
    except UsageError as error:
        return {"regression_failure": str(error)}
    return {"regression": dataclasses.asdict(found)} if found else {}


def _write(folder: Path, results: Results, measured: Sequence[Measured], outcomes: Sequence[Outcome]) -> None:
    (folder / "recs").mkdir()
    (folder / "users").mkdir()
    for each in measured:
        if each.per_user is not None:
            each.per_user.write_parquet(folder / "users" / f"{each.name}.parquet")
    names = {each.name for each in measured}
    first = {each.name: each.folder for each in reversed(outcomes) if each.folder and each.name in names}
    for name, kept in first.items():
        shutil.copyfile(kept / RECS_FILE, folder / "recs" / f"{name}.parquet")
    text = json.dumps(results, indent=1, ensure_ascii=False, allow_nan=False)
    (folder / RESULTS_FILE).write_text(text + "\n", encoding="utf-8")
