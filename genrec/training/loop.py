"""The one loop of all that learns by steps: AdamW, early stopping, checkpoints, a seed for everything.

An epoch depends on the seed, its number and the state before it alone, and a checkpoint holds the place in it
and torch's generator, so a training that was killed and goes on ends in the same weights. Importing this
module imports torch.
"""

import math
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from pydantic import JsonValue, TypeAdapter
from torch import Tensor, nn

from genrec.errors import DataError, UsageError
from genrec.training.checkpoints import (
    Tensors,
    newest_checkpoint,
    optimizer_tensors,
    restore_optimizer,
    save_checkpoint,
)
from genrec.training.devices import Devices, copied, learnt, like, random_state, restore_random_state, whole

Batch = tuple[Tensor, ...]
Epoch = Callable[[np.random.Generator], Iterable[Batch]]
"""Draws the batches of one epoch."""

CHECKPOINT_MINUTES = 10.0
"""A kill costs at most so much work, and the validation it fell into."""


class Network(nn.Module, ABC):
    """What is trained: a torch module with a loss."""

    blocks: tuple[str, ...] = ()
    """Names of the classes of the modules that FSDP shards one by one."""

    @abstractmethod
    def loss(self, *batch: Tensor) -> Tensor:
        """The mean loss over a batch, a scalar."""

    def part(self, batch: Batch, nth: int, *, of: int) -> tuple[Batch, float]:
        """One process's part of a batch, never empty, and its share of the batch's loss; shares sum to 1."""
        if of == 1:
            return batch, 1.0
        raise NotImplementedError(f"{type(self).__name__} trains in one process")


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
    checkpoint_minutes: float = CHECKPOINT_MINUTES,
    run: str = "",
    devices: Devices | None = None,
    is_quiet: bool = False,
) -> Course:
    """Train in place, on the device the network is on, and leave the best weights that validation saw.

    Args:
        network: as drawn at first.
        epoch: draws an epoch's batches; tensors are moved to the network's device.
        schedule: how long and how fast.
        seed: of batches, dropout and negatives.
        validate: higher is better; the last weights stay where it is None.
        checkpoints: a folder to save in and to go on from; every process must see it.
        checkpoint_minutes: within an epoch, so many pass from one checkpoint to the next.
        run: what tells this training from another one in that folder.
        devices: the processes that train together; this one alone where it is None.
        is_quiet: no progress bar, even on a terminal.

    Raises:
        ArtifactError: a checkpoint cannot be written; those before it are intact.
        DataError: there is nothing to learn from.
        UsageError: the loss is no longer a number, or the checkpoints are of another training.
    """
    devices = devices or Devices()
    trainer = _Trainer(network, epoch, schedule, Course(seed), devices)
    if checkpoints is not None:
        trainer.resume(checkpoints, run=run)
    is_late = _alarm(checkpoint_minutes, devices)
    with _progress(schedule.epochs, is_quiet=is_quiet or not devices.is_first) as advance, seeded(seed):
        advance(trainer.course)
        while not trainer.is_done:
            for _ in trainer.steps():
                if checkpoints is not None and is_late():
                    trainer.save(checkpoints, run=run)
            trainer.end_epoch()
            if trainer.is_due:
                if validate is not None:
                    trainer.validate(validate)
                if checkpoints is not None:
                    trainer.save(checkpoints, run=run)
            advance(trainer.course)
    trainer.finish()
    return trainer.course


def _alarm(minutes: float, devices: Devices) -> Callable[[], bool]:
    """Tells all processes alike whether so many minutes have passed since it last said yes."""
    last = time.monotonic()

    def is_late() -> bool:
        nonlocal last
        found = bool(devices.agreed(time.monotonic() - last >= 60 * minutes))
        last = time.monotonic() if found else last
        return found

    return is_late


