"""`genrec index`: build the retrievers of a workspace."""

import time

from genrec.cli import options, show


def index(*, workspace: options.Workspace = None, as_json: options.Json = False) -> None:
    """Build the BM25 and dense indexes over the catalogue; the old ones stay until the new ones are whole.

    Example: genrec index
    """
    from genrec import index as indexing
    from genrec.workspace import Workspace

    start = time.perf_counter()
    opened = Workspace.open(workspace)
    folder = indexing.build(opened)
    took = time.perf_counter() - start
    if as_json:
        show.print_json({"index": str(folder), "seconds": round(took, 2)})
    else:
        print(f"index of {opened.settings.name} built in {took:.1f} s: {folder}")
