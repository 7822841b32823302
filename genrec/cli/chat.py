"""`genrec chat`: the dialogue of the server, in the terminal or a pipe."""

import json
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from genrec.cli import options, show

if TYPE_CHECKING:
    from genrec.dialogue.conversation import Reply

QUIT = ("/quit", "/exit", "/q")
PROMPT = "> "


def chat(
    *,
    user: Annotated[str | None, typer.Option(help="For whom it is: a user of the log.")] = None,
    explain: options.Explain = None,
    model: options.Model = None,
    backend: options.Backend = None,
    retriever: options.Retriever = None,
    workspace: options.Workspace = None,
    as_json: options.Json = False,
) -> None:
    """Talk: say what you like, what not, what it must have; ask why of what is listed.

    Lines in, answers out, so that it works in a pipe too; /quit or Ctrl-D ends it.

    Examples:

      genrec chat --user 42

      echo "a comedy from the nineties, something like Fargo" | genrec chat
    """
    from genrec.dialogue.conversation import Conversation
    from genrec.dialogue.state import State
    from genrec.engine import Engine, Request

    engine = Engine.open(
        workspace, model=model, backend=backend, retriever=retriever.value if retriever else None
    )
    if user is not None:
        engine.queries([Request(user)])  # an unknown user is told of at once
    talk = Conversation(engine)
    state = State()
    for line in _lines():
        reply = talk.reply(line, state, user=user, explain=explain.value if explain else None)
        state = reply.state
        if as_json:
            print(json.dumps(_plain(reply), ensure_ascii=False), flush=True)
        else:
            print(show.clean_lines(reply.text), end="\n\n", flush=True)
        for warning in reply.answer.warnings if reply.answer else ():
            show.note(f"note: {warning}")


def _plain(reply: "Reply") -> dict[str, Any]:
    """A line of JSON a turn: what the server has in its field `genrec`, and the text."""
    from genrec.dialogue.conversation import structured

    return {"text": reply.text, **structured(reply)}


def _lines() -> Iterator[str]:
    """What is typed or piped in, until it ends or says so; empty lines are passed over."""
    is_terminal = sys.stdin.isatty()
    while True:
        if is_terminal:
            print(PROMPT, end="", file=sys.stderr, flush=True)
        line = sys.stdin.readline()
        if not line or line.strip() in QUIT:
            return
        if line.strip():
            yield line.strip()
