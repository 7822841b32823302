import hashlib
import zipfile
from pathlib import Path

import pytest

from genrec import places
from genrec.data import fetch
from genrec.errors import ArtifactError, UsageError


def archive(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as opened:
        for name, data in members.items():
            opened.writestr(name, data)
    return path


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, bytes]:
    """What the web answers, by the last part of the address."""
    answers = {
        "ml-1m.zip": archive(
            tmp_path / "made.zip", {"ml-1m/movies.dat": b"1::Toy Story (1995)::Comedy"}
        ).read_bytes()
    }

    def download(url: str, target: Path) -> None:
        target.write_bytes(answers[url.rsplit("/", 1)[1]])

    monkeypatch.setattr(places, "download", download)
    return answers


@pytest.mark.model
def test_ml_100k_comes_with_its_terms_and_real_rows(tmp_path: Path) -> None:
    folder = fetch.fetch("ml-100k", tmp_path / "data")
    assert len((folder / "ml-100k.inter").read_text().splitlines()) == 100_001
    assert "no redistribution, no commercial use" in (folder / "TERMS.md").read_text()
    assert "pinned by SHA-256" in (folder / "TERMS.md").read_text()
    assert fetch.fetch("ml-100k", folder) == folder


def test_an_unpinned_set_says_so_and_is_remembered(
    tmp_path: Path, served: dict[str, bytes], caplog: pytest.LogCaptureFixture
) -> None:
    folder = fetch.fetch("ml-1m", tmp_path / "data")
    assert (folder / "movies.dat").read_bytes() == b"1::Toy Story (1995)::Comedy"
    assert "unverified" in (folder / "TERMS.md").read_text()
    assert "ml-1m is unverified" in caplog.text
    sha256 = hashlib.sha256(served["ml-1m.zip"]).hexdigest()
    assert (folder / "unverified-sha256.txt").read_text() == f"{sha256}  ml-1m.zip\n"
    assert fetch.fetch("ml-1m", folder) == folder


def test_an_unpinned_set_that_changed_is_refused(tmp_path: Path, served: dict[str, bytes]) -> None:
    folder = fetch.fetch("ml-1m", tmp_path / "data")
    served["ml-1m.zip"] = archive(tmp_path / "other.zip", {"ml-1m/movies.dat": b"other"}).read_bytes()
    with pytest.raises(ArtifactError, match="has changed since it was first fetched"):
        fetch.fetch("ml-1m", folder)
    assert (folder / "movies.dat").read_bytes() == b"1::Toy Story (1995)::Comedy"


def test_a_users_own_file_is_never_overwritten(tmp_path: Path, served: dict[str, bytes]) -> None:
    (tmp_path / "genrec.yaml").write_text("mine")
    (tmp_path / "movies.dat").write_text("mine")
    with pytest.raises(UsageError, match=r"movies\.dat is there already"):
        fetch.fetch("ml-1m", tmp_path)
    assert (tmp_path / "movies.dat").read_text() == (tmp_path / "genrec.yaml").read_text() == "mine"


def test_no_network_says_where_to_get_it_by_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GENREC_OFFLINE", "1")
    with pytest.raises(ArtifactError, match="GENREC_OFFLINE is set") as raised:
        fetch.fetch("amazon-beauty-2014", tmp_path / "data")
    assert "https://" in raised.value.next_step
    assert list((tmp_path / "data").iterdir()) == []


def test_an_unknown_set_names_the_choices(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as raised:
        fetch.fetch("ml-99k", tmp_path)
    assert all(each.name in raised.value.next_step for each in fetch.known())


@pytest.mark.parametrize("name", ["../../evil", "/tmp/evil", "a\\..\\..\\evil", "x/evil"])
def test_no_name_in_an_archive_leaves_the_folder(tmp_path: Path, name: str) -> None:
    inner = tmp_path / "deep" / "inner"
    inner.mkdir(parents=True)
    fetch.unpack(archive(inner / "a.zip", {name: b"1"}), inner)
    assert [each.relative_to(inner).as_posix() for each in tmp_path.rglob("evil")] == ["evil"]
    assert not (inner / "a.zip").exists()


def test_archives_that_are_not_what_they_should_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ArtifactError, match="not what it should be"):
        fetch.unpack(archive(tmp_path / "twice.zip", {"a/x": b"1", "b/x": b"2"}), tmp_path)
    (tmp_path / "none.zip").write_bytes(b"<html>not found</html>")
    with pytest.raises(ArtifactError, match="damaged"):
        fetch.unpack(tmp_path / "none.zip", tmp_path)
    monkeypatch.setattr(fetch, "MAX_UNPACKED", 10)
    with pytest.raises(ArtifactError, match="not what it should be"):
        fetch.unpack(archive(tmp_path / "bomb.zip", {"x": b"1" * 11}), tmp_path)
