"""What is looked at beside answers, and the files of the page as they are served."""

import re
import threading
import time

import numpy as np
import pytest
from starlette.testclient import TestClient

from genrec.engine import Engine, Request
from genrec.errors import BackendError
from genrec.generation.asking import LATE
from genrec.generation.scripted import ScriptedGenerator
from genrec.models.base import Fitting
from genrec.models.fitting import fit, save
from genrec.models.settings import EASESettings, RulesSettings
from genrec.serving.app import application
from genrec.serving.keys import Keys
from genrec.serving.live import Live
from genrec.serving.page import FILES


def ids(answer):
    return [each["item_id"] for each in answer["items"]]


def asked(client, model, **body):
    """An answer of a model, however long a busy machine takes to open it."""
    for _ in range(30):
        reply = client.post(f"/v1/models/{model}/recommend", json=body)
        if "still being opened" not in reply.text:
            break
    assert reply.status_code == 200, reply.text
    return reply.json()


def test_a_history_is_newest_first_and_holds_what_came_since(client):
    events = [
        {
            "event_id": "e1",
            "user_id": "ann",
            "item_id": "5",
            "type": "rating",
            "value": 4,
            "timestamp": 1800000000,
        },
        {
            "event_id": "e2",
            "user_id": "ann",
            "item_id": None,
            "type": "search",
            "text": "tents",
            "timestamp": 1800000001,
        },
    ]
    client.post("/v1/feedback", json=events)
    told = client.get("/v1/users/ann/history?k=3").json()
    search, rating, view = told["events"]
    assert (told["is_known"], told["total"]) == (True, 4)
    assert (search["type"], search["text"], search["item_id"]) == ("search", "tents", None)
    assert (rating["title"], rating["value"], rating["timestamp"]) == ("Wool socks", 4.0, 1800000000)
    assert (view["type"], view["title"], view["value"]) == ("view", "Trail shoes", None)


def test_one_who_is_new_or_forgotten_has_no_history(client):
    nobody = {"user_id": "zed", "is_known": False, "total": 0, "events": []}
    assert client.get("/v1/users/zed/history").json() == nobody
    client.delete("/v1/users/ann")
    assert client.get("/v1/users/ann/history").json() == nobody | {"user_id": "ann"}


def test_an_item_is_told_and_a_removed_one_too(client):
    assert client.get("/v1/items/1").json() == {
        "item_id": "1",
        "title": "Red running shoes",
        "is_shown": True,
        "fields": {"brand": ["Fleet"], "price": ["59.9"]},
    }
    client.delete("/v1/items/1")
    assert client.get("/v1/items/1").json()["is_shown"] is False
    assert client.get("/v1/items/77").status_code == 404


def test_all_models_are_listed_the_default_first(client, workspace):
    dataset, _ = workspace.load()
    save(fit(EASESettings(), dataset, Fitting()), workspace.models_folder / "mine", dataset, seed=0)
    (workspace.models_folder / "broken").mkdir()
    listed = client.get("/v1/models").json()["data"]
    assert [(each["id"], each["kind"]) for each in listed] == [
        ("generative", "built in"),
        ("broken", ""),
        ("item-knn", "fitted when it is asked"),
        ("mine", "ease"),
        ("popularity", "built in"),
        ("rules", "fitted when it is asked"),
        ("genrec", "chat"),
    ]
    assert [each["id"] for each in listed if each["fault"]] == ["broken"]
    assert asked(client, "mine", user_id="ann", k=2)["model"] == "mine"
    assert client.post("/v1/models/broken/recommend", json={"user_id": "ann"}).status_code == 503


def test_an_unfitted_model_says_what_it_says_when_fitted(client, workspace):
    dataset, _ = workspace.load()
    reference = fit(RulesSettings(), dataset, Fitting())
    wanted = reference.recommend(Engine.of(workspace).queries([Request("ann")]), k=5)
    found = asked(client, "rules", user_id="ann", k=5)
    assert ids(found) == [dataset.catalogue.ids[item] for item in wanted.items[0]]
    assert np.allclose([each["score"] for each in found["items"]], wanted.scores[0])
    assert found["model"] == "rules"


