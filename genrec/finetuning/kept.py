"""Rows kept between runs, named by all that they depend on, so that none is ever stale."""

import hashlib
import json
import logging
import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from pydantic import TypeAdapter
from transformers import PreTrainedTokenizerBase

from genrec.artifacts import open_artifact, package_versions, writing
from genrec.errors import ArtifactError
from genrec.files import files_in, sha256_of
from genrec.finetuning import tasks
from genrec.finetuning.rows import Counts, RowMaker
from genrec.prompting import load_prompt
from genrec.sources import code_digest
from genrec.training.examples import Examples

logger = logging.getLogger(__name__)

KIND = "examples"
ROWS_FILE = "rows.arrow"
KEPT = 8
"""Sets of rows; the oldest are deleted."""

_COUNTS = TypeAdapter(Counts)


def kept_rows(
    maker: RowMaker, tokenizer: PreTrainedTokenizerBase, *, seed: int, folder: Path | None
) -> tuple[Examples, Counts]:
    """The rows of a maker with their counts: memory-mapped from below `folder` if they were made before.

    Damaged ones are made anew with a warning. Where `folder` is None nothing is kept.

    Raises:
        ArtifactError: the disk is full or refuses.
        DataError: there is nothing to learn from.
        UsageError: as `RowMaker.rows`.
    """
    if folder is None:
        return maker.rows(seed=seed), maker.counts
    place = folder / _key(maker, tokenizer, seed=seed)
    if place.exists():
        try:
            return _opened(place)
        except ArtifactError as error:
            logger.warning("the kept examples are made anew: %s", error)
    made = maker.rows(seed=seed)
    fingerprint = maker.dataset.fingerprint
    with writing(
        place, kind=KIND, data_fingerprint=fingerprint, seed=seed, details=asdict(maker.counts)
    ) as temporary:
        made.write(temporary / ROWS_FILE)
    _sweep(folder)
    return _opened(place)


def _opened(place: Path) -> tuple[Examples, Counts]:
    manifest = open_artifact(place, kind=KIND, rebuild="genrec finetune")
    place.touch()  # used last
    return Examples.read(place / ROWS_FILE), _COUNTS.validate_python(manifest.details)


def _sweep(folder: Path) -> None:
    by_use = sorted(folder.glob("[!.]*"), key=lambda each: each.stat().st_mtime)
    for old in by_use[:-KEPT]:
        shutil.rmtree(old, ignore_errors=True)  # who has mapped its file keeps it


def _key(maker: RowMaker, tokenizer: PreTrainedTokenizerBase, *, seed: int) -> str:
    versions = package_versions()
    parts = {
        "data": maker.dataset.fingerprint,
        "settings": maker.settings.model_dump(mode="json"),
        "seed": seed,
        "tokenizer": _tokenizer_digest(tokenizer),
        "prompts": [
            maker.template.hash,
            *(load_prompt(tasks.PROMPTS[each]).hash for each in maker.settings.tasks),
        ],
        "code": code_digest(frozenset({"genrec.finetuning.rows"})),
        "packages": [versions.get("numpy"), versions.get("transformers")],
    }
    return _digest([json.dumps(parts, sort_keys=True)])[:24]


def _tokenizer_digest(tokenizer: PreTrainedTokenizerBase) -> str:
    """Of the files by which it would be saved: vocabulary, merges, control tokens, chat template."""
    with tempfile.TemporaryDirectory() as scratch:
        tokenizer.save_pretrained(scratch)
        return _digest(f"{each.name} {sha256_of(each)}" for each in files_in(Path(scratch)))


def _digest(parts: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
