"""`genrec finetune`: train a language model on a catalogue and its log."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from genrec.cli import options, show
from genrec.cli.evaluate import named_data
from genrec.errors import UsageError

if TYPE_CHECKING:
    from genrec.finetuning.bench import Bench
    from genrec.finetuning.recipe import FinetuneRecipe
    from genrec.training.loop import Course
    from genrec.workspace import Workspace


def finetune(
    *,
    recipe: Annotated[
        Path | None,
        typer.Argument(
            help="A YAML file, or the name of one that genrec ships. Default: a small model from scratch, on "
            "the workspace's data."
        ),
    ] = None,
    name: Annotated[
        str | None,
        typer.Option(
            "--continue",
            metavar="NAME",
            help="Go on from models/NAME with the data as they are now; its recipe's paths are "
            "taken from the workspace.",
        ),
    ] = None,
    is_dry: Annotated[
        bool, typer.Option("--dry-run", help="Print an example, counts and a memory estimate; train nothing.")
    ] = False,
    data: Annotated[
        Path | None,
        typer.Option(help="Folder with the two tables, or with one folder a set. Default: GENREC_DATA."),
    ] = None,
    workspace: options.Workspace = None,
) -> None:
    """Fine-tune a language model and save it as models/NAME; an interrupted run goes on where it was.

    Examples:

      genrec finetune finetune/ml-100k-scratch.yaml --dry-run

      genrec finetune finetune/ml-100k-scratch.yaml

      genrec finetune --continue ml-100k-scratch
    """
    from genrec.assets import cache_folder
    from genrec.data.splits import check_leakage, split
    from genrec.evaluation.prepare import open_data
    from genrec.finetuning.bench import set_up
    from genrec.finetuning.preview import preview
    from genrec.finetuning.run import fit, save, with_search
    from genrec.training.devices import Devices
    from genrec.workspace import Workspace

    opened = Workspace.open(workspace)
    chosen, root, start = _chosen(opened, recipe, name)
    parted = split(open_data(chosen.data, root, data=data or named_data(chosen.data)), chosen.split)
    check_leakage(parted)
    devices = Devices.launched()
    more = [
        split(open_data(each, root, data=named_data(each)), chosen.split)
        for each in (chosen.reasons.more_data if chosen.reasons else ())
    ]
    bench = set_up(
        chosen,
        parted,
        more=more,
        start=start,
        device=str(devices.device or "auto"),
        kept=cache_folder() / "examples",
    )
    if devices.is_first:
        print(show.clean_lines(preview(bench)))
    if is_dry:
        return
    target = name or chosen.name
    folder, checkpoints = opened.models_folder / target, opened.models_folder / f".{target}.training"
    course = fit(bench, checkpoints=checkpoints, devices=devices)
    if not devices.is_first:
        return
    bench, searches = with_search(bench)
    save(bench, folder, course, searches=searches)
    shutil.rmtree(checkpoints, ignore_errors=True)
    _tell(bench, course, n_searches=len(searches))
    show.note(f"{folder}; next: genrec recommend --user ID --model {target}")


def _chosen(
    opened: "Workspace", recipe: Path | None, name: str | None
) -> tuple["FinetuneRecipe", Path, Path | None]:
    """What to train, where its relative paths begin, and the model to go on from, if any."""
    from genrec.finetuning.recipe import read_finetune_recipe, workspace_recipe
    from genrec.finetuning.run import continued

    if name is not None and recipe is not None:
        raise UsageError("give a recipe, or --continue with a model whose recipe is known, not both")
    if name is not None:
        start = opened.models_folder / name
        return continued(start), opened.root, start
    if recipe is None:
        return workspace_recipe(opened), opened.root, None
    return *read_finetune_recipe(recipe), None


def _tell(bench: "Bench", course: "Course", *, n_searches: int) -> None:
    if course.best:
        measure = "NDCG@10" if bench.reasons is None else "share of reasons that say their claims"
        show.note(
            f"validation: {measure} {course.best[1]:.4f} after {course.best[0]} of {course.epochs} epochs"
        )
    if n_searches:
        used = bench.settings
        show.note(
            f"searches: {used.generator.n_queries} a user, BM25 with k1 {used.bm25.k1} and "
            f"b {used.bm25.b}, the best on validation of {n_searches} tried"
        )
