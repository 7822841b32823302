"""Fetch a known data set into a folder, with its terms beside it."""

import logging
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import MappingProxyType

from genrec import assets, places
from genrec.errors import ArtifactError, UsageError
from genrec.files import files_in, reporting_disk, sha256_of, sweep, writing_file

logger = logging.getLogger(__name__)

GROUPLENS = "GroupLens: research use, no redistribution, no commercial use"
MCAULEY = "McAuley lab, UCSD: research use"
TERMS_FILE = "TERMS.md"
HASHES_FILE = "unverified-sha256.txt"
MAX_UNPACKED = 4 << 30


@dataclass(frozen=True, slots=True)
class KnownSet:
    """A data set that `genrec data fetch` can get.

    Args:
        urls: of an `unverified` set: its public home, whose bytes nobody has pinned.
    """

    name: str
    description: str
    licence: str
    home: str
    asset: assets.Asset | None = None
    urls: tuple[str, ...] = ()

    @property
    def is_verified(self) -> bool:
        """Whether the bytes are pinned by SHA-256."""
        return self.asset is not None


def _movielens(name: str, description: str) -> KnownSet:
    home = "https://files.grouplens.org/datasets/movielens"
    return KnownSet(
        name,
        description,
        GROUPLENS,
        "https://grouplens.org/datasets/movielens/",
        urls=(f"{home}/{name}.zip",),
    )


def _amazon_2014(name: str, category: str) -> KnownSet:
    root = "https://snap.stanford.edu/data/amazon/productGraph/categoryFiles"
    urls = (f"{root}/reviews_{category}_5.json.gz", f"{root}/meta_{category}.json.gz")
    return KnownSet(
        name,
        f"Amazon 2014 {category}, 5-core reviews and metadata",
        MCAULEY,
        "https://jmcauley.ucsd.edu/data/amazon/",
        urls=urls,
    )


_SETS = (
    KnownSet(
        "ml-100k",
        assets.ML_100K.description,
        assets.ML_100K.licence,
        assets.ML_100K.home,
        asset=assets.ML_100K,
    ),
    _movielens("ml-1m", "MovieLens 1M: 6,040 users, 1,000,209 ratings"),
    _movielens("ml-latest-small", "MovieLens latest, small: about 100,000 ratings and tags"),
    _amazon_2014("amazon-beauty-2014", "Beauty"),
    _amazon_2014("amazon-sports-2014", "Sports_and_Outdoors"),
)
KNOWN: Mapping[str, KnownSet] = MappingProxyType({each.name: each for each in _SETS})


def known() -> tuple[KnownSet, ...]:
    """The data sets that can be fetched."""
    return _SETS


def fetch(name: str, folder: Path) -> Path:
    """Put the files of a known set and a note of its terms into a folder; what is there already stays.

    A set that is not pinned is remembered by the SHA-256 of its first download (`unverified-sha256.txt`);
    fetched again into the same folder, other bytes are refused.

    Raises:
        UsageError: no such set, or the folder has a file of the same name with other content.
        ArtifactError: no place gave the files, or the disk is full.
    """
    if name not in KNOWN:
        raise UsageError(f"no data set is called {name}", next_step=f"choose from {', '.join(KNOWN)}")
    chosen = KNOWN[name]
    if _is_whole(chosen, folder):
        return folder
    with reporting_disk(folder):
        folder.mkdir(parents=True, exist_ok=True)
        sweep(folder, ".fetch-*")
        with tempfile.TemporaryDirectory(dir=folder, prefix=".fetch-") as scratch:
            _gather(chosen, Path(scratch), _remembered(folder))
            for each in files_in(Path(scratch)):
                _put(each, folder / each.name)
    return folder


def _is_whole(chosen: KnownSet, folder: Path) -> bool:
    """Whether a pinned set is there already, so that nothing needs to be written."""
    wanted = {folder / name: sha256 for name, sha256 in chosen.asset.files.items()} if chosen.asset else {}
    return bool(wanted) and all(path.is_file() and sha256_of(path) == wanted[path] for path in wanted)


def _gather(chosen: KnownSet, folder: Path, before: Mapping[str, str]) -> None:
    if chosen.asset is not None:
        _copy_asset(chosen.asset, folder)
    else:
        logger.warning(
            "%s is unverified: nobody has pinned its bytes, so this download is trusted", chosen.name
        )
        _download(chosen, folder, before)
    (folder / TERMS_FILE).write_text(_terms(chosen), encoding="utf-8")


def _put(source: Path, target: Path) -> None:
    if not target.exists():
        with writing_file(target) as temporary:
            source.replace(temporary)
    elif sha256_of(target) != sha256_of(source):
        raise UsageError(
            f"{target.name} is there already, with other content",
            where=str(target),
            next_step="move it away, or choose another folder",
        )


def _copy_asset(asset: assets.Asset, folder: Path) -> None:
    source = assets.fetch(asset)
    for name in asset.files:
        shutil.copyfile(source / name, folder / name)


def _download(chosen: KnownSet, folder: Path, before: Mapping[str, str]) -> None:
    hashes = {}
    for url in chosen.urls:
        name = PurePosixPath(url).name
        try:
            places.download(url, folder / name)
        except places.PlaceError as error:
            raise ArtifactError(
                f"cannot get {name} of {chosen.name}",
                where=url,
                why=str(error),
                next_step=f"connect to the network, or get it by hand from {chosen.home}",
            ) from error
        hashes[name] = sha256_of(folder / name)
        if before.get(name, hashes[name]) != hashes[name]:
            raise ArtifactError(
                f"{name} has changed since it was first fetched",
                where=url,
                why=f"SHA-256 was {before[name]}, is {hashes[name]}",
                next_step="if the change is expected, fetch into another folder",
            )
        if name.endswith(".zip"):
            unpack(folder / name, folder)
    lines = "".join(f"{sha256}  {name}\n" for name, sha256 in hashes.items())
    (folder / HASHES_FILE).write_text(lines, encoding="utf-8")


def unpack(archive: Path, folder: Path) -> None:
    """Write the files of a zip archive straight into a folder, by last name alone, and delete the archive.

    Raises:
        ArtifactError: no zip archive, two files of one name, or more than 4 GiB.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            members = [each for each in opened.infolist() if not each.is_dir()]
            names = [PurePosixPath(each.filename.replace("\\", "/")).name for each in members]
            if len(set(names)) < len(names) or sum(each.file_size for each in members) > MAX_UNPACKED:
                raise ArtifactError("the archive is not what it should be", where=str(archive))
            for member, name in zip(members, names, strict=True):
                with opened.open(member) as source, (folder / name).open("wb") as target:
                    shutil.copyfileobj(source, target)
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise ArtifactError("the archive is damaged", where=str(archive), why=str(error)) from error
    archive.unlink()


def _remembered(folder: Path) -> dict[str, str]:
    path = folder / HASHES_FILE
    if not path.is_file():
        return {}
    pairs = (line.split("  ", 1) for line in path.read_text(encoding="utf-8").splitlines())
    return {name: sha256 for sha256, name in pairs}


def _terms(chosen: KnownSet) -> str:
    checked = (
        "pinned by SHA-256" if chosen.is_verified else f"unverified: trusted on first use, see {HASHES_FILE}"
    )
    return (
        f"# {chosen.name}\n\n{chosen.description}.\n\n"
        f"Terms: {chosen.licence}. They bind you; read them at {chosen.home}.\n\nBytes: {checked}.\n"
    )
