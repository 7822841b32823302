"""Two processes that `accelerate launch` starts end where one does; what they exchange is float32."""

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from accelerate.commands.config.config_args import load_config_from_file
from safetensors.torch import load_file
from two_processes import trained

from genrec.assets import asset_path
from genrec.training.devices import Devices

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def alone():
    return trained(Devices(), None)


def launched(config: str, out: Path) -> dict[str, torch.Tensor]:
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    done = subprocess.run(
        [
            *(sys.executable, "-m", "accelerate.commands.launch"),
            *("--config_file", str(asset_path("finetune", config)), "--main_process_port", str(port)),
            *(str(Path(__file__).with_name("two_processes.py")), str(out)),
        ],
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=500,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return load_file(out)


@pytest.mark.parametrize("config", ["accelerate-ddp.yaml", "accelerate-fsdp.yaml"])
def test_two_processes_end_where_one_does(alone, config, tmp_path):
    found = launched(config, tmp_path / "end.safetensors")
    assert found.keys() == alone.keys()
    for name, expected in alone.items():
        torch.testing.assert_close(found[name], expected, rtol=1e-3, atol=1e-4, msg=name)
    checkpoints = sorted((tmp_path / "checkpoints").iterdir())
    shutil.rmtree(checkpoints[-1])  # of the whole training; the one before stands within the last epoch
    assert "step-000000000" not in checkpoints[0].name
    resumed = launched(config, tmp_path / "resumed.safetensors")
    for name, expected in found.items():
        torch.testing.assert_close(resumed[name], expected, rtol=0, atol=0, msg=name)


@pytest.mark.parametrize(
    ("config", "kind"), [("accelerate-ddp.yaml", "MULTI_GPU"), ("accelerate-fsdp.yaml", "FSDP")]
)
def test_accelerate_reads_the_configs(config, kind):
    found = load_config_from_file(str(asset_path("finetune", config)))
    assert found.distributed_type == kind
    assert found.num_processes == 2
