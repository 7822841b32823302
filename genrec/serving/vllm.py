"""vLLM beside the server: how a model is served by it, and one that lives and ends with this process.

vLLM pins a torch of its own, so it runs in an environment of its own and is spoken to over loopback.
"""

import json
import os
import shlex
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from genrec.assets import KNOWN, resolve_model
from genrec.config import GeneratorSettings
from genrec.errors import BackendError, UsageError
from genrec.generation.base import Decoding, Prompt, Segment
from genrec.generation.convert import VERSION, gguf_to_transformers
from genrec.generation.local import quiet_loading
from genrec.generation.opening import ADAPTER_CONFIG, check_adapter
from genrec.generation.server import ServerGenerator

MODULE = "vllm.entrypoints.openai.api_server"
"""Run by `python -m`: the CPU build's console script looks for a package of another name."""
RANKS = (1, 8, 16, 32, 64, 128, 256, 320, 512)
"""What `--max-lora-rank` takes (vLLM 0.32)."""
FREE_BEAMS = 10
"""Above so many beams the server must be told to keep more log-probabilities."""
LENGTH = 2048
"""Tokens of prompt and reply, at least: the KV cache of many at once stays small."""
BESIDE_HISTORY = 1024
"""Tokens of a prompt beside the history: the template, and a wish of two thousand letters."""
ENVIRONMENT = {"VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1", "VLLM_CPU_KVCACHE_SPACE": "2"}
"""No telemetry; on a CPU, 2 GiB of KV cache. What the caller's environment says goes before."""
START = 600.0
"""Seconds it may take to answer; the first start on two cores takes 30 to 95."""
NOTE_EVERY = 15.0
LOG = "vllm.log"

WATCH = """
read -r _
kill -s TERM -- "-$1"
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
  kill -s 0 -- "-$1" || exit 0
  sleep 0.5
done
kill -s KILL -- "-$1"
"""
"""Ends a process group once its own standard input is closed: on purpose, or because who held it is dead."""

ASKED = tuple(
    Prompt((("user", (Segment(text),)),))
    for text in (
        "Write one search for what this person would like next: Heat, Casino, Goodfellas.",
        "Say in one sentence why this is recommended: it shares the genre Drama with a film they liked.",
        "Previously bought: red running shoes, wool socks. In the future, wants to buy",
    )
)
"""To tell an adapter from its base."""
GREEDY = Decoding(mode="greedy", max_tokens=24)
SAME = 0.02
"""Nats a token by which equal models may differ in bfloat16, in another batch."""


@dataclass(frozen=True)
class Launch:
    """What vLLM is to serve."""

    arguments: tuple[str, ...]
    name: str
    """Of the model on the server that writes: the adapter, or the base where there is none."""
    base: str | None = None
    """The name of the adapter's base; None where the model is whole."""


def model_arguments(model: str, *, name: str, adapter: str | None = None, rank: int = 0) -> list[str]:
    """How vLLM is told what to serve, in its own words.

    Args:
        model: the whole model, or the base of the adapter.
        name: of the model, or of the adapter, on the server.
        adapter: its folder.
        rank: of the adapter.
    """
    if adapter is None:
        return ["--model", model, "--served-model-name", name]
    highest = next((each for each in RANKS if each >= rank), RANKS[-1])
    lora = ["--enable-lora", "--max-lora-rank", str(highest), "--lora-modules", f"{name}={adapter}"]
    return ["--model", model, *lora]


def beam_arguments(settings: GeneratorSettings) -> list[str]:
    """What a server must be told for the beams that the settings ask for."""
    beams = settings.n_queries if settings.mode == "beam" else 0
    return ["--max-logprobs", str(2 * beams)] if beams > FREE_BEAMS else []


def launch_of(settings: GeneratorSettings, root: Path) -> Launch:
    """How the model that settings name is served; its base is fetched and prepared here.

    Args:
        settings: which model, which adapter, and what prompts hold.
        root: the folder that the adapter's path is relative to.

    Raises:
        ArtifactError: the model or the adapter is missing or damaged.
    """
    folder = str(resolve_model(settings.model, build=gguf_to_transformers, version=VERSION))
    base = settings.model if settings.model in KNOWN else folder.removesuffix("/")
    base = Path(base).name if Path(base).is_dir() else base
    common = [
        *("--dtype", "bfloat16", "--max-model-len", str(_length(folder, settings))),
        *("--structured-outputs-config.backend", "xgrammar"),
        *("--structured-outputs-config.disable_any_whitespace", "true"),  # else blank lines till the cut
        *beam_arguments(settings),
    ]
    if settings.adapter is None:
        return Launch((*model_arguments(folder, name=base), *common), base)
    adapter = root / settings.adapter
    check_adapter(adapter)
    lora = model_arguments(folder, name=adapter.name, adapter=str(adapter.absolute()), rank=_rank(adapter))
    return Launch((*lora, "--served-model-name", base, *common), adapter.name, base)


