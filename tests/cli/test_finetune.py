"""`genrec finetune` as a user runs it: a fresh process each."""

import json
import os
import socket
import subprocess
import sys

import pytest
import yaml

from genrec.assets import asset_path

pytestmark = pytest.mark.slow

RECIPE = {
    "name": "tiny",
    "data": {"workspace": "."},
    "base": "scratch",
    "method": "full",
    "scratch": {"vocabulary": 300, "n_layers": 1, "hidden_size": 16, "n_heads": 2, "context": 256},
    "training": {"epochs": 1},
    "decoding": {"n_queries": 2, "max_tokens": 8, "history_tokens": 64},
}


@pytest.fixture
def recipe(shop):
    (shop / "recipe.yaml").write_text(yaml.safe_dump(RECIPE))
    return shop / "recipe.yaml"


def test_a_dry_run_shows_what_would_be_learnt_and_leaves_nothing(run, shop, recipe):
    told = run("finetune", "recipe.yaml", "--dry-run", cwd=shop).stdout
    assert "of them targets" in told
    assert "»" in told
    assert not (shop / "models").exists()


def test_a_tuned_model_is_served_and_named_in_the_answer(run, shop, recipe):
    assert "genrec recommend" in run("finetune", "recipe.yaml", cwd=shop).stderr
    done = run("recommend", "--user", "u1", "--model", "tiny", "-k", "2", "--json", cwd=shop)
    answer = json.loads(done.stdout)
    assert answer["model"] == "tiny"
    assert len(answer["items"]) == 2


def test_two_processes_make_one_model_and_the_first_speaks(shop, recipe):
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = str(free.getsockname()[1])
    config = str(asset_path("finetune", "accelerate-ddp.yaml"))
    done = subprocess.run(
        [
            *(sys.executable, "-m", "accelerate.commands.launch", "--config_file", config),
            *("--main_process_port", port, "-m", "genrec", "finetune", "recipe.yaml"),
        ],
        cwd=shop,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=500,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("tiny: full on scratch") == 1
    assert done.stderr.count("next: genrec recommend") == 1
    assert [each.name for each in (shop / "models").iterdir()] == ["tiny"]


def test_going_on_with_newer_data(run, shop, recipe):
    run("finetune", "recipe.yaml", cwd=shop)
    first = json.loads((shop / "models" / "tiny" / "manifest.json").read_text())
    assert not list((shop / "models").glob(".*"))
    with (shop / "events.csv").open("a") as file:
        file.write("u1,b,3,2000\n")
    assert "older than the data" in run("models", cwd=shop).stdout
    (shop / "models" / "tiny").rename(shop / "models" / "renamed")
    run("finetune", "--continue", "renamed", cwd=shop)
    assert not (shop / "models" / "tiny").exists()
    second = json.loads((shop / "models" / "renamed" / "manifest.json").read_text())
    assert second["data_fingerprint"] != first["data_fingerprint"]
    assert second["files"]["model.safetensors"] != first["files"]["model.safetensors"]
    assert second["files"]["tokenizer.json"] == first["files"]["tokenizer.json"]
    assert "older" not in run("models", cwd=shop).stdout
    both = run("finetune", "recipe.yaml", "--continue", "renamed", cwd=shop, check=False)
    assert (both.returncode, "not both" in both.stderr) == (2, True)
    assert run("finetune", "--continue", "other", cwd=shop, check=False).returncode == 4


def test_a_wrong_recipe_is_refused_with_the_choices(run, shop, recipe):
    recipe.write_text(yaml.safe_dump(RECIPE | {"method": "lorra"}))
    assert "'lora'" in run("finetune", "recipe.yaml", cwd=shop, check=False).stderr
