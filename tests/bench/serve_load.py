"""Sends requests to a server when they are due, over so many connections and no more; prints what came of it.

A request's time runs from when it was due, not from when a connection was free to send it: a server that
stalls is charged for all who wait. It is a process of its own that speaks HTTP over bare streams, because a
client library would take as much of the cores, which are shared, as the server.

    python tests/bench/serve_load.py '{"port": 8000, "kind": "recommend", "told": "items", ...}'
"""

import asyncio
import json
import random
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from itertools import count

USERS, ITEMS = 943, 1682
"""As many as MovieLens-100K has."""
PATIENCE = 30.0


@dataclass(frozen=True)
class Load:
    port: int
    kind: str
    """recommend, or feedback."""
    told: str
    """What the body of a right answer holds."""
    seconds: float
    connections: int = 8
    rate: float = 0.0
    """Requests a second; 0 for each connection's next as soon as it has its last answer."""
    first: int = 0
    """Number of the first event, so that no id is sent twice."""
    size: int = 1
    """Events a request."""
    explain: str = "template"


@dataclass
class Outcome:
    """What came of a load: seconds from its start to its last answer, and those of each answer."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    """Of requests that were not answered as they should be."""


def event(number: int) -> str:
    """By users of their own, so that what is recommended to others stays the same work."""
    return (
        f'{{"event_id":"e{number}","user_id":"new-{number % USERS}",'
        f'"item_id":"{number * 7919 % ITEMS}","type":"like"}}'
    )


def body(load: Load, number: int) -> str:
    if load.kind == "recommend":
        user = random.Random(number).randrange(USERS)
        return f'{{"user_id":"{user}","k":10,"explain":"{load.explain}"}}'
    start = load.first + number * load.size
    sent = ",".join(event(each) for each in range(start, start + load.size))
    return sent if load.size == 1 else f"[{sent}]"


def message(load: Load, number: int) -> bytes:
    told = body(load, number)
    head = f"POST /v1/{load.kind} HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\n"
    return f"{head}content-length: {len(told)}\r\n\r\n{told}".encode()


async def answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """Status and body."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
    return int(head[9:12]), await reader.readexactly(length)


class Connection:
    """Opened when it is needed, and anew after a fault."""

    def __init__(self, load: Load) -> None:
        self._load, self._streams = load, None

    async def ask(self, number: int) -> str:
        """What is wrong with the answer; nothing where it is right."""
        try:
            async with asyncio.timeout(PATIENCE):
                status, told = await self._asked(message(self._load, number))
        except (OSError, EOFError, ValueError) as error:
            self.close()
            return type(error).__name__
        if status == 200 and self._load.told.encode() in told:
            return ""
        self.close()
        return f"{status} {told[:200]!r}"

    async def _asked(self, sent: bytes) -> tuple[int, bytes]:
        self._streams = self._streams or await asyncio.open_connection("127.0.0.1", self._load.port)
        reader, writer = self._streams
        writer.write(sent)
        return await answer(reader)

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


async def work(load: Load, start: float, numbers: Iterator[int], outcome: Outcome) -> None:
    """What one connection does: the next request that nobody has taken, until the time is over."""
    clock, connection = asyncio.get_running_loop().time, Connection(load)
    for number in numbers:
        due = start + number / load.rate if load.rate else max(start, clock())
        if due >= start + load.seconds:
            break
        if clock() > start + 3 * load.seconds:  # hopelessly behind: the rest is not worth the wait
            outcome.faults.append("never sent")
            continue
        await asyncio.sleep(due - clock())
        if fault := await connection.ask(number):
            outcome.faults.append(fault)
        else:
            outcome.latencies.append(clock() - due)
        outcome.seconds = clock() - start
    connection.close()


async def run(load: Load) -> Outcome:
    outcome, numbers, start = Outcome(), count(), asyncio.get_running_loop().time() + 0.05
    await asyncio.gather(*(work(load, start, numbers, outcome) for _ in range(load.connections)))
    return outcome


if __name__ == "__main__":
    print(json.dumps(asdict(asyncio.run(run(Load(**json.loads(sys.argv[1])))))))
