import errno
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest

from genrec import files
from genrec.errors import ArtifactError


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def test_sha256_is_the_published_digest_of_abc(tmp_path: Path) -> None:
    (tmp_path / "abc").write_bytes(b"abc")
    # FIPS 180-2, appendix B.1
    assert (
        files.sha256_of(tmp_path / "abc")
        == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    )


def test_file_is_replaced_at_the_end_and_kept_on_an_error(tmp_path: Path) -> None:
    target = tmp_path / "a"
    with files.writing_file(target) as temporary:
        temporary.write_text("one")
        assert not target.exists()
    with pytest.raises(ValueError, match="stop"), files.writing_file(target) as temporary:
        temporary.write_text("two")
        raise ValueError("stop")
    assert target.read_text() == "one"
    assert names(tmp_path) == ["a"]


def test_folder_is_replaced_whole_and_kept_on_an_error(tmp_path: Path) -> None:
    target = tmp_path / "model"
    with files.writing_folder(target) as temporary:
        (temporary / "old").write_text("1")
    with files.writing_folder(target) as temporary:
        (temporary / "new").write_text("2")
    with pytest.raises(KeyboardInterrupt), files.writing_folder(target) as temporary:
        (temporary / "half").write_text("3")
        raise KeyboardInterrupt
    assert names(target) == ["new"]
    assert names(tmp_path) == ["model"]


def test_a_linked_folder_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with files.writing_folder(tmp_path / "link") as temporary:
        (temporary / "a").write_text("1")
    assert (tmp_path / "link").is_symlink()
    assert names(tmp_path / "real") == ["a"]


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)),
        OSError(errno.EFBIG, os.strerror(errno.EFBIG)),
        RuntimeError("I/O error: No space left on device (os error 28)"),
        RuntimeError("File too large (os error 27): /x/part-000000.parquet"),
    ],
)
def test_full_disk_is_an_artifact_error_that_leaves_the_previous_version(
    tmp_path: Path, error: Exception
) -> None:
    target = tmp_path / "model"
    with files.writing_folder(target) as temporary:
        (temporary / "a").write_text("1")
    with pytest.raises(ArtifactError, match="the disk is full"), files.writing_folder(target) as temporary:
        (temporary / "a").write_text("2")
        raise error
    assert (target / "a").read_text() == "1"
    assert names(tmp_path) == ["model"]


def test_a_real_limit_on_file_size_is_reported_as_a_full_disk(tmp_path: Path) -> None:
    program = f"""
        import resource
        from pathlib import Path
        from genrec.errors import ArtifactError
        from genrec.files import writing_file
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
        try:
            with writing_file(Path({str(tmp_path / "big")!r})) as temporary:
                temporary.write_bytes(bytes(8192))
        except ArtifactError as error:
            print(error)
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True)
    assert "cannot write big: the disk is full" in done.stdout, done.stderr
    assert names(tmp_path) == []


def test_an_error_that_is_no_refusal_of_the_disk_passes_through(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="os error 2"), files.writing_file(tmp_path / "a"):
        raise RuntimeError("No such file or directory (os error 2)")
    with pytest.raises(FileNotFoundError), files.writing_folder(tmp_path / "model"):
        (tmp_path / "missing").read_text()


def test_a_crash_between_the_two_renames_is_put_back(tmp_path: Path) -> None:
    old = tmp_path / ".model.old-1-ab"
    old.mkdir()
    (old / "a").write_text("1")
    files.recover(tmp_path / "model")
    assert (tmp_path / "model" / "a").read_text() == "1"
    assert names(tmp_path) == ["model"]


@pytest.mark.slow
def test_killed_at_any_moment_a_folder_is_the_old_or_the_new_one(tmp_path: Path) -> None:
    target = tmp_path / "model"
    program = f"""
        from pathlib import Path
        from genrec.files import writing_folder
        for version in range(10**9):
            with writing_folder(Path({str(target)!r})) as temporary:
                for name in "abc":
                    (temporary / name).write_text(str(version) * 1000)
            if version == 0:
                print("go", flush=True)
    """
    for attempt in range(8):
        process = subprocess.Popen([sys.executable, "-c", textwrap.dedent(program)], stdout=subprocess.PIPE)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(0.02 + 0.013 * attempt)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        files.recover(target)
        assert len({(target / name).read_text() for name in "abc"}) == 1


def test_writers_at_once_leave_one_whole_folder(tmp_path: Path) -> None:
    target = tmp_path / "model"

    def write(version: str) -> None:
        for _ in range(20):
            with files.writing_folder(target) as temporary:
                for name in "ab":
                    (temporary / name).write_text(version)

    threads = [threading.Thread(target=write, args=(str(number),)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (target / "a").read_text() == (target / "b").read_text()
    assert names(tmp_path) == ["model"]


def test_sweep_deletes_only_what_is_a_day_old(tmp_path: Path) -> None:
    for name, age in (("old", 25), ("young", 23)):
        path = tmp_path / f".x.new-{name}"
        path.mkdir()
        (path / "part").write_text("")
        os.utime(path, (time.time() - age * 3600,) * 2)
    files.sweep(tmp_path, ".x.new-*")
    assert names(tmp_path) == [".x.new-young"]


def test_a_lock_is_released_when_its_holder_is_killed(tmp_path: Path) -> None:
    program = f"""
        import time
        from pathlib import Path
        from genrec.files import locked
        with locked(Path({str(tmp_path / "lock")!r})):
            print("held", flush=True)
            time.sleep(60)
    """
    process = subprocess.Popen([sys.executable, "-c", textwrap.dedent(program)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    entered = threading.Event()

    def enter() -> None:
        with files.locked(tmp_path / "lock"):
            entered.set()

    thread = threading.Thread(target=enter)
    thread.start()
    assert not entered.wait(0.2)
    process.kill()
    process.wait()
    process.stdout.close()
    assert entered.wait(5)
    thread.join()
