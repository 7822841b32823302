"""What a server says of itself: a line a request on stderr, with no word of what was in it.

No line holds an address, an id, a text or a key: a request is told by its id, which the reply holds too, and
the template of its route. Of an error the log has its kind and the places in the code, not its words, which
may quote what was sent.
"""

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from typing import Literal

Form = Literal["json", "text"]
LOGGER = "genrec.serving"
REQUEST = ("request_id", "tenant", "method", "route", "status", "seconds", "degraded")
"""What is told of a request, in this order."""


class Line(logging.Formatter):
    """A record as one line, as JSON or for people."""

    def __init__(self, form: Form) -> None:
        super().__init__()
        self._form = form

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        told = told_of(record)
        if self._form == "json":
            return json.dumps(told, ensure_ascii=False)
        time, level, event = (told.pop(name) for name in ("time", "level", "event"))
        return " ".join(
            [str(time), str(level), str(event), *(f"{name}={value}" for name, value in told.items())]
        )


def told_of(record: logging.LogRecord) -> dict[str, object]:
    """What a line tells of a record: of genrec's own its words, of others' the first line, not filled in."""
    is_ours = record.name.startswith("genrec")
    words = record.getMessage() if is_ours else str(record.msg)
    told: dict[str, object] = {
        "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname.lower(),
        "event": words if is_ours else words.partition("\n")[0],
    }
    if not is_ours:
        told["logger"] = record.name
    told |= {name: getattr(record, name) for name in REQUEST if getattr(record, name, None) is not None}
    if record.exc_info and record.exc_info[1] is not None:
        told |= {"error": type(record.exc_info[1]).__name__, "places": _places(record.exc_info[1])}
    return told


def set_up(form: Form) -> None:
    """Write all that is logged to stderr in one form, whoever logs it; of libraries only what is wrong."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Line(form))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger(LOGGER).setLevel(logging.INFO)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [], True


def _places(error: BaseException) -> list[str]:
    """Where an error came from, the innermost last."""
    frames = traceback.extract_tb(error.__traceback__)
    return [f"{each.filename.rpartition('/')[2]}:{each.lineno} {each.name}" for each in frames]
