"""What a user sees who gets something wrong: what, why and what next, and never a traceback."""

import os
import shutil
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow  # a fresh process for each test: minutes in all

SETTINGS = "catalogue: items.csv\ninteractions: events.csv\nretriever: bm25\ndense: null\nmodel: popularity\n"


def fails(run, shop: Path, *args: str, code: int, says: tuple[str, ...]) -> str:
    done = run(*args, cwd=shop, check=False)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    for each in says:
        assert each in done.stderr
    return done.stderr


@pytest.mark.parametrize(
    ("args", "code", "says"),
    [
        (("recommend", "--user", "u77"), 2, ("unknown user 'u77'", "closest known: u")),
        (("recommend", "--history", "a,zz"), 2, ("unknown item 'zz'", "next:")),
        (("recommend", "--user", "u1", "-k", "0"), 2, ("k is 0", "6 items", "1 to 6")),
        (("recommend", "--user", "u1", "-k", "7"), 2, ("k is 7", "1 to 6")),
        (("recommend", "--user", "u1", "-k", "many"), 2, ("-k",)),
        (("recommend",), 2, ("nothing to go on",)),
        (("recommend", "--user", "u1", "--where", "colour = 1"), 2, ("colour", "year")),
        (("recommend", "--user", "u1", "--where", "year >="), 2, ("year >=",)),
        (("recommend", "--user", "u1", "--where", "year > 2050"), 2, ("no item fits",)),
        (("recommend", "--user", "u1", "--model", "gpt"), 2, ("gpt", "generative, popularity")),
        (("recommend", "--all-users"), 2, ("--out",)),
        (("recommend", "--all-users", "--users-file", "u", "--out", "o"), 2, ("--users-file", "one of them")),
        (("recommend", "--all-users", "--out", "o.parquet", "--json"), 2, ("a batch takes no --json",)),
        (("recommend", "--all-users", "--out", "o", "--explain", "none"), 2, ("a batch takes no --explain",)),
        (("recommend", "--all-users", "--out", "o.parquet", "--history", ""), 2, ("takes no --history",)),
        (("explain", "--user", "u1", "--item", "a", "--n-queries", "0"), 2, ("--n-queries",)),
        (("recommend", "--users-file", "none.txt", "--out", "o.parquet"), 3, ("none.txt",)),
        (("recommend", "--all-users", "--out", "."), 2, ("--out is a folder", "recs.parquet")),
        (("explain", "--user", "u1", "--item", "zz"), 2, ("unknown item",)),
        (("items", "remove", "zz"), 2, ("unknown item",)),
        (("items", "add", "--id", "n"), 2, ("--title",)),
        (("items", "add", "--id", "n", "--title", "N", "--set", "colour=red"), 2, ("colour", "year")),
        (("items", "add", "--id", "n", "--title", "N", "--set", "year=soon"), 2, ("year", "soon")),
        (("data", "fetch", "netflix"), 2, ("netflix", "ml-100k")),
        (("init",), 2, ("genrec.yaml already",)),
        (("recommend", "--user", "u1", "-w", "nowhere"), 3, ("genrec init",)),
    ],
)
def test_a_wrong_argument_is_named_with_the_way_out(run, shop, args, code, says):
    fails(run, shop, *args, code=code, says=says)


@pytest.mark.parametrize(
    ("yaml", "says"),
    [
        (SETTINGS + "colour: red\n", ("colour", "retriever")),
        (SETTINGS.replace("bm25", "bm26"), ("retriever",)),
        ("catalogue: [", ("YAML",)),
        ("just words", ("mapping",)),
    ],
)
def test_wrong_settings_are_named(run, shop, yaml, says):
    (shop / "genrec.yaml").write_text(yaml)
    done = run("recommend", "--user", "u1", cwd=shop, check=False)
    assert done.returncode in (2, 3)
    assert all(each in done.stderr for each in says), done.stderr
    assert "Traceback" not in done.stderr


def test_no_index_yet(run, shop):
    shutil.rmtree(shop / "index")
    fails(run, shop, "recommend", "--user", "u1", code=4, says=("no index yet", "genrec index"))


def test_half_written_index(run, shop):
    (shop / "index" / "manifest.json").unlink()
    fails(run, shop, "recommend", "--user", "u1", code=4, says=("genrec index",))


def test_a_flipped_bit_in_the_index_is_found_and_named(run, shop):
    file = next(each for each in (shop / "index").rglob("*.safetensors"))
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    fails(run, shop, "recommend", "--user", "u1", code=4, says=("damaged", file.name, "genrec index"))
    assert run("doctor", cwd=shop, check=False).returncode == 4


def test_a_rebuilt_index_heals(run, shop):
    shutil.rmtree(shop / "index" / "bm25")
    run("index", cwd=shop)
    assert (
        "Alien"
        in run(
            "recommend", "--text", "horror", "--model", "popularity", "-k", "3", "--history", "b", cwd=shop
        ).stdout
    )


def test_a_full_disk_leaves_the_old_index(run, shop):
    if os.geteuid() != 0 or not Path("/usr/bin/mount").exists():
        pytest.skip("a small disk can only be mounted by root")
    import subprocess

    disk = shop / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)], capture_output=True
    )
    if mounted.returncode:
        pytest.skip("this machine lets nobody mount a disk")
    try:
        for name in ("items.csv", "events.csv", "genrec.yaml"):
            shutil.copy(shop / name, disk / name)
        (disk / "ballast").write_bytes(b"\0" * (40 << 10))
        done = run("index", cwd=disk, check=False)
        assert done.returncode == 4, done.stderr
        assert "disk is full" in done.stderr
        assert not (disk / "index").exists()
        assert not list(disk.glob(".index*"))
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_nothing_cached_and_no_network(run, tmp_path):
    env = {"GENREC_CACHE": str(tmp_path / "cache"), "GENREC_OFFLINE": "1", "HF_HUB_OFFLINE": "1"}
    stderr = fails_with(run, tmp_path, env)
    assert "ml-100k.inter" in stderr
    assert "pypi://recbole==1.2.1" in stderr
    assert "GENREC_ASSETS" in stderr
    assert "as they lie in pypi://recbole==1.2.1/recbole/dataset_example/ml-100k," in stderr
    assert "grouplens.org" not in stderr  # what lies there are other bytes


def fails_with(run, cwd: Path, env: dict[str, str]) -> str:
    done = run("recommend", "--user", "42", cwd=cwd, env=env, check=False)
    assert done.returncode == 4, done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


def test_debug_shows_the_traceback(run, shop):
    done = run("--debug", "recommend", "--user", "u77", cwd=shop, check=False)
    assert "Traceback" in done.stderr
