"""A report as blocks, written as one HTML file that needs nothing else, or as Markdown."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Literal

STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #5a6472; --line: #d8dde3; --page: #ffffff;
  --accent: #1f5fbf; --wash: 31, 95, 191; --bad: #a3261c; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e8ed; --soft: #9aa5b3; --line: #343c47;
  --page: #14181d;
  --accent: #79aef5; --wash: 121, 174, 245; --bad: #f08a80; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 76rem; padding: 1rem clamp(.75rem, 3vw, 2rem) 4rem; color: var(--ink);
  background: var(--page); font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; margin: 1rem 0 .25rem; } h2 { font-size: 1.15rem; margin: 2.2rem 0 .5rem; }
h3 { font-size: 1rem; margin: 1.4rem 0 .4rem; }
p { max-width: 70ch; margin: .4rem 0; } .note { color: var(--soft); white-space: pre-line; }
.scroll { overflow-x: auto; display: inline-block; vertical-align: top; max-width: 100%;
  margin: .2rem 1.6rem .6rem 0; }
table { border-collapse: collapse; font-size: .88rem; margin: .4rem 0; }
th, td { padding: .28rem .7rem; border-bottom: 1px solid var(--line);
  text-align: right; white-space: nowrap; vertical-align: top; font-variant-numeric: tabular-nums; }
th { color: var(--soft); font-weight: 600; }
th:first-child, td:first-child { text-align: left; padding-left: 0;
  position: sticky; left: 0; background: var(--page); }
td.best { font-weight: 700; }
td.bad { color: var(--bad); text-align: left; white-space: normal; min-width: 16rem; }
td.bad div { max-width: 60rem; }
table.words td, table.words th { text-align: left; white-space: normal; min-width: 9rem; }
small { color: var(--soft); font-weight: 400; } svg { max-width: 100%; min-width: 32rem; height: auto; }
svg text { fill: var(--ink); font: 12px system-ui, sans-serif; } svg .soft { fill: var(--soft); }
svg .axis { stroke: var(--line); } svg .mark { fill: var(--accent); }
svg .line { stroke: var(--accent); fill: none; }
mark { background: rgba(var(--wash), .25); color: inherit; border-radius: 3px; padding: 0 .15rem; }
figure { margin: .6rem 0; overflow-x: auto; }
"""
POLICY = "default-src 'none'; style-src 'unsafe-inline'"


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table; `shade`, 0 to 1, is how much of its column's range it has."""

    text: str
    small: str = ""
    kind: Literal["", "best", "bad", "hit"] = ""
    shade: float | None = None


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of level 1 to 3."""

    text: str
    level: int = 2


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph; line ends are kept."""

    text: str


@dataclass(frozen=True, slots=True)
class Table:
    """Rows as wide as their header; of numbers, or of words, which may be broken into lines."""

    header: Sequence[str]
    rows: Sequence[Sequence[Cell | str]]
    kind: Literal["numbers", "words"] = "numbers"


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing, and what it shows in words."""

    svg: str
    caption: str


Block = Heading | Text | Table | Chart


def as_html(title: str, blocks: Iterable[Block]) -> str:
    """A whole page, with no script and nothing from elsewhere."""
    body = "\n".join(_html(each) for each in blocks)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def as_markdown(blocks: Iterable[Block]) -> str:
    """The same without the drawings, whose captions stay."""
    return "\n\n".join(_markdown(each) for each in blocks if not isinstance(each, Chart)) + "\n"


def _html(block: Block) -> str:
    match block:
        case Heading(text, level):
            return f"<h{level}>{escape(text)}</h{level}>"
        case Text(text):
            return f'<p class="note">{escape(text)}</p>'
        case Chart(svg, caption):
            return f'<figure>{svg}<figcaption class="note">{escape(caption)}</figcaption></figure>'
        case Table(header, rows, kind):
            head = "".join(f"<th>{escape(each)}</th>" for each in header)
            body = "\n".join(f"<tr>{_html_row(row)}</tr>" for row in rows)
            table = f'<table class="{kind}"><thead><tr>{head}</tr></thead><tbody>\n{body}\n</tbody></table>'
            return f'<div class="scroll">{table}</div>'


def _html_row(row: Sequence[Cell | str]) -> str:
    """What alone stands after the first cell takes the whole width: far to the right nobody would see it."""
    last = row[-1]
    if len(row) > 2 and not any(row[1:-1]) and isinstance(last, Cell) and last.kind == "bad":
        told = f'<td class="bad" colspan="{len(row) - 1}"><div>{_html_text(last)}</div></td>'
        return _html_cell(row[0]) + told
    return "".join(_html_cell(each) for each in row)


def _html_cell(cell: Cell | str) -> str:
    if isinstance(cell, str):
        return f"<td>{escape(cell)}</td>"
    text = _html_text(cell)
    if cell.kind == "hit":
        text = f"<mark>{text}</mark>"
    small = f" <small>{escape(cell.small)}</small>" if cell.small else ""
    style = "" if cell.shade is None else f' style="background:rgba(var(--wash),{0.45 * cell.shade:.2f})"'
    kind = f' class="{cell.kind}"' if cell.kind in ("best", "bad") else ""
    return f"<td{kind}{style}>{text}{small}</td>"


def _html_text(cell: Cell) -> str:
    return escape(cell.text).replace("\n", "<br>")


def _markdown(block: Heading | Text | Table) -> str:
    match block:
        case Heading(text, level):
            return f"{'#' * level} {_plain(text)}"
        case Text(text):
            return "  \n".join(_plain(line) for line in text.split("\n"))
        case Table(header, rows, _):
            lines = [_row([_plain(each) for each in header]), "|" + "---|" * len(header)]
            return "\n".join(lines + [_row([_markdown_cell(each) for each in row]) for row in rows])


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _markdown_cell(cell: Cell | str) -> str:
    if isinstance(cell, str):
        return _plain(cell)
    text = _plain(cell.text)
    text = f"**{text}**" if cell.kind in ("best", "hit") and text else text
    return f"{text} {_plain(cell.small)}".strip()


def _plain(text: str) -> str:
    """Text that Markdown does not read as a table, a tag or emphasis."""
    for mark in "\\|<>*_`[]":
        text = text.replace(mark, f"\\{mark}")
    return text.replace("\n", " / ")
