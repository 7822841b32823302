"""A parser that finds every reading of a sentence under the grammar, none or several."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property

from genrec.explaining.grammar import GRAMMAR, NODES, SAYING
from genrec.explaining.lattice import TERMINALS, Edge, Shape

MAX_READINGS = 400
"""A sentence with more readings than this at one place is refused as ambiguous."""


@dataclass(frozen=True, slots=True)
class Node:
    """A named part of a reading, in the order of the sentence; `value` is what a terminal stood for."""

    name: str
    value: object = None
    parts: tuple["Node", ...] = ()

    def find(self, *names: str) -> "list[Node]":
        """The parts with one of these names that belong to this clause itself: outermost only.

        What is told in passing, of an item or in a clause inside this one, is not searched.
        """
        found = []
        for part in self.parts:
            if part.name in names:
                found.append(part)
            elif part.name not in SAYING and part.name != "ITEM":
                found += part.find(*names)
        return found

    def all(self, *names: str) -> "list[Node]":
        """The parts with one of these names, at any depth."""
        found = []
        for part in self.parts:
            found += ([part] if part.name in names else []) + part.all(*names)
        return found


Nodes = tuple[Node, ...]
Readings = frozenset[tuple[int, Nodes]]
"""Where a reading ends, and its nodes."""
NOWHERE: Readings = frozenset()


class Ambiguous(Exception):
    """A sentence that reads in too many ways."""


@dataclass(frozen=True, eq=False)
class Line:
    """A sequence of parts."""

    parts: tuple["Part", ...] = ()

    @cached_property
    def starts(self) -> frozenset[str]:
        """The words and terminals that it can begin with; the empty word where it can be empty."""
        found = frozenset([""])
        for part in self.parts:
            found = (found - {""}) | part.starts
            if "" not in part.starts:
                break
        return found


@dataclass(frozen=True, eq=False)
class Part:
    """An element of a line: a word or a name, or a choice among lines."""

    symbol: str = ""
    choices: tuple[Line, ...] = ()

    @cached_property
    def starts(self) -> frozenset[str]:
        """The words and terminals that it can begin with; the empty word where it can be empty."""
        if self.symbol and self.symbol not in GRAMMAR:
            return frozenset([self.symbol])
        choices = rule(self.symbol) if self.symbol else self.choices
        return frozenset().union(*(each.starts for each in choices))


_LEXEME = re.compile(r"[\[\]()|]|[^\s\[\]()|]+")


def _compiled(rule: str) -> tuple[Line, ...]:
    lexemes = _LEXEME.findall(rule)
    choices, rest = _choices(lexemes, 0)
    assert rest == len(lexemes), rule
    return choices


def _choices(lexemes: Sequence[str], at: int) -> tuple[tuple[Line, ...], int]:
    choices: list[Line] = []
    sequence: list[Part] = []
    while at < len(lexemes) and lexemes[at] not in (")", "]"):
        lexeme = lexemes[at]
        at += 1
        if lexeme == "|":
            choices.append(Line(tuple(sequence)))
            sequence = []
        elif lexeme in ("(", "["):
            inner, at = _choices(lexemes, at)
            sequence.append(Part(choices=(*inner, Line()) if lexeme == "[" else inner))
            at += 1
        else:
            sequence.append(Part(symbol=lexeme))
    return (*choices, Line(tuple(sequence))), at


@cache
def rule(name: str) -> tuple[Line, ...]:
    """The alternatives of a rule."""
    return tuple(line for text in GRAMMAR[name] for line in _compiled(text))


@cache
def words() -> frozenset[str]:
    """The words that stand in the grammar."""
    found = {each for lines in GRAMMAR.values() for line in lines for each in _LEXEME.findall(line)}
    return frozenset(found - GRAMMAR.keys() - TERMINALS - set("[]()|"))


class Parser:
    """Reads sentences of one shape."""

    def __init__(self, shape: Shape) -> None:
        self._edges = [_readings(edges) for edges in shape]
        self._here = [frozenset(["", *found]) for found in self._edges] + [frozenset([""])]
        self._known: dict[tuple[str, int], Readings] = {}

    def readings(self) -> list[Nodes]:
        """Every reading of the whole sentence.

        Raises:
            Ambiguous: there are too many.
        """
        return [nodes for end, nodes in self._symbol("TEXT", 0) if end == len(self._edges)]

    def _symbol(self, name: str, at: int) -> Readings:
        if name not in GRAMMAR:
            return self._edges[at].get(name, NOWHERE) if at < len(self._edges) else NOWHERE
        if (name, at) not in self._known:
            self._known[name, at] = self._read(name, at)
        return self._known[name, at]

    def _read(self, name: str, at: int) -> Readings:
        found = self._any(rule(name), at)
        if len(found) > MAX_READINGS:
            raise Ambiguous
        if name in NODES:
            return frozenset((end, (Node(name, parts=nodes),)) for end, nodes in found)
        return found

    def _any(self, lines: Sequence[Line], at: int) -> Readings:
        here = self._here[at]
        found: set[tuple[int, Nodes]] = set()
        for line in lines:
            if not line.starts.isdisjoint(here):
                found |= self._line(line, at)
        return frozenset(found)

    def _line(self, line: Line, at: int) -> set[tuple[int, Nodes]]:
        reached: set[tuple[int, Nodes]] = {(at, ())}
        for part in line.parts:
            if not reached:
                break
            reached = {
                (end, (*before, *nodes))
                for place, before in reached
                if not part.starts.isdisjoint(self._here[place])
                for end, nodes in (
                    self._symbol(part.symbol, place) if part.symbol else self._any(part.choices, place)
                )
            }
        return reached


def _readings(edges: Sequence[Edge]) -> dict[str, Readings]:
    """What begins at one place, by the name that the grammar has for it."""
    found: dict[str, set[tuple[int, Nodes]]] = defaultdict(set)
    for name, end, value in edges:
        found[name].add((end, (Node(name, value),) if name in TERMINALS else ()))
    return {name: frozenset(ends) for name, ends in found.items()}
