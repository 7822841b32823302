"""Adapters on one base in memory, compared with the same adapters merged into a base of their own."""

import threading

import pytest
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from genrec.config import GeneratorSettings
from genrec.errors import ArtifactError
from genrec.generation.adapters import AdaptedGenerator
from genrec.generation.base import Decoding, Prompt, Segment
from genrec.generation.local import LocalGenerator
from genrec.generation.opening import beside, open_generator
from genrec.generation.scripted import ScriptedGenerator
from genrec.training.bases import LoRASettings, with_adapter

GREEDY = Decoding(mode="greedy", max_tokens=12)
PROMPTS = [Prompt((("plain", (Segment(text, data=True),)),)) for text in ("Alien", "The Matrix", "Heat")]


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE({each: at for at, each in enumerate([*alphabet, "</s>"])}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    path = tmp_path_factory.mktemp("base")
    torch.manual_seed(0)
    sizes = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4}
    LlamaForCausalLM(
        LlamaConfig(vocab_size=257, num_key_value_heads=2, initializer_range=0.25, eos_token_id=256, **sizes)
    ).save_pretrained(path)
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="</s>").save_pretrained(path)
    return path


@pytest.fixture(scope="module")
def adapters(base, tmp_path_factory):
    """Two LoRA folders with random weights, large enough to change what is written."""
    found = []
    for seed in (1, 2):
        torch.manual_seed(seed)
        plain = LlamaForCausalLM.from_pretrained(base)
        adapted = with_adapter(plain, LoRASettings(rank=1))
        for name, each in adapted.named_parameters():
            if "lora_B" in name:  # zero at first
                torch.nn.init.normal_(each, std=0.5)
        found.append(tmp_path_factory.mktemp(f"adapter{seed}"))
        adapted.save_pretrained(found[-1])
    return found


def written(generator) -> list[str]:
    return [each.text for (each,) in generator.generate(PROMPTS, GREEDY)]


def local(base, **how) -> LocalGenerator:
    return LocalGenerator(base, device="cpu", dtype="float32", **how)


@pytest.fixture(scope="module")
def expected(base, adapters):
    """What the base writes alone, and with each adapter merged into a base of its own."""
    found = [written(local(base)), *(written(local(base, adapter=each)) for each in adapters)]
    assert len({str(each) for each in found}) == 3, "the adapters must change what is written"
    return found


def test_each_writes_as_if_it_had_the_base_to_itself(base, adapters, expected):
    plain = local(base)
    assert written(plain) == expected[0]
    first, second = (AdaptedGenerator(plain, each) for each in adapters)
    for _ in range(2):
        assert written(first) == expected[1]
        assert written(plain) == expected[0]
        assert written(second) == expected[2]
        assert written(plain) == expected[0]
    assert first.base.model is second.base.model is plain.model
    assert first.count_tokens("Heat") == plain.count_tokens("Heat") == 4


def test_threads_do_not_write_with_each_others_adapter(base, adapters, expected):
    plain = local(base)
    writers = [plain, *(AdaptedGenerator(plain, each) for each in adapters)]
    wrong = []

    def write(place):
        for _ in range(5):
            if written(writers[place]) != expected[place]:
                wrong.append(place)

    threads = [threading.Thread(target=write, args=(place,)) for place in (0, 1, 2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert wrong == []


def test_after_a_failure_the_base_is_bare_again(base, adapters, expected):
    plain = local(base)
    too_long = [Prompt((("plain", (Segment("x" * 3000, data=True),)),))]
    with pytest.raises(Exception, match="the model takes"):
        AdaptedGenerator(plain, adapters[0]).generate(too_long, GREEDY)
    assert written(plain) == expected[0]


def test_an_adapter_that_is_not_there_is_refused_and_the_base_goes_on(base, adapters, expected, tmp_path):
    plain = local(base)
    with pytest.raises(ArtifactError, match="cannot be loaded"):
        written(AdaptedGenerator(plain, tmp_path / "none"))
    assert written(plain) == expected[0]
    assert written(AdaptedGenerator(plain, adapters[0])) == expected[1]
    with pytest.raises(ArtifactError, match="cannot be loaded"):
        written(AdaptedGenerator(plain, tmp_path / "none"))
    assert written(AdaptedGenerator(plain, adapters[1])) == expected[2]
    assert written(plain) == expected[0]


def test_one_who_writes_searches_with_an_adapter_shares_the_base_too(base, adapters, expected):
    settings = GeneratorSettings(model=str(base), adapter=str(adapters[0]), reason_adapter=str(adapters[1]))
    writer = open_generator(settings, base)
    reasons = beside(writer, adapters[1])
    assert (written(writer), written(reasons)) == (expected[1], expected[2])
    assert reasons.base is writer.base


def test_what_has_no_base_here_stays_as_it_is(adapters):
    server = ScriptedGenerator(["x"])
    assert beside(server, adapters[0]) is server