def learnt_tensors(network: nn.Module) -> Tensors:
    """The state of a network, tied weights once, without what is frozen: of an adapted model, the adapter.

    What a frozen 4-bit weight keeps beside itself is neither a parameter nor a buffer, and is left out too.
    """
    names = {name for name, each in network.named_parameters() if each.requires_grad}
    names |= {name for name, _ in network.named_buffers()}
    return {name: each.detach() for name, each in network.state_dict().items() if name in names}


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
    """A training between two steps."""

    def __init__(
        self, network: Network, epoch: Epoch, schedule: Schedule, course: Course, devices: Devices
    ) -> None:
        self.network, self.epoch, self.schedule, self.course = network, epoch, schedule, course
        self.devices = devices
        self.best: dict[str, Tensor] | None = None
        adamw = partial(
            torch.optim.AdamW, lr=schedule.learning_rate, weight_decay=schedule.weight_decay, fused=True
        )
        self.running, self.optimizer = devices.prepared(network, adamw)
        self.trained, self.plain = learnt(self.running), learnt(network)  # the same, or shards of it
        self.device = self.trained[0].device
        self.mean: list[Tensor] = []  # of the weights, from the end of the first epoch on
        self.losses: list[Tensor] = []  # of this epoch's steps
        self.random: Tensor | None = None  # where torch's generator stood at the checkpoint

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

    def steps(self) -> Iterator[None]:
        """A step for each batch of the epoch that is not done yet.

        What is random depends on the seed, the number of the epoch and the process alone.
        """
        rng = np.random.default_rng([self.course.seed, self.course.epochs])
        torch.manual_seed(int(rng.integers(2**62)) + self.devices.rank)
        self.running.train()
        batches = iter(self.epoch(rng))
        for _ in islice(batches, len(self.losses)):  # drawn again, for what they draw from `rng`
            pass
        if self.random is not None:
            restore_random_state(self.random, self.device)
            self.random = None
        started = time.process_time()
        for batch in batches:
            self.losses.append(self._step(batch))
            self.course.cpu_seconds += time.process_time() - started
            yield
            started = time.process_time()

    def end_epoch(self) -> None:
        if not self.losses:
            raise DataError("there is nothing to learn from", why="no user has a history to make a batch of")
        if self.schedule.averaging is not None and not self.mean:
            self.mean = [each.detach().clone() for each in self.trained]
        mean = float(self._step_losses().mean())
        self.losses = []
        self.course.losses.append(mean)
        if not math.isfinite(mean):
            raise UsageError(
                f"training diverged: the loss of epoch {self.course.epochs} is {mean}",
                next_step=f"lower learning_rate, now {self.schedule.learning_rate}",
            )

    def _step(self, batch: Batch) -> Tensor:
        batch, share = self.network.part(batch, self.devices.rank, of=self.devices.n)
        self.optimizer.zero_grad()
        # bf16 multiplies faster on a GPU; on most CPUs it is emulated and slower
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.device.type == "cuda"):
            loss = self.running(*(each.to(self.device, non_blocking=True) for each in batch))
        (loss * (share * self.devices.n)).backward()  # the processes' gradients are averaged
        if self.schedule.max_gradient_norm is not None:
            torch.nn.utils.clip_grad_norm_(self.trained, self.schedule.max_gradient_norm)
        self.optimizer.step()
        if self.schedule.averaging is not None:
            for mean, weights in self._pairs():
                mean.lerp_(weights.detach(), 1 - self.schedule.averaging)
        own: Tensor = loss.detach() * share
        return own

    def _step_losses(self) -> Tensor:
        """Of the whole batch of each step, float32 `[steps]`."""
        return self.devices.summed(torch.stack(self.losses))

    def validate(self, validate: Callable[[], float]) -> None:
        """Let the first process validate, and keep the weights if they are the best so far."""
        value = 0.0
        with self.averaged():
            if self.devices.is_first:
                self.network.eval()
                value = validate()
            self.course.validations.append((self.course.epochs, self.devices.agreed(value)))
            if self.course.best_epoch == self.course.epochs:
                self.best = {name: each.clone() for name, each in learnt_tensors(self.network).items()}

    @contextmanager
    def averaged(self) -> Iterator[None]:
        """Inside, the network has the mean weights, where there are such."""
        self._exchange()
        copied(self.trained, self.plain)
        try:
            yield
        finally:
            self._exchange()

    def _exchange(self) -> None:
        for mean, weights in self._pairs():
            kept = weights.detach().clone()
            weights.detach().copy_(mean)
            mean.copy_(kept)

    def _pairs(self) -> list[tuple[Tensor, Tensor]]:
        return list(zip(self.mean, self.trained, strict=True)) if self.mean else []

    def finish(self) -> None:
        """Leave the network with the best weights, ready to score."""
        if self.best is None:
            self._exchange()
            copied(self.trained, self.plain)
        else:
            put_back(self.network, self.best)
        self.network.eval()

    def save(self, folder: Path, *, run: str) -> None:
        copied(self.trained, self.plain)
        tensors = {
            **_under("weights", learnt_tensors(self.network)),
            **_under("optimizer", optimizer_tensors(self.optimizer)),
            **_under("best", self.best or {}),
            **_under("mean", {str(place): each for place, each in enumerate(self.mean)}),
        }
        if self.losses:
            random = self.devices.gathered(random_state(self.device))
            tensors |= _under("step", {"losses": self._step_losses(), "random": random})
        tensors = {name: whole(each) for name, each in tensors.items()}
        if self.devices.is_first:
            details = {"course": _COURSE.dump_python(self.course, mode="json")}
            place = (self.course.epochs, len(self.losses))
            save_checkpoint(folder, place, tensors, run=run, details=details)

    def resume(self, folder: Path, *, run: str) -> None:
        found = newest_checkpoint(folder, run=run)
        if found is not None:
            self._restore(*found)
        done = self.course.epochs + len(self.losses) / 2**32
        if self.devices.agreed(done) != done:
            raise UsageError(
                "the processes see different checkpoints",
                where=str(folder),
                next_step="put the folder where every machine sees it",
            )

    def _restore(self, tensors: Tensors, details: Mapping[str, JsonValue]) -> None:
        put_back(self.network, _below("weights", tensors))
        copied(self.plain, self.trained)
        restore_optimizer(self.optimizer, _below("optimizer", tensors), self.trained)
        self.course = _COURSE.validate_python(details["course"])
        self.best = {name: each.to(self.device) for name, each in _below("best", tensors).items()} or None
        mean = _below("mean", tensors)
        self.mean = [like(mean[str(at)], self.trained[at]) for at in range(len(mean))]
        if step := _below("step", tensors):
            losses = step["losses"].to(self.device)
            self.losses = list(losses if self.devices.is_first else torch.zeros_like(losses))
            self.random = step["random"][self.devices.rank]


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
            best = f", best validation {course.best[1]:.4f} (epoch {course.best[0]})" if course.best else ""
            progress.update(task, completed=course.epochs, description=f"training{loss}{best}")

        yield advance
