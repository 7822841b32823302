"""`genrec recommend`: one user, a history or words; or a batch into a Parquet file."""

from pathlib import Path
from typing import Annotated

import typer

from genrec.cli import options, show
from genrec.errors import UsageError

User = Annotated[str | None, typer.Option(help="A user of the log.")]
Text = Annotated[str | None, typer.Option(help="A wish in words, alone or with a user or a history.")]
UsersFile = Annotated[Path | None, typer.Option(help="A batch: a file with one user id a line. Needs --out.")]
AllUsers = Annotated[bool, typer.Option("--all-users", help="A batch: every user of the log. Needs --out.")]
Out = Annotated[
    Path | None,
    typer.Option(help="Parquet file of a batch: user_id, rank, item_id, score. An interrupted one goes on."),
]


def recommend(
    context: typer.Context,
    *,
    user: User = None,
    history: options.History = None,
    text: Text = None,
    k: options.ListLength = None,
    where: options.Where = None,
    exclude: options.Exclude = None,
    explain: options.Explain = None,
    model: options.Model = None,
    backend: options.Backend = None,
    retriever: options.Retriever = None,
    n_queries: options.Queries = None,
    users_file: UsersFile = None,
    all_users: AllUsers = False,
    out: Out = None,
    workspace: options.Workspace = None,
    as_json: options.Json = False,
) -> None:
    """Recommend items, with the searches that found them and the reasons.

    Examples:

      genrec recommend --user 42

      genrec recommend --history 50,172,181 --where 'year >= 1990 and "Drama" in genres'

      genrec recommend --text "a slow science fiction film" --json

      genrec recommend --all-users --out recs.parquet
    """
    is_batch = all_users or users_file is not None
    if is_batch:
        _refuse_beside_a_batch(context, "user", "history", "text", "explain", "as_json")
    if all_users and users_file is not None:
        raise UsageError("--all-users and --users-file say two things", next_step="give one of them")
    if is_batch != (out is not None):
        raise UsageError("--out goes with --all-users or --users-file", next_step="give both or none")
    if out is not None and out.is_dir():
        raise UsageError(
            "--out is a folder", where=str(out), next_step=f"name a file, such as {out / 'recs.parquet'}"
        )
    from genrec.engine import Engine

    engine = Engine.open(
        workspace,
        model=model,
        backend=backend,
        retriever=retriever.value if retriever else None,
        n_queries=n_queries,
    )
    if out is not None:
        from genrec.batch import Batch, read_users, run

        users = list(engine.dataset.interactions.users) if users_file is None else read_users(users_file)
        for warning in engine.warnings:
            show.note(f"note: {warning}")
        run(engine, Batch(users, engine.list_length(k), where, options.ids(exclude)), out)
        return
    answer = engine.recommend(
        user,
        k=k,
        history=options.ids([history]) if history is not None else None,
        text=text,
        exclude=options.ids(exclude),
        where=where,
        explain=explain.value if explain else None,
    )
    show.print_json(answer) if as_json else show.print_answer(answer)


def _refuse_beside_a_batch(context: typer.Context, *names: str) -> None:
    """A batch is ids and scores: what else the command asks for is refused, not ignored."""
    for option in context.command.params:
        source = context.get_parameter_source(option.name or "")
        if option.name in names and source is not None and source.name == "COMMANDLINE":
            raise UsageError(f"a batch takes no {option.opts[0]}", next_step="leave it out")
