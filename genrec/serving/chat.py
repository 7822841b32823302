"""`POST /v1/chat/completions`: a dialogue in the form of OpenAI, whole or as a stream of events."""

import json
import time
import uuid
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from fastapi import FastAPI
from fastapi.responses import JSONResponse
from starlette.responses import Response, StreamingResponse

from genrec.data.catalogue import Catalogue
from genrec.dialogue.conversation import Conversation, Reply, Role, structured
from genrec.dialogue.replying import listed_ids
from genrec.dialogue.state import STATE, State
from genrec.dialogue.text import tokens
from genrec.dialogue.vocabulary import Vocabulary
from genrec.errors import UsageError
from genrec.serving.chat_schemas import TOOLS, ChatBody, Function, Message
from genrec.serving.live import Live
from genrec.serving.schemas import CHAT_MODEL, Fault, faults
from genrec.sessions import Sessions

MOST_READ = 50_000
"""Characters of a dialogue that are read again for each answer."""
_TOOL_OF = {
    "recommend": "recommend",
    "similar": "recommend",
    "search": "search_catalogue",
    "explain": "explain",
}
Run = Callable[..., Awaitable[Any]]


@dataclass(frozen=True)
class Completion:
    """One answer: its text, its structured form, and the call in whose form it was asked for."""

    id: str
    created: int
    model: str
    text: str
    genrec: dict[str, Any] | None
    call: dict[str, Any] | None
    usage: dict[str, int]

    @property
    def finish_reason(self) -> str:
        """Why the message ends."""
        return "tool_calls" if self.call else "stop"

    def whole(self) -> dict[str, Any]:
        """As one object."""
        message: dict[str, Any] = {"role": "assistant", "content": self.text, "refusal": None}
        if self.call:
            message["tool_calls"] = [self.call]
        choice = {"index": 0, "message": message, "finish_reason": self.finish_reason, "logprobs": None}
        return {
            **self._head("chat.completion"),
            "choices": [choice],
            "usage": self.usage,
            "genrec": self.genrec,
        }

    def events(self, *, has_usage: bool) -> Iterator[str]:
        """As server-sent events: the text line by line, then the call, the structured form, the end."""
        yield self._event({"role": "assistant", "content": ""})
        for line in self.text.splitlines(keepends=True):
            yield self._event({"content": line})
        if self.call:
            yield self._event({"tool_calls": [{"index": 0, **self.call}]})
        yield self._event({}, self.finish_reason, genrec=self.genrec)
        if has_usage:
            yield _data({**self._head("chat.completion.chunk"), "choices": [], "usage": self.usage})
        yield "data: [DONE]\n\n"

    def _event(self, delta: dict[str, Any], finish_reason: str | None = None, **more: Any) -> str:
        choice = {"index": 0, "delta": delta, "finish_reason": finish_reason, "logprobs": None}
        return _data({**self._head("chat.completion.chunk"), "choices": [choice], **more})

    def _head(self, kind: str) -> dict[str, Any]:
        return {"id": self.id, "object": kind, "created": self.created, "model": self.model}


def _data(value: dict[str, Any]) -> str:
    return f"data: {json.dumps(value, ensure_ascii=True)}\n\n"


class Chat:
    """Dialogues over what is served now; keeps the words of the catalogue it last spoke of."""

    def __init__(self, live: Live) -> None:
        self._live, self._sessions = live, Sessions(live.store)
        self._words: Vocabulary | None = None

    def complete(self, body: ChatBody) -> Completion:
        """The answer to a dialogue's last turn.

        Raises:
            UsageError: the model is not served, or the dialogue does not end with a user or a tool.
            DataError: the store cannot be used.
        """
        names = (CHAT_MODEL, self._live.engine.settings.model)
        if body.model not in names:
            raise UsageError(
                f"no model {body.model[:100]!r} is served", next_step=f"ask for {' or '.join(names)}"
            )
        talk, last = self._talk(), body.messages[-1]
        if last.role in ("tool", "function"):
            return self._completion(body, _retold(last.text, talk.words.catalogue), None, None)
        if last.role != "user":
            raise UsageError(
                "the last message is no user's", next_step="end the dialogue with what the user says"
            )
        reply = talk.reply(last.text, talk.for_user(self._before(talk, body), body.user))
        self._keep(body, reply)
        return self._completion(
            body, reply.text, {**structured(reply), "session_id": body.session_id}, _call(body, reply)
        )

    def _talk(self) -> Conversation:
        engine = self._live.engine
        words = self._words
        if words is None or words.catalogue is not engine.dataset.catalogue:
            words = self._words = Vocabulary(engine.dataset.catalogue)
        return Conversation(engine, self._live.recommend, vocabulary=words)

    def _before(self, talk: Conversation, body: ChatBody) -> State:
        """What was agreed on: as the session has it, else read from the messages before the last."""
        if body.session_id is not None:
            kept = self._sessions.get(body.session_id, now=int(time.time()))
            if kept is not None:
                return STATE.validate_json(kept)
        return talk.replayed(_turns(body.messages[:-1]))

    def _keep(self, body: ChatBody, reply: Reply) -> None:
        if body.session_id is not None:
            state = STATE.dump_json(reply.state).decode()
            user = reply.state.wishes.user
            self._sessions.put(body.session_id, state, user_id=user, now=int(time.time()))

    def _completion(
        self, body: ChatBody, text: str, genrec: dict[str, Any] | None, call: dict[str, Any] | None
    ) -> Completion:
        read, said = sum(len(tokens(each.text)) for each in body.messages), len(tokens(text))
        usage = {"prompt_tokens": read, "completion_tokens": said, "total_tokens": read + said}
        name = f"chatcmpl-{uuid.uuid4().hex}"
        return Completion(name, int(time.time()), body.model, text, genrec, call, usage)


