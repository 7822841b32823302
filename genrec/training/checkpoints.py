"""Where a training stood after a step or an epoch, saved whole or not at all and found again after a kill."""

import shutil
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from pydantic import JsonValue
from safetensors.torch import load_file, save_file
from torch import Tensor

from genrec.artifacts import Manifest, open_artifact, writing
from genrec.errors import ArtifactError, UsageError
from genrec.training.devices import like

KIND = "checkpoint"
STATE_FILE = "state.safetensors"
KEPT = 2

Tensors = Mapping[str, Tensor]


class DamagedCheckpointWarning(UserWarning):
    """A checkpoint is half-written or damaged, and the one before it is taken."""


def save_checkpoint(
    folder: Path, place: tuple[int, int], tensors: Tensors, *, run: str, details: Mapping[str, JsonValue]
) -> None:
    """Write the state at a place; the two newest are kept.

    Args:
        folder: of this training alone.
        place: how many epochs are done, and how many steps of the next.
        tensors: all that the next step needs.
        run: what tells this training from another one.
        details: the rest, as JSON.

    Raises:
        ArtifactError: the disk is full or refuses; earlier checkpoints are intact.
    """
    name = "epoch-{:06}-step-{:09}".format(*place)
    with writing(folder / name, kind=KIND, details={"run": run, **details}) as temporary:
        save_file({name: each.contiguous().cpu() for name, each in tensors.items()}, temporary / STATE_FILE)
    for old in _newest_first(folder)[KEPT:]:
        shutil.rmtree(old, ignore_errors=True)


def newest_checkpoint(folder: Path, *, run: str) -> tuple[Tensors, Mapping[str, JsonValue]] | None:
    """The state and details of the newest whole checkpoint; None where there is none.

    Raises:
        UsageError: it is of another training.
    """
    for each in _newest_first(folder):
        try:
            manifest = open_artifact(each, kind=KIND, rebuild="genrec fit")
        except ArtifactError as error:  # a damaged one is no reason to lose those before it
            told = f"{each} is skipped: {error.what}" + (f", {error.why}" if error.why else "")
            warnings.warn(told, DamagedCheckpointWarning, stacklevel=2)
            continue
        _refuse_other(manifest, each, run=run)
        return load_file(each / STATE_FILE), manifest.details
    return None


def optimizer_tensors(optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """The state of an optimiser by names such as `3.exp_avg`: the parameter's place, then what it is."""
    state = optimizer.state_dict()["state"]
    return {f"{place}.{name}": each for place, kept in state.items() for name, each in kept.items()}


def restore_optimizer(
    optimizer: torch.optim.Optimizer, tensors: Tensors, parameters: Sequence[Tensor]
) -> None:
    """Put back what `optimizer_tensors` gave; what has a parameter's shape lies where the parameter does."""
    state: dict[int, dict[str, Tensor]] = {}
    for key, each in tensors.items():
        place, _, name = key.partition(".")
        state.setdefault(int(place), {})[name] = like(each, parameters[int(place)])
    optimizer.load_state_dict({**optimizer.state_dict(), "state": state})


def _newest_first(folder: Path) -> list[Path]:
    return sorted(folder.glob("epoch-*"), reverse=True)


def _refuse_other(manifest: Manifest, path: Path, *, run: str) -> None:
    if manifest.details["run"] != run:
        raise UsageError(
            "the checkpoints are of another training",
            where=str(path),
            why="the data, the settings or the seed have changed since",
            next_step=f"delete {path.parent} to begin anew, or give another folder",
        )
