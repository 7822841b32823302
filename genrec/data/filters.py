"""The filter language of `--where`, parsed into a small frozen tree and checked; never evaluated as code.

    year >= 1990 and "Drama" in genres and not (title contains "part" or brand in ("COKA", "Prada"))

A test is `FIELD OP LITERAL` or `LITERAL OP FIELD` with `= == != < <= > >=`; `"X" in FIELD` for a field that
holds a list; `FIELD in ("a", "b")`; `FIELD contains "text"`; `FIELD is missing`; the last four also with
`not`. Tests are joined by `and`, `or`, `not` and parentheses. A field whose name is more than letters, digits
and _ stands in backticks. Text is compared without regard to case, item ids exactly.

Missing values (null, not a number, an empty list): every test but `is missing` is False of them, and a
negation (`not`, `!=`, `not in`, `not contains`) is always the opposite of what it negates. So `year != 1990`
is True of an item without a year, and a filter and its negation part the living items in two.
"""

import difflib
import re
from dataclasses import dataclass
from typing import Literal, cast

import polars as pl

from genrec.data.catalogue import Catalogue
from genrec.data.conditions import (
    ESCAPES,
    WORDS,
    And,
    Compare,
    Contains,
    Has,
    Missing,
    Node,
    Not,
    OneOf,
    Operator,
    Or,
    Value,
    passes,
    quoted_field,
    quoted_value,
)
from genrec.errors import UsageError
from genrec.types import Mask

MAX_LENGTH = 10_000
MAX_DEPTH = 50


@dataclass(frozen=True, slots=True)
class Filter:
    """A checked filter; `str` of it is canonical, and parses back to an equal one."""

    root: Node

    def __str__(self) -> str:
        return str(self.root)

    def mask(self, catalogue: Catalogue) -> Mask:
        """Which items are alive and pass, `[n_items]`, for a catalogue with the fields it was parsed for."""
        return passes(self.root, catalogue.frame) & catalogue.alive


def parse(text: str, catalogue: Catalogue) -> Filter:
    """The filter a text writes.

    Raises:
        UsageError: it does not parse, names an unknown field, or compares a field with a value of another
            kind; the message points at the place.
    """
    if len(text) > MAX_LENGTH:
        raise UsageError(
            f"the filter is longer than {MAX_LENGTH:,} characters", where=f"{len(text):,} characters"
        )
    if not text.isascii() and any("\ud800" <= each <= "\udfff" for each in text):
        raise UsageError("the filter is not valid Unicode", why="it holds a lone surrogate")
    return Filter(_Parser(text, catalogue.frame.schema).root())


TokenKind = Literal["word", "field", "string", "number", "operator", "mark", "end"]

