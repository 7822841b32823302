"""`genrec init`: write a commented `genrec.yaml` beside the user's own files."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from genrec.cli import options, show
from genrec.errors import DataError, UsageError

if TYPE_CHECKING:
    from genrec.config import SourceSettings
    from genrec.data.sources.base import SourceTable

File = Annotated[Path | None, typer.Option(help="Found by its columns where not given.")]
Read = Callable[["SourceSettings", Path], "SourceTable"]

SETTINGS = """\
# genrec.yaml: what this workspace recommends from. Every key but catalogue and interactions may be left out.
# Flags (--model …) and environment variables (GENREC_MODEL …) come before what stands here.
name: {name}

catalogue:
  path: {catalogue}
  format: {format}
  # columns:              # genrec's column: yours, where the usual names do not find it
  #   title: product_name
interactions:
  path: {interactions}
  format: {log_format}
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
  # backend: http://127.0.0.1:8001/v1  # an OpenAI-style server writes, in place of the model in process
  n_queries: {n_queries}
  seed: 0
"""


def init(
    *,
    folder: Annotated[Path, typer.Argument(help="Where your files are.")] = Path(),
    catalogue: File = None,
    interactions: File = None,
    users: File = None,
    name: Annotated[str | None, typer.Option(help="Of the workspace. Default: the folder's name.")] = None,
    form: options.Format = "auto",
) -> None:
    """Find the catalogue and the log in a folder and write a commented genrec.yaml.

    Examples:

      genrec init

      genrec init shop --catalogue shop/items.csv --interactions shop/orders.csv
    """
    from genrec.workspace import SETTINGS_FILE

    path = folder / SETTINGS_FILE
    if path.exists():
        raise UsageError(
            f"there is a {SETTINGS_FILE} already", where=str(path), next_step="edit it, or delete it first"
        )
    found = _find(folder, catalogue=catalogue, interactions=interactions, users=users, form=form)
    path.write_text(_settings(name or folder.resolve().name, folder.resolve(), found), encoding="utf-8")
    for kind, table in found.items():
        columns = ", ".join(f"{own} as {canonical}" for canonical, own in table.columns.items())
        print(show.clean(f"{kind:12} {table.where} ({table.format}, {len(table.frame)} rows): {columns}"))
    print(f"wrote {path}; next: genrec data check, genrec index, genrec recommend --user ID")


Found = dict[str, "SourceTable"]


def _find(
    folder: Path, *, catalogue: Path | None, interactions: Path | None, users: Path | None, form: str
) -> Found:
    from genrec.data.sources import read_events, read_items, read_users

    if not folder.is_dir():
        raise DataError("no such folder", where=str(folder))
    wanted: tuple[tuple[str, Path | None, Read], ...] = (
        ("catalogue", catalogue, read_items),
        ("interactions", interactions, read_events),
        ("users", users, read_users),
    )
    found: Found = {}
    for kind, given, read in wanted:
        files = [given.resolve()] if given is not None else _candidates(folder)
        table = _first_readable(files, folder.resolve(), read, form)
        if isinstance(table, DataError):
            if given is not None:
                raise table
            if kind != "users":
                raise DataError(
                    f"no file here looks like the {kind}",
                    where=str(folder),
                    why=table.what,
                    next_step=f"name it: genrec init --{kind} FILE",
                )
        elif table.where not in {each.where for each in found.values()}:  # a log also looks like a users file
            found[kind] = table
    return found


def _candidates(folder: Path) -> list[Path]:
    """The folder itself, for layouts of several files; then its files, data before anything else."""
    files = sorted(
        each for each in folder.resolve().iterdir() if each.is_file() and not each.name.startswith(".")
    )
    return [folder.resolve(), *files]


def _first_readable(files: Sequence[Path], root: Path, read: Read, form: str) -> "SourceTable | DataError":
    from genrec.config import SourceSettings

    fault = DataError("the folder is empty")
    for file in files:
        try:
            return read(SourceSettings(path=str(file), format=form), root)
        except DataError as error:
            fault = error
    return fault


def _settings(name: str, root: Path, found: Found) -> str:
    import json

    from genrec.config import GeneratorSettings

    path = {kind: json.dumps(_relative(table.where, root)) for kind, table in found.items()}
    fields = [each for each in ("brand", "categories", "genres") if each in found["catalogue"].frame.columns]
    return SETTINGS.format(
        name=json.dumps(name),
        catalogue=path["catalogue"],
        interactions=path["interactions"],
        users=f"users:\n  path: {path['users']}" if "users" in path else "# users:\n#   path: users.csv",
        format=found["catalogue"].format,
        log_format=found["interactions"].format,
        fields="{" + ", ".join(["title: 1.0", *(f"{each}: 0.5" for each in fields)]) + "}",
        n_queries=GeneratorSettings().n_queries,
    )


def _relative(where: str, root: Path) -> str:
    """A source as `genrec.yaml` names it: below the workspace without the way there."""
    path = Path(where)
    return str(path.relative_to(root)) if path.is_relative_to(root) else where
