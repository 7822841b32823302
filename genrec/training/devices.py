"""The processes that train one model together, one a device, as `accelerate launch` starts them.

All draw the same batches, and each learns from its own rows of them. A part counts by its share of the
batch's loss, so that a step has the gradient of one process with the whole batch. Under FSDP the weights,
gradients and optimiser that are trained lie in shards; the network that the caller holds stays whole beside
them, and gets the weights when it is validated or saved.
"""

import copy
import os
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.distributed.tensor import DTensor, distribute_tensor

if TYPE_CHECKING:
    from accelerate import Accelerator

    from genrec.training.loop import Network

LONGEST_WAIT = timedelta(hours=12)
"""The others wait so long for the first to validate."""

MakeOptimizer = Callable[[Iterable[nn.Parameter]], torch.optim.Optimizer]


class Devices:
    """One process, or those of accelerate."""

    def __init__(self, accelerator: "Accelerator | None" = None) -> None:
        self.accelerator = accelerator
        self.n = accelerator.num_processes if accelerator else 1
        self.rank = accelerator.process_index if accelerator else 0

    @staticmethod
    def launched() -> "Devices":
        """Those that `accelerate launch` started; this process alone where it did not."""
        if int(os.environ.get("WORLD_SIZE", "1")) == 1:
            return Devices()
        from accelerate import Accelerator
        from accelerate.utils import InitProcessGroupKwargs

        waits = InitProcessGroupKwargs(timeout=LONGEST_WAIT)
        is_cpu = not torch.accelerator.is_available()
        # the loop has a precision of its own
        return Devices(Accelerator(cpu=is_cpu, mixed_precision="no", kwargs_handlers=[waits]))

    @property
    def is_first(self) -> bool:
        """Whether this process validates, saves and speaks for all."""
        return self.rank == 0

    @property
    def device(self) -> torch.device | None:
        """The one of this process; None where it may choose."""
        return self.accelerator.device if self.accelerator else None

    def prepared(
        self, network: "Network", optimizer: MakeOptimizer
    ) -> tuple[nn.Module, torch.optim.Optimizer]:
        """A module whose forward pass is the network's loss, and the optimiser of what it learns."""
        if self.accelerator is None:
            running = _Loss(network)
            return running, optimizer(learnt(running))
        is_sharded = str(self.accelerator.distributed_type.value) == "FSDP"
        running = _Loss(copy.deepcopy(network) if is_sharded else network)
        module, wrapped = self.accelerator.prepare(running, optimizer(learnt(running)))
        if is_sharded and not self.is_first:
            network.cpu()
        return module, wrapped.optimizer

    def agreed(self, value: float) -> float:
        """What the first process has; the others wait for it."""
        if self.accelerator is None:
            return value
        from accelerate.utils import broadcast

        told: Tensor = broadcast(torch.tensor(value, dtype=torch.float64, device=self.device))
        return float(told)

    def summed(self, tensor: Tensor) -> Tensor:
        """The sum over all processes."""
        if self.accelerator is None:
            return tensor
        total: Tensor = self.accelerator.reduce(tensor, "sum")
        return total

    def gathered(self, tensor: Tensor) -> Tensor:
        """What every process has, `[n, ...]`."""
        if self.accelerator is None:
            return tensor[None]
        found: Tensor = self.accelerator.gather(tensor[None].to(self.accelerator.device))
        return found.cpu()


class _Loss(nn.Module):
    """Wrappers of torch act on `forward`, which networks use for other things than their loss."""

    def __init__(self, network: "Network") -> None:
        super().__init__()
        self.network = network
        self._no_split_modules = network.blocks  # where accelerate looks for what to shard one by one

    def forward(self, *batch: Tensor) -> Tensor:
        return self.network.loss(*batch)


def learnt(module: nn.Module) -> list[nn.Parameter]:
    """The parameters that are not frozen."""
    return [each for each in module.parameters() if each.requires_grad]


def whole(tensor: Tensor) -> Tensor:
    """A tensor that may lie in shards, put together; every process must ask at once."""
    return tensor.full_tensor() if isinstance(tensor, DTensor) else tensor


def like(tensor: Tensor, pattern: Tensor) -> Tensor:
    """A whole tensor on the device of another, and in shards as that is."""
    moved = tensor.to(pattern.device)
    if isinstance(pattern, DTensor) and moved.shape == pattern.shape:
        return distribute_tensor(moved, pattern.device_mesh, pattern.placements)
    return moved


@torch.no_grad()
def copied(sources: Sequence[Tensor], targets: Sequence[Tensor]) -> None:
    """Values from tensors to others that are not the same, of which either may lie in shards."""
    for source, target in zip(sources, targets, strict=True):
        if source is not target:
            target.copy_(like(whole(source), target))


def random_state(device: torch.device) -> Tensor:
    """Where torch's generators stand that a training on this device draws from, uint8."""
    states = [torch.get_rng_state()]
    if device.type == "cuda":
        states.append(torch.cuda.get_rng_state(device))
    return torch.cat(states)


def restore_random_state(state: Tensor, device: torch.device) -> None:
    """Put back what `random_state` gave."""
    length = len(torch.get_rng_state())
    torch.set_rng_state(state[:length].cpu().clone())  # of a view it would read the storage from its start
    if device.type == "cuda":
        torch.cuda.set_rng_state(state[length:].cpu().clone(), device)
