"""What a served workspace writes with, and what is loaded before it listens."""

import shutil
import time
from dataclasses import replace

import pytest

from genrec.data.ids import IdMap
from genrec.engine import Engine, Request
from genrec.errors import BackendError
from genrec.events import Event
from genrec.generation.adapters import AdaptedGenerator
from genrec.generation.local import LocalGenerator
from genrec.generation.scripted import ScriptedGenerator
from genrec.models.base import Fitting
from genrec.models.fitting import fit, save
from genrec.models.settings import EASESettings
from genrec.serving.live import NOTHING_FOUND, NOTHING_WRITTEN, Live
from genrec.serving.state import Recent, Writers


def serving(workspace, *replies):
    return Live.open(workspace, deadline=1.0, generator=ScriptedGenerator(replies))


def test_the_model_is_asked_once_before_the_first_request(live, generator):
    live.warm()
    assert generator.calls == 1


def test_served_reasons_are_worded_by_the_reasons_adapter_on_the_model_in_memory(workspace, monkeypatch):
    opened = []

    def open_generator(settings, root):
        opened.append(LocalGenerator("nowhere"))
        return opened[-1]

    monkeypatch.setattr("genrec.serving.state.open_generator", open_generator)
    generator = workspace.settings.generator.model_copy(update={"reason_adapter": "reasons"})
    adapted = replace(workspace, settings=workspace.settings.model_copy(update={"generator": generator}))
    writers = Writers.of(Engine.of(adapted), deadline=1.0)
    writer = writers.words().generator.generator
    assert isinstance(writer, AdaptedGenerator)
    assert writer.base is writers.generator.generator
    assert len(opened) == 1


def test_any_model_is_served_with_an_index_that_is_read_once_and_looked_at(workspace, monkeypatch):
    dataset, _ = workspace.load()
    save(fit(EASESettings(), dataset, Fitting()), workspace.models_folder / "mine", dataset, seed=0)
    live = Live.open(
        workspace.with_settings(workspace.settings.changed({"model": "mine"}, generator={})), deadline=1.0
    )
    monkeypatch.setattr("genrec.engine.open_index", None)
    live.put_item({"item_id": "9", "title": "Trail socks"})
    live.forget("bob")
    assert {each.item_id for each in live.search("trail", k=3).items} == {"3", "9"}
    assert live.health.faults() == []
    shutil.rmtree(workspace.index_folder)
    monkeypatch.setattr("genrec.serving.health.KEPT", 0.0)
    assert live.health.faults() == ["the index is missing"]
    live.close()


def liked(live, *items):
    live.feedback([Event(f"e{each}", "zed", each, "like", 1) for each in items])


def test_many_events_are_folded_into_the_data(live, monkeypatch):
    monkeypatch.setattr("genrec.serving.live.FOLD", 3)
    liked(live, "5", "6")
    assert len(live._state.recent) == 2
    assert "zed" not in live.engine.dataset.interactions.users
    liked(live, "7")
    ends = time.monotonic() + 60
    while len(live._state.recent) and time.monotonic() < ends:
        time.sleep(0.02)
    assert len(live._state.recent) == 0
    assert len(live.engine.events_of("zed")) == 3
    assert "zed" in live.engine.dataset.interactions.users


def test_events_stay_where_the_data_cannot_be_read_anew(live, workspace, caplog):
    liked(live, "5")
    (workspace.root / "items.csv").unlink()
    live.refresh()
    assert "not read anew" in caplog.text
    assert len(live.engine.events_of("zed")) == 1


def test_what_a_user_did_since_is_made_once_until_the_next_event():
    recent, items = Recent(), IdMap(["5"])
    recent.add([Event("e1", "zed", "5", "like", 1), Event("e2", "zed", "6", "like", 2)])
    first = recent.of("zed", items)
    assert recent.of("zed", items) is first
    assert first.items.tolist() == [0]
    assert recent.of("zed", IdMap(["6", "5"])).items.tolist() == [1, 0]
    recent.add([Event("e3", "zed", "5", "view", 3)])
    assert recent.of("zed", items).items.tolist() == [0, 0]
    recent.forget("zed")
    recent.add([Event("e4", "zed", "6", "like", 4)])
    assert recent.of("zed", items) is None


@pytest.mark.parametrize(
    ("replies", "why"), [(["", "..."], NOTHING_WRITTEN), (["zzzz", "qqqq"], NOTHING_FOUND)]
)
def test_a_model_of_whose_words_nothing_is_used_is_said_to_be(workspace, replies, why):
    answer = serving(workspace, *replies).recommend(Request("ann"), k=4)
    assert (answer.source, answer.degraded, answer.degraded_reason) == ("fallback", True, why)
    assert len(answer.items) == 4


def test_an_address_is_never_a_search_that_is_shown(workspace):
    written = [
        "trail https://evil.example/shoes",
        "buy at evil.com",
        "WWW.evil.example",
        "trail \ud800 shoes",
    ]
    answer = serving(workspace, *written).recommend(Request("ann"), k=4)
    assert [each.text for each in answer.queries] == ["trail ? shoes"]
    assert answer.source == "model"


def test_a_list_stays_where_only_its_words_fail(workspace):
    class Mute(ScriptedGenerator):
        def generate(self, prompts, decoding):
            if decoding.mode == "greedy":  # that is how reasons are asked for
                raise BackendError("out of words")
            return super().generate(prompts, decoding)

    live = Live.open(workspace, deadline=1.0, generator=Mute(["trail shoes"]))
    answer = live.recommend(Request("bob"), k=2, explain="template")
    assert not answer.degraded
    live._writers.words.cache_clear()
    worded = live.recommend(Request("bob"), k=2, explain="model")
    assert [each.item_id for each in worded.items] == [each.item_id for each in answer.items]
    assert {each.reason_by for each in worded.items} == {"template"}
    assert worded.source == "model"