def add_chat(app: FastAPI, live: Live, run: Run, needs: list[Any]) -> None:
    """Add the chat to an application.

    Args:
        app: to which.
        live: what is spoken of.
        run: runs what blocks, off the event loop.
        needs: dependencies of the route, such as a key.
    """
    chat = Chat(live)
    refused = faults(Fault, 400, 401, 413, 422, 429, 503)

    @app.post(
        "/v1/chat/completions",
        dependencies=needs,
        responses=refused,
        summary="A dialogue, as OpenAI clients hold it",
    )
    async def completions(body: ChatBody) -> Response:
        done: Completion = await run(chat.complete, body)
        if not body.stream:
            return JSONResponse(done.whole())
        has_usage = body.stream_options is not None and body.stream_options.include_usage
        return StreamingResponse(done.events(has_usage=has_usage), media_type="text/event-stream")


def _turns(messages: Sequence[Message]) -> Iterator[tuple[Role, str]]:
    """The users' turns and the lists that were shown, in the order they came; the newest `MOST_READ`."""
    room, first = MOST_READ, len(messages)
    while first and (room := room - len(messages[first - 1].text)) >= 0:
        first -= 1
    for each in messages[first:]:
        if each.role == "user":
            yield "user", each.text
        elif each.role == "assistant":
            yield "assistant", each.text
            for call in each.tool_calls or ():
                yield "assistant", listed_ids(_ids_of(call.function.arguments))


def _ids_of(arguments: str) -> list[str]:
    """The items of the answer in a call's arguments; none where they hold no such thing."""
    try:
        items = json.loads(arguments)["answer"]["items"]
        return [str(each["item_id"]) for each in items]
    except (ValueError, KeyError, TypeError, RecursionError):  # a client's own text, of any form
        return []


def _retold(result: str, catalogue: Catalogue) -> str:
    """The items of a tool's result, told in words; nothing of it but ids of the catalogue is used."""
    try:
        items = json.loads(result)["items"]
        ids = [str(each["item_id"]) for each in items]
    except (ValueError, KeyError, TypeError, RecursionError):  # a client's own text, of any form
        ids = []
    known = [each for each in ids if (item := catalogue.ids.get(each)) is not None and catalogue.alive[item]]
    return listed_ids(known, catalogue) if known else "The tool's result names no item of the catalogue."


def _call(body: ChatBody, reply: Reply) -> dict[str, Any] | None:
    """The tool-call form, where the client offers a tool for what was done."""
    offered = {each.function.name: each.function for each in body.tools or () if each.function}
    name = _TOOL_OF.get(reply.action)
    if name not in TOOLS or name not in offered or body.tool_choice == "none" or reply.answer is None:
        return None
    arguments = {**_asked(reply), "answer": asdict(reply.answer)}
    return {
        "id": f"call_{uuid.uuid4().hex[:24]}",
        "type": "function",
        "function": {"name": name, "arguments": json.dumps(_fitting(arguments, offered[name]))},
    }


def _asked(reply: Reply) -> dict[str, Any]:
    """The request in the form of the REST route of the same name, without what it does not say."""
    wishes, request = reply.understood, reply.request
    found: dict[str, Any] = {"user_id": wishes.user, "where": reply.where}
    if reply.action == "explain" and reply.answer:
        found["item_id"] = reply.answer.items[0].item_id if reply.answer.items else None
    elif reply.action == "search":
        found["text"] = " ".join(reply.intent.words) or None
    elif request is not None:
        found |= {"history": request.history, "text": request.text, "exclude": request.exclude or None}
    found["k"] = reply.state.k
    return {name: value for name, value in found.items() if value is not None}


def _fitting(arguments: dict[str, Any], tool: Function) -> dict[str, Any]:
    """What a tool takes that is closed to other arguments; everything where it is not."""
    if tool.parameters.get("additionalProperties", True) is not False:
        return arguments
    named = tool.parameters.get("properties")
    return {name: value for name, value in arguments.items() if isinstance(named, dict) and name in named}
