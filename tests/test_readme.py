"""Every command of the README is run, in its order, as a new user would; `make test` alone is left out."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(bash|python)\n(.*?)^```", README, flags=re.DOTALL | re.MULTILINE)
LEFT_OUT = "make test"  # it would run itself


def test_the_readme_has_commands_to_run():
    assert len([kind for kind, _ in BLOCKS if kind == "bash"]) >= 3
    assert any(kind == "python" for kind, _ in BLOCKS)
    assert LEFT_OUT in README


@pytest.mark.model
@pytest.mark.slow
def test_every_block_runs(tmp_path):
    """One folder for all blocks, since later ones build on earlier ones; make runs in the checkout."""
    env = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    env.setdefault("VENV", str(Path(sys.executable).parents[1]))
    for kind, text in BLOCKS:
        lines = [line for line in text.splitlines() if line != LEFT_OUT and not line.startswith("source ")]
        where = ROOT if any(line.startswith("make ") for line in lines) else tmp_path
        shell = [sys.executable, "-c", text] if kind == "python" else ["bash", "-euc", "\n".join(lines)]
        done = subprocess.run(shell, cwd=where, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{text}\n{done.stdout}\n{done.stderr}"


def test_stated_versions_and_links_hold():
    for link in re.findall(r"\]\(([^)#]+)\)", README):
        assert link.startswith("https://") or (ROOT / link).exists(), link
