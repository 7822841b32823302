"""`genrec report`: a finished benchmark as one offline page."""

from typing import Annotated

import typer

from genrec.cli import options, show
from genrec.cli.evaluate import Reports, reports_folder


def report(
    *,
    names: Annotated[list[str], typer.Argument(metavar="name...", help="Folders under reports/.")],
    reports: Reports = None,
    workspace: options.Workspace = None,
    as_json: options.Json = False,
) -> None:
    """Write report.html and report.md of a benchmark that has run, and print its main table.

    Of several of one protocol, print a Markdown table with one beside the other.

    Examples:

      genrec report smoke

      genrec report ml-100k beauty
    """
    from genrec.evaluation.harness import read_results
    from genrec.evaluation.report import as_text, write_report

    root = reports or reports_folder(workspace)
    if len(names) > 1:
        from genrec.evaluation.headline import headline

        print(show.clean_lines(headline([read_results(root / name) for name in names])))
        return
    folder = root / names[0]
    results = read_results(folder)
    page = write_report(folder, results)
    if as_json:
        show.print_json(results)
    else:
        print(show.clean_lines(as_text(results)))
    show.note(f"report: {page}")
