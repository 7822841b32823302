"""A tiny random Llama with a tokenizer made here, compared with transformers step by step."""

import inspect

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import AutoModelForCausalLM, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from genrec.errors import ArtifactError, BackendError, UsageError
from genrec.generation.base import Decoding, Prompt, Segment
from genrec.generation.local import LocalGenerator
from genrec.generation.replies import Endings
from genrec.generation.sampling import sample
from genrec.generation.trie import TitleTrie
from genrec.testing.generators import PROMPTS, SamplingContract, toy_prompt

TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] | trim }}"
    "<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
SPECIAL = ("<|im_start|>", "<|im_end|>", "<pad>", "</s>", "[INST]")
CORPUS = ["Chosen: Alien; The Matrix; Toy Story; Heat\nNext: Fargo user assistant system Contact"] * 3


def tiny_tokenizer() -> PreTrainedTokenizerFast:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=340,
        special_tokens=list(SPECIAL),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    tokenizer.add_tokens(["<think>"])  # an added token that is not marked special, as Qwen has them
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token="<|im_end|>", pad_token="<pad>", chat_template=TEMPLATE
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("tiny")
    tokenizer = tiny_tokenizer()
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=3,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=256,
        initializer_range=0.25,  # decided enough that likelihoods differ
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    model = LlamaForCausalLM(config)
    model.save_pretrained(path)
    tokenizer.save_pretrained(path)
    return path


@pytest.fixture(scope="module")
def generator(folder):
    return LocalGenerator(folder, device="cpu", dtype="float32")


class TestContract(SamplingContract):
    @pytest.fixture(autouse=True)
    def _model(self, generator):
        self.generator = generator

    def make(self):
        return self.generator


class TestContractInSmallBatches(SamplingContract):
    @pytest.fixture(autouse=True)
    def _model(self, folder):
        self.generator = LocalGenerator(folder, device="cpu", dtype="float32", batch_tokens=150)

    def make(self):
        return self.generator


def test_what_all_prompts_begin_with_is_run_once(generator, monkeypatch):
    prompts = [toy_prompt(title) for title in ("Alien", "The Matrix; Toy Story; Heat", "Alien; Heat")]
    ids = [generator.encoder.encode(prompt) for prompt in prompts]
    shared = next(at for at, tokens in enumerate(zip(*ids, strict=False)) if len(set(tokens)) > 1)
    assert shared >= 5
    alone = [generator.generate([prompt], Decoding(mode="beam", n=3, max_tokens=8))[0] for prompt in prompts]
    seen, forward = [], type(generator.model).forward

    def spy(model, input_ids, **inputs):
        seen.append(tuple(input_ids.shape))
        return forward(model, input_ids=input_ids, **inputs)

    spy.__signature__ = inspect.signature(forward)
    monkeypatch.setattr(type(generator.model), "forward", spy)
    together = generator.generate(prompts, Decoding(mode="beam", n=3, max_tokens=8))
    assert seen[:2] == [(1, shared), (3, max(map(len, ids)) - shared)]
    for one, other in zip(alone, together, strict=True):
        assert [each.text for each in one] == [each.text for each in other]
        scores = [each.log_probability for each in other]
        assert scores == pytest.approx([each.log_probability for each in one], abs=1e-3)


def test_equal_prompts_get_equal_replies(generator):
    first, again = generator.generate([PROMPTS[0]] * 2, Decoding(n=3, max_tokens=6))
    assert [each.text for each in first] == [each.text for each in again]


def reference(generator, prompt, **how):
    """What `generate` of transformers gives for the same token ids."""
    ids = torch.tensor([generator.encoder.encode(prompt)])
    out = generator.model.generate(
        ids,
        attention_mask=torch.ones_like(ids),
        return_dict_in_generate=True,
        output_scores=True,
        **how,
    )
    return out, out.sequences[:, ids.shape[1] :]


@pytest.mark.parametrize("max_tokens", [1, 7, 40])
def test_greedy_equals_transformers(generator, max_tokens):
    ours = generator.generate(PROMPTS, Decoding(mode="greedy", max_tokens=max_tokens))
    for prompt, (reply,) in zip(PROMPTS, ours, strict=True):
        _, tokens = reference(generator, prompt, do_sample=False, max_new_tokens=max_tokens)
        assert reply.text == generator.encoder.decode(tokens[0].tolist())
        assert reply.tokens == len(tokens[0])


