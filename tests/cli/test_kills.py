"""`genrec finetune` killed at random instants, each time as a new process: it ends in the same bytes."""

import json
import multiprocessing
import os
import random
import signal
import sys
import time
from pathlib import Path

import pytest
import yaml

from genrec.cli import main

pytestmark = pytest.mark.slow

KILLS = 20
HEAVY = ("genrec.finetuning.run", "genrec.finetuning.preview", "genrec.evaluation.prepare", "torch._dynamo")
RECIPE = {
    "name": "tiny",
    "data": {"workspace": "."},
    "base": "scratch",
    "method": "full",
    "scratch": {"vocabulary": 300, "n_layers": 1, "hidden_size": 16, "n_heads": 2, "context": 256},
    "training": {"epochs": 40, "batch_tokens": 8, "validate_every": 10, "patience": 99, "averaging": 0.9},
    "decoding": {"n_queries": 2, "max_tokens": 6, "history_tokens": 64},
    "validation_users": 2,
}


def finetuned(shop: Path) -> None:
    """What a new process runs."""
    os.chdir(shop)
    sys.argv = ["genrec", "finetune", "recipe.yaml"]
    with open(os.devnull, "w") as nowhere, (shop / "said").open("a") as said:
        sys.stdout, sys.stderr = nowhere, said
        main()


@pytest.fixture(scope="module")
def processes():
    """A server that has imported what is heavy and done nothing else, from which each process is forked."""
    found = multiprocessing.get_context("forkserver")
    found.set_forkserver_preload(list(HEAVY))
    return found


@pytest.fixture
def started(processes, shop):
    def start():
        process = processes.Process(target=finetuned, args=(shop,))
        process.start()
        return process

    return start


def newest(checkpoints: Path) -> str:
    return max((each.name for each in checkpoints.glob("epoch-*")), default="")


def killed(process, seconds: float = 0.0) -> bool:
    """Whether it had not ended before."""
    time.sleep(seconds)
    process.kill()
    process.join()
    return process.exitcode == -signal.SIGKILL


def waited(process, done) -> None:
    while process.is_alive() and not done():
        time.sleep(0.0005)


def weights(folder: Path) -> dict[str, str]:
    """The hashes of all files but the card, which tells how often the training was saved."""
    files = json.loads((folder / "manifest.json").read_text())["files"]
    return {name: each for name, each in files.items() if name != "README.md"}


def test_twenty_kills_and_one_while_saving_leave_the_bytes_of_a_whole_run(started, shop):
    models, checkpoints = shop / "models", shop / "models" / ".tiny.training"
    (shop / "recipe.yaml").write_text(yaml.safe_dump(RECIPE))
    started().join()
    expected = weights(models / "tiny")
    (models / "tiny").rename(shop / "whole")

    often = RECIPE | {"training": RECIPE["training"] | {"checkpoint_minutes": 0}}
    (shop / "recipe.yaml").write_text(yaml.safe_dump(often))
    instants, places = random.Random(0), set()
    for kill in range(KILLS):
        before, process = newest(checkpoints), started()
        if kill % 4:  # the others fall into the start
            waited(process, lambda before=before: newest(checkpoints) != before)
        assert killed(process, instants.uniform(0, 0.3))
        assert [each for each in models.glob("*") if not each.name.startswith(".")] == []
        assert newest(checkpoints) >= before
        places.add(newest(checkpoints))
    assert sum(not each.endswith("step-000000000") for each in places) > KILLS / 4  # within an epoch

    process = started()
    waited(process, lambda: any(models.glob(".tiny.new-*")))
    assert killed(process)
    assert not (models / "tiny").exists() or weights(models / "tiny") == expected
    started().join()
    assert weights(models / "tiny") == expected
    assert not checkpoints.exists()
    assert "Warning" not in (shop / "said").read_text()
