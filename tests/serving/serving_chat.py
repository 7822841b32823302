"""The chat over HTTP, whole or as a stream: what is sent, what was said, and its structured form."""

import json
import re
from typing import Any

PATH = "/v1/chat/completions"
TOOLS = [
    {"type": "function", "function": {"name": name, "parameters": {"type": "object", "properties": {}}}}
    for name in ("recommend", "search_catalogue", "explain")
]
_LISTED = re.compile(r"^\d+\. (.*?) \[([^\[\]]+)\](?=: |$)", re.MULTILINE)


def dialogue(*turns: str, **more: Any) -> dict[str, Any]:
    """The body of a request: user and assistant in turns."""
    said = [{"role": ("user", "assistant")[place % 2], "content": text} for place, text in enumerate(turns)]
    return {"model": "genrec", "messages": said} | more


def parsed(reply: Any) -> tuple[str, dict[str, Any]]:
    """The text of an answer and its field `genrec`, in whichever form it came."""
    assert reply.status_code == 200, reply.text
    if not reply.headers["content-type"].startswith("text/event-stream"):
        done = reply.json()
        return done["choices"][0]["message"]["content"], done["genrec"]
    *events, last = reply.text.removesuffix("\n\n").split("\n\n")
    assert last == "data: [DONE]"
    chunks = [json.loads(each.removeprefix("data: ")) for each in events]
    pieces = [each["choices"][0]["delta"].get("content") or "" for each in chunks]
    return "".join(pieces), chunks[-1]["genrec"]


def listed(text: str) -> list[tuple[str, str]]:
    """Titles and ids of the list that a text holds."""
    return _LISTED.findall(text)
