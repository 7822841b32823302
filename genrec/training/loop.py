"""The one loop of all that learns by steps: AdamW, early stopping, checkpoints, a seed for everything.

An epoch depends on the seed, its number and the state before it alone, so a training that was killed and
goes on from a checkpoint ends in the same weights. Importing this module imports torch.
"""

import math
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from pydantic import TypeAdapter
from torch import Tensor, nn

from genrec.errors import DataError, UsageError
from genrec.training.checkpoints import (
    Tensors,
    newest_checkpoint,
    optimizer_tensors,
    restore_optimizer,
    save_checkpoint,
)

Batch = tuple[Tensor, ...]
Epoch = Callable[[np.random.Generator], Iterable[Batch]]
"""Draws the batches of one epoch."""


class Network(nn.Module, ABC):
    """What is trained: a torch module with a loss."""

    @abstractmethod
    def loss(self, *batch: Tensor) -> Tensor:
        """The mean loss over a batch, a scalar."""


class Schedule(Protocol):
    """How long and how fast to train; the settings of a model that learns say what each means."""

    @property
    def epochs(self) -> int: ...  # noqa: D102
    @property
    def learning_rate(self) -> float: ...  # noqa: D102
    @property
    def weight_decay(self) -> float: ...  # noqa: D102
    @property
    def patience(self) -> int: ...  # noqa: D102
    @property
    def validate_every(self) -> int: ...  # noqa: D102
    @property
    def max_gradient_norm(self) -> float | None: ...  # noqa: D102
    @property
    def averaging(self) -> float | None: ...  # noqa: D102


@dataclass
class Course:
    """How a training went: a loss an epoch, and a validation as an epoch, from 1, with its NDCG@10."""

    seed: int
    losses: list[float] = field(default_factory=list)
    validations: list[tuple[int, float]] = field(default_factory=list)
    cpu_seconds: float = 0.0
    """Of the training steps alone, validation and saving apart; over all threads."""

    @property
    def epochs(self) -> int:
        """How many are done."""
        return len(self.losses)

    @property
    def best(self) -> tuple[int, float] | None:
        """The first of the best validations; None before any."""
        return max(self.validations, key=lambda each: (each[1], -each[0]), default=None)

    @property
    def best_epoch(self) -> int:
        """The one whose weights the model has: the last where nothing was validated."""
        return self.best[0] if self.best else self.epochs


def train(
    network: Network,
    epoch: Epoch,
    *,
    schedule: Schedule,
    seed: int,
    validate: Callable[[], float] | None = None,
    checkpoints: Path | None = None,
    run: str = "",
    is_quiet: bool = False,
) -> Course:
    """Train in place, on the device the network is on, and leave the best weights that validation saw.

    Args:
        network: as drawn at first.
        epoch: draws an epoch's batches; tensors are moved to the network's device.
        schedule: how long and how fast.
        seed: of batches, dropout and negatives.
        validate: higher is better; the last weights stay where it is None.
        checkpoints: a folder to save in and to go on from.
        run: what tells this training from another one in that folder.
        is_quiet: no progress bar, even on a terminal.

    Raises:
        DataError: there is nothing to learn from.
        UsageError: the loss is no longer a number, or the checkpoints are of another training.
    """
    trainer = _Trainer(network, epoch, schedule, Course(seed))
    if checkpoints is not None:
        trainer.resume(checkpoints, run=run)
    with _progress(schedule.epochs, is_quiet=is_quiet) as advance, seeded(seed):
        advance(trainer.course)
        while not trainer.is_done:
            trainer.one_epoch()
            if trainer.is_due:
                if validate is not None:
                    network.eval()
                    with trainer.averaged():
                        trainer.note(validate())
                if checkpoints is not None:
                    trainer.save(checkpoints, run=run)
            advance(trainer.course)
    trainer.finish()
    return trainer.course


def learnt_tensors(network: nn.Module) -> Tensors:
    """The state of a network, tied weights once, without what is frozen: of an adapted model, the adapter."""
    learnt = {name for name, each in network.named_parameters() if each.requires_grad}
    left_out = {name for name, _ in network.named_parameters(remove_duplicate=False)} - learnt
    return {name: each.detach() for name, each in network.state_dict().items() if name not in left_out}