def test_other_models_know_what_has_just_happened(client):
    for model in ("rules", "item-knn", "popularity", "generative"):
        assert "7" in ids(asked(client, model, user_id="bob", k=5))
    client.post("/v1/feedback", json={"event_id": "e", "user_id": "bob", "item_id": "7", "type": "hide"})
    client.delete("/v1/items/6")
    for model in ("rules", "item-knn", "popularity", "generative"):
        shown = ids(asked(client, model, user_id="bob", k=4))
        assert not {"6", "7"} & set(shown)


def test_a_model_is_opened_once_until_the_data_changes(client, monkeypatch):
    made = []
    monkeypatch.setattr("genrec.serving.others.fit", lambda *given: made.append(given) or fit(*given))
    for _ in range(3):
        asked(client, "rules", user_id="ann", k=2)
    assert len(made) == 1
    client.delete("/v1/users/bob")
    asked(client, "rules", user_id="ann", k=2)
    assert "bob" not in made[1][1].interactions.select(made[1][1].is_history).users or not len(
        made[1][1].interactions.of_user(1)
    )


def test_the_default_model_degrades_here_as_everywhere(client, generator):
    generator.failure = BackendError("the model server cannot be reached")
    assert asked(client, "generative", user_id="ann", k=2)["degraded"]
    assert not asked(client, "rules", user_id="ann", k=2)["degraded"]


def test_an_unknown_model_is_refused_with_the_choices(client):
    reply = client.post("/v1/models/oracle/recommend", json={"user_id": "ann"})
    assert reply.status_code == 404
    assert "popularity" in reply.json()["next_step"]


@pytest.mark.parametrize("path", FILES)
def test_the_page_runs_nothing_but_its_own_files(client, path):
    reply = client.get(f"/{path}")
    assert reply.status_code == 200
    policy = dict(part.strip().split(" ", 1) for part in reply.headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["require-trusted-types-for"] == "'script'"
    assert reply.headers["x-content-type-options"] == "nosniff"
    text = reply.text
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", text)
    assert not re.search(r"innerHTML|outerHTML|insertAdjacent|document\.write|\bon[a-z]+=|style=", text)


def test_a_browser_that_has_the_page_is_not_sent_it_again(client):
    first = client.get("/page.js")
    assert first.headers["cache-control"] == "no-cache"
    again = client.get("/page.js", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get("/page.js", headers={"if-none-match": '"other"'}).status_code == 200


def test_a_language_model_beside_the_default_has_a_deadline_and_shows_no_address(workspace):
    class Slow(ScriptedGenerator):
        go = threading.Event()

        def generate(self, prompts, decoding):
            self.go.wait(40)
            return super().generate(prompts, decoding)

    popular = workspace.with_settings(workspace.settings.changed({"model": "popularity"}, generator={}))
    generator = Slow(["trail https://evil.example/shoes", "rain jacket"])
    live = Live.open(popular, deadline=2.0, generator=generator)
    generator.go.set()
    with TestClient(application(live, keys=Keys({})), raise_server_exceptions=False) as client:
        answer = asked(client, "generative", user_id="ann", k=2)
        assert [each["text"] for each in answer["queries"] if each["by"] == "model"] == ["rain jacket"]
        generator.go.clear()
        start = time.monotonic()
        late = client.post("/v1/models/generative/recommend", json={"user_id": "ann"})
        worded = asked(client, "rules", user_id="ann", k=2, explain="model")
        assert time.monotonic() - start < 25
        generator.go.set()
    assert (late.status_code, late.json()["what"]) == (503, LATE)
    assert worded["degraded"]
    live.close()


def test_a_model_that_takes_long_to_open_holds_nobody_up(client, monkeypatch):
    go, begun = threading.Event(), []

    def fitted(*given, **how):
        begun.append(given)
        go.wait(30)
        return fit(*given, **how)

    monkeypatch.setattr("genrec.serving.others.fit", fitted)
    start = time.monotonic()
    reply = client.post("/v1/models/rules/recommend", json={"user_id": "ann", "k": 2})
    assert reply.status_code == 503
    assert "still being opened" in reply.json()["what"]
    assert client.get("/v1/models").status_code == 200
    assert time.monotonic() - start < 15
    go.set()
    assert asked(client, "rules", user_id="ann", k=2)["model"] == "rules"
    assert len(begun) == 1
