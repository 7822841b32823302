"""A whole fine-tuning of a tiny model: what it learns, a kill in the middle, what it leaves behind."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
import torch
import yaml

from genrec.artifacts import Manifest
from genrec.config import HistorySettings, LanguageUse
from genrec.data.catalogue import Catalogue
from genrec.data.dataset import Dataset
from genrec.data.interactions import Interactions
from genrec.data.splits import split
from genrec.errors import ArtifactError, UsageError
from genrec.evaluation.language import writing_model
from genrec.evaluation.prepare import ask
from genrec.evaluation.recipe import DataSettings, FinetunedModel, Recipe
from genrec.finetuning.bench import set_up
from genrec.finetuning.card import base_licence, data_licence
from genrec.finetuning.preview import marked, preview, steps_and_padding
from genrec.finetuning.recipe import FinetuneRecipe
from genrec.finetuning.run import continued, fit, sampled, save, with_search
from genrec.metrics import Hits, recall
from genrec.models.language import opened, read_language_model
from genrec.models.listing import listed
from genrec.training.language import LanguageNetwork

NAMES = ["Amber", "Birch", "Cedar", "Delta", "Ember", "Fjord", "Grove", "Heron", "Islet", "Joker"]


def circle(n_users: int = 40, *, step: int = 3) -> Dataset:
    """Everyone goes through ten titles in the same order, every third, from somewhere on."""
    catalogue = Catalogue(
        pl.DataFrame(
            {"item_id": [str(each) for each in range(10)], "title": [f"{name} Road" for name in NAMES]}
        )
    )
    rows = [
        (str(user), str((user + step * at) % 10), at)
        for user in range(n_users)
        for at in range(6 + 2 * (user // 10))
    ]
    log = pl.DataFrame(rows, schema=["user_id", "item_id", "timestamp"], orient="row").with_columns(
        event=pl.lit("like"), value=pl.lit(None, pl.Float64), text=pl.lit(None, pl.String)
    )
    return Dataset(catalogue, Interactions.from_frame(log, catalogue.ids), history=HistorySettings())


def recipe(**changes: object) -> FinetuneRecipe:
    return FinetuneRecipe.model_validate(
        {
            "name": "tiny",
            "data": {"workspace": "."},
            "base": "scratch",
            "method": "full",
            "scratch": {"vocabulary": 300, "n_layers": 1, "hidden_size": 32, "n_heads": 2, "context": 256},
            "training": {"epochs": 24, "learning_rate": 0.003, "batch_tokens": 200, "validate_every": 4},
            "decoding": {"n_queries": 3, "max_tokens": 12, "history_tokens": 64},
            "validation_users": 8,
        }
        | changes
    )


@pytest.fixture(scope="module")
def parted():
    return split(circle(), recipe().split)


@pytest.fixture(scope="module")
def trained(parted):
    bench = set_up(recipe(), parted)
    return bench, fit(bench, is_quiet=True)


def test_it_learns_what_comes_next(trained, parted):
    bench, course = trained
    assert course.losses[-1] < course.losses[0] / 2
    rows = bench.recommender(parted.train).recommend(parted.validation.queries(), k=1).items[:, 0]
    hit = np.mean([row == parted.validation.targets(each)[0] for each, row in enumerate(rows.tolist())])
    assert hit > 0.6  # a title at random hits one time in six


def test_five_steps_with_the_loss_pinned(parted):
    bench = set_up(
        recipe(training={"epochs": 5, "learning_rate": 0.01, "batch_tokens": 10_000, "patience": 9}), parted
    )
    losses = fit(bench, is_quiet=True).losses
    assert losses == pytest.approx([6.4112, 4.7102, 3.9734, 3.3646, 2.9361], abs=0.002)


@pytest.mark.parametrize(
    ("tokens", "advice"),
    [
        (4000, "lower training.batch_tokens from 4000 to 2000"),
        (16, "lower training.batch_tokens from 16 to 8, and lower examples.max_tokens from 512 to 256"),
    ],
    ids=["many rows a batch", "one row a batch"],
)
def test_memory_used_up_says_what_to_lower(parted, monkeypatch, tokens, advice):
    def refused(*_):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20 GiB")

    bench = set_up(recipe(training={"batch_tokens": tokens}), parted)
    monkeypatch.setattr(LanguageNetwork, "loss", refused)
    with pytest.raises(UsageError) as told:
        fit(bench, is_quiet=True)
    assert str(told.value).endswith(f"next: {advice}")


def test_the_same_seed_gives_the_same_bytes(parted, tmp_path):
    """Dropout and the order of rows included, and other bytes by another seed."""
    files = []
    for place, seed in enumerate((1, 1, 2)):
        bench = set_up(recipe(seed=seed, training={"epochs": 2, "batch_tokens": 200}), parted)
        save(bench, tmp_path / str(place), fit(bench, is_quiet=True))
        manifest = Manifest.model_validate_json((tmp_path / str(place) / "manifest.json").read_bytes())
        files.append(manifest.files["model.safetensors"])
    assert files[0] == files[1] != files[2]


@pytest.mark.slow
def test_a_training_that_was_killed_ends_in_the_same_bytes(trained, parted, tmp_path):
    bench, course = trained
    save(bench, tmp_path / "whole" / "tiny", course)
    stopped = set_up(recipe(), parted)
    calls = []

    def killed(rng):
        calls.append(1)
        if len(calls) > 13:
            raise KeyboardInterrupt
        return stopped.rows.batches(rng, 200)

    from genrec.finetuning import run

    with pytest.MonkeyPatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(run, "batches_of", lambda bench: killed)
        fit(stopped, checkpoints=tmp_path / "checkpoints", is_quiet=True)
    again = set_up(recipe(), parted)
    course = fit(again, checkpoints=tmp_path / "checkpoints", is_quiet=True)
    save(again, tmp_path / "resumed" / "tiny", course)
    hashes = [
        Manifest.model_validate_json((tmp_path / name / "tiny" / "manifest.json").read_bytes()).files
        for name in ("whole", "resumed")
    ]
    assert hashes[0] == hashes[1]
    assert "model.safetensors" in hashes[0]


def test_a_saved_model_recommends_the_same_and_a_flipped_bit_is_refused(trained, parted, tmp_path):
    bench, course = trained
    save(bench, tmp_path / "tiny", course)
    queries = parted.test.queries()
    expected = bench.recommender(parted.train).recommend(queries, k=3)
    found = opened(tmp_path / "tiny", parted.train).recommend(queries, k=3)
    np.testing.assert_array_equal(found.items, expected.items)
    assert found.trace[0].queries[0].text.endswith("Road")
    weights = tmp_path / "tiny" / "model.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    with pytest.raises(ArtifactError, match="damaged"):
        opened(tmp_path / "tiny", parted.train)


@pytest.fixture(scope="module")
def models(trained, tmp_path_factory):
    bench, course = trained
    folder = tmp_path_factory.mktemp("models")
    save(bench, folder / "tiny", course)
    return folder


def evaluated(parted, models, use=None, **changes):
    asked = {"name": "x", "data": {"workspace": "."}, "models": {"popularity": None}, "ks": [1], "k": 1}
    prepared = ask(Recipe.model_validate(asked | changes), parted)
    return writing_model(FinetunedModel(folder="tiny", **(use or {})), prepared, root=models)


@pytest.mark.parametrize(
    "use", [{}, {"ranking": "likelihood"}, {"ranking": "beam"}, {"mode": "sample", "n_queries": 5}]
)
def test_a_benchmark_takes_the_folder_and_ranks_as_asked(parted, models, use):
    best = evaluated(parted, models, use).recommend(parted.validation.queries(), k=1).items[:, 0]
    hit = np.mean([row == parted.validation.targets(each)[0] for each, row in enumerate(best.tolist())])
    assert hit > 0.6


def test_a_model_that_has_seen_other_parts_is_in_no_table(parted, models):
    with pytest.raises(UsageError, match=r"not trained on the training part.*\n.*\n.*its split is"):
        evaluated(parted, models, split={"kind": "leave-one-out", "ties": "shuffle", "seed": 1})
    with pytest.raises(UsageError, match="from training alone"):
        evaluated(parted, models, fit_scope="train-and-validation")
    other = split(circle(n_users=39), recipe().split)
    with pytest.raises(UsageError, match="another fingerprint"):
        evaluated(other, models)


@pytest.fixture(scope="module")
def base(trained, tmp_path_factory):
    """A whole model in transformers form: what an adapter is trained for."""
    folder = tmp_path_factory.mktemp("base") / "tiny-base"
    bench, _ = trained
    bench.model.save_pretrained(folder)
    bench.tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def adapted(base):
    """An adapter that turns the circle round, from a base that goes the other way."""
    changed = recipe(
        base=str(base),
        method="lora",
        training={"epochs": 16, "learning_rate": 0.02, "batch_tokens": 200, "validate_every": 4},
    )
    parted = split(circle(step=7), changed.split)
    bench = set_up(changed, parted)
    return parted, bench, fit(bench, is_quiet=True)


def test_an_adapter_learns_what_its_base_did_not_know(adapted):
    parted, bench, _ = adapted
    queries = parted.validation.queries()
    targets = [int(parted.validation.targets(row)[0]) for row in range(len(queries))]
    learnt = bench.recommender(parted.train).recommend(queries, k=1).items[:, 0]
    with bench.model.disable_adapter():
        before = bench.recommender(parted.train).recommend(queries, k=1).items[:, 0]
    assert np.mean(learnt == targets) > 0.6
    assert np.mean(before == targets) < 0.4


def test_a_saved_adapter_merged_has_the_logits_it_had_unmerged(adapted, base, tmp_path):
    parted, bench, course = adapted
    save(bench, tmp_path / "models" / "tiny", course)
    assert (tmp_path / "models" / "tiny" / "adapter_config.json").is_file()
    served = opened(tmp_path / "models" / "tiny", parted.train)
    ids = torch.from_numpy(bench.rows.row(0)[0].astype(np.int64))[None]
    with torch.inference_mode():
        expected = bench.model.eval()(ids).logits
        found = served.generator.model(ids).logits.float()
    torch.testing.assert_close(found, expected, atol=0.02, rtol=0.02)
    with bench.model.disable_adapter(), torch.inference_mode():
        assert (bench.model(ids).logits - expected).abs().max() > 0.5


def test_going_on_starts_where_the_model_was(trained, models, adapted, parted, tmp_path):
    again = set_up(continued(models / "tiny"), parted, start=models / "tiny")
    rows = trained[0].rows.padded(np.arange(5))
    losses = [
        LanguageNetwork(each.model).eval().loss(*rows).item()
        for each in (again, set_up(recipe(), parted), trained[0])
    ]
    assert losses[0] == pytest.approx(losses[2], abs=1e-4)
    assert losses[1] > losses[0] + 1
    turned, bench, course = adapted
    save(bench, tmp_path / "turned", course)
    further = set_up(continued(tmp_path / "turned"), turned, start=tmp_path / "turned")
    ids = torch.from_numpy(bench.rows.row(0)[0].astype(np.int64))[None]
    with torch.inference_mode():
        torch.testing.assert_close(further.model.eval()(ids).logits, bench.model.eval()(ids).logits)
    assert any(each.requires_grad for each in further.model.parameters())


def test_folders_say_what_they_are(adapted, models, base, tmp_path):
    found = listed(models / "tiny")
    assert (found.kind, found.seed) == ("language model from scratch", 0)
    assert 0.6 < found.validation_ndcg <= 1
    _, bench, course = adapted
    save(bench, tmp_path / "turned", course)
    assert listed(tmp_path / "turned").kind == f"adapter of {base}"


@pytest.mark.parametrize(
    ("positions", "expected"),
    [("every", 10 * (3 + 5 + 7 + 9)), ("last", 40)],
    ids=["every place", "the last alone"],
)
def test_the_prompt_of_the_paper_has_one_target_a_row(parted, positions, expected):
    bench = set_up(recipe(examples={"prompt": "query-gpt4rec", "positions": positions}), parted)
    assert len(bench.rows) == expected
    before, target = marked(bench, 0).split("»")
    assert before.startswith("Previously, the customer has bought: ")
    assert before.endswith(" Road. In the future, the customer wants to buy")
    assert target in {f" {name} Road\n«" for name in NAMES}


def test_the_preview_tells_what_would_be_done(trained):
    bench, _ = trained
    text = preview(bench)
    assert "40 rows" in text
    assert "Road\n»" in text
    steps, share = steps_and_padding(bench)
    assert 0 <= share < 0.2
    assert steps == len(list(bench.rows.batches(np.random.default_rng(0), 200)))
    assert f"{steps} steps in the first epoch" in text
    assert "left out" not in text  # nothing was


def test_a_chat_prompt_needs_a_chat_template(parted):
    with pytest.raises(UsageError, match="no chat template"):
        set_up(recipe(examples={"prompt": "query-instruct"}), parted)


def test_scratch_has_nothing_to_adapt():
    with pytest.raises(ValueError, match="nothing to adapt"):
        recipe(method="lora")


def test_bm25_is_chosen_on_validation_once_the_model_is_trained(trained, parted, tmp_path):
    bench, course = trained
    grid = {"k1": [0.4, 1.2], "b": [0, 1], "n_queries": [1, 3], "k": 2, "metric": "recall"}
    asked = recipe(decoding={"n_queries": 3, "max_tokens": 12, "history_tokens": 64, "grid": grid})
    chosen, points = with_search(replace(bench, recipe=asked))
    assert len(points) == 8
    best = max(points, key=lambda each: each.value)
    assert (chosen.settings.bm25, chosen.settings.generator.n_queries) == (best.bm25, best.n_queries)
    assert {each.n_queries for each in points} == {1, 3}
    holdout = sampled(parted.validation, asked.validation_users, asked.seed)
    items = chosen.recommender(parted.train).recommend(holdout.queries(), k=2).items
    assert best.value == recall(Hits.of(items, holdout.indptr, holdout.items), 2).mean()
    save(chosen, tmp_path / "tiny", course, searches=points)
    settings, manifest = read_language_model(tmp_path / "tiny")
    assert settings.bm25 == best.bm25
    assert len(manifest.details["searches"]) == 8


def test_nothing_is_chosen_without_a_grid(trained):
    asked = recipe(decoding={"grid": None})
    bench = replace(trained[0], recipe=asked)
    assert with_search(bench) == (bench, [])


def test_titles_are_read_and_written_to_their_first_words(parted):
    bench = set_up(recipe(examples={"title_words": 1}, training={"epochs": 1}), parted)
    text = bench.tokenizer.decode(bench.rows.ids)
    assert "Amber" in text
    assert "Road" not in text
    model = bench.recommender(parted.train)
    (prompt,) = model.prompts(parted.test.queries([0]))[1]
    assert "Road" not in repr(prompt)
    ranker = replace(bench, settings=bench.settings.used(LanguageUse(ranking="likelihood")))
    assert ranker.recommender(parted.train).trie.depth == 2  # a name and its end


def test_dropout_is_of_training_alone(parted):
    model = set_up(recipe(scratch={**recipe().scratch.model_dump(), "dropout": 0.5}), parted).model
    ids = torch.arange(1, 9)[None]
    with torch.no_grad():
        drawn = [model.train()(ids).logits for _ in range(2)]
        plain = [model.eval()(ids).logits for _ in range(2)]
    assert not torch.allclose(*drawn)
    torch.testing.assert_close(*plain)
    assert all(name.endswith("weight") for name in model.state_dict())


@pytest.fixture(scope="module")
def cards(models, adapted, tmp_path_factory):
    """The text of the card of a whole model, and of an adapter."""
    _, bench, course = adapted
    folder = tmp_path_factory.mktemp("cards") / "turned"
    save(bench, folder, course)
    return [(each / "README.md").read_text() for each in (models / "tiny", folder)]


def test_the_card_tells_what_the_model_is_made_of(trained, cards, parted):
    bench, course = trained
    whole, adapter = cards
    mean = f"- NDCG@10: {course.best[1]:.4f} ["
    for told in (
        f"fingerprint: `{parted.whole.fingerprint}`",
        "split: leave-one-out, ties stable: ",
        mean,
        "- Recall@10: ",
        "over 8 validation users",
        f"- epochs: {course.epochs}, the weights of {course.best_epoch} kept",
        "- base: none, it was trained from scratch",
        "- data: not known",
        "--model models/tiny --served-model-name tiny",
        f"torch {torch.__version__.partition('+')[0]}",
    ):
        assert told in whole
    assert "--enable-lora --max-lora-rank 8 --lora-modules turned=models/turned" in adapter
    assert "library_name: peft" in adapter
    recipe_text = whole.split("```yaml\n")[1].split("```")[0]
    assert FinetuneRecipe.model_validate(yaml.safe_load(recipe_text)) == bench.recipe


def test_equal_runs_write_equal_cards_and_the_manifest_covers_them(trained, models, tmp_path):
    bench, course = trained
    save(bench, tmp_path / "tiny", course)
    again = (tmp_path / "tiny" / "README.md").read_bytes()
    assert again == (models / "tiny" / "README.md").read_bytes()
    (tmp_path / "tiny" / "README.md").write_bytes(again + b"changed")
    with pytest.raises(ArtifactError, match=r"README\.md does not match"):
        listed(tmp_path / "tiny")


def test_the_interval_is_of_the_model_that_was_kept(trained, models, parted):
    _, course = trained
    found = listed(models / "tiny")
    low, high = found.validation_interval
    assert low <= found.validation_ndcg == course.best[1] <= high
    manifest = Manifest.model_validate_json((models / "tiny" / "manifest.json").read_bytes())
    assert manifest.details["measured"]["ndcg"][0] == pytest.approx(course.best[1])
    assert manifest.details["measured"]["users"] == 8


def test_licences_are_those_of_the_pins_or_of_the_base_s_own_card(tmp_path):
    assert base_licence("smollm2-135m-instruct").startswith("Apache-2.0 (https://huggingface.co/")
    assert data_licence(DataSettings(name="ml-100k")).startswith("GroupLens")
    assert data_licence(DataSettings(workspace=".")) == "not known"
    assert base_licence(str(tmp_path)) == "not known"
    (tmp_path / "README.md").write_text("no front matter")
    assert base_licence(str(tmp_path)) == "not known"
    (tmp_path / "README.md").write_text("---\nlicense: mit\n---\n# x")
    assert base_licence(str(tmp_path)) == "mit"
