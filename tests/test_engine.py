"""The engine over toy data with scripted words: what an answer says, and that it is true."""

import dataclasses
import json
import shutil

import numpy as np
import pytest
import yaml

from genrec import artifacts, index
from genrec.cli.doctor import _folders
from genrec.cli.init import init
from genrec.engine import Engine, Request
from genrec.errors import ArtifactError, UsageError
from genrec.explaining import Explainer
from genrec.generation.scripted import ScriptedGenerator
from genrec.models.base import Fitting
from genrec.models.fitting import fit, save
from genrec.models.settings import EASESettings
from genrec.testing.data import checkerboard
from genrec.workspace import Workspace

ITEMS = "item_id,title,year,genres\n" + "".join(
    f"{number},{title},{1970 + number},{genres}\n"
    for number, (title, genres) in enumerate(
        [
            ("Alien", "Horror|Sci-Fi"),
            ("Blade Runner", "Sci-Fi"),
            ("Contact", "Drama|Sci-Fi"),
            ("Dune", "Sci-Fi"),
            ("Emma", "Romance"),
            ("Fargo", "Crime|Drama"),
            ("Solaris", "Drama|Sci-Fi"),
        ]
    )
)
EVENTS = "user_id,item_id,rating,timestamp\n" + "".join(
    f"u{user},{(user + step) % 7},{rating},{1_000_000 + step}\n"
    for user in range(7)
    for step, rating in enumerate((5, 4, 2))
)
SETTINGS = """
catalogue: items.csv
interactions: events.csv
retriever: bm25
dense: null
history: {events: [rating], min_rating: 3, verb: watched}
bm25: {fields: {title: 1, genres: 0.5}}
generator: {n_queries: 2}
"""


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shop")
    for name, text in {"items.csv": ITEMS, "events.csv": EVENTS, "genrec.yaml": SETTINGS}.items():
        (folder / name).write_text(text)
    index.build(Workspace.open(folder))
    return folder


def opened(root, replies=("slow drama", "sci-fi")) -> Engine:
    engine = Engine.open(root)
    return Engine(engine.workspace, engine.dataset, engine.index, generator=ScriptedGenerator(replies))


def test_an_answer_is_the_public_json(root):
    answer = opened(root).recommend("u0", k=3)
    assert answer.user_id == "u0"
    assert (answer.source, answer.degraded) == ("model", False)
    assert [each.text for each in answer.queries] == ["slow drama", "sci-fi"]
    assert [item.rank for item in answer.items] == [1, 2, 3]
    json.dumps(dataclasses.asdict(answer))
    # u0 rated Alien and Blade Runner well and Contact badly: none of the three is shown
    assert not {item.title for item in answer.items} & {"Alien", "Blade Runner", "Contact"}


def test_reasons_cite_the_history_alone(root):
    engine = opened(root)
    for item in engine.recommend("u0", k=4, explain="template").items:
        assert item.reason
        assert item.reason_by == "template"
        cited = {each.item_id for each in item.evidence if each.item_id not in (None, item.item_id)}
        assert cited <= {"0", "1"}


def told(reason: str):
    """A script that writes searches, and one reason for everything."""
    return lambda prompt: [reason] if "You liked" in prompt else ["slow drama", "sci-fi"]


def test_a_true_sentence_of_the_model_is_shown_and_a_false_one_is_not(root):
    truthful = opened(root, replies=told("Blade Runner, which you liked, and this share the genre Sci-Fi."))
    by = {item.reason_by for item in truthful.recommend("u0", k=4, explain="model").items}
    assert "model" in by
    liar = opened(root, replies=told("You liked Solaris, which won two awards."))
    answer = liar.recommend("u0", k=4, explain="model")
    assert {item.reason_by for item in answer.items} == {"template"}
    assert not any("awards" in item.reason for item in answer.items)


def test_no_reasons_when_none_are_asked_for(root):
    assert {item.reason for item in opened(root).recommend("u0", k=2, explain="none").items} == {""}


def test_a_user_whose_every_event_is_negative_gets_popular_items_marked_so(root):
    engine = opened(root)
    answer = engine.recommend(history=[], text=None, user_id="u0", k=2)
    assert answer.source == "fallback"
    assert answer.degraded
    assert answer.degraded_reason


