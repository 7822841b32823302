"""`genrec chat` by pipe."""

import json
import subprocess
import sys

import pytest


def chat(folder, lines, *more):
    command = [sys.executable, "-m", "genrec", "chat", "--workspace", str(folder), *more]
    return subprocess.run(command, input=lines, capture_output=True, text=True, timeout=300)


@pytest.mark.slow
def test_lines_go_in_and_answers_come_out_until_quit(shop):
    done = chat(shop, "dramas please\n\nnot the first one\n/quit\ncomedies\n", "--json", "--user", "u1")
    assert done.returncode == 0, done.stderr
    first, second = [json.loads(each) for each in done.stdout.splitlines()]
    assert first["understood"]["user"] == "u1"
    assert all(each["item_id"] in "cf" for each in first["answer"]["items"])
    assert second["understood"]["disliked"] == [first["answer"]["items"][0]["item_id"]]
    assert ">" not in done.stdout


@pytest.mark.slow
def test_the_end_of_the_input_ends_it_and_an_unknown_user_is_refused(shop):
    done = chat(shop, "hello")
    assert done.returncode == 0
    assert done.stdout.startswith("Hello.")
    refused = chat(shop, "", "--user", "nobody")
    assert refused.returncode == 2
    assert "unknown user" in refused.stderr