@contextmanager
def spawned(
    launch: Launch, *, python: Path, log: Path, note: Callable[[str], None], limit: float = START
) -> Iterator[str]:
    """The URL of a vLLM that was started, answers, and ends with the block, or with this process.

    Args:
        launch: what it serves.
        python: of the environment that vLLM is installed in.
        log: where its output goes.
        note: told the command, and how long it takes.
        limit: seconds it may take to answer.

    Raises:
        UsageError: there is no such environment.
        BackendError: it ended, did not answer in time, or serves something else.
    """
    if not python.is_file():
        raise UsageError(
            "vLLM has an environment of its own, which is not there",
            where=str(python),
            next_step="make it: make vllm, or name its interpreter: --vllm-python PATH",
        )
    url = f"http://127.0.0.1:{_free_port()}/v1"
    with _running(_command(launch, python, url), log, note) as process:
        _wait(process, url, log, note, time.monotonic() + limit)
        check_served(url, launch)
        yield url


def check_served(url: str, launch: Launch) -> None:
    """Refuse a server that has not the model, or whose adapter writes what the base does.

    Raises:
        BackendError: one of these, or it fails.
    """
    names = ServerGenerator(url).models()
    if launch.name not in names:
        raise BackendError(
            f"vLLM serves no model {launch.name}", where=url, why=f"it lists {', '.join(names)}"
        )
    if launch.base is not None and not _differ(url, launch.name, launch.base):
        raise BackendError(
            f"the adapter {launch.name} writes what its base {launch.base} does",
            where=url,
            why="it was not applied, or it has learnt nothing",
            next_step="fine-tune it anew, or serve the base: leave out the adapter",
        )


def _differ(url: str, name: str, base: str) -> bool:
    one, other = (
        [row[0] for row in ServerGenerator(url, model=each).generate(ASKED, GREEDY)] for each in (name, base)
    )
    return any(
        mine.text != theirs.text
        or abs(mine.log_probability - theirs.log_probability) > SAME * max(1, mine.tokens)
        for mine, theirs in zip(one, other, strict=True)
    )


def _command(launch: Launch, python: Path, url: str) -> list[str]:
    port = url.rpartition(":")[2].removesuffix("/v1")
    place = ["--host", "127.0.0.1", "--port", port]  # its key does not close all of its routes
    return [str(python), "-m", MODULE, *launch.arguments, *place]


@contextmanager
def _running(
    command: Sequence[str], log: Path, note: Callable[[str], None]
) -> Iterator["subprocess.Popen[bytes]"]:
    set_here = {name: value for name, value in ENVIRONMENT.items() if name not in os.environ}
    told = " ".join([*(f"{name}={value}" for name, value in set_here.items()), shlex.join(command)])
    note(f"starting vLLM, whose output goes to {log}:")
    note(told)
    with log.open("wb") as output:
        output.write(f"{told}\n".encode())
        output.flush()
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=_environment(os.environ) | set_here,
            start_new_session=True,
        )
    watch = subprocess.Popen(
        ["/bin/sh", "-c", WATCH, "genrec-vllm", str(process.pid)],
        stdin=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # a signal to genrec's own group does not end it
    )
    try:
        yield process
    finally:
        assert watch.stdin is not None
        watch.stdin.close()
        process.wait()  # first: a group is there until its dead leader is collected
        watch.wait()


def _environment(ours: Mapping[str, str]) -> dict[str, str]:
    """Ours, but for what would make its interpreter read our packages."""
    return {name: value for name, value in ours.items() if name not in ("PYTHONPATH", "PYTHONHOME")}


def _wait(
    process: "subprocess.Popen[bytes]", url: str, log: Path, note: Callable[[str], None], expires: float
) -> None:
    begun = told = time.monotonic()
    while not _answers(url):
        if process.poll() is not None:
            raise _not_started("vLLM ended before it answered", log)
        if time.monotonic() > expires:
            raise _not_started("vLLM did not answer in time", log)
        if time.monotonic() - told > NOTE_EVERY:
            told = time.monotonic()
            note(f"vLLM is starting, {told - begun:.0f} s so far")
        time.sleep(0.5)
    note(f"vLLM answers after {time.monotonic() - begun:.0f} s")


def _answers(url: str) -> bool:
    try:
        return bool(ServerGenerator(url, timeout=2.0).models())
    except BackendError:
        return False


def _not_started(what: str, log: Path) -> BackendError:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    wrong = [each for each in lines if "Error" in each] or lines
    return BackendError(what, where=str(log), why=wrong[-1].strip(), next_step="read its log")


def _length(folder: str, settings: GeneratorSettings) -> int:
    """Tokens that the longest prompt and its reply may take, within what the model can."""
    from transformers import AutoConfig

    with quiet_loading(folder):
        config: Any = AutoConfig.from_pretrained(folder)
    wanted = max(LENGTH, settings.history_tokens + settings.max_tokens + BESIDE_HISTORY)
    return min(wanted, int(config.max_position_embeddings))


def _rank(adapter: Path) -> int:
    config = json.loads((adapter / ADAPTER_CONFIG).read_text(encoding="utf-8"))
    return int(max([config["r"], *(config.get("rank_pattern") or {}).values()]))


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