@pytest.mark.parametrize("user_id", [None, "u0"])
def test_an_empty_history_gets_popular_items_that_fit_marked_so(root, user_id):
    answer = opened(root).recommend(user_id, history=[], k=2, where='"Drama" in genres')
    assert (answer.source, answer.degraded) == ("fallback", True)
    assert {item.title for item in answer.items} <= {"Contact", "Fargo", "Solaris"}
    assert {name for item in answer.items for name in item.sources} == {"popularity"}


def test_a_history_given_for_a_user_does_not_bring_back_what_they_have(root):
    (query,) = opened(root).queries([Request("u0", history=["4"], exclude=["6"])])
    # u0 rated 0 and 1 well and 2 badly
    assert query.unwanted.tolist() == [0, 1, 2, 4, 6]
    assert query.history.tolist() == [4]
    answer = opened(root).recommend("u0", history=["4"], k=3)
    assert {item.item_id for item in answer.items} <= {"3", "5", "6"}


def test_a_user_is_none_of_the_other_people_whatever_history_is_given(root):
    engine = opened(root)
    (alone,) = engine.recommend("u0", history=["3"], k=1, where='title = "Emma"').items
    # of seven users, two others rated Emma well
    assert alone.reason == "2 of 6 other people liked this."


def test_a_batch_answers_as_one_by_one(root):
    engine = opened(root)
    together = engine.recommend_many([Request("u1"), Request(history=["3"]), Request(text="romance")], k=3)
    alone = [
        engine.recommend("u1", k=3),
        engine.recommend(history=["3"], k=3),
        engine.recommend(text="romance", k=3),
    ]
    for one, other in zip(together, alone, strict=True):
        assert one.items == other.items


def test_explain_says_where_the_item_stands(root):
    engine = opened(root)
    first = engine.recommend("u0", k=4).items[0]
    why = engine.explain("u0", first.item_id).items[0]
    assert (why.rank, why.item_id, why.query_ids) == (1, first.item_id, first.query_ids)
    with pytest.raises(UsageError, match="already"):
        engine.explain("u0", "0")


def test_a_title_in_place_of_an_id_gets_its_id(root):
    for ask in (opened(root).similar, lambda title: opened(root).explain("u0", title)):
        with pytest.raises(UsageError, match=r"(?s)that is a title.*give its id: 1$"):
            ask("blade runner")


def test_an_item_outside_the_list_has_no_place_score_or_source(root):
    (outside,) = (answer := opened(root, replies=["dune"]).explain("u0", "4", depth=1)).items
    assert (outside.rank, outside.score, outside.sources) == (None, None, {})
    assert "the item is not among the model's first 1" in answer.warnings
    assert outside.reason


def test_similar_leaves_the_item_itself_out(root):
    answer = opened(root).similar("6", k=3)
    assert answer.items[0].title == "Contact"  # the other drama with science fiction
    assert "6" not in {item.item_id for item in answer.items}
    assert (answer.source, answer.model) == ("model", "similar")
    with pytest.raises(UsageError, match="k is 0"):
        opened(root).similar("6", k=0)


def test_similar_tells_what_items_share_and_nothing_of_a_user(root):
    items = opened(root).similar("6", k=6).items
    assert [item.title for item in items] == ["Contact", "Fargo", "Alien", "Blade Runner", "Dune"]
    assert items[2].reason == "This shares the genre Sci-Fi with Solaris."
    for item in items:
        assert "you" not in item.reason.casefold().split()
        assert {(each.kind, each.item_id) for each in item.evidence} == {("attribute", "6")}


def test_items_that_share_no_value_get_no_reason_for_being_similar(root):
    assert opened(root).explainer.compare(0, np.array([4], np.int32)) == [None]  # Alien and Emma


def test_a_removed_item_is_not_explained_as_if_it_could_be_had(root):
    whole = opened(root)
    engine = Engine(
        whole.workspace, whole.dataset.with_catalogue(whole.dataset.catalogue.without_items(["6"]))
    )
    with pytest.raises(UsageError, match="item 6 was removed"):
        engine.explain("u0", "6")


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"user_id": 1}, "unknown user 1"),
        ({"history": [5]}, "unknown item 5"),
        ({"history": "5"}, "a list of item ids is wanted"),
        ({"user_id": "u0", "exclude": "65"}, "a list of item ids is wanted"),
        ({"text": "slow \udcff"}, "not valid Unicode"),
    ],
)
def test_what_python_lets_through_is_refused_by_name(root, given, says):
    with pytest.raises(UsageError, match=says):
        opened(root).recommend(**given, k=1)


