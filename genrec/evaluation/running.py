"""Runs the models of a recipe one by one, each in its own process; what was run before is not run again."""

import hashlib
import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from genrec.artifacts import open_artifact, package_versions
from genrec.errors import ArtifactError
from genrec.evaluation.job import FAILURE_FILE, KIND, Job
from genrec.evaluation.prepare import Part
from genrec.evaluation.recipe import EvaluatedModel, FinetunedModel, GenerativeModel, Recipe
from genrec.files import files_in, locked, reporting_disk, sha256_of, writing_file
from genrec.models.fitting import model_class
from genrec.models.settings import DenseLastTitlesSettings, HybridModelSettings
from genrec.prompting import load_prompt
from genrec.sources import code_digest

CACHE = ".cache"
_WRITING, _WRITTEN = "genrec.evaluation.language", ("generative", "language-model")
CHOICES = frozenset(
    {"genrec.models.fitting", "genrec.models.settings", "genrec.config", "genrec.errors", _WRITING}
)
"""Not part of every model's code version: they choose, or hold settings, which count by their values."""

Say = Callable[[str, int, int], None]
"""Told a stage, how much is done and of how much."""


@dataclass(frozen=True)
class Outcome:
    """What became of one model and seed: a folder of a finished job, or why there is none."""

    name: str
    seed: int
    folder: Path | None
    failure: str = ""
    is_cached: bool = False


@dataclass(frozen=True)
class Runner:
    """Where jobs are kept, and what is the same for all of one recipe.

    `fingerprint` is of the data as they were read.
    """

    recipe: Recipe
    root: Path
    data: Path | None
    reports: Path
    fingerprint: str

    def run_all(self) -> list[Outcome]:
        """All models and seeds in the recipe's order; those of sweeps last, which validation is asked of.

        Raises:
            KeyboardInterrupt: what is finished is kept.
        """
        parts: tuple[tuple[Part, dict[str, EvaluatedModel]], ...] = (
            ("test", self.recipe.models),
            ("validation", self.recipe.swept()),
        )
        plans = [
            (name, model, seed, part)
            for part, models in parts
            for name, model in models.items()
            for seed in self.recipe.seeds
        ]
        outcomes = []
        with _progress(len(plans)) as (say, advance):
            for name, model, seed, part in plans:
                outcomes.append(self._outcome(name, model, seed, part=part, say=_named(say, name)))
                advance()
        return outcomes

    def _outcome(self, name: str, model: EvaluatedModel, seed: int, *, part: Part, say: Say) -> Outcome:
        recipe = self.recipe.asked_of(name.partition(" ")[0])
        key = self.key(recipe, model, seed, part=part)
        folder, work = self.reports / CACHE / key, self.reports / CACHE / f"{key}.work"
        job = Job(
            recipe=recipe,
            root=self.root,
            data=self.data,
            model=model,
            seed=seed,
            part=part,
            checkpoints=work / "checkpoints",
        )
        say("waits for another run of it", 0, 1)
        with locked(folder.with_name(f".{key}.lock")) as lock:
            is_cached = _is_finished(folder)
            if failure := "" if is_cached else _run(job, folder, work, lock=lock, say=say):
                return Outcome(name, seed, None, failure)
            shutil.rmtree(work, ignore_errors=True)  # a run that was killed may have left it
        return Outcome(name, seed, folder, is_cached=is_cached)

    def key(self, recipe: Recipe, model: EvaluatedModel, seed: int, *, part: Part = "test") -> str:
        """Changes with anything that the lists depend on: data, what is asked, settings, code, packages."""
        asked = recipe.model_dump(
            mode="json", include={"split", "fit_scope", "protocol", "users", "sample_seed", "repeats"}
        )
        packages = {name: each for name, each in package_versions().items() if name != "genrec"}
        parts = [self.fingerprint, asked, part, "auc" in recipe.metrics, model.model_dump(mode="json"), seed]
        parts += [code_version(*kinds_of(model)), packages, _local_files(model, self.root)]
        if isinstance(model, GenerativeModel):
            parts.append(load_prompt(model.generator.prompt).hash)
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:24]


def _local_files(model: EvaluatedModel, root: Path) -> list[tuple[str, str]]:
    """Name and SHA-256 of every file of the local folders that a model names, whose bytes count."""
    match model:
        case DenseLastTitlesSettings():
            folders = [Path(model.model).expanduser()]
        case GenerativeModel(generator=named):
            folders = [Path(named.model).expanduser()] + ([root / named.adapter] if named.adapter else [])
        case FinetunedModel():
            folders = [root / model.folder]
        case _:
            folders = []
    return [
        (each.relative_to(folder).as_posix(), sha256_of(each))
        for folder in folders
        if folder.is_dir()
        for each in files_in(folder)
    ]


def _is_finished(folder: Path) -> bool:
    try:
        open_artifact(folder, kind=KIND, rebuild="genrec evaluate")
    except ArtifactError:
        return False
    return True


def _run(job: Job, folder: Path, work: Path, *, lock: int, say: Say) -> str:
    """Run a job to its end; why it failed, or nothing.

    The job holds the lock too, so that a killed run leaves it held for as long as its job still writes.
    """
    path, log, failed = work / "job.json", work / "log.txt", work / FAILURE_FILE
    with writing_file(path) as temporary:
        temporary.write_text(job.model_dump_json(), encoding="utf-8")
    failed.unlink(missing_ok=True)
    command = [sys.executable, "-m", "genrec.evaluation.job", str(path), str(folder)]
    with (
        reporting_disk(log),
        log.open("w", encoding="utf-8") as errors,
        subprocess.Popen(
            command,
            stdin=subprocess.PIPE,  # nothing is written: it ends when this process does, and the job with it
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            pass_fds=(lock,),
        ) as process,
    ):
        try:
            for line in process.stdout or ():
                if line.startswith('{"stage"'):
                    told = json.loads(line)
                    say(told["stage"], told["done"], told["total"])
        except BaseException:
            process.kill()
            raise
    if process.returncode == 0:
        return ""
    if failed.exists():
        return str(json.loads(failed.read_text(encoding="utf-8"))["what"])
    if process.returncode < 0:
        name = signal.Signals(-process.returncode).name
        return f"killed by {name}" + (": most often out of memory" if name == "SIGKILL" else "")
    return f"ended with code {process.returncode}; see {log}"


def code_version(*kinds: str) -> str:
    """SHA-256 over the sources that models and their job are made of, by their imports."""
    own = {_WRITING if each in _WRITTEN else model_class(each).__module__ for each in kinds}
    return code_digest(frozenset({*own, "genrec.evaluation.job"}), without=CHOICES)


def kinds_of(model: EvaluatedModel) -> tuple[str, ...]:
    """The kind of a model, and those of its sources."""
    sources = model.sources.values() if isinstance(model, HybridModelSettings) else ()
    return (model.kind, *sorted({each.kind for each in sources}))


def _named(say: Say, name: str) -> Say:
    return lambda stage, done, total: say(f"{name}: {stage}", done, total)


@contextmanager
def _progress(n_plans: int) -> Iterator[tuple[Say, Callable[[], None]]]:
    """A bar over the models and one over the users of the present one, on a terminal alone."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        models = progress.add_task("models", total=n_plans)
        stage = progress.add_task("")

        def say(name: str, done: int, total: int) -> None:
            if done == 0:
                progress.reset(stage, description=name, total=total)
            progress.update(stage, description=name, completed=done)

        yield say, lambda: progress.advance(models)
