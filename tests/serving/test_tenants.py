"""Several catalogues on one server: nothing of one is ever seen through another."""

import shutil
from contextlib import ExitStack

import pytest
from starlette.testclient import TestClient

from genrec.errors import UsageError
from genrec.generation.scripted import ScriptedGenerator
from genrec.index import build
from genrec.serving.app import application
from genrec.serving.keys import Keys
from genrec.serving.live import Live
from genrec.serving.tenants import Tenants, named_folders
from genrec.workspace import Workspace

FILMS = (
    "item_id,title,brand,price\n1,Alien,Ridley,1\n2,Heat,Mann,2\n3,Aliens,Cameron,3\n4,Casino,Scorsese,4\n"
)
SEEN = "user_id,item_id,event,timestamp\nann,1,purchase,1700000000\ncid,2,purchase,1700000100\n"


@pytest.fixture
def films(workspace, tmp_path_factory):
    folder = tmp_path_factory.mktemp("films")
    shutil.copy(workspace.root / "genrec.yaml", folder)
    (folder / "items.csv").write_text(FILMS)
    (folder / "events.csv").write_text(SEEN)
    opened = Workspace.open(folder)
    build(opened)
    return opened


@pytest.fixture
def both(workspace, films):
    """A client, the key of each tenant, and what each serves."""
    with ExitStack() as until_end:
        lives, keys, apps = {}, {}, {}
        for name, each in (("shoes", workspace), ("films", films)):
            lives[name] = Live.open(each, deadline=5.0, generator=ScriptedGenerator(["alien", "trail shoes"]))
            until_end.callback(lives[name].close)
            known, keys[name] = Keys({}).with_new("client")
            apps[name] = application(lives[name], keys=known, threads=2)
        client = until_end.enter_context(TestClient(Tenants(apps), follow_redirects=False))
        yield client, keys, lives


def of(key):
    return {"headers": {"authorization": f"Bearer {key}"}}


ROUTES = (
    ("POST", "/v1/recommend", {"user_id": "ann"}),
    ("POST", "/v1/models/rules/recommend", {"user_id": "ann"}),
    ("POST", "/v1/search", {"text": "alien"}),
    ("POST", "/v1/explain", {"user_id": "ann", "item_id": "2"}),
    ("POST", "/v1/chat/completions", {"model": "genrec", "messages": [{"role": "user", "content": "hello"}]}),
    ("POST", "/v1/feedback", {"event_id": "x", "user_id": "ann", "item_id": "2", "type": "like"}),
    ("GET", "/v1/models", None),
    ("GET", "/v1/items/2", None),
    ("GET", "/v1/items/2/similar", None),
    ("GET", "/v1/users/ann/history", None),
    ("PUT", "/v1/items/9", {"title": "x"}),
    ("DELETE", "/v1/items/2", None),
    ("DELETE", "/v1/users/ann", None),
)


def test_every_route_with_a_key_is_tried(both):
    client, _, _ = both
    described = client.get("/t/films/openapi.json").json()
    assert described["servers"] == [{"url": "/t/films"}]
    tried = {
        (method, path.replace("/items/2", "/items/{item_id}").replace("/items/9", "/items/{item_id}")
         .replace("/users/ann", "/users/{user_id}").replace("/models/rules", "/models/{model}"))
        for method, path, _ in ROUTES
    }  # fmt: skip
    there = {
        (method.upper(), path)
        for path, methods in described["paths"].items()
        for method in methods
        if path.startswith("/v1/")
    }
    assert there == tried


@pytest.mark.parametrize(("method", "path", "body"), ROUTES)
def test_a_key_opens_its_own_tenant_and_no_other(both, method, path, body):
    client, keys, lives = both
    for mine, other in (("shoes", "films"), ("films", "shoes")):
        version = lives[other].engine.dataset.catalogue.version
        for given in (of(keys[mine]), {}):
            assert client.request(method, f"/t/{other}{path}", json=body, **given).status_code == 401
        assert lives[other].store.place == 0
        assert lives[other].engine.dataset.catalogue.version == version
    assert client.request(method, path, json=body, **of(keys["films"])).status_code == 404  # of no tenant