def test_an_unknown_way_to_explain_is_refused(root):
    with pytest.raises(UsageError, match="explain is 'loudly'"):
        opened(root).recommend("u0", k=1, explain="loudly")


def test_nothing_is_like_an_item_that_has_left(root, tmp_path):
    shop = shutil.copytree(root, tmp_path / "shop")
    gone = opened(root).dataset.catalogue.ids[0]
    lines = (shop / "items.csv").read_text().splitlines(keepends=True)
    (shop / "items.csv").write_text("".join([lines[0], *lines[2:]]))
    with pytest.raises(UsageError, match=f"item {gone} has left the catalogue"):
        Engine.open(shop).similar(gone)


def test_a_small_catalogue_needs_no_k(root):
    engine = opened(root)
    alive = int(engine.dataset.catalogue.alive.sum())
    assert engine.list_length() == min(10, alive)
    small = engine.recommend(history=["1"], where='title == "Solaris"')
    assert [each.title for each in small.items] == ["Solaris"]
    with pytest.raises(UsageError, match="k is 0"):
        engine.recommend("u0", k=0)


def test_words_for_a_model_that_reads_none_are_warned_of(root):
    unread = "the model popularity does not read words: the text was not used"
    engine = Engine.open(root, model="popularity")
    assert unread in engine.recommend(text="space", k=1).warnings
    assert engine.recommend("u0", k=1).warnings == ()
    assert unread not in opened(root).recommend(text="space", k=1).warnings


def test_a_damaged_list_of_items_is_told_as_such(root, tmp_path):
    shop = shutil.copytree(root, tmp_path / "shop")
    (shop / "index" / "items.json").write_text("[")
    for opening in (lambda: index.build(Workspace.open(shop)), lambda: Engine.open(shop, model="popularity")):
        with pytest.raises(ArtifactError, match=r"the index is damaged") as caught:
            opening()
        assert "genrec index" in caught.value.next_step


def test_settings_are_checked_at_the_door(root):
    with pytest.raises(UsageError, match=r"retriever: .*bm25"):
        Engine.open(root, retriever="hyperdrive")
    with pytest.raises(UsageError, match="n_queries"):
        Engine.open(root, n_queries=0)
    with pytest.raises(UsageError, match=r"unknown model .oracle."):
        Engine.open(root, model="oracle")


def test_a_flipped_bit_in_an_adapter_is_found_before_anything_is_loaded(root):
    with artifacts.writing(root / "models" / "mine", kind="language-model") as folder:
        (folder / "adapter_config.json").write_text("{}")
        (folder / "adapter_model.safetensors").write_bytes(bytes(100))
    workspace = Workspace.open(root)
    settings = workspace.settings.changed({}, generator={"adapter": "models/mine"})
    plain = Engine.open(root)
    engine = Engine(workspace.with_settings(settings), plain.dataset, plain.index)
    weights = root / "models" / "mine" / "adapter_model.safetensors"
    weights.write_bytes(b"\1" + weights.read_bytes()[1:])
    with pytest.raises(ArtifactError, match=r"adapter_model\.safetensors"):
        _ = engine.generator
    settings = workspace.settings.changed({}, generator={"adapter": "models/other"})
    engine = Engine(workspace.with_settings(settings), plain.dataset, plain.index)
    with pytest.raises(ArtifactError, match="no adapter there"):
        _ = engine.generator


@pytest.mark.parametrize(("history", "told"), [({}, "viewed"), ({"verb": "watched"}, "watched")])
def test_a_view_is_called_so_unless_the_settings_name_it(tmp_path, history, told):
    (tmp_path / "items.csv").write_text(ITEMS)
    (tmp_path / "events.csv").write_text("user_id,item_id,event,timestamp\nann,2,view,1\nbob,6,view,2\n")
    init(folder=tmp_path)
    settings = yaml.safe_load((tmp_path / "genrec.yaml").read_text()) | {"retriever": "bm25", "dense": None}
    settings["history"] |= history
    (tmp_path / "genrec.yaml").write_text(yaml.safe_dump(settings))
    index.build(Workspace.open(tmp_path))
    answer = Engine.open(tmp_path, model="popularity").recommend("ann", k=1)
    assert answer.items[0].title == "Solaris"
    assert f"Contact, which you {told}" in answer.items[0].reason


