"""`genrec items`: change the catalogue of a workspace, effective at once."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from genrec.cli import options, show
from genrec.errors import UsageError

if TYPE_CHECKING:
    import polars as pl

    from genrec.workspace import Workspace

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

    is_one = item_id is not None or title is not None or bool(fields)
    if is_one == (file is not None) or (is_one and (item_id is None or title is None)):
        raise UsageError("give --id and --title, or --file alone", next_step="see genrec items add --help")
    opened = Workspace.open(workspace)
    catalogue = opened.catalogue()
    if file is not None:
        items = _from_file(file, form)
    else:
        items = _one_item(item_id or "", title or "", fields or [], catalogue.frame)
    n_replaced = sum(each in catalogue.ids for each in items["item_id"])
    opened.add_items(items)
    print(f"{len(items) - n_replaced} added, {n_replaced} replaced; recommendable now")
    _say_where(opened)


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
    distinct = list(dict.fromkeys(item_ids))
    places = [catalogue.ids.index(item_id, kind="item") for item_id in distinct]
    before = [each for each, place in zip(distinct, places, strict=True) if not catalogue.alive[place]]
    opened.remove_items(distinct)
    print(f"{len(distinct) - len(before)} removed; not shown from now on")
    if before:
        print(f"removed before: {show.clean(', '.join(before))}")
    _say_where(opened)


def _say_where(workspace: "Workspace") -> None:
    """Outside any workspace the change is to genrec's own default, where nobody looks for it."""
    from genrec.workspace import CHANGES_FILE

    if workspace.is_embedded:
        path = workspace.root / CHANGES_FILE
        show.note(f"note: no workspace here, so genrec's own default is changed: {path}; delete it to undo")


def _from_file(file: Path, form: str) -> "pl.DataFrame":
    from genrec.config import SourceSettings
    from genrec.data.load import load_items

    return load_items(SourceSettings(path=str(file.absolute()), format=form), Path.cwd())


def _one_item(item_id: str, title: str, fields: list[str], like: "pl.DataFrame") -> "pl.DataFrame":
    import polars as pl

    from genrec.data.validate import CONTROLS

    for flag, given in (("--id", item_id), ("--title", title), *(("--set", each) for each in fields)):
        if not given.strip():
            raise UsageError("an item needs an id and a title", where=flag, next_step="give both, not empty")
        if re.search(rf"{CONTROLS}|[\ud800-\udfff]", given):
            what = f"{flag} {given!r} holds a control character, or bytes that are not UTF-8"
            raise UsageError(what, next_step="leave them out")
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
