"""Log-probabilities of all titles against scoring each title by itself."""

import numpy as np
import pytest
import torch
from transformers import MistralConfig, MistralForCausalLM

from genrec.errors import UsageError
from genrec.generation.likelihood import title_log_probabilities
from genrec.generation.trie import TitleTrie

END = 2
RNG = np.random.default_rng(0)
TITLES = [RNG.integers(3, 9, RNG.integers(0, 6)).tolist() for _ in range(60)]
PROMPTS = [[4, 5, 6, 3, 3], [4, 5], [4, 5, 12, 11, 10, 9, 8, 7], [1]]


def teacher_forced(model, prompt, title):
    """The title after the prompt in one forward pass."""
    ids = [*prompt, *title, END]
    with torch.inference_mode():
        scores = model(torch.tensor([ids])).logits[0].log_softmax(-1)
    return sum(scores[place - 1, ids[place]].item() for place in range(len(prompt), len(ids)))


def scored(model, prompts, trie, **how):
    with torch.inference_mode():
        return title_log_probabilities(model, prompts, trie, **how)


@pytest.mark.parametrize("size", [1, 7, None])
@pytest.mark.parametrize("prompts", [PROMPTS, PROMPTS[:3], PROMPTS[:1]], ids=["padded", "shared", "one"])
def test_all_titles_equal_teacher_forcing(tiny_llama, prompts, size):
    found = scored(tiny_llama, prompts, TitleTrie.build(TITLES, end=END), nodes_at_once=size)
    expected = [[teacher_forced(tiny_llama, prompt, title) for title in TITLES] for prompt in prompts]
    assert found.dtype == np.float32
    assert found == pytest.approx(np.array(expected), abs=1e-4)


def test_titles_and_longer_ones_add_up_to_one(tiny_llama):
    tokens = [each for each in range(13) if each != END]
    short = [[], *([each] for each in tokens)]
    found = np.exp(scored(tiny_llama, PROMPTS, TitleTrie.build(short, end=END))).sum(axis=1)
    for prompt, total in zip(PROMPTS, found, strict=True):
        with torch.inference_mode():
            chances = tiny_llama(torch.tensor([[*prompt, each] for each in tokens])).logits.softmax(-1)
        longer = sum(
            (both[-2, token] * (1 - both[-1, END])).item()
            for token, both in zip(tokens, chances, strict=True)
        )
        assert total + longer == pytest.approx(1, abs=1e-5)


def test_each_node_that_goes_on_is_run_once(tiny_llama, monkeypatch):
    trie = TitleTrie.build(TITLES, end=END)
    n_inner = (trie.token[1:] != END).sum()
    seen, forward = [], type(tiny_llama.model).forward

    def spy(model, input_ids, **inputs):
        seen.append(input_ids.shape)
        return forward(model, input_ids=input_ids, **inputs)

    monkeypatch.setattr(type(tiny_llama.model), "forward", spy)
    scored(tiny_llama, PROMPTS[:1], trie, nodes_at_once=9)
    assert seen[0] == (1, len(PROMPTS[0]))
    assert sum(shape[1] for shape in seen[1:]) == n_inner


def test_removed_items_have_none_and_the_others_keep_theirs(tiny_llama):
    trie = TitleTrie.build([*TITLES, TITLES[0]], end=END)
    removed = np.zeros(61, np.bool_)
    removed[[0, 5, 6, 7, 30]] = True  # of two equal titles, only the first
    whole, less = (
        scored(tiny_llama, PROMPTS, each, nodes_at_once=8) for each in (trie, trie.without(removed))
    )
    assert np.isneginf(less[:, removed]).all()
    assert less[:, ~removed] == pytest.approx(whole[:, ~removed], abs=1e-4)


def test_a_model_that_forgets_is_refused():
    config = MistralConfig(
        vocab_size=13,
        hidden_size=16,
        intermediate_size=24,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=2,
        sliding_window=4,
    )
    with pytest.raises(UsageError, match="sliding window"):
        scored(MistralForCausalLM(config).eval(), PROMPTS[:1], TitleTrie.build(TITLES, end=END))