def test_an_adapter_without_a_manifest_is_warned_of(root, tmp_path):
    (tmp_path / "adapter_config.json").write_text("{}")
    engine = opened(root)
    settings = engine.settings.changed({}, generator={"adapter": str(tmp_path)})
    workspace = engine.workspace.with_settings(settings)
    plain = Engine(workspace, engine.dataset, engine.index, generator=ScriptedGenerator(["dune"]))
    warning = f"the adapter {tmp_path} has no manifest and was not checked"
    assert warning in plain.recommend("u0", k=2).warnings
    assert engine.recommend("u0", k=2).warnings == ()


def test_doctor_checks_each_model_and_the_adapter(fitted):
    def found() -> list[tuple[str, str]]:
        return [(each.topic, each.state) for each in _folders(Workspace.open(fitted))]

    (fitted / "models" / "plain").mkdir()
    (fitted / "models" / "plain" / "adapter_config.json").write_text("{}")
    shutil.rmtree(fitted / "models" / "mine", ignore_errors=True)
    assert found() == [("model", "ok"), ("adapter", "note")]
    arrays = fitted / "models" / "ease" / "arrays.safetensors"
    arrays.write_bytes(arrays.read_bytes()[:-1] + b"\1")
    (fitted / "genrec.yaml").write_text(SETTINGS.replace("n_queries: 2", "adapter: nope"))
    assert found() == [("model", "wrong"), ("adapter", "note"), ("adapter", "wrong")]


def test_the_version_of_a_model_follows_its_settings_and_data(root):
    plain, fewer = Engine.open(root), Engine.open(root, n_queries=1)
    assert plain.model_version == Engine.open(root).model_version
    assert plain.model_version != fewer.model_version


def test_indices_inside_are_the_ids_outside(root):
    engine = opened(root)
    (query,) = engine.queries([Request("u2", exclude=["6"])])
    assert query.history.dtype == np.int32
    assert [engine.dataset.catalogue.ids[item] for item in query.history] == ["2", "3"]
    assert {engine.dataset.catalogue.ids[item] for item in query.exclude} == {"4", "6"}


@pytest.fixture
def fitted(root, tmp_path):
    """A copy of the shop in which EASE is fitted."""
    folder = tmp_path / "fitted"
    shutil.copytree(root, folder)
    workspace = Workspace.open(folder)
    dataset, _ = workspace.load()
    settings = EASESettings(regularization=1)
    save(fit(settings, dataset, Fitting()), workspace.models_folder / "ease", dataset, seed=0)
    return folder


def test_a_fitted_model_is_used_by_its_name_and_needs_no_index(fitted):
    shutil.rmtree(fitted / "index")
    engine = Engine.open(fitted, model="ease")
    answer = engine.recommend("u0", k=3)
    dataset = engine.dataset
    model = fit(EASESettings(regularization=1), dataset, Fitting())
    expected = model.recommend([dataset.query(0)], k=3).items[0]
    assert [item.item_id for item in answer.items] == [dataset.catalogue.ids[int(each)] for each in expected]
    assert answer.model == "ease"
    assert answer.warnings == ()
    with pytest.raises(ArtifactError, match="no index yet"):
        engine.similar("0", k=3)


def test_a_fitted_model_reasons_with_people_of_a_history_like_the_users():
    dataset, _ = checkerboard(40, 12)
    explainer = Explainer(dataset)
    query = dataset.query(0)
    items = np.array([0], np.int32)  # the diagonal: all other even users have it
    (reason,) = explainer.explain(query, items, neighbours=True)
    assert "history like yours" in reason.text
    assert [each.kind for each in reason.evidence] == ["neighbours"]
    (plain,) = explainer.explain(query, items)
    assert "history like yours" not in plain.text


def test_a_model_older_than_its_data_says_so(fitted):
    with (fitted / "events.csv").open("a") as file:
        file.write("u0,6,5,2000000\n")
    answer = Engine.open(fitted, model="ease").recommend("u1", k=2)
    assert any("older than the data" in each and "genrec fit ease" in each for each in answer.warnings)


def test_unknown_models_list_the_fitted_ones(fitted):
    with pytest.raises(UsageError, match="choose from generative, popularity, ease"):
        Engine.open(fitted, model="oracle")


def test_a_damaged_model_is_refused(fitted):
    arrays = fitted / "models" / "ease" / "arrays.safetensors"
    arrays.write_bytes(arrays.read_bytes()[:-1] + b"\1")
    with pytest.raises(ArtifactError, match=r"arrays\.safetensors"):
        Engine.open(fitted, model="ease").recommend("u0", k=2)
