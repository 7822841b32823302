"""What to do when a step does not fit into memory."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from genrec.errors import UsageError

CPU_REFUSAL = "can't allocate memory"
"""Of torch's CPU allocator, which raises a plain RuntimeError."""


@contextmanager
def reporting_memory(next_step: str) -> Iterator[None]:
    """Turn a refused allocation into an error that says which setting to lower, and by how much.

    Raises:
        UsageError: the memory of the device, or of the machine, is used up.
    """
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        is_memory = isinstance(error, MemoryError | torch.OutOfMemoryError) or CPU_REFUSAL in str(error)
        if not is_memory:
            raise
        why = (str(error) or type(error).__name__).splitlines()[0]
        raise UsageError("out of memory", where="training", why=why, next_step=next_step) from error


def halved(setting: str, value: int) -> str:
    """Advice such as `lower training.batch_tokens from 4096 to 2048`."""
    return f"lower {setting} from {value} to {max(1, value // 2)}"