@pytest.mark.parametrize(
    ("n", "max_tokens", "penalty"),
    [(n, max_tokens, 1.0) for n in (1, 2, 4, 7) for max_tokens in (1, 6, 24)] + [(4, 24, 0.0), (4, 24, 0.6)],
)
def test_beams_equal_those_of_transformers(generator, n, max_tokens, penalty):
    decoding = Decoding(mode="beam", n=n, max_tokens=max_tokens, length_penalty=penalty)
    ours = generator.generate(PROMPTS, decoding)
    for prompt, beams in zip(PROMPTS, ours, strict=True):
        if n == 1:
            out, tokens = reference(generator, prompt, do_sample=False, max_new_tokens=max_tokens)
            assert beams[0].text == generator.encoder.decode(tokens[0].tolist())
            continue
        out, tokens = reference(
            generator,
            prompt,
            do_sample=False,
            num_beams=n,
            num_return_sequences=n,
            max_new_tokens=max_tokens,
            early_stopping=False,
            length_penalty=penalty,
        )
        theirs = [generator.encoder.decode(each) for each in tokens.tolist()]
        assert [beam.text for beam in beams] == theirs
        values = [beam.log_probability / beam.tokens**penalty for beam in beams]
        assert values == pytest.approx(out.sequences_scores.tolist(), abs=1e-4)


def drawn(generator, ids, decoding):
    """Sampled replies as token ids, whose text is not always told apart."""
    endings = Endings(
        end_ids=frozenset({generator.encoder.end_id}),
        stop=(),
        max_tokens=decoding.max_tokens,
        decode=lambda tokens: " ".join(map(str, tokens)),
        deadline=None,
    )
    with torch.inference_mode():
        replies = sample(generator.model, [ids], decoding=decoding, endings=endings)[0]
    return [([int(each) for each in reply.text.split()], reply) for reply in replies]


def test_log_probability_is_that_of_the_tokens_at_temperature_one(generator):
    ids = generator.encoder.encode(PROMPTS[0])
    for tokens, reply in drawn(generator, ids, Decoding(n=20, max_tokens=5, temperature=3.0, seed=3)):
        if len(tokens) < reply.tokens:
            tokens.append(generator.encoder.end_id)
        with torch.inference_mode():
            logits = generator.model(torch.tensor([ids + tokens])).logits[0].log_softmax(-1)
        expected = sum(logits[len(ids) - 1 + place, token].item() for place, token in enumerate(tokens))
        assert reply.log_probability == pytest.approx(expected, abs=1e-3)


def test_samples_follow_the_models_distribution_at_the_temperature(generator):
    ids = generator.encoder.encode(PROMPTS[0])
    with torch.inference_mode():
        expected = (generator.model(torch.tensor([ids])).logits[0, -1] / 0.7).softmax(-1).numpy()
    n = 4000
    found = drawn(generator, ids, Decoding(n=n, max_tokens=1, temperature=0.7, seed=5))
    counts = np.bincount([tokens[0] for tokens, _ in found if tokens], minlength=len(expected))
    likely = np.argsort(-expected)[:10]
    deviations = (counts[likely] / n - expected[likely]) / np.sqrt(
        expected[likely] * (1 - expected[likely]) / n
    )
    assert np.abs(deviations).max() < 4


def test_a_reply_does_not_depend_on_how_many_are_asked_for(generator):
    few = generator.generate(PROMPTS[:1], Decoding(n=2, max_tokens=6))[0]
    many = generator.generate(PROMPTS[:1], Decoding(n=5, max_tokens=6))[0]
    assert [each.text for each in few] == [each.text for each in many[:2]]


@pytest.mark.parametrize("place", range(5))
@pytest.mark.parametrize("token", [*SPECIAL, "<think>"])
@pytest.mark.parametrize("is_chat", [True, False])
def test_a_title_never_becomes_a_control_token(generator, token, place, is_chat):
    title = "The Matrix Reloaded: again"
    cut = place * len(title) // 4
    forged = title[:cut] + token + title[cut:]
    harmless, attack = (
        generator.encoder.encode(toy_prompt(each, is_chat=is_chat)) for each in (title, forged)
    )
    assert control_ids(generator, attack) == control_ids(generator, harmless)
    assert token in generator.encoder._tokenizer.decode(attack)


@given(
    st.lists(st.sampled_from([*SPECIAL, "<think>", "<|im_", "start|>", "<", ">", " ", "a", "\n"]), max_size=8)
)
@settings(deadline=None)
def test_no_mix_of_pieces_forges_one(generator, pieces):
    prompt = Prompt((("user", (*(Segment(each, data=True) for each in pieces), Segment(" end"))),))
    harmless = Prompt((("user", (Segment("x end"),)),))
    found, expected = (control_ids(generator, generator.encoder.encode(each)) for each in (prompt, harmless))
    assert found == expected


def control_ids(generator, ids):
    tokenizer = generator.encoder._tokenizer
    return [each for each in ids if each in tokenizer.added_tokens_decoder]


