"""`genrec evaluate`: a recipe, or a sensible set of models on a workspace's own data."""

import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from genrec.cli import options, show
from genrec.errors import ArtifactError, UsageError

if TYPE_CHECKING:
    from genrec.evaluation.recipe import DataSettings, Recipe

RecipeFile = Annotated[
    Path | None,
    typer.Argument(help="A YAML file, or the name of one that genrec ships. Default: the workspace's data."),
]
Data = Annotated[
    Path | None,
    typer.Option(
        help="Folder with the two tables, or with one folder a set. Default: GENREC_DATA for a recipe that "
        "names a set, else where the recipe says."
    ),
]
Reports = Annotated[
    Path | None,
    typer.Option(help="Where reports and finished models go. Default: reports/ in the workspace, or here."),
]


Dialogues = Annotated[
    list[Path] | None,
    typer.Option(
        help="Labelled dialogues, a YAML file or a folder of them: how well the chat understands them. "
        "Repeat it for more; eval/dialogues has some."
    ),
]


def evaluate(
    *,
    recipe: RecipeFile = None,
    dialogues: Dialogues = None,
    data: Data = None,
    reports: Reports = None,
    workspace: options.Workspace = None,
    as_json: options.Json = False,
) -> None:
    """Fit and compare models as a recipe says; an interrupted run goes on where it was.

    Examples:

      genrec evaluate eval/smoke.yaml

      genrec evaluate eval/beauty.yaml --data my/beauty

      genrec evaluate

      genrec evaluate --dialogues eval/dialogues
    """
    if dialogues:
        if recipe is not None or data is not None or reports is not None:
            raise UsageError(
                "--dialogues goes with no recipe, --data or --reports",
                why="dialogues are measured over the workspace, and no model is fitted",
                next_step="leave them out, or measure the dialogues on their own",
            )
        _measure_dialogues(dialogues, workspace, as_json=as_json)
        return
    from genrec.evaluation.harness import evaluate as run
    from genrec.evaluation.recipe import read_recipe

    if recipe is None:
        asked, root = _of_workspace(workspace)
    else:
        asked, root = read_recipe(recipe)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends as by Ctrl-C, the present job too
    data = data or named_data(asked.data)
    folder = run(asked, root, reports=reports or reports_folder(workspace), data=data)
    results = show_report(folder, as_json=as_json)
    if not any("metrics" in each for each in results["models"]):
        raise ArtifactError("every model failed", where=str(folder), why="the table has the reasons")


def _measure_dialogues(paths: list[Path], workspace: Path | None, *, as_json: bool) -> None:
    """What the chat understands of them, with lists by popularity: the model has no part in it."""
    from dataclasses import asdict

    from genrec.engine import Engine
    from genrec.evaluation.dialogues import as_table, conversations, measure, read_dialogues

    given = read_dialogues(paths)
    folders = [path if path.is_dir() else path.parent for path in paths]
    measured = measure(given, conversations(Engine.open(workspace, model="popularity"), folders))
    show.print_json(asdict(measured)) if as_json else print(show.clean_lines(as_table(measured)))


def show_report(folder: Path, *, as_json: bool) -> dict[str, Any]:
    """Write the pages of a benchmark that has run, and print its main table or all of it: its results."""
    from genrec.evaluation.harness import read_results
    from genrec.evaluation.report import as_text, write_report

    results = read_results(folder)
    page = write_report(folder, results)
    if as_json:
        show.print_json(results)
    else:
        print(show.clean_lines(as_text(results)))
    show.note(f"report: {page}")
    return results


def named_data(settings: "DataSettings") -> Path | None:
    """The folder of sets in GENREC_DATA, for a recipe that names one and not its own files."""
    folder = os.environ.get("GENREC_DATA")
    return Path(folder) if folder and settings.name else None


def _of_workspace(path: Path | None) -> tuple["Recipe", Path]:
    from genrec.evaluation.recipe import workspace_recipe
    from genrec.workspace import Workspace

    workspace = Workspace.open(path)
    return workspace_recipe(workspace), workspace.root


def reports_folder(path: Path | None) -> Path:
    """`reports/` of the given or the nearest workspace, or of this folder where there is none."""
    from genrec.workspace import Workspace

    workspace = Workspace.open(path) if path is not None else Workspace.nearest()
    return (workspace.root if workspace is not None else Path()) / "reports"
