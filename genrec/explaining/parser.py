"""A parser that finds every reading of a sentence under the grammar, none or several."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

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


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """An element of a rule: a word or a name, or a choice among sequences."""

    symbol: str = ""
    choices: tuple[tuple["Part", ...], ...] = ()


_LEXEME = re.compile(r"[\[\]()|]|[^\s\[\]()|]+")


def _compiled(rule: str) -> tuple[Part, ...]:
    lexemes = _LEXEME.findall(rule)
    choices, rest = _choices(lexemes, 0)
    assert rest == len(lexemes), rule
    return (Part(choices=choices),)


def _choices(lexemes: Sequence[str], at: int) -> tuple[tuple[tuple[Part, ...], ...], int]:
    choices: list[tuple[Part, ...]] = []
    sequence: list[Part] = []
    while at < len(lexemes) and lexemes[at] not in (")", "]"):
        lexeme = lexemes[at]
        at += 1
        if lexeme == "|":
            choices.append(tuple(sequence))
            sequence = []
        elif lexeme in ("(", "["):
            inner, at = _choices(lexemes, at)
            sequence.append(Part(choices=(*inner, ()) if lexeme == "[" else inner))
            at += 1
        else:
            sequence.append(Part(symbol=lexeme))
    return (*choices, tuple(sequence)), at


@cache
def _rules() -> dict[str, tuple[tuple[Part, ...], ...]]:
    return {name: tuple(_compiled(rule) for rule in rules) for name, rules in GRAMMAR.items()}


@cache
def _starts(parts: tuple[Part, ...]) -> tuple[frozenset[str], bool]:
    """The words and terminals that a sequence can begin with, and whether it can be empty."""
    found: frozenset[str] = frozenset()
    for part in parts:
        starts, can_be_empty = _part_starts(part)
        found |= starts
        if not can_be_empty:
            return found, False
    return found, True


def _part_starts(part: Part) -> tuple[frozenset[str], bool]:
    if part.symbol and part.symbol not in GRAMMAR:
        return frozenset([part.symbol]), False
    each = [_starts(choice) for choice in (_rules()[part.symbol] if part.symbol else part.choices)]
    return frozenset().union(*(starts for starts, _ in each)), any(empty for _, empty in each)


class Parser:
    """Reads one sentence.

    Args:
        words: its tokens in lower case.
        terminals: matchers of names, numbers and values.
    """

    def __init__(self, words: Sequence[str], terminals: dict[str, Terminal]) -> None:
        self.words, self.terminals = words, terminals
        self._known: dict[tuple[str, int], Readings] = {}
        self._here = [self._symbols_at(at) for at in range(len(words))] + [frozenset[str]()]

    def _symbols_at(self, at: int) -> frozenset[str]:
        """The word and the terminals at one place."""
        return frozenset([self.words[at], *(name for name, read in self.terminals.items() if read(at))])

    def readings(self) -> list[Nodes]:
        """Every reading of the whole sentence.

        Raises:
            Ambiguous: there are too many.
        """
        return [nodes for end, nodes in self._symbol("TEXT", 0) if end == len(self.words)]

    def _symbol(self, name: str, at: int) -> Readings:
        is_rule = name in GRAMMAR or name in self.terminals
        return self._remembered(name, at) if is_rule else self._word(name, at)

    def _word(self, word: str, at: int) -> Readings:
        is_here = at < len(self.words) and self.words[at] == word
        return frozenset([(at + 1, ())]) if is_here else NOWHERE

    def _remembered(self, name: str, at: int) -> Readings:
        if (name, at) not in self._known:
            self._known[name, at] = self._read(name, at)
        return self._known[name, at]

    def _read(self, name: str, at: int) -> Readings:
        if name in self.terminals:
            return frozenset((end, (Node(name, value),)) for end, value in self.terminals[name](at))
        found = frozenset().union(*(self._sequence(rule, at) for rule in _rules()[name]))
        if len(found) > MAX_READINGS:
            raise Ambiguous
        if name in NODES:
            return frozenset((end, (Node(name, parts=nodes),)) for end, nodes in found)
        return found

    def _sequence(self, parts: tuple[Part, ...], at: int) -> Readings:
        starts, can_be_empty = _starts(parts)
        if not can_be_empty and starts.isdisjoint(self._here[at]):
            return NOWHERE
        reached: set[tuple[int, Nodes]] = {(at, ())}
        for part in parts:
            if not reached:
                break
            reached = {
                (end, (*before, *nodes))
                for place, before in reached
                for end, nodes in self._part(part, place)
            }
        return frozenset(reached)

    def _part(self, part: Part, at: int) -> Readings:
        if part.symbol:
            return self._symbol(part.symbol, at)
        return frozenset().union(*(self._sequence(choice, at) for choice in part.choices))
