"""Decoding held to titles, against the log-probabilities of all titles."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from genrec.errors import BackendError, UsageError
from genrec.generation.base import Decoding
from genrec.generation.likelihood import title_log_probabilities
from genrec.generation.titles import TitleSearch, title_beams, title_samples
from genrec.generation.trie import TitleTrie

END = 2
RNG = np.random.default_rng(1)
TITLES = [RNG.integers(3, 8, RNG.integers(1, 6)).tolist() for _ in range(50)]
TITLES += [TITLES[3], TITLES[7], TITLES[8][:1]]
PROMPTS = [[4, 5, 6, 3, 3], [4, 5], [4, 5, 12, 11, 10, 9, 8, 7]]
TRIE = TitleTrie.build(TITLES, end=END)
BEAM = Decoding(mode="beam", n=60, constraint=TRIE)


@pytest.fixture(scope="module")
def likelihoods(tiny_llama):
    with torch.inference_mode():
        return title_log_probabilities(tiny_llama, PROMPTS, TRIE)


def written(model, endings, decoding, prompts=PROMPTS, trie=TRIE):
    write = title_beams if decoding.mode == "beam" else title_samples
    with torch.inference_mode():
        return write(model, prompts, trie, decoding=decoding, endings=endings)


def title_of(reply):
    return [int(each) for each in reply.text.split()]


@pytest.mark.parametrize("penalty", [0.0, 0.6, 1.0])
def test_beams_that_hold_all_titles_rank_them_as_their_likelihoods_do(
    tiny_llama, endings, likelihoods, penalty
):
    for replies, scores in zip(
        written(tiny_llama, endings, replace(BEAM, length_penalty=penalty)), likelihoods, strict=True
    ):
        values = {
            tuple(title): score / (len(title) + 1) ** penalty
            for title, score in zip(TITLES, scores, strict=True)
        }
        assert [tuple(title_of(each)) for each in replies] == sorted(values, key=lambda each: -values[each])


@pytest.mark.parametrize("penalty", [0.0, 1.0])
@pytest.mark.parametrize("n", [1, 3, 8])
def test_narrow_beams_give_titles_with_their_items_and_likelihoods(
    tiny_llama, endings, likelihoods, n, penalty
):
    decoding = replace(BEAM, n=n, length_penalty=penalty)
    for replies, scores in zip(written(tiny_llama, endings, decoding), likelihoods, strict=True):
        assert len({each.items for each in replies}) == n
        for each in replies:
            check(each, scores)
        values = [each.log_probability / each.tokens**penalty for each in replies]
        assert values == sorted(values, reverse=True)


def check(reply, scores):
    title = title_of(reply)
    assert reply.items == tuple(item for item, each in enumerate(TITLES) if each == title)
    assert reply.tokens == len(title) + 1
    assert reply.log_probability == pytest.approx(scores[reply.items[0]], abs=1e-4)


@pytest.mark.parametrize(("penalty", "goes_on"), [(0.0, False), (1.0, True)])
def test_a_beam_is_dropped_only_when_no_end_of_it_can_win(penalty, goes_on):
    """The empty title has -1; the other one -1.5 so far, which over its two tokens may still become -0.75."""
    search = TitleSearch(TitleTrie.build([[], [3]], end=END), 1, n=1, length_penalty=penalty)
    rows, tokens = search.extend(torch.tensor([[0, 0, -1.0, -1.5]]), torch.zeros(1))
    assert (rows.tolist(), tokens.tolist()) == (([0], [3]) if goes_on else ([], []))
    if goes_on:
        rows, _ = search.extend(torch.tensor([[0, 0, -0.25, 0]]), torch.zeros(1))
        assert len(rows) == 0
    assert search.best.tolist() == [[-0.875 if goes_on else -1.0]]


def test_eight_beams_find_the_best_of_all(tiny_llama, endings, likelihoods):
    for replies, scores in zip(written(tiny_llama, endings, replace(BEAM, n=8)), likelihoods, strict=True):
        assert scores.argmax() in replies[0].items


@given(st.integers(0, 2**32), st.sampled_from([0.3, 1.0, 4.0]))
@settings(deadline=None, max_examples=15)
def test_whatever_is_drawn_is_a_title(tiny_llama, endings, likelihoods, seed, temperature):
    decoding = Decoding(n=4, seed=seed, temperature=temperature, constraint=TRIE)
    for replies, scores in zip(written(tiny_llama, endings, decoding), likelihoods, strict=True):
        assert len(replies) == 4
        for each in replies:
            check(each, scores)


@pytest.mark.slow
@pytest.mark.parametrize("temperature", [1.0, 2.0])
def test_draws_follow_the_distribution_renormalised_at_each_step(tiny_llama, endings, temperature):
    titles = [[3], [3, 4], [3, 5], [6]]
    trie, n = TitleTrie.build(titles, end=END), 6000
    (replies,) = written(
        tiny_llama, endings, Decoding(n=n, temperature=temperature, constraint=trie), PROMPTS[:1], trie
    )
    with torch.inference_mode():
        logits = tiny_llama(torch.tensor([[*PROMPTS[0], 3]])).logits[0, -2:] / temperature
    first, second = logits[0, [3, 6]].softmax(-1), logits[1, [END, 4, 5]].softmax(-1)
    expected = np.array([*(first[0] * second).tolist(), first[1].item()])
    counts = np.bincount([each.items[0] for each in replies], minlength=4)
    assert (counts > 0).all()
    assert np.abs((counts / n - expected) / np.sqrt(expected * (1 - expected) / n)).max() < 4


def test_greedy_takes_the_likeliest_step_that_leads_on(tiny_llama, endings):
    for prompt, (reply,) in zip(
        PROMPTS, written(tiny_llama, endings, Decoding(mode="greedy", constraint=TRIE)), strict=True
    ):
        title, left = [], {(*title, END) for title in TITLES}
        while not title or title[-1] != END:
            with torch.inference_mode():
                logits = tiny_llama(torch.tensor([[*prompt, *title]])).logits[0, -1]
            title.append(max({each[len(title)] for each in left}, key=lambda token: logits[token].item()))
            left = {each for each in left if each[: len(title)] == tuple(title)}
        assert title_of(reply) == title[:-1]


@pytest.mark.parametrize("mode", ["beam", "sample"])
def test_removed_items_are_not_written(tiny_llama, endings, mode):
    removed = np.ones(len(TITLES), np.bool_)
    removed[[3, 10, 20]] = False  # 3 and 50 share a title, of which only 3 is left
    for replies in written(tiny_llama, endings, Decoding(mode=mode, n=30), trie=TRIE.without(removed)):
        assert {each.items for each in replies} <= {(3,), (10,), (20,)}
        assert len(replies) == (3 if mode == "beam" else 30)


@pytest.mark.parametrize("mode", ["beam", "sample"])
def test_prompts_do_not_change_each_other(tiny_llama, endings, mode):
    decoding = Decoding(mode=mode, n=3)
    together = written(tiny_llama, endings, decoding)
    alone = [written(tiny_llama, endings, decoding, [prompt])[0] for prompt in PROMPTS]
    assert [[each.items for each in replies] for replies in together] == [
        [each.items for each in replies] for replies in alone
    ]


@pytest.mark.parametrize("mode", ["beam", "sample"])
def test_a_deadline_that_passes_is_named(tiny_llama, endings, mode):
    with pytest.raises(BackendError, match="deadline"):
        written(tiny_llama, replace(endings, deadline=0.0), Decoding(mode=mode))


def test_a_decoding_that_titles_do_not_fit_is_refused():
    with pytest.raises(UsageError, match="6 tokens, and a reply at most 4"):
        Decoding(constraint=TRIE, max_tokens=4)
    with pytest.raises(UsageError, match="stop"):
        Decoding(constraint=TRIE, stop=("\n",))
    with pytest.raises(UsageError, match="penalty"):
        Decoding(mode="beam", length_penalty=-1.0)
