"""Wishes as a filter of the engine's own language, which alone decides what may be listed."""

from collections.abc import Iterator

from genrec.data.conditions import And, Compare, Has, Node, Not, OneOf, Or
from genrec.dialogue.intents import Clause
from genrec.dialogue.ranges import Range
from genrec.dialogue.state import Wishes
from genrec.dialogue.vocabulary import Field


def where(wishes: Wishes, fields: dict[str, Field]) -> str | None:
    """The filter that holds a list to the wishes; None where they ask for nothing that is a field.

    Args:
        wishes: with fields that the catalogue may have lost since.
        fields: those it has.
    """
    nodes = [*_nodes(wishes, fields)]
    if not nodes:
        return None
    return str(nodes[0] if len(nodes) == 1 else And(tuple(nodes)))


def _nodes(wishes: Wishes, fields: dict[str, Field]) -> Iterator[Node]:
    for each in wishes.wanted:
        if each.field in fields:
            yield _any_of(each, fields[each.field])
    for each in wishes.unwanted:
        if each.field in fields:
            yield Not(_any_of(each, fields[each.field]))
    for given in wishes.ranges:
        if given.field in fields:
            yield from _ends(given, fields[given.field])
    for given in wishes.outside:
        if given.field in fields:
            yield Not(And(tuple(_ends(given, fields[given.field]))))


def _any_of(clause: Clause, field: Field) -> Node:
    if field.kind == "flag":
        tests = tuple(Compare(field.name, "=", value == "true") for value in clause.values)
        return tests[0] if len(tests) == 1 else Or(tests)
    if len(clause.values) > 1:
        return OneOf(field.name, clause.values)
    (value,) = clause.values
    return Has(field.name, value) if field.kind == "list" else Compare(field.name, "=", value)


def _ends(given: Range, field: Field) -> Iterator[Node]:
    if given.low is not None:
        low = f"{int(given.low):04}" if field.kind == "date" else _number(given.low)
        yield Compare(field.name, ">" if given.is_low_open else ">=", low)
    if given.high is not None and field.kind == "date":
        yield Compare(field.name, "<", f"{int(given.high) + 1:04}")
    elif given.high is not None:
        yield Compare(field.name, "<" if given.is_high_open else "<=", _number(given.high))


def _number(value: float) -> float | int:
    return int(value) if value.is_integer() else value
