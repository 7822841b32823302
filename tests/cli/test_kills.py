"""`genrec finetune` killed at random instants, each time as a new process: it ends in the same bytes."""

import json
import os
import random
import signal
import subprocess
import sys
import time

import pytest
import yaml

pytestmark = pytest.mark.slow

KILLS = 20
RECIPE = {
    "name": "tiny",
    "data": {"workspace": "."},
    "base": "scratch",
    "method": "full",
    "scratch": {"vocabulary": 300, "n_layers": 1, "hidden_size": 16, "n_heads": 2, "context": 256},
    "training": {"epochs": 60, "batch_tokens": 60, "validate_every": 10, "patience": 99, "averaging": 0.9},
    "decoding": {"n_queries": 2, "max_tokens": 6, "history_tokens": 64},
    "validation_users": 2,
}


def started(shop):
    """A new process, which has said what it will do and trains."""
    process = subprocess.Popen(
        [sys.executable, "-m", "genrec", "finetune", "recipe.yaml"],
        cwd=shop,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert "tiny: full on scratch" in process.stdout.readline()
    return process


def killed_after(process, seconds: float) -> bool:
    """Whether it was killed, and had not ended before."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
    process.communicate()
    return process.returncode == -signal.SIGKILL


def killed_in_save(process, models) -> None:
    while process.poll() is None and not list(models.glob(".tiny.new-*")):
        time.sleep(0.0005)
    process.send_signal(signal.SIGKILL)
    process.communicate()


def weights(folder) -> dict[str, str]:
    return json.loads((folder / "manifest.json").read_text())["files"]


def test_twenty_kills_and_one_while_saving_leave_the_bytes_of_a_whole_run(run, shop):
    models, checkpoints = shop / "models", shop / "models" / ".tiny.training"
    (shop / "recipe.yaml").write_text(yaml.safe_dump(RECIPE))
    run("finetune", "recipe.yaml", cwd=shop)
    expected = weights(models / "tiny")
    (models / "tiny").rename(shop / "whole")
    often = RECIPE | {"training": RECIPE["training"] | {"checkpoint_minutes": 0}}
    (shop / "recipe.yaml").write_text(yaml.safe_dump(often))
    instants, places = random.Random(0), set()
    for _ in range(KILLS):
        assert killed_after(started(shop), instants.uniform(0, 0.6))
        assert [each for each in models.iterdir() if not each.name.startswith(".")] == []
        places.add(max((each.name for each in checkpoints.glob("epoch-*")), default=""))
    assert len(places) > KILLS / 2  # it came on between the kills
    assert any("step-000000000" not in each for each in places)  # and was within an epoch
    killed_in_save(started(shop), models)
    assert not (models / "tiny").exists() or weights(models / "tiny") == expected
    done = run("finetune", "recipe.yaml", cwd=shop)
    assert weights(models / "tiny") == expected
    assert "Warning" not in done.stderr
    assert not checkpoints.exists()
