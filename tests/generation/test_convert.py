"""The real GGUF file, before and after."""

import sys

import pytest
import torch

from genrec.errors import ArtifactError, UsageError
from genrec.generation.convert import gguf_to_transformers


def test_a_missing_package_names_the_extra(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "gguf", None)
    with pytest.raises(UsageError, match=r"genrec\[gguf\]"):
        gguf_to_transformers(tmp_path / "model.gguf", tmp_path / "out")


@pytest.mark.parametrize("data", [b"", b"GGUF and then nothing of the kind", b"\x00" * 5000])
def test_a_damaged_file_leaves_nothing_behind(tmp_path, data):
    (tmp_path / "model.gguf").write_bytes(data)
    with pytest.raises(ArtifactError, match=r"model\.gguf"):
        gguf_to_transformers(tmp_path / "model.gguf", tmp_path / "out")
    assert [each.name for each in tmp_path.iterdir()] == ["model.gguf"]


@pytest.mark.model
@pytest.mark.slow
def test_logits_before_and_after_differ_by_bfloat16_alone(tmp_path, capsys):
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from genrec.assets import fetch

    folder = fetch("smollm2-135m-instruct")
    (gguf,) = folder.glob("*.gguf")
    gguf_to_transformers(gguf, tmp_path / "out")
    assert capsys.readouterr().err == "", "a bar where there is no terminal"
    before = AutoModelForCausalLM.from_pretrained(folder, gguf_file=gguf.name, dtype=torch.float32)
    after = AutoModelForCausalLM.from_pretrained(tmp_path / "out", dtype=torch.float32)
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "out")
    ids = tokenizer("Previously, the customer has bought: Alien; Heat.", return_tensors="pt").input_ids
    with torch.inference_mode():
        expected, found = before(ids).logits, after(ids).logits
    assert (expected - found).abs().max() < 0.02 * expected.abs().max()
    assert torch.equal(expected.argmax(-1), found.argmax(-1))
    for name, weight in before.state_dict().items():
        assert torch.equal(weight.bfloat16().float(), after.state_dict()[name])
    end = tokenizer.convert_tokens_to_ids("<|im_end|>")
    assert after.generation_config.eos_token_id == tokenizer.eos_token_id == end
    assert "<|im_start|>" in tokenizer.chat_template
