"""Which code something was made by: a hash over modules of genrec and all that they import."""

import ast
import hashlib
from collections.abc import Set
from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).parent


@cache
def code_digest(modules: frozenset[str], *, without: frozenset[str] = frozenset()) -> str:
    """SHA-256 over the sources of these modules and of all of genrec that they import, wherever in a file.

    Args:
        modules: dotted names below `genrec`.
        without: modules that do not count, nor what they alone import.
    """
    digest = hashlib.sha256()
    for name in sorted(modules_behind(modules, without=without)):
        digest.update(_source(name).read_bytes())
    return digest.hexdigest()


def modules_behind(modules: Set[str], *, without: Set[str] = frozenset()) -> Set[str]:
    """These modules and all of genrec that they import, but for those that do not count."""
    found, new = set[str](), set(modules)
    while new:
        found |= new
        trees = [ast.parse(_source(name).read_text(encoding="utf-8")) for name in sorted(new)]
        seen = set[str]().union(*(_imported(node) for tree in trees for node in ast.walk(tree)))
        new = seen - found - without
    return found


def _imported(node: ast.AST) -> set[str]:
    """The modules of genrec that a node imports from, and those that it imports out of a package."""
    if not isinstance(node, ast.ImportFrom) or (node.module or "").split(".")[0] != "genrec":
        return set()
    below = {f"{node.module}.{each.name}" for each in node.names}
    return {name for name in {str(node.module), *below} - {"genrec"} if _source(name).exists()}


def _source(name: str) -> Path:
    path = _PACKAGE.joinpath(*name.split(".")[1:])
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
