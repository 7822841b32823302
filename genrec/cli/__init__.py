"""The `genrec` command: one file a command, heavy imports inside them."""

import sys
from typing import Annotated, NoReturn

import typer

from genrec.cli import (
    chat,
    data,
    doctor,
    evaluate,
    explain,
    finetune,
    fit,
    index,
    init,
    items,
    mcp,
    models,
    recommend,
    report,
    serve,
    similar,
    tune,
)
from genrec.errors import GenrecError

INTERRUPTED = 130

app = typer.Typer(
    name="genrec",
    help="Recommendations that can say why: a language model writes the searches a user would make next, "
    "retrieval grounds each to catalogue items, and every reason is checked against the evidence it names.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command()(recommend.recommend)
app.command()(chat.chat)
app.command()(explain.explain)
app.command()(similar.similar)
app.command()(init.init)
app.command()(index.index)
app.command()(fit.fit)
app.command()(finetune.finetune)
app.command()(models.models)
app.command()(evaluate.evaluate)
app.command()(report.report)
app.command()(tune.tune)
app.command()(serve.serve)
app.command()(mcp.mcp)
app.command()(doctor.doctor)
app.add_typer(data.app, name="data")
app.add_typer(items.app, name="items")
app.add_typer(serve.keys_app, name="keys")


def _print_version(is_asked: bool) -> None:
    if is_asked:
        from importlib.metadata import version

        print(f"genrec {version('genrec')}")
        raise typer.Exit


@app.callback()
def common(
    debug: Annotated[bool, typer.Option("--debug", help="Show a traceback with an error.")] = False,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and stop."),
    ] = False,
) -> None:
    """Options that stand before the command."""


def main() -> None:
    """Run the command line; errors become a message on stderr and an exit code."""
    if "--debug" in sys.argv:
        app()
    try:
        app()
    except GenrecError as error:
        _stop(str(error), error.exit_code)
    except KeyboardInterrupt:
        _stop("interrupted", INTERRUPTED)
    except Exception as error:  # a fault of genrec's own: one line, and the way to more
        why = f"{type(error).__name__}: {error}"
        _stop(f"internal error\n  why: {why}\n  next: report it with what `genrec --debug …` prints", 1)


def _stop(message: str, code: int) -> NoReturn:
    print(f"genrec: {message}", file=sys.stderr)
    sys.exit(code)
