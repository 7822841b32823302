from pathlib import Path

import pytest

from genrec.config import (
    GeneratorSettings,
    Settings,
    SplitSettings,
    WorkspaceSettings,
    parse_settings,
    read_yaml,
)
from genrec.errors import DataError, UsageError

SHOP = {"catalogue": "items.csv", "interactions": {"path": "log.csv", "columns": {"user_id": "uid"}}}


class Recipe(Settings):
    runs: tuple[GeneratorSettings, ...] = ()
    split: SplitSettings | None = None


def fault(kind: type[Settings], values: dict[str, object]) -> str:
    with pytest.raises(UsageError) as caught:
        parse_settings(kind, values, where="genrec.yaml")
    assert caught.value.exit_code == 2
    assert caught.value.where == "genrec.yaml"
    return caught.value.why


def test_a_path_alone_is_a_source() -> None:
    parsed = parse_settings(WorkspaceSettings, SHOP, where="here")
    assert parsed.catalogue.path == "items.csv"
    assert parsed.interactions.columns == {"user_id": "uid"}
    assert parsed.users is None


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"retreiver": "bm25"}, "unknown key retreiver, did you mean retriever? choose from name, catalogue"),
        (
            {"generator": {"temprature": 1}},
            "unknown key generator.temprature, did you mean temperature? choose",
        ),
        (
            {"users": {"path": "u.csv", "colums": {}}},
            "users.colums, did you mean columns? choose from path, format",
        ),
        ({"bm25": {"zzz": 1}}, "unknown key bm25.zzz, choose from k1, b, fields"),
        ({"retriever": "faiss"}, "retriever: input should be 'bm25', 'dense' or 'hybrid'"),
        ({"bm25": {"b": 2}}, "bm25.b: input should be less than or equal to 1"),
        ({"history": {"events": ["watched"]}}, "history.events.0: input should be 'view'"),
    ],
)
def test_a_fault_is_named_with_the_choices(values: dict[str, object], message: str) -> None:
    assert message in fault(WorkspaceSettings, SHOP | values)


def test_unknown_keys_are_named_in_lists_and_unions() -> None:
    assert "unknown key runs.1.nn, choose from model, adapter" in fault(Recipe, {"runs": [{}, {"nn": 1}]})
    named = fault(Recipe, {"split": {"kind": "by-user", "tie": "stable"}})
    assert "did you mean ties? choose from ties, seed, kind, train, validation, test" in named


def test_every_fault_is_named() -> None:
    values = {"a": 1, "b": 2}
    assert fault(WorkspaceSettings, SHOP | values).count("unknown key") == 2
    assert "catalogue: field required" in fault(WorkspaceSettings, {})


def test_a_fault_is_told_once_and_in_the_words_of_yaml() -> None:
    values = {"users": ["a"], "history": {"events": "view"}}
    faults = "users: input should be a mapping; history.events: input should be a list"
    assert fault(WorkspaceSettings, SHOP | values) == faults
    assert fault(Recipe, {"split": {"ties": "stable"}}) == "split: give its kind"
    assert fault(Recipe, {"split": {"kind": "random"}}).startswith(
        "split: unknown kind random, choose from 'leave-one-out', 'global-time'"
    )


def test_settings_are_frozen() -> None:
    parsed = parse_settings(WorkspaceSettings, SHOP, where="here")
    with pytest.raises(ValueError, match="frozen"):
        parsed.model = "other"  # type: ignore[misc]


@pytest.mark.parametrize(
    "content",
    [
        b"a: [",
        b"\xff\xfe\x00",
        b"- a",
        b"",
        b"just words",
        b"a: 2020-13-45",
        b"\0",
        b"[" * 3000,
        b"a: &a [*a",
        b"name: a\nname: b",
        b"models:\n  ease:\n  rules:\n  ease: {recency: 1}",
    ],
)
def test_a_file_that_is_no_mapping_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "genrec.yaml"
    path.write_bytes(content)
    with pytest.raises(DataError) as caught:
        read_yaml(path)
    assert caught.value.where == str(path)


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "none.yaml", tmp_path):
        with pytest.raises(DataError, match="cannot read"):
            read_yaml(path)


def test_a_mapping_is_read(tmp_path: Path) -> None:
    path = tmp_path / "genrec.yaml"
    path.write_text("name: café\nbm25:\n  k1: 1.5\n", encoding="utf-8")
    assert read_yaml(path) == {"name": "café", "bm25": {"k1": 1.5}}
    path.write_text("a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}\n", encoding="utf-8")
    assert read_yaml(path) == {"a": {"x": 1, "y": 2}, "b": {"x": 1, "y": 3}}
