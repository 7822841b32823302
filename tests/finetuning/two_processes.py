"""What each process runs that test_devices.py starts: a tiny training, whose end the first one writes down.

accelerate launch … two_processes.py OUT.safetensors
"""

import os
import sys
from pathlib import Path

import torch
from accelerate.utils import DistributedType, FullyShardedDataParallelPlugin
from safetensors.torch import save_file
from test_run import circle, recipe
from torch.distributed.tensor import DTensor

from genrec.data.splits import split
from genrec.finetuning.bench import set_up
from genrec.finetuning.run import fit
from genrec.training.devices import Devices

TINY = recipe(
    scratch={
        "vocabulary": 300,
        "n_layers": 2,
        "hidden_size": 32,
        "n_heads": 2,
        "context": 256,
        "dropout": 0,
    },
    training={
        "epochs": 4,
        "learning_rate": 0.003,
        "batch_tokens": 200,
        "validate_every": 2,
        "averaging": 0.9,
        "checkpoint_minutes": 0,
    },
)


def trained(devices: Devices, checkpoints: Path | None) -> dict[str, torch.Tensor]:
    """Losses, validations and weights at the end."""
    bench = set_up(TINY, split(circle(), TINY.split), device="cpu")
    course = fit(bench, checkpoints=checkpoints, devices=devices, is_quiet=True)
    values = [value for _, value in course.validations]
    told = {"losses": torch.tensor(course.losses), "validations": torch.tensor(values)}
    return told | {name: each.detach().clone() for name, each in bench.model.named_parameters()}


def main() -> None:
    out = Path(sys.argv[1])
    devices = Devices.launched()
    assert devices.n == 2
    assert devices.accelerator is not None
    is_sharded = os.environ.get("ACCELERATE_USE_FSDP") == "true"
    if is_sharded:  # accelerate itself takes FSDP for GPUs alone
        devices.accelerator.state.distributed_type = DistributedType.FSDP
        devices.accelerator.state.fsdp_plugin = FullyShardedDataParallelPlugin()
        assert devices.accelerator.is_fsdp2
    found = trained(devices, out.parent / "checkpoints")
    if is_sharded:
        assert all(isinstance(each, DTensor) for each in devices.accelerator._models[-1].parameters())
    if devices.is_first:
        save_file(found, out)


if __name__ == "__main__":
    main()