def test_users_events_and_items_never_cross(both):
    client, keys, lives = both
    shoes, films = of(keys["shoes"]), of(keys["films"])
    like = {"event_id": "e1", "user_id": "ann", "item_id": "4", "type": "like"}
    assert client.post("/t/shoes/v1/feedback", json=like, **shoes).json() == {"accepted": 1, "repeated": 0}
    hide = like | {"type": "hide"}  # the same id with another body is no conflict: it is another tenant's
    assert client.post("/t/films/v1/feedback", json=hide, **films).json() == {"accepted": 1, "repeated": 0}
    told = [
        client.get(f"/t/{name}/v1/users/ann/history", **key).json()["events"][0]
        for name, key in (("shoes", shoes), ("films", films))
    ]
    assert [(each["type"], each["title"]) for each in told] == [("like", "Rain jacket"), ("hide", "Casino")]
    client.put("/t/films/v1/items/9", json={"title": "Trail shoes, a film"}, **films)
    found = client.post("/t/shoes/v1/search", json={"text": "trail"}, **shoes).json()["items"]
    assert [each["title"] for each in found] == ["Trail shoes"]
    client.delete("/t/films/v1/users/ann", **films)
    assert client.get("/t/shoes/v1/users/ann/history", **shoes).json()["total"] == 3
    assert [each.type for each in lives["shoes"].store.since(0)] == ["like"]
    for name, key, titles in (("shoes", shoes, lives["shoes"]), ("films", films, lives["films"])):
        answer = client.post(f"/t/{name}/v1/recommend", json={"user_id": "cid"}, **key).json()
        known = set(titles.engine.dataset.catalogue.titles)
        assert answer["items"]
        assert {each["title"] for each in answer["items"]} <= known


def test_health_and_figures_are_of_all_and_name_the_tenant(both, monkeypatch):
    monkeypatch.setattr("genrec.serving.health.KEPT", -1.0)  # looked at each time
    client, keys, lives = both
    client.get("/t/shoes/v1/models", **of(keys["shoes"]))
    client.get("/t/films/v1/items/2", **of(keys["films"]))
    text = client.get("/metrics").text
    assert '{method="GET",path="/v1/items/{item_id}",status="200",tenant="films"} 1.0' in text
    assert 'path="/v1/models",status="200",tenant="shoes"' in text
    assert text.count("# TYPE genrec_request_seconds histogram") == 1
    assert client.get("/health/ready").json() == {"ready": True, "faults": {}}
    lives["films"].store.check = broken
    told = client.get("/health/ready")
    assert (told.status_code, list(told.json()["faults"])) == (503, ["films"])
    assert client.get("/health/live").json() == {"live": True}


def broken():
    from genrec.errors import StoreError

    raise StoreError("the event store cannot be used")


def test_an_address_of_no_tenant_names_none(both):
    client, _, _ = both
    for path in ("/", "/t/", "/t/nobody/", "/t/nobody/v1/models", "/v1/models", "/openapi.json", "/t"):
        reply = client.get(path)
        assert reply.status_code == 404, path
        assert "shoes" not in reply.text
    redirected = client.get("/t/films")
    assert (redirected.status_code, redirected.headers["location"]) == (307, "/t/films/")
    assert "<h1>genrec</h1>" in client.get("/t/films/").text


@pytest.mark.parametrize("given", ["shoes", "shoes=", "=dir", "Shoes=dir", "a/b=dir", "..=dir", "a b=dir"])
def test_a_name_that_could_be_another_address_is_refused(given):
    with pytest.raises(UsageError, match="NAME=DIR"):
        named_folders([given])


def test_one_folder_is_not_two_tenants(tmp_path):
    with pytest.raises(UsageError, match="given twice"):
        named_folders([f"a={tmp_path}", f"b={tmp_path}/."])
    with pytest.raises(UsageError, match="given twice"):
        named_folders([f"a={tmp_path}", f"a={tmp_path}/x"])
