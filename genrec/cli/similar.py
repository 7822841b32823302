"""`genrec similar`: the items most like one."""

from typing import Annotated

import typer

from genrec.cli import options, show


def similar(
    *,
    item: Annotated[str, typer.Option(help="An item of the catalogue.")],
    k: options.ListLength = None,
    where: options.Where = None,
    retriever: options.Retriever = None,
    workspace: options.Workspace = None,
    as_json: options.Json = False,
) -> None:
    """List the items most like one in what the catalogue says of them.

    Example: genrec similar --item 50
    """
    from genrec.engine import Engine

    engine = Engine.open(workspace, retriever=retriever.value if retriever else None)
    answer = engine.similar(item, k=k, where=where)
    show.print_json(answer) if as_json else show.print_answer(answer)
