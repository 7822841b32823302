"""Bases that could be trained and not be served are refused before anything is loaded."""

import pytest
from transformers import (
    BartConfig,
    BertConfig,
    CodeGenConfig,
    GPT2Config,
    JambaConfig,
    LlamaConfig,
    OPTConfig,
    Qwen3Config,
    T5Config,
)

from genrec.errors import ArtifactError, UsageError
from genrec.finetuning.recipe import FinetuneRecipe
from genrec.finetuning.served import check_served


def saved(config, architecture, folder):
    config.architectures = architecture and [architecture]
    config.save_pretrained(folder)
    return folder


def check(folder, method="lora"):
    check_served(
        str(folder), FinetuneRecipe(name="x", data={"workspace": "."}, base=str(folder), method=method)
    )


@pytest.mark.parametrize(
    ("config", "architecture"),
    [
        (LlamaConfig, "LlamaForCausalLM"),
        (LlamaConfig, None),
        (Qwen3Config, "Qwen3ForCausalLM"),
        (OPTConfig, "OPTForCausalLM"),
        (JambaConfig, "JambaForCausalLM"),
    ],
)
@pytest.mark.parametrize("method", ["lora", "qlora", "full"])
def test_what_vllm_serves_is_taken(tmp_path, config, architecture, method):
    check(saved(config(), architecture, tmp_path), method)


def test_an_adapter_is_refused_where_only_a_whole_model_is_served(tmp_path):
    folder = saved(GPT2Config(), "GPT2LMHeadModel", tmp_path)
    check(folder, "full")
    for method in ("lora", "qlora"):
        with pytest.raises(UsageError, match=r"(?s)without adapters.*set method to full, or base to smollm2"):
            check(folder, method)


@pytest.mark.parametrize(
    ("config", "architecture"),
    [
        (BertConfig, "BertForMaskedLM"),
        (T5Config, "T5ForConditionalGeneration"),
        (BartConfig, "BartForConditionalGeneration"),
        (LlamaConfig, "LlamaForSequenceClassification"),
        (T5Config, None),
    ],
)
def test_what_writes_nothing_from_left_to_right_is_refused(tmp_path, config, architecture):
    with pytest.raises(UsageError, match=r"(?s)no causal language model.*set base to"):
        check(saved(config(), architecture, tmp_path), "full")


def test_what_vllm_does_not_load_is_refused(tmp_path):
    with pytest.raises(UsageError, match=r"(?s)loads no CodeGenForCausalLM.*set base to"):
        check(saved(CodeGenConfig(), "CodeGenForCausalLM", tmp_path), "full")


def test_a_folder_without_a_model_is_named(tmp_path):
    with pytest.raises(ArtifactError, match=str(tmp_path)):
        check(tmp_path)
