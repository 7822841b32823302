import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genrec.data.ids import IdMap
from genrec.errors import UsageError

ids = st.lists(st.text(max_size=4))


@given(ids, ids)
def test_an_id_keeps_its_index_for_ever(first: list[str], later: list[str]) -> None:
    growing = IdMap(first)
    before = {each: growing.get(each) for each in first}
    for each in later:
        growing.add(each)
    assert {each: growing.get(each) for each in first} == before
    assert list(growing) == list(dict.fromkeys(first + later))
    assert [growing[index] for index in range(len(growing))] == list(growing)
    assert all(growing.add(each) == growing.index(each, kind="item") for each in first + later)


@given(ids, ids)
def test_many_ids_at_once_are_as_one_by_one(known: list[str], asked: list[str]) -> None:
    found = IdMap(known).indices(asked)
    assert found.dtype == np.int32
    assert found.tolist() == [
        -1 if each not in known else list(dict.fromkeys(known)).index(each) for each in asked
    ]


def test_an_unknown_id_is_named_with_the_closest() -> None:
    with pytest.raises(UsageError, match=r"unknown user 'user-43'\n  why: closest known: user-4") as caught:
        IdMap(["user-41", "user-42", "x"]).index("user-43", kind="user")
    assert caught.value.exit_code == 2
    with pytest.raises(UsageError, match="none of 1 known ids is like it"):
        IdMap(["abc"]).index("zzz", kind="item")


def test_the_closest_of_many_ids_begins_alike() -> None:
    many = IdMap(f"{letter}{number:09d}" for letter in "AB" for number in range(30_000))
    with pytest.raises(UsageError, match="closest known: B0000"):
        many.index("B00000123x", kind="item")
    with pytest.raises(UsageError, match="none of 60000 known ids is like it"):
        many.index("Zzz", kind="item")


def test_text_that_is_no_id_is_no_crash() -> None:
    for strange in ("", "\0", "\ud800", "x" * 100_000):
        with pytest.raises(UsageError):
            IdMap(["a", "b"]).index(strange, kind="item")
