"""How answers look: a table for people, JSON for programs."""

import dataclasses
import json
import sys
import unicodedata
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from genrec.types import Answer, Recommendation


def print_json(value: object) -> None:
    """One JSON document on stdout; a dataclass becomes an object."""
    plain = (
        dataclasses.asdict(value)
        if dataclasses.is_dataclass(value) and not isinstance(value, type)
        else value
    )
    print(json.dumps(plain, ensure_ascii=False, indent=2, default=str))


def note(message: str) -> None:
    """A line for people, on stderr."""
    print(clean(message), file=sys.stderr)


def clean(text: str) -> str:
    """Text safe for a terminal: catalogue text may hold control or direction-changing characters."""
    return "".join(each for each in text if unicodedata.category(each) not in ("Cc", "Cf", "Cs"))


def console() -> "Console":
    """A console on stdout: as wide as the terminal, and 110 where there is none."""
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else 110, markup=False, highlight=False, emoji=False)


def print_answer(answer: "Answer") -> None:
    """The queries written, then one row an item: rank, title, what found it, why."""
    from rich.table import Table
    from rich.text import Text

    out = console()
    out.print(Text(_headline(answer)))
    for number, query in enumerate(answer.queries):
        by = "your words" if query.by == "user" else f"log p {query.score:.1f}"
        out.print(Text(f"  q{number}  {clean(query.text)}  ({by})", overflow="ellipsis", no_wrap=True))
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("#", justify="right")
    table.add_column("item", overflow="fold")
    table.add_column("title", ratio=3, overflow="fold")
    table.add_column("found by", ratio=1, overflow="fold")
    if any(item.reason for item in answer.items):
        table.add_column("why", ratio=6, overflow="fold")
    for item in answer.items:
        cells = [
            "–" if item.rank is None else str(item.rank),
            item.item_id,
            item.title,
            _found_by(item),
            item.reason,
        ]
        table.add_row(*(Text(clean(cell)) for cell in cells[: len(table.columns)]))
    out.print(table)
    worded = Counter(item.reason_by for item in answer.items if item.reason_by)
    if worded:
        print("reasons worded by " + ", ".join(f"the {who} {count}" for who, count in sorted(worded.items())))
    for warning in answer.warnings:
        note(f"note: {warning}")


def _headline(answer: "Answer") -> str:
    who = f"for user {clean(answer.user_id)}" if answer.user_id else "for this request"
    how = f"{answer.model} {answer.model_version}"
    if answer.source == "fallback":
        how += f", fallback ({answer.degraded_reason})"
    return f"{who}: {how}, {answer.took_ms / 1000:.1f} s"


def _found_by(item: "Recommendation") -> str:
    if item.query_ids:
        return " ".join(f"q{each}" for each in item.query_ids)
    return ", ".join(item.sources)


def clean_lines(text: str) -> str:
    """Several lines, each safe for a terminal."""
    return "\n".join(clean(line) for line in text.split("\n"))
