"""`genrec items`: change the catalogue of a workspace, effective at once."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from genrec.cli import options
from genrec.errors import UsageError

if TYPE_CHECKING:
    import polars as pl

app = typer.Typer(
    help="Add items to the catalogue, or remove them; effective at once, without a new index.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Fields = Annotated[
    list[str] | None,
    typer.Option(
        "--set", help="A field as NAME=VALUE, repeated for more; values of a list are separated by |."
    ),
]


@app.command()
def add(
    *,
    item_id: Annotated[
        str | None, typer.Option("--id", help="Id of one new item, or of one to replace.")
    ] = None,
    title: Annotated[str | None, typer.Option(help="Its title.")] = None,
    fields: Fields = None,
    file: Annotated[Path | None, typer.Option(help="Many items: any catalogue file genrec reads.")] = None,
    form: options.Format = "auto",
    workspace: options.Workspace = None,
) -> None:
    """Add items, or replace those whose id is known.

    Examples:

      genrec items add --id new-1 --title "Solaris" --set year=1972 --set "genres=Drama|Sci-Fi"

      genrec items add --file new-items.csv
    """
    from genrec.workspace import Workspace

    if (file is None) == (item_id is None or title is None):
        raise UsageError("give --id and --title, or --file", next_step="see genrec items add --help")
    opened = Workspace.open(workspace)
    catalogue = opened.catalogue()
    if file is not None:
        items = _from_file(file, form)
    else:
        items = _one_item(item_id or "", title or "", fields or [], catalogue.frame)
    n_replaced = sum(each in catalogue.ids for each in items["item_id"])
    opened.add_items(items)
    print(f"{len(items) - n_replaced} added, {n_replaced} replaced; recommendable now")


@app.command()
def remove(
    *,
    item_ids: Annotated[list[str], typer.Argument(metavar="ID...", help="Items to remove.")],
    workspace: options.Workspace = None,
) -> None:
    """Remove items: never shown again, unless added anew.

    Example: genrec items remove 50 172
    """
    from genrec.workspace import Workspace

    opened = Workspace.open(workspace)
    catalogue = opened.catalogue()
    for item_id in item_ids:
        catalogue.ids.index(item_id, kind="item")
    opened.remove_items(item_ids)
    print(f"{len(item_ids)} removed; not shown from now on")


def _from_file(file: Path, form: str) -> "pl.DataFrame":
    from genrec.config import SourceSettings
    from genrec.data.load import load_items

    return load_items(SourceSettings(path=str(file.absolute()), format=form), Path.cwd())


def _one_item(item_id: str, title: str, fields: list[str], like: "pl.DataFrame") -> "pl.DataFrame":
    import polars as pl

    if not item_id.strip() or not title.strip():
        raise UsageError("an item needs an id and a title", next_step="give both, not empty")
    row: dict[str, object] = {"item_id": item_id, "title": title}
    for each in fields:
        name, equals, text = each.partition("=")
        if not equals or name not in like.columns:
            raise UsageError(
                f"--set {each!r} does not fit",
                why="it must be NAME=VALUE" if not equals else f"no field is called {name}",
                next_step=f"choose from {', '.join(like.columns[2:]) or 'no fields'}",
            )
        row[name] = _value(name, text, like.schema[name])
    return pl.DataFrame([row], schema_overrides={name: like.schema[name] for name in row})


def _value(name: str, text: str, kind: "pl.DataType") -> object:
    import polars as pl

    if isinstance(kind, pl.List):
        return [part.strip() for part in text.split("|") if part.strip()]
    try:
        return (
            pl.Series([text]).cast(kind)[0]
            if kind != pl.Boolean
            else {"true": True, "false": False}[text.lower()]
        )
    except (pl.exceptions.InvalidOperationError, KeyError) as error:
        raise UsageError(f"{name}={text!r} does not fit", why=f"{name} holds {kind}") from error
