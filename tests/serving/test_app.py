"""The HTTP door over a small shop: what is sent and what comes back."""

import re
import sqlite3
from contextlib import closing

import pytest
from starlette.testclient import TestClient

from genrec.data.interactions import EVENT_TYPES
from genrec.engine import Engine, Request
from genrec.errors import BackendError, UnknownIdError
from genrec.generation.scripted import ScriptedGenerator
from genrec.serving.app import application
from genrec.serving.keys import Keys
from genrec.serving.live import Live
from genrec.stages import timing
from genrec.workspace import Workspace

PUBLIC = {
    "request_id", "user_id", "model", "model_version", "catalogue_version", "source", "degraded",
    "degraded_reason", "took_ms", "queries", "items", "warnings",
}  # fmt: skip


def recommend(client, **body):
    reply = client.post("/v1/recommend", json=body)
    assert reply.status_code == 200, reply.text
    return reply.json()


def ids(answer):
    return [each["item_id"] for each in answer["items"]]


def test_a_known_user_gets_what_the_engine_gives(client):
    answer = recommend(client, user_id="ann", k=3)
    assert set(answer) == PUBLIC
    assert answer["source"] == "model"
    assert [each["text"] for each in answer["queries"]] == ["trail shoes", "rain jacket"]
    assert len(ids(answer)) == 3
    assert not {"1", "3"} & set(ids(answer))
    assert all(each["reason"] for each in answer["items"])


def test_nobody_known_gets_popular_items_and_is_told(client):
    answer = recommend(client, user_id="zed", k=2)
    assert answer["user_id"] == "zed"
    assert answer["degraded"]
    assert ids(answer)[0] == "1"


def test_feedback_changes_the_very_next_answer_and_counts_once(client, workspace):
    like = {"event_id": "e1", "user_id": "zed", "item_id": "5", "type": "like"}
    assert client.post("/v1/feedback", json=like).json() == {"accepted": 1, "repeated": 0}
    assert client.post("/v1/feedback", json=[like, like]).json() == {"accepted": 0, "repeated": 2}
    answer = recommend(client, user_id="zed", k=6)
    assert answer["source"] == "model"
    assert "5" not in ids(answer)
    assert client.post("/v1/feedback", json=like | {"item_id": "4"}).status_code == 409
    hidden = {"event_id": "e2", "user_id": "zed", "item_id": "7", "type": "hide"}
    client.post("/v1/feedback", json=hidden)
    assert "7" not in ids(recommend(client, user_id="zed", k=5))
    assert Engine.open(workspace.root).dataset.interactions.users.index("zed", kind="user") >= 0


def test_an_unknown_item_keeps_nothing_of_a_list(client, live):
    events = [
        {"event_id": f"e{each}", "user_id": "zed", "item_id": each, "type": "like"} for each in ("5", "77")
    ]
    reply = client.post("/v1/feedback", json=events)
    assert reply.status_code == 404
    assert "77" in reply.json()["what"]
    assert live.store.place == 0


def test_an_item_is_recommendable_at_once_and_gone_at_once(client, workspace):
    item = {"title": "Trail socks", "brand": "Moor", "price": 9.5}
    assert client.put("/v1/items/9", json=item).status_code == 201
    found = client.post("/v1/search", json={"text": "trail"}).json()
    assert {each["item_id"] for each in found["items"]} == {"3", "9"}
    assert "9" in ids(recommend(client, user_id="bob", k=3))
    assert client.put("/v1/items/9", json=item).status_code == 200
    assert client.delete("/v1/items/9").status_code == 200
    assert "9" not in ids(recommend(client, user_id="bob", k=5))
    catalogue = Workspace.open(workspace.root).catalogue()
    assert not catalogue.alive[catalogue.ids.index("9", kind="item")]


def test_an_item_that_does_not_fit_is_refused_and_changes_nothing(client, live):
    version = live.engine.dataset.catalogue.version
    reply = client.put("/v1/items/9", json={"title": "Socks", "price": "dear"})
    assert reply.status_code == 400
    assert "price" in reply.text
    assert live.engine.dataset.catalogue.version == version


def test_a_forgotten_user_is_nobody_now_and_after_a_restart(client, live, workspace, generator):
    client.post("/v1/feedback", json={"event_id": "e1", "user_id": "ann", "item_id": "5", "type": "like"})
    assert client.delete("/v1/users/ann").json() == {"user_id": "ann", "events": 1}
    assert recommend(client, user_id="ann", k=2)["source"] == "fallback"
    again = {"event_id": "e1", "user_id": "ann", "item_id": "5", "type": "like"}
    assert client.post("/v1/feedback", json=again).json() == {"accepted": 0, "repeated": 1}
    opened = Live.open(workspace, deadline=1.0, generator=generator)
    assert "ann" not in opened.engine.dataset.interactions.users
    client.post("/v1/feedback", json={"event_id": "e9", "user_id": "ann", "item_id": "7", "type": "like"})
    assert {"1", "3"} & set(ids(recommend(client, user_id="ann", k=6)))  # the purchase before is unknown