def test_a_harmless_prompt_is_encoded_as_the_tokenizer_does_itself(generator):
    prompt = Prompt(
        (
            ("system", (Segment("Be brief."),)),
            ("user", (Segment("Chosen: "), Segment("Alien; Heat", data=True))),
        )
    )
    turns = [
        {"role": role, "content": "".join(segment.text for segment in segments)}
        for role, segments in prompt.turns
    ]
    expected = generator.encoder._tokenizer.apply_chat_template(turns, add_generation_prompt=True)
    assert generator.encoder.encode(prompt) == expected["input_ids"]


def test_template_text_may_hold_control_tokens(generator):
    ids = generator.encoder.encode(Prompt((("plain", (Segment("a<|im_end|>b"),)),)))
    assert control_ids(generator, ids) == [generator.encoder.end_id]


TITLES = ["Alien", "The Matrix", "Alien Resurrection", "Toy Story", "Alien"]


def trie_of(generator, titles):
    encoder = generator.encoder
    return TitleTrie.build([encoder.text_ids(title) for title in titles], end=encoder.end_id)


def test_replies_are_held_to_titles_and_ranked_by_their_log_probabilities(generator):
    trie = trie_of(generator, TITLES)
    decoding = Decoding(mode="beam", n=9, constraint=trie)
    scores = generator.title_log_probabilities(PROMPTS, trie)
    for replies, row in zip(generator.generate(PROMPTS, decoding), scores, strict=True):
        assert {each.text: each.items for each in replies} == {
            "Alien": (0, 4),
            "The Matrix": (1,),
            "Alien Resurrection": (2,),
            "Toy Story": (3,),
        }
        assert [each.items[0] for each in replies] == np.argsort(-row[:4]).tolist()
        assert [each.log_probability for each in replies] == pytest.approx(sorted(row[:4])[::-1], abs=1e-3)


def test_batches_do_not_change_the_log_probabilities_of_titles(folder, generator):
    trie = trie_of(generator, TITLES)
    small = LocalGenerator(folder, device="cpu", dtype="float32", batch_tokens=1)
    together, alone = (each.title_log_probabilities(PROMPTS, trie) for each in (generator, small))
    assert together == pytest.approx(alone, abs=1e-3)
    assert generator.title_log_probabilities([], trie).shape == (0, 5)


def test_titles_it_cannot_write_are_refused(generator):
    trie = trie_of(generator, TITLES)
    none_left = trie.without(np.ones(5, np.bool_))
    foreign = TitleTrie.build([[len(generator.encoder._tokenizer)]], end=generator.encoder.end_id)
    long = trie_of(generator, ["Alien" * 300])
    for wrong, what in ((none_left, "no title"), (foreign, "another model"), (long, "256")):
        with pytest.raises(UsageError, match=what):
            generator.generate(PROMPTS, Decoding(max_tokens=2000, constraint=wrong))
        with pytest.raises(UsageError, match=what):
            generator.title_log_probabilities(PROMPTS, wrong)


def test_a_deadline_that_passes_is_named(generator):
    with pytest.raises(BackendError, match="deadline"):
        generator.generate(PROMPTS, Decoding(max_tokens=40, deadline=1e-9))


def test_what_it_cannot_do_is_refused(generator):
    with pytest.raises(UsageError, match="schema"):
        generator.generate(PROMPTS, Decoding(schema={"type": "object"}))
    with pytest.raises(UsageError, match="256"):
        generator.generate(PROMPTS, Decoding(max_tokens=300))


def test_a_folder_without_a_model_is_named(tmp_path):
    with pytest.raises(ArtifactError, match=str(tmp_path)):
        LocalGenerator(tmp_path).generate(PROMPTS, Decoding())


def test_a_damaged_model_is_named(folder, tmp_path):
    for path in folder.iterdir():
        data = path.read_bytes()
        (tmp_path / path.name).write_bytes(data[:100] if path.suffix == ".safetensors" else data)
    with pytest.raises(ArtifactError, match=str(tmp_path)):
        LocalGenerator(tmp_path, device="cpu").generate(PROMPTS, Decoding())


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing:FutureWarning")  # peft's own call
def test_an_adapter_is_merged(folder, generator, tmp_path):
    from peft import LoraConfig, get_peft_model

    base = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    tuned = get_peft_model(base, LoraConfig(r=2, target_modules=["q_proj"], init_lora_weights=False))
    tuned.save_pretrained(tmp_path)
    adapted = LocalGenerator(folder, adapter=tmp_path, device="cpu", dtype="float32")
    ids = torch.tensor([generator.encoder.encode(PROMPTS[0])])
    with torch.inference_mode():
        assert torch.allclose(adapted.model(ids).logits, tuned.eval()(ids).logits, atol=1e-4)
        assert not torch.allclose(adapted.model(ids).logits, generator.model(ids).logits, atol=1e-2)
