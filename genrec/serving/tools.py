"""The three tools of the chat for assistants that speak the Model Context Protocol."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated, Any, TypeVar

from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from pydantic import Field

from genrec.dialogue.conversation import Conversation
from genrec.dialogue.vocabulary import Vocabulary
from genrec.engine import Engine
from genrec.errors import GenrecError
from genrec.serving.schemas import MOST

T = TypeVar("T")
Length = Annotated[int, Field(ge=1, le=MOST, description="How many items.")]
Filter = Annotated[str | None, Field(description="A filter over catalogue fields, such as: year >= 1990")]


def tool_server(engine: Engine) -> MCPServer:
    """A server of `recommend`, `search_catalogue` and `explain` over an engine.

    Args:
        engine: what answers; its fields are named to the assistant.
    """
    talk = Conversation(engine)
    server = MCPServer("genrec", instructions=_instructions(talk.words))

    @server.tool(
        description="The best items for a user, a history of item ids or a wish in words, with reasons."
    )
    def recommend(
        user_id: str | None = None,
        history: list[str] | None = None,
        text: str | None = None,
        where: Filter = None,
        k: Length = 10,
    ) -> dict[str, Any]:
        return _told(lambda: asdict(engine.recommend(user_id, k=k, history=history, text=text, where=where)))

    @server.tool(description="The items of the catalogue that words find, best first.")
    def search_catalogue(text: str, where: Filter = None, k: Length = 10) -> dict[str, Any]:
        return _told(lambda: asdict(talk.found(text, k=k, where=where)))

    @server.tool(
        description="Why an item would suit a user: its place in their list, the reason, its evidence."
    )
    def explain(user_id: str, item_id: str) -> dict[str, Any]:
        return _told(lambda: asdict(engine.explain(user_id, item_id)))

    return server


def _instructions(words: Vocabulary) -> str:
    fields = ", ".join(f"{each.name} ({each.kind})" for each in words.fields.values())
    return f"Items come from one catalogue; name no others. Its fields for filters: {fields or 'none'}."


def _told(answer: Callable[[], T]) -> T:
    """An answer, or what is wrong in the words of the command line."""
    try:
        return answer()
    except GenrecError as error:
        raise ToolError(str(error)) from error
