"""`genrec mcp`: the tools of the chat for assistants, over stdin and stdout."""

from genrec.cli import options
from genrec.errors import UsageError


def mcp(
    *,
    model: options.Model = None,
    backend: options.Backend = None,
    retriever: options.Retriever = None,
    workspace: options.Workspace = None,
) -> None:
    """Offer recommend, search_catalogue and explain to an assistant that speaks the Model Context Protocol.

    An assistant starts it and talks over stdin and stdout. Needs the mcp extra: pip install 'genrec[mcp]'.

    Examples:

      genrec mcp

      genrec mcp --workspace my-shop --model ease
    """
    try:
        from genrec.serving.tools import tool_server
    except ImportError as error:
        raise UsageError("the tools need the package mcp", next_step="pip install 'genrec[mcp]'") from error
    from genrec.engine import Engine

    engine = Engine.open(
        workspace, model=model, backend=backend, retriever=retriever.value if retriever else None
    )
    tool_server(engine).run("stdio")
