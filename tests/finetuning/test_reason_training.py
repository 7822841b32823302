"""A tiny model taught to word reasons, alone or beside histories; its folder, and what it is refused for."""

from pathlib import Path

import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from genrec.config import GeneratorSettings
from genrec.data.splits import split
from genrec.errors import ArtifactError, UsageError
from genrec.explaining.writer import open_writer
from genrec.finetuning.bench import set_up
from genrec.finetuning.recipe import FinetuneRecipe, read_finetune_recipe
from genrec.finetuning.run import _validation, fit, save
from genrec.generation.local import LocalGenerator
from genrec.generation.scripted import ScriptedGenerator
from genrec.models.language import opened, reason_prompt
from genrec.models.listing import listed


@pytest.fixture(scope="module")
def base(tiny_tokenizer, tmp_path_factory):
    path = tmp_path_factory.mktemp("base")
    torch.manual_seed(0)
    sizes = {"hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 1, "num_attention_heads": 2}
    LlamaForCausalLM(LlamaConfig(vocab_size=257, eos_token_id=256, **sizes)).save_pretrained(path)
    tiny_tokenizer.save_pretrained(path)
    return path


def recipe(base, **changes) -> FinetuneRecipe:
    asked = {
        "name": "told",
        "data": {"workspace": "."},
        "split": {"kind": "by-user"},
        "base": str(base),
        "method": "lora",
        "reasons": {"rows": 12},
        "training": {"epochs": 2, "batch_tokens": 4000},
        "decoding": {"max_tokens": 4, "n_queries": 1},
        "validation_users": 3,
    }
    return FinetuneRecipe.model_validate(asked | changes)


@pytest.fixture(scope="module")
def told(base, shop, tmp_path_factory):
    """The folder of an adapter for reasons alone, and how it was made."""
    chosen = recipe(base)
    bench = set_up(chosen, split(shop(), chosen.split))
    course = fit(bench, is_quiet=True)
    folder = tmp_path_factory.mktemp("models") / "told"
    save(bench, folder, course)
    return folder, bench, course


def test_it_learns_from_reasons_alone_and_is_validated_by_the_check(told):
    _, bench, course = told
    assert len(bench.rows) == 12
    assert course.losses[1] < course.losses[0]
    assert [value for _, value in course.validations] == [0, 0]  # two steps of a random model say nothing


def test_its_folder_words_reasons_with_its_own_prompt_on_the_base_in_memory(told, base):
    folder, *_ = told
    searching = LocalGenerator(base, device="cpu", dtype="float32")
    settings = GeneratorSettings(model=str(base), reason_adapter=str(folder))
    writer = open_writer(settings, folder, searching)
    assert writer.template.name == "reason-tuned"
    assert writer.generator.base is searching
    assert [len(each) for each in writer([["You liked Alien."], ["You liked Heat."]])] == [1, 1]


def test_a_server_and_no_adapter_word_with_the_prompt_that_has_examples(base):
    server = ScriptedGenerator(["You liked Alien."])
    at_server = GeneratorSettings(backend="http://127.0.0.1:1/v1", reason_adapter="reasons")
    for settings in (at_server, GeneratorSettings()):
        writer = open_writer(settings, base, server)
        assert (writer.template.name, writer.generator) == ("reason", server)
        assert writer([["You liked Alien."]]) == [["You liked Alien."]]


def test_an_adapter_is_refused_for_what_it_was_not_trained_for(told, base, monkeypatch, tmp_path):
    folder, bench, _ = told
    assert reason_prompt(folder, base=str(base)).name == "reason-tuned"
    with pytest.raises(ArtifactError, match="no adapter of other"):
        reason_prompt(folder, base="other")
    with pytest.raises(UsageError, match="recommends nothing"):
        opened(folder, bench.split.train)
    plain = recipe(base, reasons=None, training={"epochs": 1, "batch_tokens": 4000})
    histories = set_up(plain, bench.split)
    save(histories, tmp_path / "histories", fit(histories, is_quiet=True))
    with pytest.raises(ArtifactError, match="not trained to word reasons"):
        reason_prompt(tmp_path / "histories", base=str(base))
    from genrec.models import language

    changed = language.load_prompt("reason-tuned").model_copy()
    changed._hash = "other"
    monkeypatch.setattr(language, "load_prompt", lambda name: changed)
    with pytest.raises(ArtifactError, match="not the one that this adapter was trained with"):
        reason_prompt(folder, base=str(base))


def test_it_is_listed_without_a_measure_that_is_not_its_own(told, base):
    found = listed(told[0])
    assert found.kind == f"adapter of {base}, for reasons"
    assert found.validation_ndcg is None


def test_histories_can_be_learnt_beside_reasons(base, shop, monkeypatch):
    chosen = recipe(base, reasons={"rows": 12, "alone": False})
    parted = split(shop(), chosen.split)
    both = set_up(chosen, parted)
    alone = set_up(recipe(base, reasons=None), parted)
    assert len(both.rows) == len(alone.rows) + 12
    assert both.settings.writes_searches
    assert both.settings.reason_prompt_hash is not None
    from genrec.finetuning import run

    monkeypatch.setattr(run, "_ndcg", lambda bench: lambda: 0.4)
    monkeypatch.setattr(run, "_worded", lambda bench: lambda: 0.8)
    assert _validation(both)() == pytest.approx(0.6)


def test_a_base_without_a_chat_template_is_refused(shop):
    chosen = recipe("scratch", method="full")
    with pytest.raises(UsageError, match="no chat template, which reasons need"):
        set_up(chosen, split(shop(), chosen.split))


def test_the_shipped_recipe_is_read():
    found, _ = read_finetune_recipe(Path("reasons-lora"))
    assert found.reasons is not None
    assert found.split.kind == "by-user"
