"""`genrec report`: a finished benchmark as one offline page."""

from typing import Annotated

import typer

from genrec.cli import options, show
from genrec.cli.evaluate import Reports, reports_folder, show_report


def report(
    *,
    names: Annotated[list[str], typer.Argument(metavar="name...", help="Folders under reports/.")],
    is_common: Annotated[
        bool, typer.Option("--common", help="Of several, only the models that all have.")
    ] = False,
    reports: Reports = None,
    workspace: options.Workspace = None,
    as_json: options.Json = False,
) -> None:
    """Write report.html and report.md of a benchmark that has run, and print its main table.

    Of several, print Markdown tables with those of one protocol beside each other.

    Examples:

      genrec report smoke

      genrec report ml-100k ml-100k-time beauty beauty-time --common
    """
    root = reports or reports_folder(workspace)
    if len(names) > 1:
        from genrec.evaluation.harness import read_results
        from genrec.evaluation.headline import headline

        print(show.clean_lines(headline([read_results(root / name) for name in names], is_common=is_common)))
        return
    show_report(root / names[0], as_json=as_json)
