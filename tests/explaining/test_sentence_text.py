"""What no text may hold when it is shown, found by a look at each character first."""

import random
import unicodedata

from genrec.explaining.text import _HINT, _UNSAFE, is_plain

LETTERS = "aw.:/<>`](*_&#;w-+comWKſ é,1 "


def test_all_that_is_unsafe_has_the_hint_of_it():
    draw = random.Random(0)
    texts = ["".join(draw.choices(LETTERS, k=draw.randint(1, 9))) for _ in range(50_000)]
    unsafe = [each for each in texts if _UNSAFE.search(each)]
    assert len(unsafe) > 10_000
    assert [each for each in unsafe if not _HINT.search(each)] == []


def test_a_sentence_has_no_separator_but_the_blank_and_no_control_character():
    for each in map(chr, range(0x3000)):
        told = f"a{each}a"
        wanted = each == " " or unicodedata.category(each)[0] not in "CZ"
        assert is_plain(told) == (wanted and not _UNSAFE.search(told))
