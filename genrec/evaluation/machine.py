"""What a model is timed on."""

import os
import platform
import resource
import sys
from pathlib import Path


def cpu_name() -> str:
    """The processor's name, or its architecture where the system does not tell."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return next(iter(named), platform.processor() or platform.machine())


def threads() -> int:
    """How many threads libraries may use: what OMP_NUM_THREADS says, else all cores."""
    return int(os.environ.get("OMP_NUM_THREADS") or os.cpu_count() or 1)


def peak_memory() -> int:
    """The most bytes this process has held in memory."""
    status = Path("/proc/self/status")
    if status.exists():  # what getrusage gives starts at the size of the process that started this one
        line = next(each for each in status.read_text().splitlines() if each.startswith("VmHWM"))
        return 1024 * int(line.split()[1])
    unit = 1 if sys.platform == "darwin" else 1024
    return unit * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