def test_what_came_before_a_reload_counts_after_it(client, live):
    client.post("/v1/feedback", json={"event_id": "e1", "user_id": "zed", "item_id": "5", "type": "like"})
    before = recommend(client, user_id="zed", k=3)
    live.reload()
    after = recommend(client, user_id="zed", k=3)
    assert ids(after) == ids(before)
    query = live.engine.queries([Request("zed")])[0]
    assert query.history.tolist() == [4]


def test_a_language_model_that_fails_is_done_without_and_tried_again(client, generator, live, monkeypatch):
    clock = [0.0]
    monkeypatch.setattr("genrec.serving.health.KEPT", -1.0)
    monkeypatch.setattr(live.health._generator, "_clock", lambda: clock[0])
    generator.failure = BackendError("the model server cannot be reached")
    for _ in range(5):
        answer = recommend(client, user_id="ann", k=4)
        assert (answer["source"], answer["degraded"]) == ("fallback", True)
        assert answer["degraded_reason"] == "the model server cannot be reached"
        assert len(ids(answer)) == 4
    assert generator.calls == 1  # the others did not wait for it
    assert client.get("/health/ready").status_code == 503
    generator.failure, clock[0] = None, 3.0
    assert recommend(client, user_id="ann", k=4)["source"] == "model"
    assert client.get("/health/ready").json() == {"ready": True, "faults": []}


@pytest.mark.parametrize(
    ("body", "status", "where"),
    [
        ({"user_id": "ann", "k": 0}, 422, "body.k"),
        ({"user_id": "ann", "k": 101}, 422, "body.k"),
        ({"user_id": "ann", "size": 3}, 422, "body.size"),
        ({"user_id": "an\x00n"}, 422, "body.user_id"),
        ({"text": "x" * 2001}, 422, "body.text"),
        ({}, 400, ""),
        ({"user_id": "ann", "where": "colour = 3"}, 400, ""),
        ({"history": ["nope"]}, 404, ""),
        ({"user_id": "ann", "k": 50}, 400, ""),
    ],
)
def test_what_cannot_be_used_is_refused_by_name(client, generator, body, status, where):
    reply = client.post("/v1/recommend", json=body)
    assert reply.status_code == status, reply.text
    assert reply.json()["where"].startswith(where)
    assert reply.json()["request_id"] == reply.headers["x-request-id"]
    assert generator.calls == 0


@pytest.mark.parametrize(
    "content", [b'{"user_id": "\\ud800"}', b"{", b"[" * 5000, b'{"k": NaN}', b"\xff\xfe"]
)
def test_no_body_makes_it_fail(client, content):
    reply = client.post("/v1/recommend", content=content, headers={"content-type": "application/json"})
    assert reply.status_code in (400, 422), reply.text


def test_a_key_opens_it_and_another_takes_its_place(live, tmp_path):
    keys, old = Keys({}).with_new("old")
    both, new = keys.with_new("new")
    with TestClient(application(live, keys=both, threads=2)) as client:
        asked = {"json": {"user_id": "ann", "k": 1}}
        assert client.post("/v1/recommend", **asked).status_code == 401
        for key in (old, new):
            given = {"authorization": f"Bearer {key}"}
            assert client.post("/v1/recommend", headers=given, **asked).status_code == 200
        assert client.get("/health/live").status_code == 200
    both.without("old").save(tmp_path)
    kept = Keys.read(tmp_path)
    assert (kept.name_of(old), kept.name_of(new)) == (None, "new")
    assert new not in (tmp_path / "api-keys.txt").read_text()
    assert (tmp_path / "api-keys.txt").stat().st_mode & 0o077 == 0


def test_who_has_no_key_is_told_before_anything_is_read(live):
    keys, _ = Keys({}).with_new("one")
    with TestClient(application(live, keys=keys)) as client:
        assert client.post("/v1/recommend", content=b"x" * (3 << 20)).status_code == 401


def figure(client, name):
    """The sum of a figure over what it is told of."""
    lines = client.get("/metrics").text.splitlines()
    return sum(float(each.rpartition(" ")[2]) for each in lines if each.startswith(name))


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/recommend", {"user_id": "ann", "explain": "model"}),
        ("/v1/explain", {"user_id": "ann", "item_id": "4", "explain": "model"}),
        ("/v1/models/generative/recommend", {"user_id": "ann"}),
        (
            "/v1/chat/completions",
            {"model": "genrec", "messages": [{"role": "user", "content": "trail shoes"}]},
        ),
    ],
)
def test_every_answer_is_counted_and_logged(client, live, generator, caplog, path, body):
    live.deadline = 60.0  # no busy machine makes it degrade
    caplog.set_level("INFO", logger="genrec.serving")
    assert client.post(path, json=body).status_code == 200
    assert figure(client, "genrec_items_total") > 0
    waited = 'genrec_stage_seconds_count{stage="generate"}', 'genrec_stage_seconds_count{stage="word"}'
    assert [figure(client, each) for each in waited] == [1, 1 if "explain" in body else 0]
    assert figure(client, "genrec_fallbacks_total") == 0
    generator.failure = BackendError("the model server cannot be reached")
    assert client.post(path, json=body).status_code == 200
    assert figure(client, "genrec_fallbacks_total") == 1
    lines = [each for each in caplog.records if getattr(each, "route", "") not in ("", "/metrics")]
    assert [each.degraded for each in lines] == [False, True]


