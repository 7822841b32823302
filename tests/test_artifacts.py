import json
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from genrec.artifacts import MANIFEST, RECORDED_PACKAGES, open_artifact, package_versions, writing
from genrec.errors import ArtifactError

REBUILD = "genrec index"


@pytest.fixture
def index(tmp_path: Path) -> Path:
    folder = tmp_path / "index"
    with writing(
        folder, kind="index", data_fingerprint="f", catalogue_version="c", seed=3, details={"k1": 1.2}
    ) as made:
        (made / "bm25").mkdir()
        (made / "bm25" / "weights.npy").write_bytes(bytes(range(256)) * 40)
        (made / "ids.json").write_text("[1, 2]")
    return folder


def test_what_is_written_is_read_back(index: Path) -> None:
    manifest = open_artifact(index, kind="index", rebuild=REBUILD)
    assert (manifest.data_fingerprint, manifest.catalogue_version, manifest.seed) == ("f", "c", 3)
    assert manifest.details == {"k1": 1.2}
    assert sorted(manifest.files) == ["bm25/weights.npy", "ids.json"]
    assert manifest.packages == package_versions()
    assert "numpy" in manifest.packages


def test_equal_content_gives_an_equal_manifest(index: Path, tmp_path: Path) -> None:
    with writing(
        tmp_path / "again",
        kind="index",
        data_fingerprint="f",
        catalogue_version="c",
        seed=3,
        details={"k1": 1.2},
    ) as made:
        (made / "bm25").mkdir()
        (made / "bm25" / "weights.npy").write_bytes(bytes(range(256)) * 40)
        (made / "ids.json").write_text("[1, 2]")
    written = [json.loads((each / MANIFEST).read_text()) for each in (index, tmp_path / "again")]
    for each in written:
        each.pop("commit")  # the checkout may become dirty between the two
    assert written[0] == written[1]


@pytest.mark.parametrize("place", [0, 5_000, 10_239])
def test_one_flipped_bit_is_named(index: Path, place: int) -> None:
    path = index / "bm25" / "weights.npy"
    content = bytearray(path.read_bytes())
    content[place] ^= 0b100
    path.write_bytes(content)
    with pytest.raises(ArtifactError, match=r"bm25/weights\.npy does not match its SHA-256") as raised:
        open_artifact(index, kind="index", rebuild=REBUILD)
    assert raised.value.exit_code == 4
    assert raised.value.next_step == "run `genrec index`"


def test_missing_and_planted_files_are_named(index: Path) -> None:
    (index / "ids.json").unlink()
    (index / "pytorch_model.bin").write_bytes(b"\x80\x04")
    with pytest.raises(ArtifactError) as raised:
        open_artifact(index, kind="index", rebuild=REBUILD)
    assert raised.value.why == "ids.json is missing; pytorch_model.bin is not in the manifest"


def test_without_a_manifest_it_is_half_written(index: Path) -> None:
    (index / MANIFEST).unlink()
    with pytest.raises(ArtifactError, match="half-written"):
        open_artifact(index, kind="index", rebuild=REBUILD)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"kind": "index"}', b"\xff\xfe", b'{"kind":"index","files":{},"x":1}']
)
def test_a_manifest_that_is_none_is_an_artifact_error(index: Path, content: bytes) -> None:
    (index / MANIFEST).write_bytes(content)
    with pytest.raises(ArtifactError, match="damaged"):
        open_artifact(index, kind="index", rebuild=REBUILD)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b'{"kind": "index", "fi', "invalid JSON: EOF while parsing a string at line 1 column 21"),
        (b'{"kind": "index"}', "files: field required"),
    ],
)
def test_a_damaged_manifest_is_told_in_words(index: Path, content: bytes, why: str) -> None:
    (index / MANIFEST).write_bytes(content)
    with pytest.raises(ArtifactError) as raised:
        open_artifact(index, kind="index", rebuild=REBUILD)
    assert raised.value.why == why


def test_another_kind_and_a_newer_format_are_refused(index: Path) -> None:
    with pytest.raises(ArtifactError, match="its manifest says index, format 1"):
        open_artifact(index, kind="model", rebuild="genrec fit")
    manifest = json.loads((index / MANIFEST).read_text())
    (index / MANIFEST).write_text(json.dumps({**manifest, "format_version": 2}))
    with pytest.raises(ArtifactError, match="format 2"):
        open_artifact(index, kind="index", rebuild=REBUILD)


def test_nothing_there_names_the_command(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match="no index yet") as raised:
        open_artifact(tmp_path / "index", kind="index", rebuild=REBUILD)
    assert REBUILD in raised.value.next_step


def test_a_kill_inside_the_block_leaves_the_previous_version(index: Path) -> None:
    program = f"""
        import os, signal
        from pathlib import Path
        from genrec.artifacts import writing
        with writing(Path({str(index)!r}), kind="index") as made:
            (made / "half").write_text("x")
            os.kill(os.getpid(), signal.SIGKILL)
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(program)])
    assert done.returncode == -9
    assert open_artifact(index, kind="index", rebuild=REBUILD).seed == 3


def test_an_interrupted_replacement_is_recovered_on_opening(index: Path) -> None:
    index.rename(index.with_name(".index.old-1-ab"))
    assert open_artifact(index, kind="index", rebuild=REBUILD).seed == 3


def test_every_package_that_decides_a_models_numbers_is_recorded():
    assert {"numpy", "scipy", "numba", "implicit", "torch"} <= set(RECORDED_PACKAGES)
