"""A vLLM that genrec starts: its command, what is refused, and that it never outlives genrec.

The last tests start a real one where GENREC_VLLM_PYTHON names the interpreter of its environment.
"""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from serving_process import is_up

from genrec.artifacts import open_artifact
from genrec.assets import asset_path
from genrec.config import GeneratorSettings
from genrec.errors import BackendError, UsageError
from genrec.generation.opening import KIND
from genrec.serving.vllm import Launch, beam_arguments, check_served, launch_of, model_arguments, spawned

PYTHON = os.environ.get("GENREC_VLLM_PYTHON", "")


@pytest.fixture
def base(tmp_path):
    """The config of a base model: all that a launch reads of it."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    config = {"model_type": "llama", "max_position_embeddings": 1536, "architectures": ["LlamaForCausalLM"]}
    (folder / "config.json").write_text(json.dumps(config))
    return folder


def adapter(folder, **config):
    folder.mkdir()
    (folder / "adapter_config.json").write_text(json.dumps({"peft_type": "LORA", "r": 8} | config))
    return folder


def following(arguments, flag):
    return arguments[arguments.index(flag) + 1]


@pytest.mark.parametrize(
    ("rank", "told"), [(1, "1"), (4, "8"), (8, "8"), (9, "16"), (64, "64"), (100, "128")]
)
def test_a_rank_is_raised_to_one_that_the_server_takes(rank, told):
    assert following(model_arguments("base", name="a", adapter="here", rank=rank), "--max-lora-rank") == told


def test_an_adapter_is_launched_on_its_base(base, tmp_path):
    adapter(tmp_path / "mine", r=4, rank_pattern={"q_proj": 12})
    launch = launch_of(GeneratorSettings(model=str(base), adapter="mine"), tmp_path)
    assert (launch.name, launch.base) == ("mine", "tiny")
    told = launch.arguments
    assert following(told, "--model") == str(base)
    assert following(told, "--served-model-name") == "tiny"
    assert following(told, "--lora-modules") == f"mine={tmp_path / 'mine'}"
    assert following(told, "--max-lora-rank") == "16"
    assert following(told, "--max-model-len") == "1536"  # no more than the model can


def test_a_whole_model_is_launched_by_its_folders_name(base, tmp_path):
    launch = launch_of(GeneratorSettings(model=str(base)), tmp_path)
    assert (launch.name, launch.base) == ("tiny", None)
    assert "--enable-lora" not in launch.arguments


def test_many_beams_need_more_log_probabilities():
    assert beam_arguments(GeneratorSettings(mode="beam", n_queries=10)) == []
    assert beam_arguments(GeneratorSettings(mode="beam", n_queries=11)) == ["--max-logprobs", "22"]
    assert beam_arguments(GeneratorSettings(mode="sample", n_queries=40)) == []


@contextmanager
def server(said):
    """An OpenAI-style server that says one thing a model; its URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self._send({"object": "list", "data": [{"id": each, "object": "model"} for each in said]})

        def do_POST(self):
            asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
            message = {"role": "assistant", "content": said[asked["model"]]}
            self._send({"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]})

        def _send(self, body):
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, *_given):
            pass

    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=running.serve_forever).start()
    try:
        yield f"http://127.0.0.1:{running.server_port}/v1"
    finally:
        running.shutdown()
        running.server_close()


def test_an_adapter_must_be_listed_and_write_otherwise_than_its_base():
    launch = Launch((), "mine", "tiny")
    with server({"tiny": "Heat", "mine": "Casino"}) as url:
        check_served(url, launch)
    with (
        server({"tiny": "Heat", "mine": "Heat"}) as url,
        pytest.raises(BackendError, match="writes what its base"),
    ):
        check_served(url, launch)
    with server({"tiny": "Heat"}) as url, pytest.raises(BackendError, match="no model mine"):
        check_served(url, launch)


def script(path, text):
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def test_one_that_ends_early_is_told_with_what_it_said(tmp_path):
    python = script(tmp_path / "python", 'echo "loading"; echo "ValueError: no such flag"; echo bye; exit 1')
    notes = []
    with (
        pytest.raises(BackendError, match="ended before it answered") as told,
        spawned(Launch(("--model", "x y"), "x"), python=python, log=tmp_path / "log", note=notes.append),
    ):
        pass
    assert told.value.why == "ValueError: no such flag"
    assert told.value.where == str(tmp_path / "log")
    assert "--model 'x y' --host 127.0.0.1" in notes[1]
    assert (tmp_path / "log").read_text().startswith(notes[1])


