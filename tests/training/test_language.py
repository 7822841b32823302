"""The loss of a language model beside transformers' own; adapters saved, loaded and merged."""

import pytest
import torch
from transformers import AutoModelForCausalLM

from genrec.errors import UsageError
from genrec.training.bases import LoRASettings, ScratchSettings, scratch_model, with_adapter
from genrec.training.language import LanguageNetwork

SMALL = ScratchSettings(n_layers=2, hidden_size=32, n_heads=2, dropout=0)


@pytest.fixture
def model():
    torch.manual_seed(0)
    return scratch_model(SMALL, vocabulary=300)


@pytest.fixture
def batch():
    ids = torch.randint(1, 300, (3, 12))
    is_target = torch.rand(3, 12) < 0.4
    is_target[:, 5] = True
    return ids, is_target


def drawn(model):
    """The model with an adapter that is no longer nought."""
    adapted = with_adapter(model, LoRASettings(dropout=0))
    with torch.no_grad():
        for name, each in adapted.named_parameters():
            if "lora_B" in name:
                each.normal_(std=0.1)
    return adapted


@pytest.mark.parametrize("is_adapted", [False, True])
def test_the_loss_is_transformers_own_with_all_but_targets_masked(model, batch, is_adapted):
    model = drawn(model) if is_adapted else model
    ids, is_target = batch
    labels = torch.where(is_target, ids, -100)
    expected = model(input_ids=ids, labels=labels).loss
    torch.testing.assert_close(LanguageNetwork(model).loss(ids, is_target), expected)


def test_padding_on_the_right_changes_nothing(model, batch):
    ids, is_target = batch
    padded = torch.cat([ids, torch.zeros(3, 5, dtype=torch.long)], dim=1)
    no_more = torch.cat([is_target, torch.zeros(3, 5, dtype=torch.bool)], dim=1)
    network = LanguageNetwork(model)
    torch.testing.assert_close(network.loss(padded, no_more), network.loss(ids, is_target))


def test_an_adapter_alone_is_learnt(model):
    adapted = drawn(model)
    learnt = {name for name, each in adapted.named_parameters() if each.requires_grad}
    assert learnt
    assert all("lora_" in name for name in learnt)


@pytest.mark.filterwarnings("ignore::FutureWarning")  # peft calls what transformers has renamed
def test_an_adapter_saved_loaded_and_merged_gives_the_same_logits(model, batch, tmp_path):
    from peft import PeftModel

    model.save_pretrained(tmp_path / "base")
    adapted = drawn(model).eval()
    adapted.save_pretrained(tmp_path / "adapter")
    with torch.no_grad():
        expected = adapted(batch[0]).logits
        plain = AutoModelForCausalLM.from_pretrained(tmp_path / "base")
        without = plain(batch[0]).logits
        loaded = PeftModel.from_pretrained(plain, tmp_path / "adapter")
        again = loaded(batch[0]).logits
        merged = loaded.merge_and_unload()(batch[0]).logits
    assert (expected - without).abs().max() > 1e-3
    torch.testing.assert_close(again, expected)
    torch.testing.assert_close(merged, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("target", ["query", "lm_head", "embed_tokens", "proj"])
def test_a_target_that_is_no_inner_layer_is_refused_with_the_choices(model, target):
    with pytest.raises(UsageError, match=rf"(?s)names {target},.*k_proj, .*q_proj"):
        with_adapter(model, LoRASettings(targets=("q_proj", target)))


def test_chosen_targets_alone_get_adapters(model):
    adapted = with_adapter(model, LoRASettings(targets=("q_proj", "mlp.up_proj")))
    layers = {name.split(".lora_")[0] for name, _ in adapted.named_parameters() if "lora_" in name}
    assert {each.rpartition(".")[2] for each in layers} == {"q_proj", "up_proj"}
