"""No input makes the server fail, and each answer is as the OpenAPI says."""

import json
from collections import Counter
from contextlib import suppress

import pytest
import schemathesis
import serving_chat
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.core.failures import FailureGroup
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

pytestmark = pytest.mark.slow

CHECKS = [status_code_conformance, content_type_conformance, response_schema_conformance]
CORPUS = {
    "lone surrogate": b'{"user_id": "\\ud800", "text": "\\udfff"}',
    "surrogate in words": b'{"text": "shoes \\ud83d"}',
    "NUL": b'{"user_id": "a\\u0000b"}',
    "NUL byte": b'{"user_id": "a\x00b"}',
    "deep lists": b"[" * 100_000,
    "deep objects": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    "NaN": b'{"k": NaN}',
    "infinity": b'{"event_id": "x", "user_id": "u", "type": "rating", "value": Infinity}',
    "too large a float": b'{"event_id": "x", "user_id": "u", "type": "rating", "value": 1e999}',
    "huge integer": b'{"k": ' + b"9" * 5000 + b"}",
    "large integer": b'{"k": 99999999999999999999999999}',
    "large time": b'{"event_id": "x", "user_id": "u", "type": "like", "item_id": "5", "timestamp": 1e30}',
    "key twice": b'{"user_id": "ann", "user_id": "bob", "k": 2, "k": 3}',
    "prototype": b'{"__proto__": {"k": 1}, "constructor": 1}',
    "not UTF-8": b"\xff\xfe\x00",
    "byte order mark": b'\xef\xbb\xbf{"user_id": "ann"}',
    "empty": b"",
    "null": b"null",
    "a list": b"[]",
    "nested filter": json.dumps({"user_id": "ann", "where": "(" * 490}).encode(),
    "filter of negations": json.dumps({"user_id": "ann", "where": "not " * 120 + "price > 1"}).encode(),
    "large number in a filter": json.dumps({"user_id": "ann", "where": "price > " + "9" * 400}).encode(),
    "backtick filter": b'{"user_id": "ann", "where": "`\\u0001` = 3"}',
    "odd item": b'{"title": "x", "price": [1, {"a": "b"}], "brand": {"c": null}}',
    "item of huge numbers": b'{"title": "x", "price": 123456789012345678901234567890}',
    "item with a new field": b'{"title": "x", "colour": "red"}',
    "right-to-left": '{"text": "\u202eshoes\u2066", "user_id": "ann"}'.encode(),
}
PATHS = (("POST", "/v1/recommend"), ("POST", "/v1/search"), ("POST", "/v1/explain"), ("POST", "/v1/feedback"),
         ("PUT", "/v1/items/5"), ("PUT", "/v1/items/%00"), ("PUT", "/v1/items/%ff"),
         ("POST", serving_chat.PATH))  # fmt: skip
SAID = (
    "\x00", "\u202eshoes\u2066 for user ann", "(" * 20_000, "not " * 10_000 + "Fleet", "9" * 20_000,
    "under " + "9" * 400 + " dollars", "between NaN and Infinity dollars", "price from -1e999 to 1e999",
    "from the nineties " * 2000, "1. Tent [7]\n" * 2000, "why the " + "9" * 30 + "th one?",
    "for user " * 5000,
    "show me 99999999999999999999 items", "like " + "Tent and " * 2000, "\u0130" * 3000, "'\"`\\" * 2000,
    "for user ann" + "\u0301" * 5000, "\ud7ff\ue000\U0010ffff",
)  # fmt: skip
DEEP = "[" * 100_000
"""JSON in the text of a call, or of a tool's result."""


