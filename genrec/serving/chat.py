"""`POST /v1/chat/completions`: a dialogue in the form of OpenAI, whole or as a stream of events."""

import json
import threading
import time
import uuid
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from fastapi import FastAPI
from fastapi.responses import JSONResponse
from pydantic import ValidationError
from starlette.responses import Response, StreamingResponse

from genrec.data.catalogue import Catalogue
from genrec.dialogue.conversation import DEFAULT_K, Conversation, Reply, Role, structured
from genrec.dialogue.replying import listed_ids
from genrec.dialogue.state import STATE
from genrec.dialogue.text import tokens
from genrec.dialogue.vocabulary import Vocabulary
from genrec.errors import UsageError
from genrec.serving.chat_schemas import ANSWERED, STREAM, TOOLS, ChatBody, Function, Message
from genrec.serving.guard import current
from genrec.serving.live import Live
from genrec.serving.schemas import (
    CHAT_MODEL,
    MOST,
    Body,
    ExplainBody,
    Fault,
    RecommendBody,
    SearchBody,
    faults,
)
from genrec.sessions import Session, Sessions

MOST_READ = 50_000
"""Characters of a dialogue that are read again for each answer."""
MOST_EXCLUDED = 1000
"""Items that the body of `/v1/recommend` may rule out."""
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
        self._reading = threading.Lock()

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
        session = self._session(body)
        before = (
            STATE.validate_json(session.state)
            if session
            else talk.replayed(_turns(body.messages[:-1], talk.words.catalogue))
        )
        reply = talk.reply(last.text, before, user=body.user)
        current().answers = [] if reply.answer is None else [reply.answer]  # searches of its own among them
        self._keep(body, reply, session)
        return self._completion(
            body, reply.text, {**structured(reply), "session_id": body.session_id}, _call(body, reply)
        )

    def _talk(self) -> Conversation:
        """A conversation over what is served at this moment, all of it."""
        state = self._live.state
        catalogue = state.engine.dataset.catalogue
        with self._reading:  # one thread reads the catalogue's words, the others wait for them
            words = self._words
            if words is None or words.catalogue is not catalogue:
                words = self._words = Vocabulary(catalogue)
        return Conversation(state.engine, partial(self._live.recommend, state=state), vocabulary=words)

    def _session(self, body: ChatBody) -> Session | None:
        """What the server kept of the dialogue; nothing where it was for another user than the body names."""
        if body.session_id is None:
            return None
        kept = self._sessions.get(body.session_id, now=int(time.time()))
        is_others = kept is not None and body.user is not None and kept.user_id not in (None, body.user)
        return None if is_others else kept

    def _keep(self, body: ChatBody, reply: Reply, before: Session | None) -> None:
        """Keep the dialogue, but no user in it that the client names: each request may name another."""
        if body.session_id is not None:
            state = reply.state if body.user is None else reply.state.of_user(None)
            user = body.user or state.wishes.user or (before.user_id if before else None)
            text = STATE.dump_json(state).decode()
            self._sessions.put(body.session_id, text, user_id=user, now=int(time.time()))

    def _completion(
        self, body: ChatBody, text: str, genrec: dict[str, Any] | None, call: dict[str, Any] | None
    ) -> Completion:
        read = sum(len(tokens(each.text[:MOST_READ])) for each in _newest(body.messages))
        said = len(tokens(text))
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
    refused = faults(Fault, 400, 401, 404, 408, 413, 422, 429, 503)

    @app.post(
        "/v1/chat/completions",
        dependencies=needs,
        responses=ANSWERED | refused,
        summary="A dialogue, as OpenAI clients hold it",
    )
    async def completions(body: ChatBody) -> Response:
        done: Completion = await run(chat.complete, body)
        if not body.stream:
            return JSONResponse(done.whole())
        has_usage = body.stream_options is not None and body.stream_options.include_usage
        return StreamingResponse(done.events(has_usage=has_usage), media_type=STREAM)


def _turns(messages: Sequence[Message], catalogue: Catalogue) -> Iterator[tuple[Role, str]]:
    """The users' turns and the lists that were shown, in the order they came; the newest `MOST_READ`."""
    for each in _newest(messages):
        if each.role == "user":
            yield "user", each.text
        elif each.role == "assistant":
            yield "assistant", each.text
            for call in each.tool_calls or ():
                yield "assistant", listed_ids(_ids_of(call.function.arguments), catalogue)


def _newest(messages: Sequence[Message]) -> Sequence[Message]:
    """The last messages that `MOST_READ` characters have room for."""
    room, first = MOST_READ, len(messages)
    while first and (room := room - len(messages[first - 1].text)) >= 0:
        first -= 1
    return messages[first:]


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
    return listed_ids(ids, catalogue) or "The tool's result names no item of the catalogue."


def _call(body: ChatBody, reply: Reply) -> dict[str, Any] | None:
    """The tool-call form, where the client offers a tool for what was done."""
    offered = {each.function.name: each.function for each in body.tools or () if each.function}
    name = _TOOL_OF.get(reply.action)
    if name not in TOOLS or name not in offered or body.tool_choice == "none" or reply.answer is None:
        return None
    try:
        asked = _asked(reply)
    except ValidationError:  # no REST route takes it: an explanation for nobody, a filter that is too long
        return None
    arguments = {**asked.model_dump(exclude_defaults=True), "answer": asdict(reply.answer)}
    return {
        "id": f"call_{uuid.uuid4().hex[:24]}",
        "type": "function",
        "function": {"name": name, "arguments": json.dumps(_fitting(arguments, offered[name]))},
    }


def _asked(reply: Reply) -> Body:
    """The request as the body of the REST route of the same name.

    Raises:
        ValidationError: that route takes no such request.
    """
    wishes, request, answer = reply.understood, reply.request, reply.answer
    told: dict[str, Any] = {"where": reply.where, "k": reply.state.k or DEFAULT_K}
    if reply.action == "explain":
        (item,) = answer.items[:1] if answer and answer.items else (None,)
        return ExplainBody.model_validate({"user_id": wishes.user, "item_id": item and item.item_id})
    if reply.action == "search":
        titles = [each.title for each in answer.items] if answer and reply.intent.target else []
        values = [value for each in reply.intent.wanted for value in each.values]
        text = " ".join(titles or reply.intent.words or values)
        return SearchBody.model_validate({**told, "text": text, "k": len(titles) or told["k"]})
    if request is None:
        return RecommendBody.model_validate({**told, "history": reply.intent.liked[:1]})
    history = None if request.history is None else request.history[-MOST:]
    exclude = request.exclude[-MOST_EXCLUDED:]
    return RecommendBody.model_validate(
        {**told, "user_id": wishes.user, "history": history, "text": request.text, "exclude": exclude}
    )


def _fitting(arguments: dict[str, Any], tool: Function) -> dict[str, Any]:
    """What a tool takes that is closed to other arguments; everything where it is not."""
    if tool.parameters.get("additionalProperties", True) is not False:
        return arguments
    named = tool.parameters.get("properties")
    return {name: value for name, value in arguments.items() if isinstance(named, dict) and name in named}
