"""`genrec models`: what was fitted and fine-tuned in a workspace."""

import dataclasses
from typing import Any

from genrec.cli import options, show


def models(*, workspace: options.Workspace = None, as_json: options.Json = False) -> None:
    """List what `genrec recommend --model NAME` can use, whether each is whole, and whether it fits the data.

    Example: genrec models
    """
    from rich.table import Table

    from genrec.engine import BUILT_IN
    from genrec.errors import ArtifactError
    from genrec.index import known_items
    from genrec.models.listing import listed
    from genrec.workspace import Workspace

    opened = Workspace.open(workspace)
    fingerprint = opened.load(known_items=known_items(opened.index_folder))[0].fingerprint
    rows: list[dict[str, Any]] = [
        {"name": name, "kind": "built in", "state": "ready"} for name in sorted(BUILT_IN)
    ]
    for name in opened.fitted_models:
        try:
            found = listed(opened.models_folder / name)
        except ArtifactError as error:
            rows.append({"name": name, "kind": "", "state": error.what})
            continue
        state = "ready" if found.data_fingerprint == fingerprint else "older than the data"
        rows.append(dataclasses.asdict(found) | {"state": state})
    if as_json:
        show.print_json(rows)
        return
    table = Table(
        "model", "kind", "state", "validation NDCG@10", box=None, pad_edge=False, header_style="bold"
    )
    for each in rows:
        value, ends = each.get("validation_ndcg"), each.get("validation_interval")
        shown = "" if value is None else f"{value:.4f}"
        if ends is not None:
            low, high = ends
            shown += f" [{low:.4f}, {high:.4f}]"
        table.add_row(*(show.clean(str(each[key])) for key in ("name", "kind", "state")), shown)
    show.console().print(table)
