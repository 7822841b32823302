"""The real server: `genrec serve` in a process of its own, at a port of its own, over real HTTP."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

import httpx2

PATIENCE = 300.0
"""Seconds for a start, on a machine that is busy with other things."""
FORKER = """
import os, signal, sys
import genrec.cli, genrec.serving.running, genrec.serving.app, genrec.engine
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
for line in sys.stdin:
    pid = os.fork()
    if not pid:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        sys.argv = line.split()
        genrec.cli.main()
        os._exit(0)
    print(pid, flush=True)
"""


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def arguments(root: Path, port: int, *more: str) -> list[str]:
    return ["genrec", "serve", "--workspace", str(root), "--port", str(port), *more]


def wait_for(port: int) -> None:
    """Until somebody listens there and answers."""
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        try:
            if httpx2.get(f"http://127.0.0.1:{port}/health/live", timeout=PATIENCE).status_code == 200:
                return
        except httpx2.TransportError:
            time.sleep(0.01)
    raise TimeoutError(f"nobody listens at {port}")


class Process:
    """A server that was started by its command."""

    def __init__(self, root: Path, *more: str, port: int | None = None) -> None:
        self.port = port or free_port()
        self.log = root / "server.log"
        command = [sys.executable, "-m", *arguments(root, self.port, *more)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, stdout=log, stderr=log, env=os.environ | {"OMP_NUM_THREADS": "1"}
            )
        self.client = httpx2.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=60)
        try:
            wait_for(self.port)
        except TimeoutError as error:
            self.stop()
            raise TimeoutError(self.log.read_text()) from error

    def stop(self) -> int:
        """End it, and tell how it ended."""
        self.client.close()
        self.process.terminate()
        try:
            return self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()

    def signal(self, number: int) -> None:
        self.process.send_signal(number)


class Forker:
    """Starts servers by a fork of a process that has imported everything: in a tenth of the time.

    Each is a process of its own that runs the command from the arguments on, and opens its own store.
    """

    def __init__(self, log: Path) -> None:
        self._last = 0
        with log.open("ab") as kept:
            self._process = subprocess.Popen(
                [sys.executable, "-c", FORKER],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=kept,
                text=True,
                env=os.environ | {"OMP_NUM_THREADS": "1"},
            )

    def start(self, root: Path, port: int) -> int:
        """The process id of a server that answers."""
        self._process.stdin.write(" ".join(arguments(root, port)) + "\n")
        self._process.stdin.flush()
        self._last = int(self._process.stdout.readline())
        wait_for(port)
        return self._last

    def close(self) -> None:
        """End the last server, which a test that failed has left, and what started it."""
        if self._last:
            with suppress(ProcessLookupError):
                kill(self._last)
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait(30)


def kill(pid: int) -> None:
    """End a process at once, and wait until it has gone."""
    os.kill(pid, signal.SIGKILL)
    while Path(f"/proc/{pid}").exists():
        time.sleep(0.001)


def is_up(address: str) -> bool:
    """Whether a server answers there."""
    try:
        urllib.request.urlopen(f"{address}/health/live", timeout=5).close()
    except OSError:
        return False
    return True
