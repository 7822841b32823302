"""Memory that is used up: what is said, by real refusals of torch's CPU allocator too."""

import pytest
import torch

from genrec.errors import UsageError
from genrec.training.memory import halved, reporting_memory


def refused_by_torch() -> None:
    torch.empty(2**52)


@pytest.mark.parametrize("error", [MemoryError(), torch.OutOfMemoryError("CUDA out of memory.\nTried"), None])
def test_a_refusal_says_what_to_lower(error):
    with pytest.raises(UsageError) as told, reporting_memory(halved("training.batch_tokens", 4096)):
        if error is None:
            refused_by_torch()
        raise error
    what, where, why, following = str(told.value).splitlines()
    assert (what, where) == ("out of memory", "  where: training")
    assert len(why) > len("  why: ")
    assert following == "  next: lower training.batch_tokens from 4096 to 2048"


def test_other_errors_pass():
    with pytest.raises(RuntimeError, match="shapes"), reporting_memory(""):
        raise RuntimeError("shapes do not fit")