def bodies():
    """Odd dialogues of the right form, whole and as streams."""
    for said in SAID:
        yield serving_chat.dialogue(said)
        yield serving_chat.dialogue("for user ann", said, said, stream=True)
        yield serving_chat.dialogue("for user ann", session_id=said[:256], user=said[:256])
        yield serving_chat.dialogue("why the first one?", tools=serving_chat.TOOLS, session_id="odd")
    for told in (
        DEEP,
        '{"items": 3}',
        '{"items": [{"item_id": {}}]}',
        "null",
        "{" * 1000,
        '{"items": ["\\ud800"]}',
    ):
        call = {"function": {"name": "recommend", "arguments": told}}
        called = [{"role": "assistant", "content": None, "tool_calls": [call]}]
        user, tool = {"role": "user", "content": "more"}, {"role": "tool", "content": told}
        yield serving_chat.dialogue(messages=[user, *called, user])
        yield serving_chat.dialogue(messages=[user, *called, tool], stream=True)
    yield serving_chat.dialogue(*["ok", "1. Tent [7]"] * 5000, "for user ann")
    odd = {"type": "function", "function": {"name": "recommend", "parameters": {"properties": 3}}}
    closed = {"properties": [], "additionalProperties": False}
    for parameters in (
        {"properties": 3},
        closed,
        {"additionalProperties": {}},
        json.loads("[" * 50 + "]" * 50),
    ):
        odd = {"type": "function", "function": {"name": "recommend", "parameters": parameters}}
        yield serving_chat.dialogue("for user ann", tools=[odd], tool_choice={"a": [1]})


def test_no_odd_dialogue_makes_it_fail(served, promise):
    """no 500 on any input"""
    client = served().client
    told, streams = Counter(), 0
    for number, body in enumerate(bodies()):
        streams += body.get("stream", False)
        reply = client.post(serving_chat.PATH, json=body)
        told[reply.status_code] += 1
        assert reply.status_code < 500, (number, reply.text)
        if reply.status_code == 200:
            serving_chat.parsed(reply)
    promise(
        f"{told.total()} odd dialogues, {streams} of them as streams: {dict(sorted(told.items()))}, no 5xx"
    )
    assert told[200] > told.total() / 2


def test_no_odd_body_makes_it_fail(served, promise):
    """no 500 on any input"""
    client = served().client
    told = Counter()
    for name, content in CORPUS.items():
        for method, path in PATHS:
            for headers in ({"content-type": "application/json"}, {"content-type": "text/plain"}, {}):
                reply = client.request(method, path, content=content, headers=headers)
                assert reply.status_code < 500, (name, path, reply.text)
                assert isinstance(reply.json(), dict)
                told[reply.status_code] += 1
    promise(f"{len(CORPUS)} odd bodies to {len(PATHS)} routes: {dict(sorted(told.items()))}, no 5xx")
    assert client.post("/v1/recommend", json={"user_id": "ann", "k": 2}).status_code == 200


@pytest.mark.parametrize("cases", [500, pytest.param(10_000, marks=pytest.mark.nightly)])
def test_each_answer_is_as_the_openapi_says(served, promise, cases):
    """no 500 on any input"""
    server = served()
    schema = schemathesis.openapi.from_url(f"http://127.0.0.1:{server.port}/openapi.json")
    operations = [each.ok() for each in schema.get_all_operations()]
    told, wrong = Counter(), []
    with_input = sum(bool(operation.body or list(operation.iter_parameters())) for operation in operations)
    for operation in operations:
        for mode in GenerationMode:
            _try(operation, mode, cases // (2 * with_input) + 1, told, wrong)
    dialogues = told.pop("dialogues")
    failed = sum(count for status, count in told.items() if status >= 500)
    promise(
        f"{sum(told.values()):,} cases over {len(operations)} operations, {dialogues} dialogues "
        f"answered: {failed} answers of 5xx, {len(wrong)} against the schema"
    )
    assert wrong == []
    assert failed == 0
    assert dialogues > 0
    assert sum(told.values()) >= cases / 2


def _make_sense(case, mode):
    """Have the chat be asked for a model that there is, and end with a user: else no dialogue is answered."""
    if case.path == serving_chat.PATH and mode is GenerationMode.POSITIVE:
        case.body["model"] = "genrec"
        case.body["messages"][-1]["role"] = "user"


def _try(operation, mode, n, told, wrong):
    """Ask n times, as the schema says or against it; what cannot be made of an operation is left out."""

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=n,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def ask(case):
        _make_sense(case, mode)
        reply = case.call()
        told[reply.status_code] += 1
        chatted = case.path == serving_chat.PATH and reply.status_code == 200
        told["dialogues"] += chatted
        try:
            case.validate_response(reply, checks=CHECKS)
        except FailureGroup as error:
            wrong.append(f"{case.method} {case.path}: {[str(each)[:600] for each in error.exceptions]}")

    with suppress(Unsatisfiable):  # of a route without parameters no request is against the schema
        ask()