def test_one_that_never_answers_is_ended(tmp_path):
    python = script(tmp_path / "python", f"echo $$ > {tmp_path}/pid; exec sleep 60")
    with (
        pytest.raises(BackendError, match="did not answer in time"),
        spawned(Launch((), "x"), python=python, log=tmp_path / "log", note=lambda _: None, limit=1.0),
    ):
        pass
    assert is_gone(int((tmp_path / "pid").read_text()))


def test_without_its_environment_the_way_there_is_told(tmp_path):
    with (
        pytest.raises(UsageError, match="make vllm"),
        spawned(Launch((), "x"), python=tmp_path / "no", log=tmp_path / "log", note=print),
    ):
        pass


def is_gone(group, *, within=0.0):
    """Whether a process group has ended."""
    expires = time.monotonic() + within
    while True:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        if time.monotonic() >= expires:
            return False
        time.sleep(0.1)


HOLDER = """
import pathlib, sys, time
from genrec.serving.vllm import _running
with _running(["/bin/sh", "-c", sys.argv[1]], pathlib.Path(sys.argv[2]), print) as process:
    print("group", process.pid, flush=True)
    time.sleep(60)
"""


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("work", ["sleep 90 & sleep 90", "trap '' TERM; sleep 90"])
def test_it_ends_however_genrec_ends(tmp_path, how, work):
    command = [sys.executable, "-c", HOLDER, work, str(tmp_path / "log")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as holder:
        group = next(int(line.split()[1]) for line in holder.stdout if line.startswith("group"))
        time.sleep(0.2)  # the trap is set
        assert not is_gone(group)
        holder.send_signal(how)
        assert is_gone(group, within=30)


@pytest.fixture
def films(workspace):
    """The shop, whose model is the base with the adapter that genrec ships."""
    shutil.copytree(asset_path("finetune", "adapters/reasons"), workspace.root / "mine")
    open_artifact(workspace.root / "mine", kind=KIND, rebuild="")
    with (workspace.root / "genrec.yaml").open("a") as file:
        file.write("generator: {adapter: mine, n_queries: 2}\n")
    return workspace.root


@pytest.mark.model
@pytest.mark.slow
@pytest.mark.skipif(not PYTHON, reason="GENREC_VLLM_PYTHON names no environment with vLLM")
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a_real_vllm_writes_and_ends_with_genrec(films, how):
    command = [
        sys.executable,
        "-m",
        "genrec",
        "serve",
        "-w",
        str(films),
        "--port",
        str(free_port()),
        "--deadline",
        "60",
    ]
    with (
        (films / "said").open("w") as said,
        subprocess.Popen([*command, "--spawn-vllm", "--vllm-python", PYTHON], stderr=said) as genrec,
    ):
        try:
            address = wait_for_address(genrec, films / "said")
            answer = ask(f"{address}/v1/recommend", {"user_id": "ann", "k": 3})
            assert (answer["source"], answer["degraded"], len(answer["items"])) == ("model", False, 3)
            assert answer["queries"]
            command = (films / "vllm.log").read_text().splitlines()[0]
            assert f"--lora-modules mine={films / 'mine'}" in command
            group = group_of(command.rpartition(" ")[2])
            genrec.send_signal(how)
            assert is_gone(group, within=60)
            assert genrec.wait(30) == (0 if how == signal.SIGTERM else -how)
        finally:
            genrec.kill()


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def wait_for_address(genrec, said: Path) -> str:
    while "serving" not in said.read_text():
        assert genrec.poll() is None, said.read_text()
        time.sleep(0.5)
    (address,) = re.findall(r" at (http://\S+)", said.read_text())
    while not is_up(address):
        time.sleep(0.1)
    return address


def ask(url, body):
    asked = urllib.request.Request(url, json.dumps(body).encode(), {"content-type": "application/json"})
    with urllib.request.urlopen(asked, timeout=120) as reply:
        return json.load(reply)


def group_of(port):
    """The process group of what was started to listen on a port."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            told = (folder / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if b"--port" in told and told[told.index(b"--port") + 1] == port.encode() and b"-m" in told:
            return os.getpgid(int(folder.name))
    raise AssertionError(f"nothing listens on {port}")
