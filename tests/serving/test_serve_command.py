"""What `genrec serve` refuses before it listens, and where it says that it does."""

import re
import subprocess
import sys

import pytest
from serving_process import is_up

from genrec.cli.serve import serve
from genrec.errors import UsageError
from genrec.serving.running import bound


def refusal(**options):
    with pytest.raises(UsageError) as told:
        serve(**options)
    return f"{told.value.what} {told.value.next_step}"


def test_tenants_and_a_workspace_do_not_go_together(workspace):
    assert "leave out --workspace" in refusal(tenant=[f"shop={workspace.root}"], workspace=workspace.root)


def test_every_tenant_needs_a_key_beyond_loopback(workspace):
    assert "no key" in refusal(tenant=[f"shop={workspace.root}"], host="0.0.0.0")


def test_vllm_is_not_started_beside_another_server_or_for_a_model_without_words(workspace):
    options = {"workspace": workspace.root, "spawn_vllm": True}
    assert "--backend" in refusal(**options, backend="http://127.0.0.1:9/v1")
    assert "popularity writes no searches" in refusal(**options, model="popularity")


def test_vllm_without_its_environment_is_told_how_to_be_had(workspace, tmp_path, monkeypatch):
    monkeypatch.setattr("genrec.serving.vllm.resolve_model", lambda *_given, **_named: tmp_path)
    (tmp_path / "config.json").write_text('{"model_type": "llama"}')
    options = {"workspace": workspace.root, "spawn_vllm": True, "vllm_python": tmp_path / "none"}
    assert "make vllm" in refusal(**options)


def test_a_port_that_is_taken_is_told_before_anything_is_loaded(workspace):
    with bound("127.0.0.1", 0) as taken:
        taken.listen()
        port = taken.getsockname()[1]
        assert port > 0
        assert f"cannot listen on 127.0.0.1:{port}" in refusal(workspace=workspace.root, port=port)
    assert "cannot listen on no.such.host.invalid" in refusal(host="no.such.host.invalid", **keyed(workspace))


def keyed(workspace):
    from genrec.serving.keys import Keys

    Keys({}).with_new("any")[0].save(workspace.root)
    return {"workspace": workspace.root}


@pytest.mark.slow
def test_the_port_that_it_got_is_the_one_it_names(workspace):
    command = [sys.executable, "-m", "genrec", "serve", "--port", "0", "--model", "popularity"]
    command += ["--workspace", str(workspace.root)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as server:
        (address,) = re.findall(r"http://127\.0\.0\.1:[1-9]\d*", server.stderr.readline())
        while not is_up(address):
            assert server.poll() is None
        server.terminate()
