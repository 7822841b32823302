"""How well dialogues are understood: labelled turns against what a conversation made of them.

A file is a YAML list of `{id, catalogue, tags, turns: [{say, expect}]}`; the constraints that `expect` names
are those in force after the turn. See `eval/dialogues/README.md`.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
import polars as pl
import yaml
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from genrec.config import SourceSettings, WorkspaceSettings
from genrec.data.catalogue import Catalogue
from genrec.data.dataset import Dataset
from genrec.data.interactions import INTERACTION_SCHEMA, Interactions
from genrec.data.load import load_items
from genrec.dialogue.conversation import Conversation, Reply
from genrec.dialogue.intents import Action
from genrec.dialogue.state import State
from genrec.dialogue.text import key_of
from genrec.engine import Engine
from genrec.errors import DataError, UsageError
from genrec.index import Index
from genrec.retrieval.bm25 import BM25
from genrec.workspace import Workspace

RESAMPLES = 2000
KINDS = ("user", "liked", "disliked", "wanted", "unwanted", "ranges", "missing", "refers", "k")
Value = str | int | float | bool
Ends = tuple[float | None, float | None]


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Refers(_Closed):
    """A place in the last list, from 1."""

    rank: int


class Expected(_Closed):
    """What a turn should be understood as; constraints are all that are in force after it."""

    action: Action
    user: str | int | None = None
    liked: tuple[str, ...] = ()
    disliked: tuple[str, ...] = ()
    wanted: Mapping[str, tuple[Value, ...]] = {}
    unwanted: Mapping[str, tuple[Value, ...]] = {}
    ranges: Mapping[str, Ends] = {}
    missing: tuple[str, ...] = ()
    """Words of this turn for what the catalogue has no field for."""
    refers: Refers | None = None
    k: int | None = None


class Turn(_Closed):
    """What is said, and what it means."""

    say: str
    expect: Expected


class Dialogue(_Closed):
    """A labelled dialogue over one catalogue."""

    id: str
    catalogue: str
    tags: tuple[str, ...] = ()
    turns: tuple[Turn, ...]


@dataclass(frozen=True, slots=True)
class Ratio:
    """A share with the ends of its 95 % interval, by resampling dialogues."""

    share: float
    low: float
    high: float
    of: int


@dataclass
class Counts:
    """Numerators and denominators by name, of one dialogue."""

    top: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    bottom: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def add(self, name: str, top: int, bottom: int) -> None:
        """Count some more."""
        self.top[name] += top
        self.bottom[name] += bottom


@dataclass(frozen=True, slots=True)
class Miss:
    """A turn that was understood otherwise than labelled."""

    dialogue: str
    turn: int
    kind: str
    expected: str
    found: str


@dataclass(frozen=True)
class Measured:
    """Shares by name, and what was missed."""

    shares: Mapping[str, Ratio]
    misses: Sequence[Miss]
    n_dialogues: int
    n_turns: int


def read_dialogues(paths: Sequence[Path]) -> list[Dialogue]:
    """The dialogues of YAML files, and of all those in folders.

    Raises:
        DataError: a file cannot be read, or a dialogue has not the form above.
    """
    files = [file for path in paths for file in (sorted(path.glob("*.yaml")) if path.is_dir() else [path])]
    found: list[Dialogue] = []
    for file in files:
        try:
            found += TypeAdapter(list[Dialogue]).validate_python(_parsed(file))
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"]))
            raise DataError(
                "a dialogue has not the form asked for", where=f"{file}: {place}", why=first["msg"]
            ) from error
    if not found:
        raise DataError("there are no dialogues", where=", ".join(map(str, paths)))
    return found


def _parsed(file: Path) -> object:
    try:
        return yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise DataError("a file of dialogues cannot be read", where=str(file), why=str(error)) from error


def engine_of(catalogue: Path) -> Engine:
    """An engine over a catalogue file alone: popularity over no events, BM25 for words."""
    settings = WorkspaceSettings(
        name=catalogue.stem,
        catalogue=SourceSettings(path=catalogue.name),
        interactions=SourceSettings(path=catalogue.name),
        model="popularity", retriever="bm25", dense=None, explain="template",
    )  # fmt: skip
    items = Catalogue(load_items(settings.catalogue, catalogue.parent))
    nobody = Interactions.from_frame(_no_events(), items.ids)
    index = Index(BM25.build(items, settings.bm25), None, items, settings)
    return Engine(Workspace(catalogue.parent, settings), Dataset(items, nobody), index)


def measure(
    dialogues: Sequence[Dialogue], talk_over: Callable[[str], Conversation], *, seed: int = 0
) -> Measured:
    """Hold every dialogue and compare what was understood with its labels.

    Args:
        dialogues: labelled.
        talk_over: a conversation over a catalogue by its name.
        seed: of the resampling.
    """
    counts, misses = [], []
    for each in dialogues:
        held = _Held(each, talk_over(each.catalogue))
        counts.append(held.counts())
        misses += held.misses
    names = dict.fromkeys(name for each in counts for name in each.bottom)
    shares = {name: _ratio(counts, name, seed) for name in names}
    return Measured(shares, misses, len(dialogues), sum(len(each.turns) for each in dialogues))


class _Held:
    """One dialogue, held and counted."""

    def __init__(self, dialogue: Dialogue, talk: Conversation) -> None:
        self._dialogue, self._talk = dialogue, talk
        self.misses: list[Miss] = []
        self._counts = Counts()
        self._pointed: set[str] = set()
        self._compared: set[str] = set()
        self._user: str | None = None

    def counts(self) -> Counts:
        """Hold it."""
        state = State()
        for number, turn in enumerate(self._dialogue.turns, 1):
            reply = self._talk.reply(turn.say, state, explain="none")
            self._note(reply)
            self._count(number, turn.expect, reply)
            state = reply.state
        return self._counts

    def _note(self, reply: Reply) -> None:
        """What came by pointing has no label: nobody knew what would be listed."""
        self._pointed |= {key_of(self._title(each)) for each in reply.intent.by_reference}
        self._compared |= {each.field for each in reply.intent.compared}
        self._user = reply.intent.user or self._user

    def _count(self, number: int, expect: Expected, reply: Reply) -> None:
        is_right = expect.action == reply.action
        self._counts.add("action", is_right, 1)
        for each in ("ask", "refuse"):
            self._pair(f"action {each}", expect.action == each, reply.action == each)
        if not is_right:
            self.misses.append(Miss(self._dialogue.id, number, "action", expect.action, reply.action))
        wanted, found = _labels(expect), self._found(reply)
        for kind in KINDS:
            self._compare(number, kind, wanted[kind], found[kind])
        self._kept(expect, reply)
        self._grounded(reply)

    def _compare(self, number: int, kind: str, wanted: set[str], found: set[str]) -> None:
        if kind == "missing":
            hit = {each for each in wanted if any(_shares_word(each, other) for other in found)}
            right = {each for each in found if any(_shares_word(each, other) for other in wanted)}
        else:
            found = {each for each in found if each in wanted or not self._is_unlabelled(kind, each)}
            hit = right = wanted & found
        for name in (kind, "constraints") if kind in KINDS[:6] else (kind,):
            self._counts.add(f"{name} recall", len(hit), len(wanted))
            self._counts.add(f"{name} precision", len(right), len(found))
        if hit != wanted or right != found:
            told = (" | ".join(sorted(each)) for each in (wanted, found))
            self.misses.append(Miss(self._dialogue.id, number, kind, *told))

    def _is_unlabelled(self, kind: str, label: str) -> bool:
        if kind in ("liked", "disliked"):
            return label in self._pointed
        return kind == "ranges" and label.split("=", maxsplit=1)[0] in self._compared

    def _found(self, reply: Reply) -> dict[str, set[str]]:
        wishes, intent = reply.understood, reply.intent
        return {
            "user": {self._user} if self._user else set(),
            "liked": {key_of(self._title(each)) for each in wishes.liked},
            "disliked": {key_of(self._title(each)) for each in wishes.disliked},
            "wanted": {_label(each.field, value) for each in wishes.wanted for value in each.values},
            "unwanted": {_label(each.field, value) for each in wishes.unwanted for value in each.values},
            "ranges": {_range(each.field, (each.low, each.high)) for each in wishes.ranges},
            "missing": set(intent.missing),
            "refers": {str(intent.rank)} if intent.rank else set(),
            "k": {str(intent.k)} if intent.k else set(),
        }

    def _title(self, item_id: str) -> str:
        catalogue = self._talk.words.catalogue
        return catalogue.titles[catalogue.ids.index(item_id, kind="item")]

    def _kept(self, expect: Expected, reply: Reply) -> None:
        """Whether each listed item holds each constraint that is labelled as in force."""
        tests = list(_tests(expect)) if reply.action in ("recommend", "similar", "search") else []
        for item in reply.answer.items if reply.answer and tests else ():
            row = self._talk.words.catalogue.row(item.item_id)
            held = [_holds(row, *test) for test in tests]
            self._counts.add("constraints kept", sum(held), len(held))
            self._counts.add("items with all kept", all(held), 1)

    def _grounded(self, reply: Reply) -> None:
        catalogue = self._talk.words.catalogue
        for each in reply.answer.items if reply.answer else ():
            item = catalogue.ids.get(each.item_id)
            is_real = (
                item is not None and bool(catalogue.alive[item]) and catalogue.titles[item] == each.title
            )
            self._counts.add("titles of the catalogue", is_real, 1)

    def _pair(self, name: str, is_wanted: bool, is_found: bool) -> None:
        both = is_wanted and is_found
        self._counts.add(f"{name} recall", both, is_wanted)
        self._counts.add(f"{name} precision", both, is_found)


def _labels(expect: Expected) -> dict[str, set[str]]:
    return {
        "user": {str(expect.user)} if expect.user is not None else set(),
        "liked": {key_of(each) for each in expect.liked},
        "disliked": {key_of(each) for each in expect.disliked},
        "wanted": {_label(name, value) for name, values in expect.wanted.items() for value in values},
        "unwanted": {_label(name, value) for name, values in expect.unwanted.items() for value in values},
        "ranges": {_range(name, ends) for name, ends in expect.ranges.items()},
        "missing": set(expect.missing),
        "refers": {str(expect.refers.rank)} if expect.refers else set(),
        "k": {str(expect.k)} if expect.k is not None else set(),
    }


def _label(name: str, value: object) -> str:
    return f"{name}={str(value).casefold()}"


def _range(name: str, ends: Ends) -> str:
    low, high = ("" if each is None else f"{float(each):g}" for each in ends)
    return f"{name}={low}..{high}"


def _shares_word(left: str, right: str) -> bool:
    """Whether two sayings have a word of three letters or more, or a number, in common."""
    ours, theirs = (
        {each for each in key_of(text).split() if len(each) > 2 or each.isdigit()} for text in (left, right)
    )
    return bool(ours & theirs)


Test = tuple[Literal["wanted", "unwanted", "range"], str, Sequence[Value] | Ends]


def _tests(expect: Expected) -> Iterator[Test]:
    for name, values in expect.wanted.items():
        yield "wanted", name, values
    for name, values in expect.unwanted.items():
        yield "unwanted", name, values
    for name, ends in expect.ranges.items():
        yield "range", name, ends


def _holds(row: Mapping[str, object], kind: str, name: str, asked: Sequence[Value] | Ends) -> bool:
    """Whether an item has one of the wanted values, none of the unwanted, a number in the range."""
    value = row.get(name)
    if kind == "range":
        low, high = asked
        number = float(str(value)) if value is not None else None
        return (
            number is not None
            and (low is None or number >= float(low))
            and (high is None or number <= float(high))
        )
    own = {
        str(each).casefold() for each in (value if isinstance(value, list) else [value]) if each is not None
    }
    has_any = bool(own & {str(each).casefold() for each in asked})
    return has_any if kind == "wanted" else not has_any


def _ratio(counts: Sequence[Counts], name: str, seed: int) -> Ratio:
    top, bottom = (np.array([part(each).get(name, 0) for each in counts], float) for part in (_top, _bottom))
    drawn = np.random.default_rng(seed).integers(len(counts), size=(RESAMPLES, len(counts)))
    low, high = (
        np.nanquantile(_share(top[drawn].sum(1), bottom[drawn].sum(1)), (0.025, 0.975))
        if bottom.any()
        else (np.nan,) * 2
    )
    return Ratio(float(_share(top.sum(), bottom.sum())), float(low), float(high), int(bottom.sum()))


def _share(top: NDArray[np.float64], bottom: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.divide(top, bottom, out=np.full_like(top, np.nan), where=bottom > 0)


def _top(counts: Counts) -> dict[str, int]:
    return counts.top


def _bottom(counts: Counts) -> dict[str, int]:
    return counts.bottom


def _no_events() -> pl.DataFrame:
    return pl.DataFrame(schema=INTERACTION_SCHEMA)


def as_table(measured: Measured) -> str:
    """The shares as a Markdown table."""
    lines = [
        f"{measured.n_dialogues} dialogues, {measured.n_turns} turns; 95 % intervals by resampling dialogues",
        "",
        "| measure | share | 95 % | of |",
        "| --- | --- | --- | --- |",
    ]
    for name in _ordered(measured.shares):
        each = measured.shares[name]
        if each.of:
            lines.append(f"| {name} | {each.share:.3f} | {each.low:.3f} to {each.high:.3f} | {each.of} |")
    return "\n".join(lines)


def _ordered(names: Mapping[str, Ratio]) -> list[str]:
    first = [f"{kind} {side}" for kind in ("constraints", *KINDS) for side in ("recall", "precision")]
    first += [
        "action",
        "action ask recall",
        "action ask precision",
        "action refuse recall",
        "action refuse precision",
    ]
    first += ["constraints kept", "items with all kept", "titles of the catalogue"]
    return [each for each in first if each in names]


def conversations(engine: Engine, folders: Sequence[Path]) -> Callable[[str], Conversation]:
    """Conversations by catalogue: the engine's own by its name, else a file so named beside the dialogues.

    Raises:
        UsageError: a catalogue is neither.
    """
    known = {engine.settings.name: Conversation(engine)}

    def talk_over(name: str) -> Conversation:
        if name not in known:
            files = [
                file
                for folder in folders
                for file in sorted(folder.glob(f"{name}.*"))
                if file.suffix in (".csv", ".parquet")
            ]
            if not files:
                raise UsageError(
                    f"no catalogue {name!r} for the dialogues",
                    next_step=f"open its workspace with --workspace, or put {name}.csv beside the dialogues",
                )
            known[name] = Conversation(engine_of(files[0]))
        return known[name]

    return talk_over
