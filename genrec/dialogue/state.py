"""What a dialogue has agreed on so far: a frozen value that every turn is folded into."""

from dataclasses import dataclass, replace

from pydantic import TypeAdapter

from genrec.dialogue.intents import Clause, Intent
from genrec.dialogue.ranges import Range

MOST_WORDS = 12
"""Words of wishes that are kept, the newest."""
MOST_ITEMS = 100
"""Items that are liked, as many disliked and as many seen: the newest."""
MOST_OUTSIDE = 20
"""Ranges that are ruled out, the newest."""
MOST_SHOWN = 500
"""Items shown before that "more" leaves out."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is in force: whom for, which items are liked, which values and ranges are asked for."""

    user: str | None = None
    liked: tuple[str, ...] = ()
    disliked: tuple[str, ...] = ()
    seen: tuple[str, ...] = ()
    wanted: tuple[Clause, ...] = ()
    """All of these hold of an item."""
    unwanted: tuple[Clause, ...] = ()
    ranges: tuple[Range, ...] = ()
    outside: tuple[Range, ...] = ()
    words: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing was asked for that a list could be made of."""
        return not (
            self.user
            or self.liked
            or self.disliked
            or self.wanted
            or self.unwanted
            or self.ranges
            or self.outside
            or self.words
        )

    def with_intent(self, intent: Intent, is_choice: frozenset[str]) -> "Wishes":
        """These wishes after a turn; of the fields in `is_choice` an item has one value."""
        wishes = self._without_dropped(intent)._with_items(intent)
        wishes = wishes._with_values(intent, (*intent.wanted, *self._new_of(intent.allowed)), is_choice)
        return replace(
            wishes,
            user=intent.user or wishes.user,
            ranges=_with_ranges(wishes.ranges, intent.ranges, is_widened=intent.is_widened),
            outside=tuple(dict.fromkeys((*wishes.outside, *intent.outside)))[-MOST_OUTSIDE:],
            words=tuple(dict.fromkeys((*wishes.words, *intent.words)))[-MOST_WORDS:],
        )

    def _without_dropped(self, intent: Intent) -> "Wishes":
        gone = set(intent.dropped_fields)
        values = {(each.field, value) for each in (*intent.dropped, *intent.allowed) for value in each.values}
        asked = tuple(each for each in self.wanted if each.field not in gone)
        return replace(
            self,
            wanted=_without(asked, {(each.field, value) for each in intent.dropped for value in each.values}),
            unwanted=_without(tuple(each for each in self.unwanted if each.field not in gone), values),
            ranges=tuple(each for each in self.ranges if each.field not in gone),
            outside=tuple(each for each in self.outside if each.field not in gone),
            liked=_minus(self.liked, intent.dropped_items),
            disliked=_minus(self.disliked, intent.dropped_items),
            seen=_minus(self.seen, intent.dropped_items),
        )

    def _with_items(self, intent: Intent) -> "Wishes":
        liked = () if intent.is_instead and intent.liked else self.liked
        return replace(
            self,
            liked=_plus(_minus(liked, (*intent.disliked, *intent.seen)), intent.liked)[-MOST_ITEMS:],
            disliked=_plus(_minus(self.disliked, intent.liked), intent.disliked)[-MOST_ITEMS:],
            seen=_plus(_minus(self.seen, intent.liked), intent.seen)[-MOST_ITEMS:],
        )

    def _new_of(self, allowed: tuple[Clause, ...]) -> tuple[Clause, ...]:
        """What is said to be fine and was never ruled out is a wish: an answer to a question."""
        ruled = {(each.field, value) for each in (*self.unwanted, *self.wanted) for value in each.values}
        is_free = not self.unwanted and not self.outside
        return tuple(
            each for each in allowed if is_free and not {(each.field, value) for value in each.values} & ruled
        )

    def _with_values(self, intent: Intent, more: tuple[Clause, ...], is_choice: frozenset[str]) -> "Wishes":
        against = {(each.field, value) for each in intent.unwanted for value in each.values}
        turned = {(each.field, value) for each in more for value in each.values}
        kept = _without(self.wanted, against)
        for each in more:
            if intent.is_instead or (each.field in is_choice and not intent.is_also):
                kept = tuple(clause for clause in kept if clause.field != each.field)
        wanted = [old for old in kept if not any(_is_narrower(each, old) for each in more)]
        for each in more:
            at = next((place for place, old in enumerate(wanted) if old.field == each.field), None)
            if each.field in is_choice and at is not None:
                wanted[at] = Clause(each.field, _plus(wanted[at].values, each.values))
            elif each not in wanted:
                wanted.append(each)
        unwanted = _plus_clauses(_without(self.unwanted, turned), intent.unwanted)
        return replace(self, wanted=tuple(wanted), unwanted=unwanted)


@dataclass(frozen=True, slots=True)
class State:
    """A dialogue between two turns."""

    wishes: Wishes = Wishes()
    before: Wishes | None = None
    """What was in force before the last turn that changed it, for "forget that"; never of another user."""
    k: int | None = None
    shown: tuple[str, ...] = ()
    """The last list."""
    passed: tuple[str, ...] = ()
    """All items listed since the wishes changed."""
    focus: str | None = None
    """The item that was last spoken of."""

    def at(self, rank: int) -> str | None:
        """The item at a place of the last list, -1 the last one; 0 is the one last spoken of."""
        if rank == 0:
            return self.focus or (self.shown[0] if self.shown else None)
        place = rank - 1 if rank > 0 else rank
        return self.shown[place] if -len(self.shown) <= place < len(self.shown) else None

    def of_user(self, user: str | None) -> "State":
        """The same for another user, or for nobody."""
        before = self.before and replace(self.before, user=user)
        return replace(self, wishes=replace(self.wishes, user=user), before=before)

    def after(self, intent: Intent, *, is_choice: frozenset[str]) -> "State":
        """The state with a turn folded in, before it is answered.

        Args:
            intent: what the turn says.
            is_choice: fields of which an item has one value.
        """
        if intent.action in ("refuse", "small-talk"):
            return self
        wishes = self.wishes
        if intent.is_reset:
            wishes = Wishes(user=wishes.user)
        elif intent.is_undone:
            wishes = self.before if self.before is not None else Wishes(user=wishes.user)
        if intent.action == "explain":
            wishes = replace(wishes, user=intent.user or wishes.user)
        else:
            lasting = replace(intent, words=()) if intent.action == "search" else intent
            wishes = wishes.with_intent(lasting, is_choice)
        is_changed = wishes != self.wishes
        before = self.wishes if is_changed else self.before
        if before is not None and before.user is not None:
            before = replace(before, user=wishes.user)
        return replace(
            self,
            wishes=wishes,
            before=before,
            k=intent.k or self.k,
            passed=() if is_changed else self.passed,
            focus=intent.target[0] if intent.target else self.focus,
        )

    def listing(self, item_ids: tuple[str, ...]) -> "State":
        """The state once items have been listed."""
        focus = item_ids[0] if len(item_ids) == 1 else self.focus
        return replace(self, shown=item_ids, passed=(*self.passed, *item_ids)[-MOST_SHOWN:], focus=focus)


STATE = TypeAdapter(State)
"""A state as JSON and back."""


def _plus(old: tuple[str, ...], new: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*old, *new)))


def _is_narrower(new: Clause, old: Clause) -> bool:
    return new.field == old.field and new != old and set(new.values) < set(old.values)


def _minus(old: tuple[str, ...], gone: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(each for each in old if each not in gone)


def _without(clauses: tuple[Clause, ...], gone: set[tuple[str, str]]) -> tuple[Clause, ...]:
    kept = (
        Clause(each.field, tuple(value for value in each.values if (each.field, value) not in gone))
        for each in clauses
    )
    return tuple(each for each in kept if each.values)


def _plus_clauses(old: tuple[Clause, ...], new: tuple[Clause, ...]) -> tuple[Clause, ...]:
    """One clause a field: an item may have none of its values."""
    values: dict[str, tuple[str, ...]] = {}
    for each in (*old, *new):
        values[each.field] = _plus(values.get(each.field, ()), each.values)
    return tuple(Clause(field, held) for field, held in values.items())


def _with_ranges(old: tuple[Range, ...], new: tuple[Range, ...], *, is_widened: bool) -> tuple[Range, ...]:
    """The newest range of a field counts; one with the other end alone is added to it."""
    found = {each.field: each for each in old}
    for each in new:
        before = found.get(each.field)
        if before is not None and is_widened:
            found[each.field] = before.joined(each)
            continue
        is_other_end = before is not None and (
            (before.low is None and each.high is None) or (before.high is None and each.low is None)
        )
        met = before.met(each) if before is not None and is_other_end else each
        found[each.field] = each if met.is_empty else met
    return tuple(found.values())
