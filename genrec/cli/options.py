"""Options that several commands share."""

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from genrec.errors import UsageError

Choice = TypeVar("Choice", bound=StrEnum)


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


def _whole(flag: str, *, highest: int | None = None) -> Callable[[object], int]:
    """Reads a whole number; without `highest` the catalogue decides the range, once it is open."""

    def parse(given: object) -> int:
        number = int(str(given)) if str(given).removeprefix("-").isdecimal() else None
        if number is None or (highest is not None and not 1 <= number <= highest):
            upto = f"to {highest}" if highest else "to the size of the catalogue"
            raise UsageError(f"{flag} is {given!r}", next_step=f"give a whole number from 1 {upto}")
        return number

    return parse


def _one_of(choices: type[Choice], where: str) -> Callable[[object], Choice]:
    def parse(given: object) -> Choice:
        try:
            return choices(str(given))
        except ValueError as error:
            raise UsageError(
                f"unknown choice {given!r}", where=where, next_step=f"choose from {', '.join(choices)}"
            ) from error

    return parse


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
ListLength = Annotated[
    int | None,
    typer.Option(
        "-k",
        parser=_whole("-k"),
        metavar="INTEGER",
        help="How many items, 1 to the size of the catalogue. Default: 10, or all there are.",
    ),
]
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
    typer.Option(
        envvar="GENREC_RETRIEVER",
        parser=_one_of(RetrieverChoice, "--retriever or GENREC_RETRIEVER"),
        metavar="[bm25|dense|hybrid]",
        help="What grounds the searches. Default: as in genrec.yaml.",
    ),
]
Queries = Annotated[
    int | None,
    typer.Option(
        "--n-queries",
        parser=_whole("--n-queries", highest=64),
        metavar="INTEGER",
        help="How many searches the model writes a user, 1 to 64.",
    ),
]
Explain = Annotated[
    ExplainChoice | None,
    typer.Option(
        envvar="GENREC_EXPLAIN",
        parser=_one_of(ExplainChoice, "--explain or GENREC_EXPLAIN"),
        metavar="[model|template|none]",
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
