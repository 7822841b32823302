"""A real HTTP server on the loop-back that speaks the protocol, well or badly."""

import itertools
import json
import re
import threading
import time
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from genrec.errors import BackendError, UsageError
from genrec.generation.base import Decoding, Prompt, Segment
from genrec.generation.schema import schema_fault
from genrec.generation.server import ServerGenerator, escaped
from genrec.generation.trie import TitleTrie
from genrec.testing.generators import PROMPTS, GeneratorContract, toy_prompt

WORDS = ["heist", "films", "about", "a", "long", "con", "in", "space", "with", "aliens"]
SCHEMA = {"type": "object", "properties": {"query": {"type": "string"}}, "required": ["query"]}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.requests.append((self.path, None, self.headers))
        self.reply(200, {"object": "list", "data": [{"id": each} for each in self.server.models]})

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests.append((self.path, body, self.headers))
        fault = next(self.server.faults, None)
        if fault is not None:
            fault(self, body)
        elif body["model"] not in self.server.models:
            self.reply(404, {"error": {"message": f"no model {body['model']}"}})
        else:
            self.reply(200, {"choices": choices(self.path, body)})

    def reply(self, status, body, headers=()):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


def choices(path, body):
    said = json.dumps(body.get("messages") or body["prompt"]) + str(body["seed"])
    return [
        choice(path, body, index, sum(map(ord, said)) % 7 + index) for index in reversed(range(body["n"]))
    ]


def choice(path, body, index, start):
    words = list(itertools.islice(itertools.cycle(WORDS), start, start + min(body["max_tokens"], 4)))
    if "chat" in path:
        scores = {"content": [{"token": each, "logprob": -0.5} for each in words]}
        return {"index": index, "message": {"content": " ".join(words)}, "logprobs": scores}
    return {
        "index": index,
        "text": " ".join(words),
        "logprobs": {"token_logprobs": [None] + [-0.5] * len(words)},
    }


@pytest.fixture
def server():
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    httpd.daemon_threads = True
    httpd.models, httpd.requests, httpd.faults = ["small", "shop"], [], iter(())
    httpd.url = f"http://127.0.0.1:{httpd.server_port}"
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield httpd
    httpd.shutdown()
    thread.join()
    httpd.server_close()


class TestContract(GeneratorContract):
    @pytest.fixture(autouse=True)
    def _server(self, server):
        self.server = server

    def make(self):
        return ServerGenerator(self.server.url)


TWO = Decoding(n=2, max_tokens=4)


def ask(server, decoding=TWO, *, timeout=20.0, **settings):
    return ServerGenerator(server.url, timeout=timeout, **settings).generate(PROMPTS[:1], decoding)[0]


def test_replies_are_in_order_with_the_sum_of_their_log_probabilities(server):
    for prompt in (toy_prompt("Alien"), toy_prompt("Alien", is_chat=False)):
        first, second = ServerGenerator(server.url).generate([prompt], Decoding(n=2, max_tokens=4))[0]
        assert (first.log_probability, first.tokens) == (-2.0, 4)
        assert first.text.split()[1:] == second.text.split()[:-1]


def test_what_is_sent_to_a_chat(server):
    ask(
        server,
        Decoding(n=3, max_tokens=7, temperature=0.5, seed=9, stop=("\n",)),
        model="shop",
        api_key="secret",
    )
    path, body, headers = server.requests[-1]
    assert path == "/v1/chat/completions"
    assert headers["Authorization"] == "Bearer secret"
    assert body == {
        "model": "shop",
        "messages": [{"role": "user", "content": "Chosen: Alien\nNext:"}],
        "n": 3,
        "max_tokens": 7,
        "temperature": 0.5,
        "seed": 9,
        "stop": ["\n"],
        "logprobs": True,
    }


def test_the_key_comes_from_the_environment(server, monkeypatch):
    monkeypatch.setenv("GENREC_BACKEND_KEY", "of-the-environment")
    ask(server)
    assert server.requests[-1][2]["Authorization"] == "Bearer of-the-environment"


def test_the_servers_first_model_is_taken_and_asked_for_once(server):
    generator = ServerGenerator(server.url)
    assert generator.models() == ["small", "shop"]
    for _ in range(2):
        generator.generate(PROMPTS, Decoding())
    assert [body["model"] for _, body, _ in server.requests if body] == ["small"] * 10
    assert sum(path == "/v1/models" for path, _, _ in server.requests) == 2


