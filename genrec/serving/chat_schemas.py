"""What an OpenAI client sends to the chat; fields that are not known here are passed over.

How long a dialogue may be is bounded by its bytes alone: clients send it whole, with all that was answered.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from genrec.serving.schemas import Name

TOOLS = ("recommend", "search_catalogue", "explain")
"""Names of the tools in whose form an answer may be asked for."""


MOST_CHARACTERS = 2**21
"""As many as the longest body has bytes."""
Content = Annotated[str, StringConstraints(max_length=MOST_CHARACTERS)]
"""Text; half a surrogate pair is none."""


class Open(BaseModel):
    """Base of what a client may add to."""

    model_config = ConfigDict(extra="ignore")


class Part(Open):
    """A piece of a message; all but text is passed over."""

    type: str
    text: Content = ""


class Called(Open):
    """The name and the arguments of a tool that was called."""

    name: str = ""
    arguments: Content = ""


class ToolCall(Open):
    """A call in an assistant's message."""

    function: Called = Called()


class Message(Open):
    """One message of the dialogue."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: Content | list[Part] | None = None
    tool_calls: list[ToolCall] | None = None

    @property
    def text(self) -> str:
        """Its text, the pieces a line each."""
        if isinstance(self.content, list):
            return "\n".join(each.text for each in self.content if each.type in ("text", "input_text"))
        return self.content or ""


class Function(Open):
    """A tool's name and the form of its arguments."""

    name: Annotated[str, StringConstraints(max_length=256)]
    parameters: dict[str, Any] = {}


class Tool(Open):
    """A tool that the client offers."""

    type: str = "function"
    function: Function | None = None


class StreamOptions(Open):
    """What a stream ends with."""

    include_usage: bool = False


class ChatBody(Open):
    """A dialogue that ends with a user's turn, or with the result of a tool."""

    model_config = ConfigDict(
        extra="ignore",
        json_schema_extra={
            "examples": [
                {
                    "model": "genrec",
                    "messages": [
                        {"role": "user", "content": "for user 42: something from the nineties, not horror"}
                    ],
                }
            ]
        },
    )

    model: Annotated[str, StringConstraints(max_length=256)]
    messages: Annotated[list[Message], Field(min_length=1)]
    stream: bool = False
    stream_options: StreamOptions | None = None
    user: Name | None = None
    """A user of the log, for whom it is, whoever the dialogue names."""
    session_id: Name | None = None
    """The server keeps the dialogue under this id; then the last message alone is read."""
    tools: Annotated[list[Tool], Field(max_length=128)] | None = None
    tool_choice: str | dict[str, Any] | None = None


class Choice(BaseModel):
    """The one answer, in the form of OpenAI: a message with text, and the call where there is one."""

    index: int
    message: dict[str, Any]
    finish_reason: Literal["stop", "tool_calls"]
    logprobs: None


class Completed(BaseModel):
    """An answer that is no stream."""

    id: str
    object: Literal["chat.completion"]
    created: int
    model: str
    choices: Annotated[list[Choice], Field(min_length=1, max_length=1)]
    usage: dict[str, int]
    genrec: dict[str, Any] | None
    """What was done, what is in force, and the answer as `/v1/recommend` has it; none of a tool's result."""


STREAM = "text/event-stream"
EVENT = {"type": "object", "required": ["data"], "properties": {"data": {"type": "string"}}}
"""Of a stream: its data is a `chat.completion.chunk` as JSON, the last one's `[DONE]`."""
ANSWERED: dict[int | str, dict[str, Any]] = {
    200: {
        "model": Completed,
        "description": "What is said, with `stream` as server-sent events",
        "content": {STREAM: {"schema": EVENT}},
    }
}
"""What the chat answers, for its page of the OpenAPI."""
