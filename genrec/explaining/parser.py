"""A parser that finds every reading of a sentence under the grammar, none or several."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

from genrec.explaining.grammar import GRAMMAR, NODES, SAYING

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
Terminal = Callable[[int], Sequence[tuple[int, object]]]
"""From a position, the ends of every match with what it stands for."""


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


class Parser:
    """Reads one sentence.

    Args:
        words: its tokens in lower case.
        terminals: matchers of names, numbers and values.
    """

    def __init__(self, words: Sequence[str], terminals: dict[str, Terminal]) -> None:
        self.words, self.terminals = words, terminals
        self._matches = [
            {name: found for name, read in terminals.items() if (found := read(at))}
            for at in range(len(words))
        ]
        self._here = [frozenset(["", word, *found]) for word, found in zip(words, self._matches, strict=True)]
        self._here.append(frozenset([""]))
        self._known: dict[tuple[str, int], Readings] = {}

    def readings(self) -> list[Nodes]:
        """Every reading of the whole sentence.

        Raises:
            Ambiguous: there are too many.
        """
        return [nodes for end, nodes in self._symbol("TEXT", 0) if end == len(self.words)]

    def _symbol(self, name: str, at: int) -> Readings:
        if name not in GRAMMAR and name not in self.terminals:
            return frozenset([(at + 1, ())]) if name in self._here[at] else NOWHERE
        if (name, at) not in self._known:
            self._known[name, at] = self._read(name, at)
        return self._known[name, at]

    def _read(self, name: str, at: int) -> Readings:
        if name in self.terminals:
            matches = self._matches[at].get(name, ()) if at < len(self.words) else ()
            return frozenset((end, (Node(name, value),)) for end, value in matches)
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
