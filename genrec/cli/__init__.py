"""The `genrec` command: one file a command, heavy imports inside them."""

import os
import sys
from typing import Annotated

import typer

from genrec.cli import data, doctor, explain, index, init, items, recommend, similar
from genrec.errors import GenrecError

INTERRUPTED = 130

app = typer.Typer(
    name="genrec",
    help="Recommendations that can say why: a language model writes the searches a user would make next, retrieval "
    "grounds each to catalogue items, and every reason is checked against the evidence it names.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command()(recommend.recommend)
app.command()(explain.explain)
app.command()(similar.similar)
app.command()(init.init)
app.command()(index.index)
app.command()(doctor.doctor)
app.add_typer(data.app, name="data")
app.add_typer(items.app, name="items")


@app.callback()
def common(
    debug: Annotated[bool, typer.Option("--debug", help="Show a traceback with an error.")] = False,
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
) -> None:
    """Options that stand before the command."""
    if version:
        from importlib.metadata import version as installed

        print(f"genrec {installed('genrec')}")
        raise typer.Exit


def main() -> None:
    """Run the command line; errors become a message on stderr and an exit code."""
    try:
        code = app(standalone_mode=False)
    except GenrecError as error:
        code = _say(f"genrec: {error}", error.exit_code, error)
    except typer.TyperException as error:
        error.show()
        code = error.exit_code
    except (KeyboardInterrupt, typer.Abort) as error:
        code = _say("genrec: interrupted", INTERRUPTED, error)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader left: nothing to flush to
        code = 0
    sys.exit(code or 0)


def _say(message: str, code: int, error: BaseException) -> int:
    if "--debug" in sys.argv:
        raise error
    print(message, file=sys.stderr)
    return code
