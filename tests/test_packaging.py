"""A wheel is built, installed with its dependencies in a clean environment, and used from another folder."""

import json
import os
import re
import subprocess
import sys
import tomllib
import venv
import zipfile
from importlib.metadata import version
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DATA_FOLDERS = ("prompts", "finetune", "eval", "serve")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--no-deps",
        "--quiet",
        "--wheel-dir",
        str(folder),
        str(ROOT),
    ]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (made,) = folder.glob("genrec-*.whl")
    return made


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bin folder of a clean environment with the wheel and what it asks for, under the constraints."""
    home = tmp_path_factory.mktemp("installed")
    venv.create(home, with_pip=True)
    wanted = [f"genrec[gguf] @ {wheel.as_uri()}", "-c", str(ROOT / "constraints.txt")]
    for each in (["torch", *wanted[1:]], wanted):  # torch first, as the Makefile has it
        command = [str(home / "bin" / "python"), "-m", "pip", "install", "--quiet", *each]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    return home / "bin"


def run(installed: Path, *command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {
        name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")
    }
    return subprocess.run(
        [str(installed / command[0]), *command[1:]],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
    )


@pytest.mark.slow
def test_the_wheel_holds_the_package_and_its_data_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    assert tops == {"genrec", f"genrec-{version('genrec')}.dist-info"}
    assert "genrec/py.typed" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    for folder in DATA_FOLDERS:
        there = {each.relative_to(ROOT).as_posix() for each in (ROOT / folder).rglob("*") if each.is_file()}
        packed = {
            name.removeprefix("genrec/_assets/")
            for name in names
            if name.startswith(f"genrec/_assets/{folder}/")
        }
        assert packed == there
        assert packed
    assert not any("__pycache__" in name or name.endswith(".pyc") for name in names)


@pytest.mark.slow
def test_the_installed_package_is_the_wheels_and_finds_its_data(installed: Path, tmp_path: Path) -> None:
    program = (
        "import genrec, pathlib\n"
        "from genrec.assets import asset_path\n"
        "print(pathlib.Path(genrec.__file__).parent)\n"
        "print(asset_path('prompts', 'query-instruct.yaml'))\n"
        "print(asset_path('eval', 'LOG.md'))\n"
    )
    done = run(installed, "python", "-c", program, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    package, prompt, log = done.stdout.splitlines()
    assert Path(package).is_relative_to(installed.parent)
    assert prompt == f"{package}/_assets/prompts/query-instruct.yaml"
    assert log == f"{package}/_assets/eval/LOG.md"


@pytest.mark.slow
def test_the_command_runs_from_another_folder(installed: Path, tmp_path: Path) -> None:
    shown = run(installed, "genrec", "--help", folder=tmp_path)
    assert shown.returncode == 0, shown.stderr
    assert "recommend" in shown.stdout
    told = run(installed, "genrec", "--version", folder=tmp_path)
    assert version("genrec") in told.stdout
    assert list(tmp_path.iterdir()) == []


@pytest.mark.model
@pytest.mark.slow
def test_it_recommends_from_another_folder(installed: Path, tmp_path: Path) -> None:
    done = run(installed, "genrec", "recommend", "--user", "42", "-k", "2", "--json", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert [item["rank"] for item in json.loads(done.stdout)["items"]] == [1, 2]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_doctor_runs_from_another_folder(installed: Path, tmp_path: Path) -> None:
    done = run(installed, "genrec", "doctor", folder=tmp_path)
    assert "Traceback" not in done.stderr
    assert version("genrec") in done.stdout, done.stderr
    assert done.returncode in (0, 4), done.stderr  # 4: an index is not built yet


def test_every_direct_dependency_is_pinned_inside_its_range() -> None:
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pins = dict(line.split("==") for line in lines if line and not line.startswith("#"))
    pins = {canonicalize_name(name): pin for name, pin in pins.items()}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = [*project["project"]["dependencies"], *project["build-system"]["requires"]]
    wanted += [each for extra in project["project"]["optional-dependencies"].values() for each in extra]
    requirements = [Requirement(each) for each in wanted if not each.startswith("genrec[")]
    assert len(requirements) > 20
    for requirement in requirements:
        pin = pins[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(pin), f"{requirement} against {pin}"


def test_what_the_package_imports_is_what_it_requires() -> None:
    """Each third-party import of the source is a dependency or an extra, and each dependency is imported."""
    import ast

    names = {
        "yaml": "pyyaml",
        "sentence_transformers": "sentence-transformers",
        "huggingface_hub": "huggingface-hub",
        "prometheus_client": "prometheus-client",
        "pydantic_core": "pydantic",  # which requires one exact version of it
    }
    imported = set()
    for path in (ROOT / "genrec").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                imported.add(node.module.split(".")[0])
    third_party = {names.get(each, each) for each in imported - set(sys.stdlib_module_names) - {"genrec"}}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    bare = {re.split(r"[\[<>=!~ ]", each)[0] for each in project["dependencies"]}
    extras = {
        re.split(r"[\[<>=!~ ]", each)[0]
        for listed in project["optional-dependencies"].values()
        for each in listed
    }
    assert third_party <= bare | extras
    implied = {"accelerate"}  # peft and transformers load with it; its version is ours to bound
    assert bare - implied <= third_party
