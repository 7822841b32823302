"""What a training from scratch starts from."""

import pytest

from genrec.data.dataset import Dataset
from genrec.generation.encoding import PromptEncoder
from genrec.generation.targets import title_trie
from genrec.prompting import load_prompt
from genrec.testing.data import toy_dataset
from genrec.training.bases import titles_tokenizer

TITLES = ["Star Wars", "Toy Story"]
DATA: Dataset = toy_dataset()


def pieces(tokenizer, text):
    return tokenizer.convert_ids_to_tokens(tokenizer(text)["input_ids"])


def test_a_token_may_hold_a_whole_title_but_never_the_end_of_its_line():
    both = "Star Wars\nToy Story\n"
    whole = titles_tokenizer(TITLES * 9, vocabulary=400, across_words=True)
    assert pieces(whole, both) == ["StarĠWars", "Ċ", "ToyĠStory", "Ċ"]
    by_word = titles_tokenizer(TITLES * 9, vocabulary=400)
    assert pieces(by_word, both) == ["Star", "ĠWars", "Ċ", "Toy", "ĠStory", "Ċ"]


@pytest.mark.parametrize("across_words", [False, True])
def test_a_text_it_has_never_seen_comes_back_whole(across_words):
    tokenizer = titles_tokenizer(TITLES, vocabulary=400, across_words=across_words)
    for text in ("Star Trek\n", "天国と地獄\n", "🎬 Wars Toy\n"):
        assert tokenizer.decode(tokenizer(text)["input_ids"]) == text


def test_titles_of_one_token_each_are_told_apart_by_a_trie():
    titles = list(DATA.catalogue.titles)
    encoder = PromptEncoder(titles_tokenizer(titles * 5, vocabulary=600, across_words=True))
    trie = title_trie(DATA.catalogue, encoder, load_prompt("query-titles"))
    assert [len(encoder.text_ids(each)) for each in titles] == [1] * len(titles)
    assert trie.n_nodes == 1 + 2 * len(set(titles))  # a root; for each a token and an end
    assert sorted(trie.items.tolist()) == list(range(len(titles)))
