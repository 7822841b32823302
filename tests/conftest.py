"""Fixtures that several test files share: real data, and the command line in a fresh process."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session", autouse=True)
def _quiet_libraries() -> None:
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    os.environ["TOKENIZERS_PARALLELISM"] = "false"


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The folder of larger real data sets, where the environment names one."""
    folder = os.environ.get("GENREC_DATA")
    if not folder:
        pytest.skip("GENREC_DATA names no folder of data sets")
    return Path(folder)


@pytest.fixture
def run() -> Run:
    """Run `genrec ARGS` in a fresh process; `cwd`, `env` and `check` as in subprocess."""

    def run_genrec(*args: str, **how: object) -> subprocess.CompletedProcess[str]:
        env = os.environ | dict(how.pop("env", None) or {})  # type: ignore[call-overload]
        check = how.pop("check", True)
        done = subprocess.run(
            [sys.executable, "-m", "genrec", *args],
            capture_output=True,
            text=True,
            env=env,
            timeout=300,
            **how,
        )
        assert not check or done.returncode == 0, done.stderr
        return done

    return run_genrec
