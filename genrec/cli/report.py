"""`genrec report`: a finished benchmark as one offline page."""

from typing import Annotated

import typer

from genrec.cli import options, show
from genrec.cli.evaluate import Reports, reports_folder, show_report


def report(
    *,
    names: Annotated[list[str], typer.Argument(metavar="name...", help="Folders under reports/.")],
    models: Annotated[
        str | None,
        typer.Option(metavar="NAME,NAME…", help="Of several reports, these rows alone, in this order."),
    ] = None,
    reports: Reports = None,
    workspace: options.Workspace = None,
    as_json: options.Json = False,
) -> None:
    """Write report.html and report.md of a benchmark that has run, and print its main table.

    Of several, print Markdown tables with those of one protocol beside each other, or all of them as JSON.

    Examples:

      genrec report smoke

      genrec report ml-100k beauty ml-100k-time beauty-time --models rules,ease,sasrec,neumf
    """
    root = reports or reports_folder(workspace)
    if len(names) > 1:
        from genrec.evaluation.harness import read_results
        from genrec.evaluation.headline import headline

        found = [read_results(root / name) for name in names]
        if as_json:
            show.print_json(found)
        else:
            rows = [each.strip() for each in models.split(",")] if models else []
            print(show.clean_lines(headline(found, models=rows)))
        return
    show_report(root / names[0], as_json=as_json)
