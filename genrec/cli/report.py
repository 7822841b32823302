"""`genrec report`: a finished benchmark as one offline page."""

from typing import Annotated

import typer

from genrec.cli import options, show
from genrec.cli.evaluate import Reports, reports_folder


def report(
    *,
    name: Annotated[str, typer.Argument(help="A folder under reports/.")],
    reports: Reports = None,
    workspace: options.Workspace = None,
    as_json: options.Json = False,
) -> None:
    """Write report.html and report.md of a benchmark that has run, and print its main table.

    Example: genrec report smoke
    """
    from genrec.evaluation.harness import read_results
    from genrec.evaluation.report import as_text, write_report

    folder = (reports or reports_folder(workspace)) / name
    results = read_results(folder)
    page = write_report(folder, results)
    if as_json:
        show.print_json(results)
    else:
        print(show.clean_lines(as_text(results)))
    show.note(f"report: {page}")