def said(text):
    return (
        "POST",
        "/v1/chat/completions",
        {"model": "genrec", "messages": [{"role": "user", "content": text}]},
    )


@pytest.mark.parametrize(
    ("method", "path", "body", "stages", "source"),
    [
        ("POST", "/v1/recommend", {"user_id": "ann"}, {"generate", "retrieve", "rank", "explain"}, None),
        (
            "POST",
            "/v1/recommend",
            {"user_id": "ann", "explain": "none"},
            {"generate", "retrieve", "rank"},
            None,
        ),
        ("GET", "/v1/items/2/similar?k=3", None, {"retrieve", "explain"}, "similar"),
        ("POST", "/v1/search", {"text": "running", "k": 3}, {"retrieve"}, "search"),
        (*said("search for running"), {"retrieve"}, "search"),
        (*said("show me 3 items similar to the Tent"), {"retrieve", "explain"}, "similar"),
    ],
)
def test_each_stage_of_a_request_is_timed_and_what_it_shows_counted(
    client, live, method, path, body, stages, source
):
    live.deadline = 60.0
    assert client.request(method, path, json=body).status_code == 200
    text = client.get("/metrics").text
    assert set(re.findall(r'genrec_stage_seconds_count\{stage="(\w+)"\} 1\.0', text)) == stages
    shown = dict(re.findall(r'genrec_items_total\{source="([\w-]+)"\} ([1-9])\.0', text))
    assert shown == ({source: "3"} if source else shown)
    assert shown


def test_the_time_of_what_fails_is_counted(client, monkeypatch):
    def fails(*_given, **_named):
        with timing("retrieve"):
            raise UnknownIdError("no such thing")

    monkeypatch.setattr(Live, "search", fails)
    assert client.post("/v1/search", json={"text": "x"}).status_code == 404
    assert figure(client, 'genrec_stage_seconds_count{stage="retrieve"}') == 1


def test_words_without_ground_are_counted(client, live, generator):
    """Ten searches are written: the two in turn."""
    live.deadline = 60.0
    for words, why, count in (
        (["www.evil.example", "jacket"], "address", 5),
        (["zzzz", "qqqq"], "nothing found", 2),
    ):
        generator._writer = ScriptedGenerator(words)
        recommend(client, user_id="ann", k=2)
        name = f'genrec_dropped_texts_total{{why="{why}"}}'
        assert figure(client, name) == count


def test_an_unknown_id_is_404_and_names_no_other_user(client):
    reply = client.post("/v1/explain", json={"user_id": "an", "item_id": "2"})
    assert (reply.status_code, reply.json()["what"]) == (404, "unknown user 'an'")
    assert "ann" not in reply.text
    assert client.post("/v1/explain", json={"user_id": "ann", "item_id": "Tent"}).status_code == 404
    assert client.delete("/v1/items/77").status_code == 404


def test_a_store_that_fails_is_503_whatever_its_message_says(client, workspace):
    like = {"event_id": "e1", "user_id": "zed", "item_id": "5", "type": "like"}
    with closing(sqlite3.connect(workspace.root / "events.sqlite")) as store:
        store.execute("DROP TABLE events")
    reply = client.post("/v1/feedback", json=like)
    assert reply.status_code == 503
    assert str(workspace.root) not in reply.text
    (workspace.root / "catalogue-changes.jsonl").mkdir()
    assert client.delete("/v1/items/5").status_code == 503


def test_metrics_tell_who_is_cold_from_what_fell_back(client, generator):
    recommend(client, user_id="nobody", k=2)
    generator.failure = BackendError("the model server cannot be reached")
    recommend(client, user_id="ann", k=2)
    text = client.get("/metrics").text
    assert "genrec_cold_answers_total 1.0" in text
    assert 'genrec_fallbacks_total{reason="the model server cannot be reached"} 1.0' in text
    assert text.count("genrec_fallbacks_total{") == 1


def test_metrics_name_nobody(client):
    recommend(client, user_id="ann", k=2)
    client.delete("/v1/users/canary-4711")
    text = client.get("/metrics").text
    assert 'genrec_request_seconds_count{method="POST",path="/v1/recommend",status="200"} 1.0' in text
    assert 'path="/v1/users/{user_id}"' in text
    assert "canary" not in text


def test_the_other_routes(client):
    assert client.get("/v1/items/1/similar?k=1").json()["items"][0]["item_id"] == "2"
    answer = client.post("/v1/explain", json={"user_id": "ann", "item_id": "2"}).json()
    assert answer["items"][0]["item_id"] == "2"
    assert answer["items"][0]["reason"]
    assert client.get("/v1/models").json()["data"][0]["id"] == "generative"
    described = client.get("/openapi.json").json()
    assert set(described["paths"]) >= {"/v1/recommend", "/v1/feedback", "/health/ready"}
    assert described["components"]["schemas"]["EventBody"]["properties"]["type"]["enum"] == list(EVENT_TYPES)
