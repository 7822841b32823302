"""The compose file says what the code does; running it takes a GPU host."""

from pathlib import Path

import pytest
import yaml

from genrec.assets import asset_path
from genrec.cli.serve import LOOPBACK
from genrec.config import GeneratorSettings
from genrec.serving.vllm import ENVIRONMENT, launch_of


@pytest.fixture
def services():
    return yaml.safe_load(asset_path("serve", "compose.yaml").read_text())["services"]


def test_vllm_is_told_what_genrec_would_tell_it(services, tmp_path):
    (tmp_path / "config.json").write_text('{"model_type": "llama", "max_position_embeddings": 8192}')
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "adapter_config.json").write_text('{"r": 64}')
    wanted = launch_of(GeneratorSettings(model=str(tmp_path), adapter="mine"), tmp_path).arguments
    places = {str(tmp_path): "/model", tmp_path.name: "base"}
    told = [each for each in services["vllm"]["command"] if "ADAPTER" not in each]
    assert told == [places.get(each, each) for each in wanted if not each.startswith("mine=")]
    for name in ENVIRONMENT.keys() - {"VLLM_CPU_KVCACHE_SPACE"}:
        assert services["vllm"]["environment"][name] == ENVIRONMENT[name]


def test_the_image_is_of_the_version_that_is_pinned(services):
    pinned = asset_path("serve", "vllm-gpu.txt").read_text().split("vllm==")[1].strip()
    assert services["vllm"]["image"] == f"vllm/vllm-openai:v{pinned}"


def test_only_genrec_can_be_reached_and_only_from_the_host(services):
    assert "ports" not in services["vllm"]
    assert services["vllm"]["networks"] == ["inside"]
    assert all(each.split(":")[0] in LOOPBACK for each in services["genrec"]["ports"])
    assert yaml.safe_load(Path(asset_path("serve", "compose.yaml")).read_text())["networks"]["inside"][
        "internal"
    ]