def test_beams_and_greedy_and_schemas_are_asked_for_in_the_servers_words(server):
    ask(server, Decoding(mode="beam", n=4, length_penalty=0.5))
    assert server.requests[-1][1]["use_beam_search"] is True
    assert server.requests[-1][1]["length_penalty"] == 0.5
    ask(server, Decoding(mode="greedy"))
    assert server.requests[-1][1]["temperature"] == 0.0
    server.faults = iter([reply_with({"choices": [{"message": {"content": '{"query": "x"}'}}]})])
    assert ask(server, Decoding(schema=SCHEMA))[0].text == '{"query": "x"}'
    assert server.requests[-1][1]["response_format"]["json_schema"]["schema"] == SCHEMA
    with pytest.raises(UsageError, match="beam"):
        ask(server, Decoding(mode="beam", schema=SCHEMA))
    with pytest.raises(UsageError, match="catalogue's titles"):
        ask(server, Decoding(constraint=TitleTrie.build([[1]], end=0)))


def reply_with(body, status=200, headers=()):
    return lambda handler, _: handler.reply(status, body, headers)


def drop(handler, _):
    handler.close_connection = True
    handler.connection.close()


@pytest.mark.parametrize("fault", [reply_with({}, 500), reply_with({}, 429), reply_with({}, 503), drop])
def test_a_passing_fault_is_tried_again(server, fault):
    server.faults = iter([fault, fault])
    assert len(ask(server, model="small")) == 2
    assert len(server.requests) == 3


@pytest.mark.slow
def test_a_lasting_fault_ends_at_the_deadline(server):
    server.faults = itertools.repeat(reply_with({"error": {"message": "out of memory"}}, 500))
    began = time.monotonic()
    with pytest.raises(BackendError, match="out of memory"):
        ask(server, timeout=1.0)
    assert time.monotonic() - began < 3


def test_no_try_is_begun_that_would_end_too_late_to_say_why(server, monkeypatch):
    monkeypatch.setattr("random.uniform", lambda _low, high: high)  # pauses of 0.25 and 0.5 seconds
    generator = ServerGenerator(server.url, model="small")
    generator.generate(PROMPTS[:1], TWO)  # the client is made
    server.faults = itertools.repeat(reply_with({}, 500))
    with pytest.raises(BackendError, match="answers with 500"):  # a third try would have the last 0.2 seconds
        generator.generate(PROMPTS[:1], replace(TWO, deadline=0.95))
    assert len(server.requests) == 3


def test_a_refusal_is_not_tried_again(server):
    server.faults = itertools.repeat(reply_with({"error": {"message": "too many beams"}}, 400))
    with pytest.raises(BackendError, match="too many beams"):
        ask(server, model="small")
    assert len(server.requests) == 1


def test_a_wrong_key_names_the_variable(server):
    server.faults = itertools.repeat(reply_with({"error": "no"}, 401))
    with pytest.raises(BackendError, match="GENREC_BACKEND_KEY"):
        ask(server)


def test_an_unknown_model_names_those_there(server):
    with pytest.raises(BackendError, match="small, shop"):
        ask(server, model="large")


def test_a_server_without_models_is_named(server):
    server.models = []
    with pytest.raises(BackendError, match="no model"):
        ask(server)


def test_a_server_that_is_down_says_what_to_start(server):
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    url = f"http://127.0.0.1:{httpd.server_port}"
    httpd.server_close()
    with pytest.raises(
        BackendError, match=rf"(?s)cannot be reached.*{url}.*refused.*vllm\.entrypoints.*--backend"
    ):
        ServerGenerator(url, timeout=0.6).generate(PROMPTS, Decoding())


def hang(handler, _):
    handler.server.stop_hanging.wait(10)


def trickle(handler, _):
    handler.send_response(200)
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    while not handler.server.stop_hanging.wait(0.02):
        handler.wfile.write(b" ")
        handler.wfile.flush()


