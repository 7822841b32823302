"""`genrec tune`: search a model's settings on validation."""

from pathlib import Path
from typing import Annotated

import typer

from genrec.cli import options, show
from genrec.cli.evaluate import Data, Reports, named_data, reports_folder


def tune(
    *,
    recipe: Annotated[Path, typer.Argument(help="A YAML file, or the name of one that genrec ships.")],
    model: Annotated[str, typer.Argument(help="The name of one of its models.")],
    trials: Annotated[int, typer.Option(min=1, help="Settings to try in all.")] = 30,
    seed: Annotated[int, typer.Option(min=0, help="Of the search and of every fit.")] = 0,
    data: Data = None,
    reports: Reports = None,
    workspace: options.Workspace = None,
    as_json: options.Json = False,
) -> None:
    """Search the declared ranges of a model on validation alone; an interrupted search goes on.

    Needs Optuna: pip install 'genrec[eval]'.

    Example: genrec tune eval/ml-100k.yaml ease --trials 20
    """
    from rich.console import Console
    from rich.progress import Progress

    from genrec.evaluation.recipe import read_recipe
    from genrec.evaluation.tuning import tune as search

    asked, root = read_recipe(recipe)
    folder = reports or reports_folder(workspace)
    console = Console(stderr=True)
    with Progress(console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task("trials", total=trials)
        found = search(
            asked,
            root,
            model,
            trials=trials,
            reports=folder,
            data=data or named_data(asked.data),
            seed=seed,
            say=lambda done: progress.update(task, completed=done),
        )
    told = found.settings.model_dump(mode="json")
    metric = f"validation {asked.test_metric}@{asked.k}"
    if as_json:
        show.print_json(
            {"model": model, "settings": told, "value": found.value, "own_value": found.own_value}
            | {"metric": metric, "trials": found.trials, "failed": found.failed, "seed": seed}
        )
        return
    values = ", ".join(f"{name}: {value}" for name, value in told.items())
    print(f"{model}: {{{values}}}")
    own = "failed" if found.own_value is None else f"{found.own_value:.4f}"
    show.note(
        f"{metric} {found.value:.4f}, {own} as in the recipe; {found.trials} trials, "
        f"{found.failed} of them failed; seed {seed}; split {asked.split.kind}, ties {asked.split.ties}"
    )
