"""The tree of a filter: the closed set of conditions on an item, how each is written and what it passes.

Missing values (null, not a number, an empty list) fail every test but `Missing`, and `Not` and `!=` are
always the opposite of what they negate.
"""

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from typing import Literal

import numpy as np
import polars as pl

from genrec.types import Mask

Value = str | int | float | bool
Operator = Literal["=", "!=", "<", "<=", ">", ">="]


@dataclass(frozen=True, slots=True)
class Compare:
    """A field against a literal."""

    field: str
    operator: Operator
    value: Value

    def __str__(self) -> str:
        return f"{quoted_field(self.field)} {self.operator} {quoted_value(self.value)}"


@dataclass(frozen=True, slots=True)
class Has:
    """A list field that holds a value."""

    field: str
    value: str

    def __str__(self) -> str:
        return f"{quoted_value(self.value)} in {quoted_field(self.field)}"


@dataclass(frozen=True, slots=True)
class OneOf:
    """A field that equals, or a list field that holds, one of several values."""

    field: str
    values: tuple[Value, ...]

    def __str__(self) -> str:
        return f"{quoted_field(self.field)} in ({', '.join(map(quoted_value, self.values))})"


@dataclass(frozen=True, slots=True)
class Contains:
    """A text, or one value of a list, in which a text stands."""

    field: str
    text: str

    def __str__(self) -> str:
        return f"{quoted_field(self.field)} contains {quoted_value(self.text)}"


@dataclass(frozen=True, slots=True)
class Missing:
    """A field without a value."""

    field: str

    def __str__(self) -> str:
        return f"{quoted_field(self.field)} is missing"


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite."""

    node: "Node"

    def __str__(self) -> str:
        return f"not ({self.node})" if isinstance(self.node, And | Or) else f"not {self.node}"


@dataclass(frozen=True, slots=True)
class And:
    """All of several."""

    nodes: tuple["Node", ...]

    def __str__(self) -> str:
        return " and ".join(f"({node})" if isinstance(node, Or) else str(node) for node in self.nodes)


@dataclass(frozen=True, slots=True)
class Or:
    """Any of several."""

    nodes: tuple["Node", ...]

    def __str__(self) -> str:
        return " or ".join(map(str, self.nodes))


Test = Compare | Has | OneOf | Contains | Missing
Node = Test | Not | And | Or


def passes(node: Node, frame: pl.DataFrame) -> Mask:
    """Which rows of `frame` pass, `[n_rows]`."""
    match node:
        case Not():
            return ~passes(node.node, frame)
        case And():
            return reduce(np.logical_and, (passes(each, frame) for each in node.nodes))
        case Or():
            return reduce(np.logical_or, (passes(each, frame) for each in node.nodes))
        case Compare(operator="!="):
            return ~passes(Compare(node.field, "=", node.value), frame)
        case _:
            passed = frame.select(
                _expression(node, frame.schema[node.field]).fill_null(False).alias("passed")
            )
            mask: Mask = passed["passed"].to_numpy().astype(np.bool_)
            return mask


def _expression(test: Test, kind: pl.DataType) -> pl.Expr:
    column = pl.col(test.field)
    if kind.is_float():
        column = column.fill_nan(None)
    if isinstance(test, Missing):
        return column.is_null() | (column.list.len() == 0) if isinstance(kind, pl.List) else column.is_null()
    if isinstance(kind, pl.List):
        return column.list.eval(_holds(test, pl.element().cast(pl.String))).list.any()
    return _holds(test, column)


def _holds(test: Compare | Has | OneOf | Contains, value: pl.Expr) -> pl.Expr:
    """Whether a test holds of one value, null where the value is."""
    exact = test.field == "item_id" and not isinstance(test, Contains)
    match test:
        case Contains():
            return value.str.to_lowercase().str.contains(_lower(test.text), literal=True)
        case OneOf():
            wanted = test.values
        case Compare() | Has():
            wanted = (test.value,)
    if isinstance(wanted[0], str) and not exact:
        value, wanted = value.str.to_lowercase(), tuple(_lower(str(each)) for each in wanted)
    if isinstance(test, Compare):
        return _COMPARE[test.operator](value, wanted[0])
    return pl.any_horizontal([value == each for each in wanted])


def _lower(text: str) -> str:
    """Lower case by polars' rules, which the columns follow too."""
    return str(pl.Series([text], dtype=pl.String).str.to_lowercase()[0])


_COMPARE: dict[Operator, Callable[[pl.Expr, Value], pl.Expr]] = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}

WORDS = frozenset(("and", "or", "not", "in", "is", "missing", "contains", "true", "false"))
ESCAPES = {"\\": "\\", '"': '"', "'": "'", "`": "`", "n": "\n", "t": "\t", "r": "\r"}
_ESCAPED = str.maketrans({"\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"})
_BARE = re.compile(r"[^\W\d]\w*")


def quoted_value(value: Value) -> str:
    """A literal as the language writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return '"' + value.translate(_ESCAPED).replace('"', '\\"') + '"'
    return repr(value)


def quoted_field(field: str) -> str:
    """A field name as the language writes it."""
    if _BARE.fullmatch(field) and field.lower() not in WORDS:
        return field
    return "`" + field.translate(_ESCAPED).replace("`", "\\`") + "`"
