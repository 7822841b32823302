"""The compose file fits its specification and says what the code does; running it takes a GPU host."""

import json
import re
from importlib.resources import files

import pytest
import yaml
from jsonschema import Draft202012Validator

from genrec.assets import asset_path
from genrec.cli.serve import LOOPBACK
from genrec.config import GeneratorSettings
from genrec.serving.vllm import ENVIRONMENT, launch_of


@pytest.fixture
def compose():
    return yaml.safe_load(asset_path("serve", "compose.yaml").read_text())


@pytest.fixture
def services(compose):
    return compose["services"]


def test_it_is_as_the_compose_specification_has_it(compose):
    """By the specification's own schema, which the package check-jsonschema ships."""
    schema = files("check_jsonschema") / "builtin_schemas" / "vendor" / "compose-spec.json"
    specification = Draft202012Validator(json.loads(schema.read_text()))
    assert [each.message for each in specification.iter_errors(compose)] == []
    compose["services"]["vllm"]["healthchek"] = {}
    assert list(specification.iter_errors(compose))


def test_what_it_names_is_there(compose, services):
    for service in services.values():
        assert set(service["networks"]) <= compose["networks"].keys()
        for name, how in service.get("depends_on", {}).items():
            assert how["condition"] != "service_healthy" or services[name]["healthcheck"]["test"]
    text = asset_path("serve", "compose.yaml").read_text()
    refused = set(re.findall(r"\$\{(\w+):\?", text))  # without these nothing is started
    assert set(re.findall(r"\$\{(\w+)", text)) == refused == {"WORKSPACE", "MODEL", "ADAPTER"}
    inside = {each.split(":")[1] for each in services["genrec"]["volumes"]}
    command = services["genrec"]["command"]
    assert command[command.index("--workspace") + 1] in inside
    assert command[command.index("--backend") + 1] == "http://vllm:8000/v1"
    taken = set(main_options())
    assert {each for each in command if each.startswith("--")} <= taken


def main_options():
    """The options that `genrec serve` takes."""
    from typer.main import get_command

    from genrec.cli import app

    return [name for each in get_command(app).commands["serve"].params for name in each.opts]


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


def test_only_genrec_can_be_reached_and_only_from_the_host(compose, services):
    assert "ports" not in services["vllm"]
    assert services["vllm"]["networks"] == ["inside"]
    assert all(each.split(":")[0] in LOOPBACK for each in services["genrec"]["ports"])
    assert compose["networks"]["inside"]["internal"]