_TOKEN = re.compile(
    r"""\s*(?:(?P<word>[^\W\d]\w*)
    | (?P<number>-?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
    | (?P<operator><=|>=|==|!=|=|<|>)
    | (?P<mark>[(),])
    | (?P<field>`(?:[^`\\]|\\.)*`)
    | (?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    | (?P<end>$))""",
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class _Token:
    kind: TokenKind
    text: str
    at: int


_FLIPPED: dict[str, Operator] = {"=": "=", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_KINDS = {str: "text", bool: "true or false", int: "a number", float: "a number"}


class _Parser:
    """Recursive descent: or, and, not, then one test."""

    def __init__(self, text: str, schema: pl.Schema) -> None:
        self._text, self._schema = text, schema
        self._tokens = list(reversed(self._tokenised()))

    def root(self) -> Node:
        node = self._any(0)
        if self._next.kind != "end":
            raise self._fault("`and`, `or` or the end expected here")
        return node

    def _any(self, depth: int) -> Node:
        nodes = [self._all(depth)]
        while self._took("or"):
            nodes.append(self._all(depth))
        flat = tuple(each for node in nodes for each in (node.nodes if isinstance(node, Or) else (node,)))
        return Or(flat) if len(flat) > 1 else flat[0]

    def _all(self, depth: int) -> Node:
        nodes = [self._unary(depth)]
        while self._took("and"):
            nodes.append(self._unary(depth))
        flat = tuple(each for node in nodes for each in (node.nodes if isinstance(node, And) else (node,)))
        return And(flat) if len(flat) > 1 else flat[0]

    def _unary(self, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise self._fault(f"nested deeper than {MAX_DEPTH}")
        if self._took("not"):
            return Not(self._unary(depth + 1))
        if not self._took("("):
            return self._test()
        node = self._any(depth + 1)
        self._expect(")")
        return node

    def _test(self) -> Node:
        return self._literal_first() if self._at_literal else self._field_first()

    def _literal_first(self) -> Node:
        start = self._next
        value = self._value()
        if self._next.kind == "operator":
            operator = _FLIPPED[self._operator()]
            return self._checked(Compare(self._field(), operator, value), start)
        negated = self._took("not")
        self._expect("in")
        at = self._next
        field = self._field()
        if not isinstance(self._schema[field], pl.List):
            raise self._fault(
                f"{field} holds no list",
                at=at,
                hint=f"write `{quoted_field(field)} contains {quoted_value(str(value))}`",
            )
        if not isinstance(value, str):
            raise self._fault(f"{field} holds texts", at=start, hint="put the value in quotes")
        return Not(Has(field, value)) if negated else Has(field, value)

    def _field_first(self) -> Node:
        field = self._field()
        if self._took("is"):
            return self._negated(self._took("not"), self._missing(field))
        if self._next.kind == "operator":
            operator, start = self._operator(), self._next
            return self._checked(Compare(field, operator, self._value()), start)
        negated = self._took("not")
        if self._took("contains"):
            return self._negated(negated, self._contains(field))
        if not self._took("in"):
            raise self._fault("a comparison, `in`, `contains` or `is` expected here")
        self._expect("(")
        start = self._next
        return self._negated(negated, self._checked(OneOf(field, self._values()), start))

    def _missing(self, field: str) -> Node:
        self._expect("missing")
        return Missing(field)

    def _contains(self, field: str) -> Node:
        start = self._next
        text = self._value()
        if not isinstance(text, str):
            raise self._fault("`contains` takes a text in quotes", at=start)
        if _kind(self._schema[field]) not in ("text", "a list"):
            raise self._fault(f"{field} holds no text", at=start)
        return Contains(field, text)

    def _values(self) -> tuple[Value, ...]:
        values = [self._value()]
        while self._took(","):
            values.append(self._value())
        self._expect(")")
        return tuple(values)

    def _value(self) -> Value:
        token = self._next
        if not self._at_literal:
            raise self._fault("a text in quotes, a number, true or false expected here")
        self._tokens.pop()
        if token.kind == "string":
            return self._unescaped(token)
        return self._number(token) if token.kind == "number" else token.text.lower() == "true"

    def _number(self, token: _Token) -> int | float:
        if abs(float(token.text)) >= 2**63:
            raise self._fault("number too large", at=token)
        return int(token.text) if token.text.removeprefix("-").isdecimal() else float(token.text)

    def _operator(self) -> Operator:
        text = self._tokens.pop().text
        return _FLIPPED[_FLIPPED["=" if text == "==" else text]]

    def _field(self) -> str:
        token = self._next
        if token.kind not in ("word", "field") or (token.kind == "word" and token.text.lower() in WORDS):
            raise self._fault("the name of a field expected here")
        self._tokens.pop()
        name = self._unescaped(token) if token.kind == "field" else token.text
        if name == "id" and name not in self._schema:
            return "item_id"
        if name not in self._schema:
            raise self._unknown(name, token)
        return name

    def _unknown(self, name: str, token: _Token) -> UsageError:
        near = difflib.get_close_matches(name.lower(), self._schema, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]}? " if near else ""
        return self._fault(
            f"unknown field {name}", at=token, hint=f"{hint}choose from {', '.join(self._schema)}"
        )

    def _checked(self, test: Compare | OneOf, at: _Token) -> Node:
        """The test, if its field holds values of its literals' kind."""
        kind = _kind(self._schema[test.field])
        literals = test.values if isinstance(test, OneOf) else (test.value,)
        if isinstance(test, Compare) and kind == "a list":
            hint = f"write `{quoted_value(str(test.value))} in {quoted_field(test.field)}`"
            raise self._fault(f"{test.field} holds a list", at=at, hint=hint)
        if isinstance(test, Compare) and kind == "true or false" and test.operator not in ("=", "!="):
            raise self._fault(f"{test.field} holds true or false, which have no order", at=at)
        for literal in literals:
            if _KINDS[type(literal)] != ("text" if kind == "a list" else kind):
                raise self._fault(f"{test.field} holds {kind}, not {quoted_value(literal)}", at=at)
        return test

    def _negated(self, negated: bool, node: Node) -> Node:
        return Not(node) if negated else node

    @property
    def _next(self) -> _Token:
        return self._tokens[-1]

    @property
    def _at_literal(self) -> bool:
        return self._next.kind in ("string", "number") or (
            self._next.kind == "word" and self._next.text.lower() in ("true", "false")
        )

    def _took(self, text: str) -> bool:
        """Whether the next token is this keyword or mark; it is then behind us."""
        found = self._next.kind in ("word", "mark") and self._next.text.lower() == text
        if found:
            self._tokens.pop()
        return found

    def _expect(self, text: str) -> None:
        if not self._took(text):
            raise self._fault(f"`{text}` expected here")

    def _tokenised(self) -> list[_Token]:
        tokens: list[_Token] = []
        at = 0
        while not tokens or tokens[-1].kind != "end":
            match = _TOKEN.match(self._text, at)
            if match is None:
                start = at + len(self._text[at:]) - len(self._text[at:].lstrip())
                raise self._fault(self._unreadable(start), at=_Token("end", "", start))
            kind = cast(TokenKind, match.lastgroup)
            tokens.append(_Token(kind, match[kind], match.start(kind)))
            at = match.end()
        return tokens

    def _unreadable(self, at: int) -> str:
        return "a quote that never closes" if self._text[at] in "\"'`" else f"unexpected {self._text[at]!r}"

    def _unescaped(self, token: _Token) -> str:
        def plain(match: re.Match[str]) -> str:
            if match[1] not in ESCAPES:
                raise self._fault(f"unknown escape {match[0]}", at=token, hint="write \\\\ for a backslash")
            return ESCAPES[match[1]]

        return re.sub(r"\\(.)", plain, token.text[1:-1], flags=re.DOTALL)

    def _fault(self, what: str, *, at: _Token | None = None, hint: str = "") -> UsageError:
        place = (at or self._next).at
        start = max(0, place - 50)
        shown = re.sub(r"[^ -~\u00a0-\ud7ff]", " ", self._text[start : start + 100])
        where = f"character {place + 1} of the filter\n    {shown}\n    {' ' * (place - start)}^"
        return UsageError(f"the filter does not hold together: {what}", where=where, next_step=hint)


def _kind(kind: pl.DataType) -> str:
    if kind == pl.String:
        return "text"
    if isinstance(kind, pl.List):
        return "a list"
    if kind == pl.Boolean:
        return "true or false"
    return "a number" if kind.is_numeric() else "values that cannot be compared"
