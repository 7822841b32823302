"""Searches a model's declared ranges with Optuna, on validation only; the test part is never asked."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import numpy as np

from genrec.errors import ArtifactError, UsageError
from genrec.evaluation.job import BLOCK
from genrec.evaluation.prepare import Prepared, prepare
from genrec.evaluation.recipe import Recipe, WritingModel, parse_model
from genrec.evaluation.running import code_version, kinds_of
from genrec.files import reporting_disk
from genrec.metrics import ACCURACY, Hits
from genrec.models.base import Fitting
from genrec.models.fitting import fit
from genrec.models.settings import AnyModel, ModelSettings, Tune

if TYPE_CHECKING:
    import optuna

FOLDER = ".tune"


@dataclass(frozen=True)
class Tuned:
    """The best settings of a search, the validation metric of those and of the recipe's own.

    `own_value` is None where the recipe's own settings fail.
    """

    settings: AnyModel
    value: float
    own_value: float | None
    trials: int
    failed: int


def tune(
    recipe: Recipe,
    root: Path,
    name: str,
    *,
    trials: int,
    reports: Path,
    data: Path | None = None,
    seed: int = 0,
    say: Callable[[int], None] = lambda done: None,
) -> Tuned:
    """Search until `trials` are done, those of an interrupted search with the same recipe among them.

    Args:
        recipe: whose data, split, users and metric are taken; each fit is on training alone.
        root: the folder that the recipe's paths are relative to.
        name: of one of its models.
        trials: settings to try in all.
        reports: where the trials are kept.
        data: a folder in place of the recipe's own.
        seed: of the search and of every fit.
        say: told how many trials are done.

    Raises:
        UsageError: no such model, nothing to tune in it, no validation part, or Optuna is not installed.
        ArtifactError: every trial failed, or the disk refuses.
    """
    if name not in recipe.models:
        raise UsageError(
            f"the recipe has no model {name}", next_step=f"choose from {', '.join(recipe.models)}"
        )
    own = recipe.models[name]
    if isinstance(own, WritingModel):
        raise UsageError(f"{name} is not fitted, so there is nothing to tune")
    ranges = ranges_of(type(own))
    if not ranges:
        raise UsageError(f"{name} has no setting with a range to search")
    prepared = prepare(recipe, root, data=data, part="validation")
    study = _study(prepared, own, name, reports=reports, seed=seed)
    if not study.trials:
        study.enqueue_trial({key: each for key in ranges if (each := getattr(own, key)) is not None})
    for done in range(sum(each.state.is_finished() for each in study.trials), trials):
        say(done)
        _try(study, prepared, own, ranges, seed=seed)
    tried = [each for each in study.trials if each.state.is_finished()]
    failed = sum(each.value is None for each in tried)
    if failed == len(tried):
        raise ArtifactError("every trial failed", next_step=f"run `genrec evaluate` to see why {name} fails")
    own_value = _value_or_none(prepared, own, seed=seed)
    if own_value is not None and own_value >= study.best_value:  # settings of None are in no trial
        return Tuned(own, own_value, own_value, len(tried), failed)
    best = parse_model(own.model_dump() | study.best_params)
    return Tuned(best, study.best_value, own_value, len(tried), failed)


def _value_or_none(prepared: Prepared, settings: AnyModel, *, seed: int) -> float | None:
    try:
        return validated(prepared, settings, seed=seed)
    except Exception:  # as a trial that fails
        return None


def validated(prepared: Prepared, settings: AnyModel, *, seed: int) -> float:
    """The recipe's tested metric on validation, asked as its protocol says, fitted on training alone."""
    recipe, holdout = prepared.recipe, prepared.test
    fitting = Fitting(seed=seed, validation=holdout, is_quiet=True)
    model = fit(settings, prepared.fitted_on, fitting)
    lists = [model.recommend(queries, k=recipe.k).items for _, queries in prepared.queries(size=BLOCK)]
    hits = Hits.of(np.concatenate(lists), holdout.indptr, holdout.items)
    return float(ACCURACY[recipe.test_metric].per_user(hits, recipe.k).mean())


def ranges_of(kind: type[ModelSettings]) -> dict[str, tuple[Tune, bool]]:
    """The range of every setting that declares one, and whether it is of whole numbers."""
    found = {}
    for name, each in kind.model_fields.items():
        declared = [part for part in (*each.metadata, *_parts(each.annotation)) if isinstance(part, Tune)]
        if declared:
            found[name] = declared[0], int in (each.annotation, *_parts(each.annotation))
    return found


def _parts(annotation: object) -> list[object]:
    """All that an annotation is made of, at any depth."""
    return [deep for part in get_args(annotation) for deep in (part, *_parts(part))]


def _try(
    study: "optuna.Study",
    prepared: Prepared,
    own: AnyModel,
    ranges: dict[str, tuple[Tune, bool]],
    *,
    seed: int,
) -> None:
    """One more trial; one that is interrupted is none."""
    from optuna.trial import TrialState

    trial = study.ask()
    drawn = {name: _drawn(trial, name, *each) for name, each in ranges.items()}
    try:
        value = validated(prepared, parse_model(own.model_dump() | drawn), seed=seed)
    except Exception:  # whatever settings bring a model to raise, others are tried
        study.tell(trial, state=TrialState.FAIL)
    else:
        study.tell(trial, value)


def _drawn(trial: "optuna.Trial", name: str, tune: Tune, is_whole: bool) -> Any:
    if tune.choices:
        return trial.suggest_categorical(name, list(tune.choices))
    if is_whole:
        return trial.suggest_int(name, int(tune.low), int(tune.high), log=tune.log)
    return trial.suggest_float(name, tune.low, tune.high, log=tune.log)


def _study(prepared: Prepared, own: AnyModel, name: str, *, reports: Path, seed: int) -> "optuna.Study":
    """The search of this data, recipe, model and code; kept in a file of JSON lines, so that it can go on."""
    try:
        import optuna
        from optuna.storages import JournalStorage
        from optuna.storages.journal import JournalFileBackend
    except ImportError as error:
        raise UsageError("tuning needs optuna", next_step="pip install 'genrec[eval]'") from error
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    asked = prepared.recipe.model_dump(
        mode="json",
        include={"split", "protocol", "repeats", "users", "sample_seed", "k", "test_metric"},
    )
    parts = [prepared.split.whole.fingerprint, asked, own.model_dump(mode="json"), seed]
    parts.append(code_version(*kinds_of(own)))
    key = hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]
    path = reports / FOLDER / f"{prepared.recipe.name}-{name}.jsonl"
    with reporting_disk(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        storage = JournalStorage(JournalFileBackend(str(path)))
        sampler = optuna.samplers.TPESampler(seed=seed)
        return optuna.create_study(
            study_name=key, storage=storage, sampler=sampler, direction="maximize", load_if_exists=True
        )
