"""genrec: grounded, explained recommendations."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from genrec.engine import Engine as Engine
    from genrec.engine import Request as Request
    from genrec.types import Answer as Answer

__all__ = ["Answer", "Engine", "Request"]


def __getattr__(name: str) -> object:
    """Import on first use: `import genrec` alone loads neither torch nor polars."""
    if name in ("Engine", "Request"):
        from genrec import engine

        return getattr(engine, name)
    if name == "Answer":
        from genrec.types import Answer

        return Answer
    raise AttributeError(f"module 'genrec' has no attribute {name!r}")
