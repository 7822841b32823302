"""`genrec data`: check a workspace's files, fetch a known set."""

from pathlib import Path
from typing import Annotated

import typer

from genrec.cli import options, show

app = typer.Typer(
    help="Check a workspace's data, or fetch a known data set.", no_args_is_help=True, rich_markup_mode=None
)


@app.command()
def check(
    *,
    workspace: options.Workspace = None,
    rejects: Annotated[
        Path | None,
        typer.Option(help="CSV file for rejected and duplicate rows. Default: rejects.csv in the workspace."),
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Account for every row: rows in = accepted + duplicate + rejected, line and reason for the last.

    Exit code 0 also where rows were rejected; 3 where the data cannot be used.

    Example: genrec data check
    """
    from genrec.workspace import Workspace

    opened = Workspace.open(workspace)
    dataset, report = opened.load()
    last = {each.item_id: each.item is not None for each in opened.changes}
    added = sum(last.values())
    if as_json:
        changes = {"added": added, "removed": len(last) - added}
        show.print_json(report.as_dict() | {"changes": changes, "fingerprint": dataset.fingerprint})
    else:
        print(show.clean_lines(report.as_text()))
        if last:
            print(f"changes: {added} added or replaced, {len(last) - added} removed by genrec items")
        print(f"fingerprint {dataset.fingerprint[:12]}")
    path = rejects or opened.root / "rejects.csv"
    if len(report.turned_down) or path.is_file():  # an old list of rows since mended must not stay
        report.write_rejects(path)
    if len(report.turned_down):
        show.note(f"{len(report.turned_down)} rows not taken, with line and reason: {path}")


@app.command()
def fetch(
    *,
    name: Annotated[str | None, typer.Argument(help="The set; without one they are listed.")] = None,
    folder: Annotated[
        Path | None, typer.Option(help="Where to. Default: a folder of the set's name here.")
    ] = None,
) -> None:
    """Fetch a known data set and its terms into a folder.

    Example: genrec data fetch ml-100k
    """
    from genrec.data import fetch as fetching

    if name is None:
        for each in fetching.known():
            pinned = "pinned" if each.is_verified else "not pinned"
            print(f"{each.name:20} {each.description} ({pinned}; {each.licence})")
        return
    target = fetching.fetch(name, folder or Path(name))
    print(f"{name} is in {target}; its terms: {target / fetching.TERMS_FILE}")
