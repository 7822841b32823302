"""Events of many requests kept in one transaction: one sync of the disk for all that wait at that time."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from genrec.events import ConflictError, Event

MOST = 5_000
"""Events after which a transaction takes no more requests; one request may have more."""


@dataclass(eq=False)
class _Sent:
    """The events of one request, and what became of them."""

    events: Sequence[Event]
    new: list[Event] = field(default_factory=list)
    error: Exception | None = None
    is_over: bool = False


class Commits:
    """Of the requests that wait, one writes for all; each returns when its events are on disk.

    Args:
        keep: puts events on disk, all or none, and tells which were new; called by one thread at a time.
    """

    def __init__(self, keep: Callable[[Sequence[Event]], list[Event]]) -> None:
        self._keep, self._turn = keep, threading.Lock()
        self._waiting: deque[_Sent] = deque()

    def add(self, events: Sequence[Event]) -> list[Event]:
        """Those of the events that are new, on disk; an error of its own for each request.

        Raises:
            ConflictError: as `EventStore.add`; the events of others are kept.
            StoreError: as there.
        """
        mine = _Sent(events)
        self._waiting.append(mine)
        while not mine.is_over:
            with self._turn:  # while another has it, more come to wait
                if not mine.is_over:
                    self._write(self._group())
        if mine.error is not None:
            raise mine.error
        return mine.new

    def _group(self) -> list[_Sent]:
        """Those who have waited longest."""
        group = [self._waiting.popleft()]
        n_events = len(group[0].events)
        while self._waiting and n_events + len(self._waiting[0].events) <= MOST:
            group.append(self._waiting.popleft())
            n_events += len(group[-1].events)
        return group

    def _write(self, group: Sequence[_Sent]) -> None:
        try:
            new = self._keep([event for sent in group for event in sent.events])
        except ConflictError as error:
            if len(group) > 1:  # nothing was kept: whose fault it is shows when each is alone
                for sent in group:
                    self._write([sent])
            else:
                group[0].error = error
        except Exception as error:
            for sent in group:
                sent.error = error
        else:
            _share_out(new, group)
        for sent in group:
            sent.is_over = True


def _share_out(new: Sequence[Event], group: Sequence[_Sent]) -> None:
    """Give each new event to the first request that sent it: of others it was a repeat."""
    left = {each.event_id: each for each in new}
    for sent in group:
        found = (left.pop(each.event_id, None) for each in sent.events)
        sent.new = [each for each in found if each is not None]
