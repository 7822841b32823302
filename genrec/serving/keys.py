"""API keys: shown once, kept as hashes, several at once so that one can take another's place."""

import hashlib
import hmac
import secrets
from pathlib import Path

from genrec.errors import DataError, UsageError
from genrec.files import writing_file

FILE = "api-keys.txt"
"""In a workspace's folder: a line a key, its name and the SHA-256 of the key."""
BEGINNING = "genrec_"


class Keys:
    """The keys that open a server; none at all opens it to everybody."""

    def __init__(self, hashes: dict[str, str]) -> None:
        self._hashes = hashes

    def __len__(self) -> int:
        return len(self._hashes)

    @staticmethod
    def read(folder: Path) -> "Keys":
        """The keys of a workspace's folder.

        Raises:
            DataError: a line is no name with a hash.
        """
        path = folder / FILE
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        hashes = {}
        for number, line in enumerate(lines, 1):
            name, _, digest = line.partition(" ")
            if not name or len(digest) != 64:
                raise DataError(
                    f"{FILE} line {number} is damaged",
                    where=f"{path}:{number}",
                    next_step="delete that line, then make the key anew: genrec keys add NAME",
                )
            hashes[name] = digest
        return Keys(hashes)

    def name_of(self, key: str) -> str | None:
        """Whose key it is; None of one that nobody has. Takes as long for one as for the other."""
        digest = _hash(key)
        found = None
        for name, kept in self._hashes.items():
            if hmac.compare_digest(kept, digest):
                found = name
        return found

    def with_new(self, name: str) -> "tuple[Keys, str]":
        """The same and one more, and that key, which nobody can read again.

        Raises:
            UsageError: the name is taken, or holds a blank.
        """
        if not name or any(each.isspace() for each in name):
            raise UsageError(f"a key's name has no blanks: {name!r}")
        if name in self._hashes:
            raise UsageError(
                f"there is a key {name} already", next_step="choose another name, or remove it first"
            )
        key = BEGINNING + secrets.token_urlsafe(32)
        return Keys({**self._hashes, name: _hash(key)}), key

    def without(self, name: str) -> "Keys":
        """The same but for one.

        Raises:
            UsageError: there is none of that name.
        """
        if name not in self._hashes:
            there = ", ".join(self._hashes) or "none"
            raise UsageError(f"no key {name}", next_step=f"choose from {there}")
        return Keys({each: kept for each, kept in self._hashes.items() if each != name})

    def save(self, folder: Path) -> None:
        """Write the file, whole or not at all, for its owner alone to read."""
        with writing_file(folder / FILE) as temporary:
            temporary.write_text("".join(f"{name} {kept}\n" for name, kept in self._hashes.items()))
            temporary.chmod(0o600)


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()
