"""`genrec fit`: fit a model to a workspace's data, for `genrec recommend --model NAME`."""

from typing import Annotated

import typer

from genrec.cli import options, show
from genrec.errors import UsageError


def fit(
    *,
    model: Annotated[str, typer.Argument(help="A kind of model, such as ease, item-knn or rules.")],
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="A setting, as key=value; repeat the option.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="Of the folder under models/. Default: the kind.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of what is drawn at random.")] = 0,
    workspace: options.Workspace = None,
) -> None:
    """Fit a model to all of a workspace's data and save it as models/NAME.

    What learns by steps finds first, on the last but one event of each user, when to stop.

    Examples:

      genrec fit ease

      genrec fit item-knn --set neighbours=50 --name knn50
    """
    from genrec.config import LeaveOneOut
    from genrec.data.splits import split
    from genrec.engine import BUILT_IN
    from genrec.evaluation.recipe import parse_model
    from genrec.index import known_items
    from genrec.models.base import Fitting
    from genrec.models.fitting import save
    from genrec.models.refitting import fit_wide
    from genrec.workspace import Workspace

    chosen = parse_model({"kind": model, **_values(settings or [])})
    name = name or model
    if name in BUILT_IN or not name.replace("-", "").replace("_", "").isalnum():
        why = "genrec has one of that name" if name in BUILT_IN else "a name is letters, digits, - and _"
        raise UsageError(f"a fitted model cannot be called {name!r}", why=why, next_step="give a --name")
    opened = Workspace.open(workspace)
    dataset, _ = opened.load(known_items=known_items(opened.index_folder))
    parted = split(dataset, LeaveOneOut())
    validation = parted.validation if len(parted.validation) else None
    fitted = fit_wide(
        chosen,
        parted.train,
        dataset,
        Fitting(seed=seed, validation=validation),
        refitting=Fitting(seed=seed),
    )
    save(fitted, opened.models_folder / name, dataset, seed=seed)
    show.note(f"{opened.models_folder / name}; next: genrec recommend --user ID --model {name}")


def _values(settings: list[str]) -> dict[str, object]:
    """Settings given as key=value, the values read as YAML."""
    import yaml

    found: dict[str, object] = {}
    for each in settings:
        key, equals, value = each.partition("=")
        if not equals or not key:
            raise UsageError(f"--set {each!r} is no setting", next_step="write --set key=value")
        try:
            found[key.strip()] = yaml.safe_load(value)
        except yaml.YAMLError as error:
            raise UsageError(f"the value of --set {each!r} cannot be read", why=str(error)) from error
    return found
