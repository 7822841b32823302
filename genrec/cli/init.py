"""`genrec init`: write a commented `genrec.yaml` beside the user's own files."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from genrec.cli import options, show
from genrec.errors import DataError, UsageError

if TYPE_CHECKING:
    from genrec.config import SourceSettings
    from genrec.data.sources.base import SourceTable

File = Annotated[
    str | None, typer.Option(help="A file, a folder or hf://NAME. Default: found by its columns.")
]
Columns = Annotated[
    list[str] | None,
    typer.Option(
        "--column", help="One of your columns as TABLE.NAME=YOURS, such as catalogue.title=label; repeatable."
    ),
]
Read = Callable[["SourceSettings", Path], "SourceTable"]

SETTINGS = """\
# genrec.yaml: what this workspace recommends from. Every key but catalogue and interactions may be left out.
# Flags (--model …) and environment variables (GENREC_MODEL …) come before what stands here.
name: {name}

catalogue:
  path: {catalogue}
  format: {format}
{columns}
interactions:
  path: {interactions}
  format: {log_format}{log_columns}
  # event: purchase       # the type of every row, for a log without such a column
{users}
history:                  # which events are what a user wanted
  events: [view, click, cart, wishlist, purchase, rating, like]
  # min_rating: 3         # ratings below count against an item: never history, never shown
  liked_rating: 4         # from this rating on a reason may say "you liked"
  # verb: watched         # how a reason names views and clicks, in place of viewed and clicked on

model: generative         # or popularity
retriever: hybrid         # bm25, dense, or both fused
merge: weighted           # how the lists of the written searches become one: weighted, or k-over-m
explain: template         # who words reasons: model (checked, else template), template, none

bm25:
  k1: 1.2
  b: 0.75
  fields: {fields}
dense:                    # null builds no embeddings
  model: all-minilm-l6-v2 # an asset, a local folder, or a Hugging Face id
hybrid:
  bm25_weight: 1
  dense_weight: 1

generator:
  model: smollm2-135m-instruct  # an asset, a local folder, or a Hugging Face id
  # adapter: models/mine  # a LoRA (PEFT) folder
  # reason_adapter: reasons  # words reasons (explain: model) on the same base: genrec's own, or a folder
  # backend: http://127.0.0.1:8001/v1  # an OpenAI-style server writes, in place of the model in process
  n_queries: {n_queries}
  seed: 0
"""

COLUMNS = """\
  # columns:              # genrec's column: yours, where the usual names do not find it
  #   title: product_name"""
USERS = "# users:\n#   path: users.csv"