def put_back(network: nn.Module, tensors: Tensors) -> None:
    """What `learnt_tensors` gave, into a network of the same build; nothing that is learnt may lack."""
    missing, unexpected = network.load_state_dict(tensors, strict=False)
    lacking = set(missing) & learnt_tensors(network).keys()
    if lacking or unexpected:
        raise ValueError(f"the state is of another network: {sorted(lacking)[:3]}, {unexpected[:3]}")


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Torch draws by this seed inside, and goes on afterwards as if nothing had been drawn."""
    devices = [torch.cuda.current_device()] if torch.cuda.is_available() else []
    with torch.random.fork_rng(devices):
        torch.manual_seed(seed)
        yield


_COURSE = TypeAdapter(Course)


class _Trainer:
    """A training between two epochs."""

    def __init__(self, network: Network, epoch: Epoch, schedule: Schedule, course: Course) -> None:
        self.network, self.epoch, self.schedule, self.course = network, epoch, schedule, course
        self.device = next(network.parameters()).device
        self.best: dict[str, Tensor] | None = None
        self.trained = [each for each in network.parameters() if each.requires_grad]
        self.mean: list[Tensor] = []  # of the weights, from the end of the first epoch on
        self.optimizer = torch.optim.AdamW(
            self.trained,
            lr=schedule.learning_rate,
            weight_decay=schedule.weight_decay,
            fused=True,
        )

    @property
    def is_done(self) -> bool:
        course, schedule = self.course, self.schedule
        waited = sum(epoch > course.best_epoch for epoch, _ in course.validations)
        return course.epochs >= schedule.epochs or waited >= schedule.patience

    @property
    def is_due(self) -> bool:
        """Whether it is time to validate and to save."""
        done = self.course.epochs
        return done % self.schedule.validate_every == 0 or done == self.schedule.epochs

    def one_epoch(self) -> None:
        """Every batch once; what is random depends on the seed and the number of the epoch alone."""
        rng = np.random.default_rng([self.course.seed, self.course.epochs])
        torch.manual_seed(int(rng.integers(2**62)))
        self.network.train()
        started, losses = time.process_time(), []
        for batch in self.epoch(rng):
            losses.append(self._step(tuple(each.to(self.device, non_blocking=True) for each in batch)))
        if not losses:
            raise DataError("there is nothing to learn from", why="no user has a history to make a batch of")
        if self.schedule.averaging is not None and not self.mean:
            self.mean = [each.detach().clone() for each in self.trained]
        mean = float(torch.stack(losses).mean())
        self.course.cpu_seconds += time.process_time() - started
        self.course.losses.append(mean)
        if not math.isfinite(mean):
            raise UsageError(
                f"training diverged: the loss of epoch {self.course.epochs} is {mean}",
                next_step=f"lower learning_rate, now {self.schedule.learning_rate}",
            )

    def _step(self, batch: Batch) -> Tensor:
        self.optimizer.zero_grad()
        # bf16 multiplies faster on a GPU; on most CPUs it is emulated and slower
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.device.type == "cuda"):
            loss = self.network.loss(*batch)
        loss.backward()  # type: ignore[no-untyped-call]
        if self.schedule.max_gradient_norm is not None:
            torch.nn.utils.clip_grad_norm_(self.trained, self.schedule.max_gradient_norm)
        self.optimizer.step()
        if self.schedule.averaging is not None:
            for mean, weights in self._pairs():
                mean.lerp_(weights.detach(), 1 - self.schedule.averaging)
        return loss.detach()

    @contextmanager
    def averaged(self) -> Iterator[None]:
        """Inside, the network has the mean weights, where there are such."""
        self._exchange()
        try:
            yield
        finally:
            self._exchange()

    def _exchange(self) -> None:
        for mean, weights in self._pairs():
            mean.data, weights.data = weights.data, mean.data

    def _pairs(self) -> list[tuple[Tensor, Tensor]]:
        return list(zip(self.mean, self.trained, strict=True)) if self.mean else []

    def note(self, value: float) -> None:
        """Take down a validation, and keep the weights if they are the best so far."""
        self.course.validations.append((self.course.epochs, value))
        if self.course.best_epoch == self.course.epochs:
            self.best = {name: each.clone() for name, each in learnt_tensors(self.network).items()}

    def finish(self) -> None:
        """Leave the network with the best weights, ready to score."""
        if self.best is None:
            self._exchange()
        else:
            put_back(self.network, self.best)
        self.network.eval()

    def save(self, folder: Path, *, run: str) -> None:
        tensors = {
            **_under("weights", learnt_tensors(self.network)),
            **_under("optimizer", optimizer_tensors(self.optimizer)),
            **_under("best", self.best or {}),
            **_under("mean", {str(place): each for place, each in enumerate(self.mean)}),
        }
        details = {"course": _COURSE.dump_python(self.course, mode="json")}
        save_checkpoint(folder, self.course.epochs, tensors, run=run, details=details)

    def resume(self, folder: Path, *, run: str) -> None:
        found = newest_checkpoint(folder, run=run)
        if found is None:
            return
        tensors, details = found
        put_back(self.network, _below("weights", tensors))
        restore_optimizer(self.optimizer, _below("optimizer", tensors))
        self.course = _COURSE.validate_python(details["course"])
        kept = {name: each.to(self.device) for name, each in _below("best", tensors).items()}
        self.best = kept or None
        mean = _below("mean", tensors)
        self.mean = [mean[str(place)].to(self.device) for place in range(len(mean))]


def _under(prefix: str, tensors: Tensors) -> dict[str, Tensor]:
    return {f"{prefix}.{name}": each for name, each in tensors.items()}


def _below(prefix: str, tensors: Tensors) -> dict[str, Tensor]:
    start = f"{prefix}."
    return {name.removeprefix(start): each for name, each in tensors.items() if name.startswith(start)}


@contextmanager
def _progress(epochs: int, *, is_quiet: bool) -> Iterator[Callable[[Course], None]]:
    from rich.console import Console
    from rich.progress import Progress

    console = Console(file=sys.stderr)
    with Progress(console=console, disable=is_quiet or not console.is_terminal) as progress:
        task = progress.add_task("training", total=epochs)

        def advance(course: Course) -> None:
            loss = f", loss {course.losses[-1]:.4f}" if course.losses else ""
            best = f", best NDCG@10 {course.best[1]:.4f} (epoch {course.best[0]})" if course.best else ""
            progress.update(task, completed=course.epochs, description=f"training{loss}{best}")

        yield advance
