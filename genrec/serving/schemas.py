"""What the server takes and gives, closed: an unknown key is refused by name."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from genrec.data.interactions import EventType
from genrec.engine import Explain

CHAT_MODEL = "genrec"
"""The name by which a client asks for the dialogue, whatever model the workspace names."""
MOST = 100
"""The longest list, and history, that a request may ask for or give."""
Name = Annotated[str, StringConstraints(min_length=1, max_length=256, pattern=r"^[^\x00-\x1f\x7f]*$")]
"""An id: text without control characters."""
Words = Annotated[str, StringConstraints(max_length=2000, pattern=r"^[^\x00]*$")]
K = Annotated[int, Field(ge=1, le=MOST)]


class Body(BaseModel):
    """Base of all requests."""

    model_config = ConfigDict(extra="forbid", strict=False)


class RecommendBody(Body):
    """A user, a history, words, or any of them together."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"user_id": "42", "k": 5, "where": "year >= 1990"}]}
    )

    user_id: Name | None = None
    history: Annotated[list[Name], Field(max_length=MOST)] | None = None
    """Item ids, oldest first, in place of the user's own."""
    text: Words | None = None
    exclude: Annotated[list[Name], Field(max_length=1000)] = []
    where: Annotated[Words, Field(max_length=500)] | None = None
    """A filter over catalogue fields."""
    k: K | None = None
    explain: Explain = "template"


class SearchBody(Body):
    """Words to search the catalogue with; no language model is asked."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"text": "space station", "k": 5}]})

    text: Annotated[Words, Field(min_length=1)]
    where: Annotated[Words, Field(max_length=500)] | None = None
    k: K = 10


class ExplainBody(Body):
    """Why an item would suit a user."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"user_id": "42", "item_id": "50"}]})

    user_id: Name
    item_id: Name
    explain: Explain = "template"


class EventBody(Body):
    """What a user did; sent twice with one `event_id`, it counts once."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"event_id": "a1", "user_id": "42", "item_id": "50", "type": "like"}]}
    )

    event_id: Name
    user_id: Name
    item_id: Name | None = None
    """None of a search alone."""
    type: EventType
    timestamp: Annotated[int, Field(ge=0, le=2**40)] | None = None
    """Unix seconds; when it was received, where there is none."""
    value: Annotated[float, Field(allow_inf_nan=False)] | None = None
    """A rating, or a count."""
    text: Words | None = None
    """The words of a search."""


class ItemBody(Body):
    """A catalogue item; its other fields are those that the catalogue has."""

    model_config = ConfigDict(
        extra="allow", json_schema_extra={"examples": [{"title": "Solaris", "genres": ["Drama", "Sci-Fi"]}]}
    )

    title: Annotated[Words, Field(min_length=1)]


class Hit(BaseModel):
    """An item that a search found."""

    rank: int
    item_id: str
    title: str
    score: float


class Hits(BaseModel):
    """The answer of a search, best first."""

    items: list[Hit]
    catalogue_version: str


class Kept(BaseModel):
    """What became of the events that were sent."""

    accepted: int
    """On disk now, and counting."""
    repeated: int
    """Known before: they count for nothing."""


class Fault(BaseModel):
    """Why a request was not answered, in the words of the command line."""

    what: str
    where: str = ""
    why: str = ""
    next_step: str = ""
    request_id: str = ""


class Readiness(BaseModel):
    """Whether requests are answered as they should be."""

    ready: bool
    faults: list[str]
    """What keeps them from it."""


def faults(kind: type[BaseModel] = Fault, *codes: int) -> dict[int | str, dict[str, Any]]:
    """The documented error answers of a route."""
    return {code: {"model": kind, "description": WORDS[code]} for code in codes}


WORDS = {
    400: "not usable as given",
    401: "no key, or none that is known",
    404: "unknown id",
    409: "an event id was used before with another body",
    408: "the body did not come in time",
    413: "the body is too long",
    422: "does not fit the schema",
    429: "too many requests in flight",
    503: "the store cannot be written, or the server is shutting down",
}
