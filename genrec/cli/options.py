"""Options that several commands share."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class ExplainChoice(StrEnum):
    """Who words the reasons."""

    model = "model"
    template = "template"
    none = "none"


class RetrieverChoice(StrEnum):
    """What grounds the searches."""

    bm25 = "bm25"
    dense = "dense"
    hybrid = "hybrid"


Workspace = Annotated[
    Path | None,
    typer.Option(
        "--workspace",
        "-w",
        envvar="GENREC_WORKSPACE",
        help="Folder with a genrec.yaml. Default: the nearest one above here, else MovieLens-100K.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs in place of a table.")]
ListLength = Annotated[int, typer.Option("-k", help="How many items, 1 to the size of the catalogue.")]
Where = Annotated[
    str | None,
    typer.Option(help="""Filter over catalogue fields, such as 'year >= 1990 and "Drama" in genres'."""),
]
Model = Annotated[
    str | None,
    typer.Option(
        envvar="GENREC_MODEL",
        help="generative, popularity, or what genrec fit made. Default: what genrec.yaml names.",
    ),
]
Backend = Annotated[
    str | None,
    typer.Option(
        envvar="GENREC_BACKEND",
        help="URL of an OpenAI-style server that writes, as http://127.0.0.1:8001/v1. Default: in process.",
    ),
]
Retriever = Annotated[
    RetrieverChoice | None,
    typer.Option(envvar="GENREC_RETRIEVER", help="What grounds the searches. Default: as in genrec.yaml."),
]
Queries = Annotated[
    int | None, typer.Option("--n-queries", help="How many searches the model writes a user, 1 to 64.")
]
Explain = Annotated[
    ExplainChoice | None,
    typer.Option(
        envvar="GENREC_EXPLAIN",
        help="Who words the reasons: the model (checked, else a template), a template, or no reasons.",
    ),
]
Exclude = Annotated[
    list[str] | None, typer.Option(help="Item ids never to show; repeat the option, or separate by commas.")
]
History = Annotated[
    str | None, typer.Option(help="Item ids, oldest first, separated by commas: for a user nobody has seen.")
]


Format = Annotated[
    str,
    typer.Option(
        "--format",
        help="Force a reader: csv, tsv, parquet, jsonl, recbole, movielens, amazon, gorse, metarank or hf.",
    ),
]


def ids(values: list[str] | None) -> list[str]:
    """Ids given by repeated options, by commas, or both."""
    return [each.strip() for value in values or [] for each in value.split(",") if each.strip()]
