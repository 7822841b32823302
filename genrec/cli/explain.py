"""`genrec explain`: why one item would suit one user."""

import dataclasses
from typing import Annotated

import typer

from genrec.cli import options, show


def explain(
    *,
    user: Annotated[str, typer.Option(help="A user of the log.")],
    item: Annotated[str, typer.Option(help="An item of the catalogue the user does not have yet.")],
    explain: options.Explain = None,
    model: options.Model = None,
    backend: options.Backend = None,
    retriever: options.Retriever = None,
    n_queries: options.Queries = None,
    workspace: options.Workspace = None,
    as_json: options.Json = False,
) -> None:
    """Say why an item would suit a user, from evidence, and where the model ranks it.

    Example: genrec explain --user 42 --item 452
    """
    from genrec.engine import Engine

    engine = Engine.open(
        workspace,
        model=model,
        backend=backend,
        retriever=retriever.value if retriever else None,
        n_queries=n_queries,
    )
    answer = engine.explain(user, item, explain=explain.value if explain else None)
    if as_json:
        show.print_json(answer)
        return
    show.print_answer(answer)
    for fact in answer.items[0].evidence:
        parts = [f"{name} {value}" for name, value in dataclasses.asdict(fact).items() if value is not None]
        print(show.clean(f"  evidence: {', '.join(parts)}"))
