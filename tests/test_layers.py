"""What no source may do: import upwards, load heavy packages for `--help`, unpickle, run foreign code."""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "genrec"

# Lowest first; modules of one line do not import each other. The one place that holds this order.
LAYERS = (
    {"errors"},
    {"types"},
    {"files", "compiling", "sources", "stages"},
    {"heaps"},
    {"places"},
    {"assets"},
    {"config"},
    {"artifacts"},
    {"data"},
    {"metrics"},
    {"prompting"},
    {"generation"},
    {"retrieval"},
    {"grounding"},
    {"events"},
    {"sessions"},
    {"workspace"},
    {"index"},
    {"training"},
    {"ranking"},
    {"models"},
    {"explaining"},
    {"answers"},
    {"engine"},
    {"batch", "dialogue"},
    {"evaluation", "serving"},
    {"finetuning"},
    {"testing"},
    {"", "cli"},
    {"__main__"},
)
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}
# `Prompt` and `Segment` are values: rendering makes them, generation takes them.
ALLOWED_UPWARDS = {("prompting", "generation.base")}

FORBIDDEN = {
    "pickle": r"\bc?pickle\b",
    "torch.load": r"\btorch\.load\(",
    "joblib": r"\bjoblib\b",
    "allow_pickle": r"allow_pickle\s*=\s*True",
    "trust_remote_code": r"trust_remote_code",
    "eval": r"(?<![\w.])eval\(",
    "exec": r"(?<![\w.])exec\(",
    "shell": r"shell\s*=\s*True",
    "yaml.load": r"\byaml\.(load|unsafe_load|full_load)\(",
}


def modules() -> list[Path]:
    found = sorted(PACKAGE.rglob("*.py"))
    assert len(found) > 20, "the walk must see the package"
    return found


def module_name(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def imported(tree: ast.AST) -> Iterator[str]:
    """Dotted names below `genrec` that a file imports, wherever in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            if name.split(".")[0] == "genrec":
                yield name.partition(".")[2]


def layer(name: str) -> str:
    """The first part of a module's name; a name that the package itself exports belongs to its root."""
    first = name.split(".", maxsplit=1)[0]
    return first if first in LEVEL else ""


def breaks(importer: str, name: str) -> bool:
    here, there = importer.split(".", maxsplit=1)[0], layer(name)
    if here == there or any(here == low and name.startswith(high) for low, high in ALLOWED_UPWARDS):
        return False
    return LEVEL[there] >= LEVEL[here]


def test_every_module_has_a_place_in_the_list() -> None:
    assert {module_name(path).split(".")[0] for path in modules()} <= set(LEVEL)


def test_imports_point_down() -> None:
    seen, wrong = 0, []
    for path in modules():
        importer = module_name(path)
        if importer == "":  # the package's root re-exports the public names
            continue
        for name in imported(ast.parse(path.read_text(encoding="utf-8"))):
            seen += 1
            if breaks(importer, name):
                wrong.append(f"{importer} imports {name}")
    assert seen > 50
    assert wrong == []


@pytest.mark.parametrize(
    ("importer", "name", "expected"),
    [
        ("errors", "types.Query", True),
        ("types", "errors.DataError", False),
        ("data.catalogue", "retrieval.base", True),
        ("data.catalogue", "data.ids.IdMap", False),
        ("evaluation.report", "serving.app", True),
        ("prompting", "generation.base.Prompt", False),
        ("prompting", "generation.local.Local", True),
        ("engine", "Engine", True),
        ("cli.recommend", "engine.Engine", False),
    ],
)
def test_the_rule_itself(importer: str, name: str, expected: bool) -> None:
    assert breaks(importer, name) is expected


def test_help_imports_nothing_heavy() -> None:
    program = (
        "import sys\n"
        "from genrec.cli import main\n"
        "sys.argv = ['genrec', '--help']\n"
        "try:\n    main()\nexcept SystemExit as done:\n    assert not done.code, done.code\n"
        "print(*sorted({name.split('.')[0] for name in sys.modules}), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "recommend" in done.stdout
    loaded = set(done.stderr.split())
    assert "typer" in loaded
    heavy = {
        "torch",
        "transformers",
        "peft",
        "sentence_transformers",
        "numba",
        "datasets",
        "openai",
        "sklearn",
    }
    assert loaded & heavy == set()


def test_importing_genrec_alone_is_light() -> None:
    program = "import sys, genrec; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert {"torch", "polars", "transformers"} & set(done.stdout.split()) == set()


@pytest.mark.parametrize("name", FORBIDDEN)
def test_nothing_unpickles_or_runs_foreign_code(name: str) -> None:
    pattern = re.compile(FORBIDDEN[name])
    lines = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in modules()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if pattern.search(line)
    ]
    assert lines == []


def test_the_patterns_see_what_they_forbid() -> None:
    bad = "pickle torch.load( joblib allow_pickle=True trust_remote_code eval( exec( shell=True yaml.load("
    assert all(re.search(pattern, bad) for pattern in FORBIDDEN.values())
    good = "model.eval() ast.literal_eval(x) re.compile(y) allow_pickle=False yaml.safe_load(z)"
    assert not any(re.search(pattern, good) for pattern in FORBIDDEN.values())


def tracked_texts() -> list[tuple[Path, str]]:
    suffixes = {".py", ".md", ".yaml", ".yml", ".toml", ".txt", ".sh", ""}
    skipped = {".git", ".venv", ".cache", "__pycache__", "scratch", "build", "dist"}
    hidden = (".venv", ".ruff", ".mypy", ".pytest", ".hyp")
    found = []
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [each for each in folders if each not in skipped and not each.startswith(hidden)]
        for path in (Path(folder, name) for name in names if not name.startswith(hidden)):
            if path.suffix in suffixes and path.is_file():
                found.append((path.relative_to(ROOT), path.read_text(encoding="utf-8")))
    assert len(found) > 40
    return sorted(found)


def test_no_file_names_a_place_of_one_machine() -> None:
    places = re.compile(
        "|".join(["/" + "work/", "/" + "opt/(pypi|wheels)", "/" + "root/", "/" + "home/", r"/tmp/\w+/"])
    )
    wrong = [f"{path}: {match.group()}" for path, text in tracked_texts() for match in places.finditer(text)]
    assert wrong == []


def test_no_todo_is_left() -> None:
    todo = re.compile("|".join(["TO" + "DO", "FIX" + "ME", "XX" + "X"]))
    assert [str(path) for path, text in tracked_texts() if todo.search(text)] == []