@pytest.mark.slow
@pytest.mark.parametrize("fault", [hang, trickle])
def test_a_server_that_does_not_end_is_left_at_the_deadline(server, fault):
    server.stop_hanging = threading.Event()
    server.faults = itertools.repeat(fault)
    began = time.monotonic()
    with pytest.raises(BackendError, match="in time"):
        ask(server, Decoding(deadline=0.7), timeout=30.0)
    assert time.monotonic() - began < 3
    server.stop_hanging.set()


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (b"<html>not json", "no JSON"),
        (b"[1]", "no JSON object"),
        ({"choices": []}, "0 replies instead of 2"),
        ({"choices": [{"message": {"content": "one"}}]}, "1 replies instead of 2"),
        ({"choices": [{"nothing": 1}] * 2}, "fields"),
        ({"choices": ["text"] * 2}, "fields"),
        ({"choices": [{"message": {"content": 7}}] * 2}, "fields"),
        ({"error": "x"}, "fields"),
        ({"choices": [{"text": "x", "logprobs": {"token_logprobs": ["a"]}}] * 2}, "fields"),
    ],
)
def test_an_answer_outside_the_protocol_is_named(server, body, named):
    server.faults = itertools.repeat(reply_with(body))
    with pytest.raises(BackendError, match=named):
        ask(server)


def test_a_reply_that_ignores_the_schema_is_refused(server):
    server.faults = itertools.repeat(reply_with({"choices": [{"message": {"content": "free text"}}]}))
    with pytest.raises(BackendError, match="schema"):
        ask(server, Decoding(schema=SCHEMA))


def test_an_endless_reply_is_cut_off(server, monkeypatch):
    monkeypatch.setattr("genrec.generation.asking.REPLY_BYTES", 1000)
    server.faults = itertools.repeat(reply_with(b" " * 5000))
    with pytest.raises(BackendError, match="1000 bytes"):
        ask(server)


def test_a_redirect_is_not_followed(server):
    there = [("Location", f"{server.url}/v1/elsewhere")]
    server.faults = itertools.repeat(reply_with({}, 307, there))
    with pytest.raises(BackendError, match="redirects"):
        ask(server, model="small")
    assert [path for path, _, _ in server.requests] == ["/v1/chat/completions"]


def test_a_server_without_log_probabilities_weighs_all_the_same(server):
    server.faults = itertools.repeat(reply_with({"choices": [{"message": {"content": "x"}}] * 2}))
    assert [each.log_probability for each in ask(server)] == [0.0, 0.0]


@pytest.mark.parametrize("url", ["localhost:8000", "ftp://x", "http://", ""])
def test_what_is_no_address_is_refused(url):
    with pytest.raises(UsageError, match="address"):
        ServerGenerator(url)


def test_the_path_of_an_address_is_kept():
    assert ServerGenerator("http://h:1/").url == "http://h:1/v1"
    assert ServerGenerator("https://h/api/v2/").url == "https://h/api/v2"


@pytest.mark.parametrize(
    "control",
    [
        "<|im_end|>",
        "<|eot_id|>",
        "<s>",
        "</s>",
        "<start_of_turn>",
        "<<SYS>>",
        "[INST]",
        "[/INST]",
        "[gMASK]",
        "<｜User｜>",
        "<unk>",
        "<think>",
        "[SYSTEM_PROMPT]",
        "<|",
        "＜s＞",
    ],
)
def test_data_holds_no_control_token_and_the_template_keeps_its_own(control):
    assert control not in escaped(f"a{control}b{control}")
    prompt = Prompt((("user", (Segment(control), Segment(control, data=True))),))
    segments = prompt.turns[0][1]
    assert "".join(escaped(each.text) if each.data else each.text for each in segments).count(control) == 1


@pytest.mark.parametrize("title", ["I <3 You", "M*A*S*H", "[Rec]", "A > B", "Alien [1979]", "1 < 2"])
def test_ordinary_titles_stay_legible(title):
    assert escaped(title).replace("< ", "<").replace("1 <2", "1 < 2") == title


@pytest.mark.parametrize(
    ("text", "schema", "fault"),
    [
        ('{"query": "x"}', SCHEMA, ""),
        ("{}", SCHEMA, "lacks query"),
        ('{"query": 1}', SCHEMA, "no string"),
        ("[]", SCHEMA, "no object"),
        ("nonsense", SCHEMA, "no JSON"),
        ('{"a": 1}', {"additionalProperties": False}, "has a"),
        ("[1, true]", {"items": {"type": "integer"}}, r"reply\[1\]"),
        ('"c"', {"enum": ["a", "b"]}, "choices"),
    ],
)
def test_what_does_not_fit_a_schema_is_named(text, schema, fault):
    found = schema_fault(text, schema)
    assert bool(found) == bool(fault)
    assert re.search(fault, found)
