"""Rows kept between runs: found again by what they depend on, mapped, and made anew where damaged."""

import logging
import os
from dataclasses import replace
from pathlib import Path

import datasets
import numpy as np
import pytest

from genrec.config import HistorySettings
from genrec.finetuning import kept
from genrec.finetuning.kept import KEPT, kept_rows
from genrec.finetuning.recipe import ExampleSettings
from genrec.finetuning.rows import RowMaker
from genrec.generation.encoding import PromptEncoder
from genrec.prompting import load_prompt
from genrec.sources import modules_behind
from genrec.testing.data import toy_dataset
from genrec.training.bases import titles_tokenizer
from genrec.training.examples import Examples

DATA = toy_dataset()
TOKENIZER = titles_tokenizer(DATA.catalogue.titles, vocabulary=300)


def maker(dataset=DATA, tokenizer=TOKENIZER, **changes) -> RowMaker:
    settings = ExampleSettings(**changes)
    return RowMaker(dataset, PromptEncoder(tokenizer), load_prompt(settings.prompt), settings)


def kept_in(folder, *, seed=0, tokenizer=TOKENIZER, **changes):
    return kept_rows(maker(tokenizer=tokenizer, **changes), tokenizer, seed=seed, folder=folder)


def same(one: Examples, other: Examples) -> bool:
    pairs = ((one.ids, other.ids), (one.is_target, other.is_target), (one.indptr, other.indptr))
    return all(np.array_equal(left, right) and left.dtype == right.dtype for left, right in pairs)


def test_kept_rows_are_those_that_were_made_and_are_not_made_again(tmp_path, monkeypatch):
    made = maker()
    expected = made.rows(seed=0)
    first, counts = kept_in(tmp_path)
    assert same(first, expected)
    assert counts == made.counts
    assert counts.history_rows + counts.search_rows == len(expected)
    monkeypatch.setattr(RowMaker, "rows", lambda *_, **__: pytest.fail("made again"))
    again, counts = kept_in(tmp_path)
    assert same(again, expected)
    assert counts == made.counts


def test_the_file_is_arrow_that_datasets_reads_and_numpy_maps(tmp_path):
    found, _ = kept_in(tmp_path)
    (path,) = tmp_path.glob("*/rows.arrow")
    table = datasets.Dataset.from_file(str(path))
    assert table[1]["ids"] == found.row(1)[0].tolist()
    assert table[1]["is_target"] == found.row(1)[1].tolist()
    assert not found.ids.flags.owndata
    assert not found.ids.flags.writeable
    assert str(path) in Path("/proc/self/maps").read_text()


@pytest.mark.parametrize(
    "changed",
    [
        {"seed": 1},
        {"max_tokens": 40},
        {"prompt": "query-gpt4rec"},
        {"tokenizer": titles_tokenizer(["aa bb", "aa cc"], vocabulary=300)},
        {"dataset": replace(DATA, history=HistorySettings(events=("view",)))},
        {"code": None},
    ],
    ids=lambda each: next(iter(each)),
)
def test_with_any_change_rows_are_made_anew(tmp_path, monkeypatch, changed):
    kept_in(tmp_path)
    if "code" in changed:
        monkeypatch.setattr(kept, "code_digest", lambda modules: "edited")
        changed = {}
    if "dataset" in changed:
        kept_rows(maker(changed["dataset"]), TOKENIZER, seed=0, folder=tmp_path)
    else:
        kept_in(tmp_path, **changed)
    assert len(list(tmp_path.iterdir())) == 2


def test_the_code_that_counts_is_all_that_makes_rows():
    assert {
        "genrec.finetuning.histories",
        "genrec.finetuning.tasks",
        "genrec.models.generative",  # whose newest searches stand in rows
        "genrec.data.interactions",
        "genrec.training.examples",
    } <= modules_behind({"genrec.finetuning.rows"})


@pytest.mark.parametrize("damage", ["flipped", "cut", "gone", "no manifest"])
def test_damaged_rows_are_made_anew_with_a_warning(tmp_path, caplog, damage):
    expected, counts = kept_in(tmp_path)
    expected = Examples(expected.ids.copy(), expected.is_target.copy(), expected.indptr.copy())
    (path,) = tmp_path.glob("*/rows.arrow")
    content = bytearray(path.read_bytes())
    match damage:
        case "flipped":
            content[len(content) // 2] ^= 1
            path.write_bytes(content)
        case "cut":
            path.write_bytes(content[: len(content) // 2])
        case "gone":
            path.unlink()
        case "no manifest":
            (path.parent / "manifest.json").unlink()
    with caplog.at_level(logging.WARNING):
        found, again = kept_in(tmp_path)
    assert "made anew" in caplog.text
    assert same(found, expected)
    assert again == counts


def test_nothing_half_written_stays_when_the_disk_refuses(tmp_path, monkeypatch):
    def refuse(self, path):
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Examples, "write", refuse)
    with pytest.raises(Exception, match="the disk is full"):
        kept_in(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_old_rows_are_deleted_and_those_in_use_stay_mapped(tmp_path):
    first, _ = kept_in(tmp_path)
    before = first.ids.tolist()
    (place,) = tmp_path.iterdir()
    os.utime(place, (0, 0))
    for seed in range(1, KEPT + 1):
        kept_in(tmp_path, seed=seed)
    assert len(list(tmp_path.iterdir())) == KEPT
    assert not place.exists()
    assert first.ids.tolist() == before


def test_without_a_folder_nothing_is_kept(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert same(kept_in(None)[0], maker().rows(seed=0))
    assert list(tmp_path.iterdir()) == []