def init(
    *,
    folder: Annotated[Path, typer.Argument(help="Where your files are.")] = Path(),
    catalogue: File = None,
    interactions: File = None,
    users: File = None,
    column: Columns = None,
    name: Annotated[str | None, typer.Option(help="Of the workspace. Default: the folder's name.")] = None,
    form: options.Format = "auto",
) -> None:
    """Find the catalogue and the log in a folder and write a commented genrec.yaml.

    Examples:

      genrec init

      genrec init shop --catalogue shop/items.csv --interactions shop/orders.csv

      genrec init --column catalogue.title=label --column interactions.user_id=client
    """
    from genrec.files import writing_file
    from genrec.workspace import SETTINGS_FILE

    path = folder / SETTINGS_FILE
    if path.exists():
        raise UsageError(
            f"there is a {SETTINGS_FILE} already", where=str(path), next_step="edit it, or delete it first"
        )
    columns = _columns(column or [])
    given = {"catalogue": catalogue, "interactions": interactions, "users": users}
    found = _find(folder, given, columns=columns, form=form)
    text = _settings(name or folder.resolve().name, folder.resolve(), found, columns)
    with writing_file(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
    for kind, table in found.items():
        taken = ", ".join(f"{own} as {canonical}" for canonical, own in table.columns.items())
        print(show.clean(f"{kind:12} {table.where} ({table.format}, {len(table.frame)} rows): {taken}"))
    print(f"wrote {path}; next: genrec data check, genrec index, genrec recommend --user ID")


Found = dict[str, "SourceTable"]


def _columns(given: Sequence[str]) -> dict[str, dict[str, str]]:
    """The user's columns by table and by genrec's name for them."""
    columns: dict[str, dict[str, str]] = {"catalogue": {}, "interactions": {}, "users": {}}
    for each in given:
        place, _, own = each.partition("=")
        table, _, name = place.partition(".")
        if table not in columns or not name or not own:
            raise UsageError(
                f"--column {each!r} does not fit",
                why=f"it must be TABLE.NAME=YOURS, and TABLE one of {', '.join(columns)}",
                next_step="for example: --column catalogue.title=label",
            )
        columns[table][name] = own
    return columns


def _find(
    folder: Path, given: Mapping[str, str | None], *, columns: Mapping[str, dict[str, str]], form: str
) -> Found:
    from genrec.config import SourceSettings
    from genrec.data.sources import read_events, read_items, read_users

    if not folder.is_dir():
        raise DataError("no such folder", where=str(folder))
    readers = {"catalogue": read_items, "interactions": read_events, "users": read_users}
    unnamed = "auto" if form == "hf" else form  # or the hub would be asked for a set called as each file
    found: Found = {}
    for kind, read in readers.items():
        path = given[kind]
        if path is not None:
            spec = SourceSettings(path=_absolute(path), format=form, columns=columns[kind])
            found[kind] = read(spec, folder.resolve())
            continue
        specs = [
            SourceSettings(path=str(each), format=unnamed, columns=columns[kind])
            for each in _candidates(folder)
        ]
        table = _first_readable(specs, folder, read, kind)
        taken = {each.where for each in found.values() if each.format != "metarank"}
        if table and not (kind == "users" and table.where in taken):  # a log also looks like a users file
            found[kind] = table
    return found


def _absolute(path: str) -> str:
    from genrec.data.sources.hub import PREFIX

    return path if path.startswith(PREFIX) else str(Path(path).resolve())


def _candidates(folder: Path) -> list[Path]:
    """The folder itself, for layouts of several files; then its files, data before anything else."""
    files = sorted(
        each for each in folder.resolve().iterdir() if each.is_file() and not each.name.startswith(".")
    )
    return [folder.resolve(), *files]


def _first_readable(
    specs: "Sequence[SourceSettings]", folder: Path, read: Read, kind: str
) -> "SourceTable | None":
    """The first source that can be this table; None if there is none and none is needed."""
    faults = []
    for spec in specs:
        try:
            return read(spec, folder)
        except (DataError, UsageError) as error:  # a usage error: this file lacks a column that was named
            why = f"; {error.why}" if error.why else ""
            faults.append(f"\n    {_relative(spec.path, folder.resolve())}: {error.what}{why}")
    if kind == "users" and not specs[0].columns:
        return None
    raise DataError(
        f"no file here looks like the {kind}",
        where=str(folder.resolve()),
        why="".join(faults),
        next_step=f"name it (genrec init --{kind} FILE), or its columns (--column {kind}.item_id=YOURS)",
    )


def _settings(name: str, root: Path, found: Found, columns: Mapping[str, dict[str, str]]) -> str:
    from genrec.config import GeneratorSettings

    path = {kind: _yaml(_relative(table.where, root)) for kind, table in found.items()}
    own = {kind: f"\n  columns: {_yaml(each)}" if each else "" for kind, each in columns.items()}
    fields = [each for each in ("brand", "categories", "genres") if each in found["catalogue"].frame.columns]
    return SETTINGS.format(
        name=_yaml(name),
        catalogue=path["catalogue"],
        columns=own["catalogue"].strip("\n") or COLUMNS,
        interactions=path["interactions"],
        log_columns=own["interactions"],
        users=f"users:\n  path: {path['users']}{own['users']}" if "users" in path else USERS,
        format=found["catalogue"].format,
        log_format=found["interactions"].format,
        fields="{" + ", ".join(["title: 1.0", *(f"{each}: 0.5" for each in fields)]) + "}",
        n_queries=GeneratorSettings().n_queries,
    )


def _yaml(value: str | dict[str, str]) -> str:
    """One line of YAML."""
    import yaml

    text: str = yaml.safe_dump(
        value, default_flow_style=True, default_style='"', allow_unicode=True, width=float("inf")
    )
    return text.rstrip("\n")


def _relative(where: str, root: Path) -> str:
    """A source as `genrec.yaml` names it: below the workspace without the way there."""
    path = Path(where)
    return str(path.relative_to(root)) if path.is_relative_to(root) else where
