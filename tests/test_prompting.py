import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genrec.errors import DataError, UsageError
from genrec.generation.base import Segment
from genrec.prompting import PromptTemplate, load_prompt, parse_reply, render, trim_history

SHIPPED = sorted(path.stem for path in (Path(__file__).parents[1] / "prompts").glob("*.yaml"))

CHAT = """
name: toy
version: 3
description: A toy.
kind: chat
variables:
  history: optional
  text: optional
turns:
  - role: system
    text: Be brief.
  - role: user
    text: |
      Liked: {history}
      Wants: {text}
      Next?
output: line
"""


@pytest.fixture
def write(tmp_path):
    def _write(text: str) -> Path:
        path = tmp_path / "toy.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return _write


@pytest.fixture
def toy(write) -> PromptTemplate:
    return load_prompt(write(CHAT))


def said(prompt) -> list[str]:
    return ["".join(segment.text for segment in segments) for _, segments in prompt.turns]


def test_shipped_prompts_load_under_their_own_name():
    assert {"query-gpt4rec", "query-instruct", "reason"} <= set(SHIPPED)
    for name in SHIPPED:
        template = load_prompt(name)
        assert template.name == name
        path = Path(__file__).parents[1] / "prompts" / f"{name}.yaml"
        assert template.hash == hashlib.sha256(path.read_bytes()).hexdigest()


def test_gpt4rec_prompt_is_the_papers():
    assert said(render(load_prompt("query-gpt4rec"), history=["A", "B"])) == [
        "Previously, the customer has bought: A; B. In the future, the customer wants to buy"
    ]


@pytest.mark.parametrize("values", [{"history": ["A"]}, {"text": "w"}, {"history": ["A"], "text": "w"}])
def test_query_prompt_works_with_a_history_a_wish_or_both(values):
    last = said(render(load_prompt("query-instruct"), **values))[-1]
    for value in ("A", "w"):
        assert (value in last.split("\n")) or value not in str(values)
    assert "{" not in last


def test_a_line_without_its_variable_is_left_out(toy):
    assert said(render(toy, history=["A", "B"]))[1] == "Liked: A; B\nNext?"
    assert said(render(toy, text="a wish", history=[]))[1] == "Wants: a wish\nNext?"
    assert said(render(toy, text="a wish", history=["A"]))[1] == "Liked: A\nWants: a wish\nNext?"


def test_what_was_filled_in_is_data_and_the_rest_is_not(toy):
    assert render(toy, history=["{text}"]).turns[1][1] == (
        Segment("Liked: "),
        Segment("{text}", data=True),
        Segment("\nNext?"),
    )


@pytest.mark.parametrize(
    ("values", "named"),
    [({"histroy": ["A"]}, "histroy"), ({}, "nothing"), ({"history": [" "], "text": None}, "nothing")],
)
def test_wrong_values_are_refused_by_name(toy, values, named):
    with pytest.raises(UsageError, match=named):
        render(toy, **values)


def test_a_required_value_is_asked_for_by_name():
    with pytest.raises(UsageError, match="history"):
        render(load_prompt("query-gpt4rec"), history=[])


@pytest.mark.parametrize(
    ("before", "after", "named"),
    [
        ("version: 3", "version: 3\nversoin: 4", "versoin"),
        ("Liked: {history}", "Liked: {hist}", "hist"),
        ("Liked: {history}", "Liked", "history is declared and not used"),
        ("kind: chat", "kind: plain", "plain"),
        ("role: user", "role: assistant", "the last one user"),
        ("output: line", "output: json", "output"),
        ("version: 3", "version: 0", "version"),
        ("role: system", "role: tool", "turns"),
        ("Next?", "Next {history!r}?", "lone brace"),
        ("Next?", "Next {?", "brace"),
    ],
)
def test_a_file_that_does_not_hold_together_is_refused_by_name(write, before, after, named):
    assert before in CHAT
    with pytest.raises(UsageError, match=named):
        load_prompt(write(CHAT.replace(before, after)))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DataError, match=r"none\.yaml"):
        load_prompt(tmp_path / "none.yaml")
    with pytest.raises(UsageError, match="query-instruct"):
        load_prompt("no-such-prompt")


@given(st.lists(st.text(max_size=30), max_size=30), st.integers(1, 60))
def test_trimming_keeps_the_newest_that_fit(titles, budget):
    kept, cut = trim_history(titles, len, budget)
    assert len(kept) + cut == len(titles)
    if titles:
        assert kept
    if len(kept) > 1:
        assert kept == titles[cut:]
        assert sum(len(title) + 2 for title in kept) <= budget
    if cut and kept == titles[cut:]:
        assert sum(len(title) + 2 for title in titles[cut - 1 :]) > budget


def test_a_newest_title_above_the_budget_is_shortened():
    assert trim_history(["old", "x" * 100], len, 10) == (["x" * 6], 1)


@pytest.mark.parametrize(
    ("reply", "parsed"),
    [
        ('1. "Star Wars"\n2. Alien', "Star Wars"),
        ("Query: **space opera**", "space opera"),
        ("- <b>x</b> y.", "x y"),
        ("\n\n  Search query: “a b”", "a b"),
        ('"unfinished', "unfinished"),
        ("12 Angry Men", "12 Angry Men"),
        ("2001: A Space Odyssey", "2001: A Space Odyssey"),
        ("'Til There Was You", "'Til There Was You"),
        ("M*A*S*H", "M*A*S*H"),
        ("see [this](http://x.y/z) now", "see this now"),
        ("at https://evil.example/x?y", "at"),
        ("a\x00b\x1b[31mc\u202ed\ud800", "ab[31mcd"),
        ("&lt;script&gt;film noir", "film noir"),
        ("...", ""),
        ("", ""),
    ],
)
def test_a_reply_is_bared(toy, reply, parsed):
    assert parse_reply(reply, toy) == parsed


def test_a_long_line_is_cut_at_a_word_and_a_long_sentence_dropped(toy):
    words = "word " * 100
    assert parse_reply(words, toy) == "word " * 23 + "word"
    assert parse_reply(words, toy.model_copy(update={"output": "sentence"})) == ""


@given(st.text(max_size=200))
def test_a_parsed_reply_is_one_short_plain_line(reply):
    template = load_prompt("query-instruct")
    parsed = parse_reply(reply, template)
    assert len(parsed) <= template.max_characters
    assert parsed == " ".join(parsed.split())
    assert parsed.isprintable()
    assert not any(mark in parsed for mark in ("**", "`", "http://"))
