"""What `genrec serve` refuses before it listens."""

import pytest

from genrec.cli.serve import serve
from genrec.errors import UsageError


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
