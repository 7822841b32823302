"""How long a piece of work spent in each of its stages, for whoever it is done for."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Literal

Stage = Literal["generate", "retrieve", "rank", "explain", "word"]
"""Searches written, items found, lists made, evidence found and reasons checked, reasons worded."""


@dataclass
class Stages:
    """Seconds by stage; a stage within another one is not the outer one's time, too."""

    seconds: dict[Stage, float] = field(default_factory=dict)
    _within: float = 0.0

    @contextmanager
    def timing(self, stage: Stage) -> Iterator[None]:
        """Take the time of what is done within; of one thread."""
        start, before = time.perf_counter(), self._within
        self._within = 0.0
        try:
            yield
        finally:
            took = time.perf_counter() - start
            self.seconds[stage] = self.seconds.get(stage, 0.0) + took - self._within
            self._within = before + took


_WATCHED: ContextVar[Stages | None] = ContextVar("stages", default=None)


@contextmanager
def watched(by: Stages) -> Iterator[None]:
    """Have the stages of what this thread does within be told."""
    token = _WATCHED.set(by)
    try:
        yield
    finally:
        _WATCHED.reset(token)


@contextmanager
def timing(stage: Stage) -> Iterator[None]:
    """As `Stages.timing` of whoever watches; nobody need."""
    stages = _WATCHED.get()
    if stages is None:
        yield
        return
    with stages.timing(stage):
        yield
