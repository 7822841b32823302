"""A dialogue over one engine: a turn in, a reply and the next state out."""

import time
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Literal, Protocol

import numpy as np

from genrec.answers import Ranked, Served
from genrec.data.conditions import Compare
from genrec.data.filters import parse as parse_filter
from genrec.dialogue import replying
from genrec.dialogue.constraints import where
from genrec.dialogue.intents import Action, Intent
from genrec.dialogue.state import State, Wishes
from genrec.dialogue.understanding import understand
from genrec.dialogue.vocabulary import Vocabulary
from genrec.engine import Engine, Explain, Request
from genrec.types import Answer, Trace

DEFAULT_K = 5
Role = Literal["user", "assistant"]


class Recommend(Protocol):
    """Answers one request, as `Engine.recommend_many` does."""

    def __call__(self, request: Request, *, k: int | None, where: str | None, explain: Explain) -> Answer:
        """The best k items that pass a filter."""
        ...


@dataclass(frozen=True, slots=True)
class Reply:
    """What is said, what was done, and the structured answer where items were looked for."""

    text: str
    action: Action
    state: State
    intent: Intent
    answer: Answer | None = None
    request: Request | None = None
    where: str | None = None

    @property
    def understood(self) -> Wishes:
        """What is in force after the turn."""
        return self.state.wishes


def structured(reply: Reply) -> dict[str, object]:
    """For programs: what was done, what is in force, and the answer as `genrec recommend --json` has it."""
    intent = reply.intent
    turn = {"missing": list(intent.missing), "refers": intent.rank, "k": reply.state.k, "where": reply.where}
    return {
        "action": reply.action,
        "understood": {**asdict(reply.understood), **turn},
        "answer": asdict(reply.answer) if reply.answer else None,
    }


class Known:
    """The users that an engine has anything of: none who is forgotten, and those who came since."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def __contains__(self, user_id: object) -> bool:
        if not isinstance(user_id, str) or not self._engine.knows(user_id):
            return False
        (query,) = self._engine.queries([Request(user_id)])
        return not query.is_blind or len(query.exclude) > 0


class Conversation:
    """Replies over one state of the data; it keeps nothing between turns but what it is given.

    Args:
        engine: whose items are spoken of.
        recommend: asked for lists in the engine's place, so that a server's deadline holds here too.
        vocabulary: of the engine's catalogue, where it is known already.
    """

    def __init__(
        self, engine: Engine, recommend: Recommend | None = None, *, vocabulary: Vocabulary | None = None
    ) -> None:
        self.engine = engine
        self.words = (vocabulary or Vocabulary(engine.dataset.catalogue)).with_users(Known(engine))
        self._recommend = recommend or _by(engine)
        fields = self.words.fields.values()
        self._is_choice = frozenset(each.name for each in fields if each.kind in ("values", "flag"))

    def replayed(self, turns: Iterable[tuple[Role, str]], start: State | None = None) -> State:
        """The state after turns that were answered before, read from their texts alone."""
        state = start or State()
        for role, text in turns:
            if role == "user":
                state = self._folded(understand(text, self.words, state), state)
            elif shown := replying.ids_of(text, self.words.catalogue):
                state = state.listing(shown)
        return state

    def reply(
        self,
        text: str,
        state: State | None = None,
        *,
        user: str | None = None,
        explain: Explain | None = None,
    ) -> Reply:
        """The reply to a turn.

        Args:
            text: what was said; any text has a reply.
            state: what was agreed on before.
            user: for whom it is, whoever the turns name; for nobody where the log does not know them.
            explain: who words the reasons; the workspace's choice where None.

        Raises:
            GenrecError: as `Engine.recommend` of a request that fits.
        """
        before = state or State()
        before = self._current(before if user is None else before.of_user(user))
        intent = understand(text, self.words, before)
        if user is not None and intent.user is not None:
            intent = replace(intent, user=None, is_user_known=True, names_other=intent.user != user)
        after = self._folded(intent, before)
        reply = _Replying(self, intent, after, explain or self.engine.settings.explain).reply()
        return replace(reply, text=f"{reply.text}\n{replying.OTHER_USER}") if intent.names_other else reply

    def ask(self, request: Request, *, k: int, where: str | None, explain: Explain) -> Answer:
        """A list from whatever answers."""
        alive = int(self.words.catalogue.alive.sum())
        return self._recommend(request, k=min(k, alive), where=where, explain=explain)

    def fits(self, filter_text: str | None) -> bool:
        """Whether any item passes a filter."""
        catalogue = self.words.catalogue
        if filter_text is None:
            return bool(catalogue.alive.any())
        return bool(parse_filter(filter_text, catalogue).mask(catalogue).any())

    def found(self, text: str, *, k: int, where: str | None) -> Answer:
        """A search in the form of an answer; no language model is asked."""
        start = time.perf_counter()
        engine, catalogue = self.engine, self.words.catalogue
        items, scores = engine.search(text, k=min(k, int(catalogue.alive.sum())), where=where)
        served = Served("search", engine.model_version, catalogue, engine.warnings)
        took = int(1000 * (time.perf_counter() - start))
        answer = served.answer(None, Ranked(items, scores, Trace(), len(items)), [], took_ms=took)
        return answer

    def finds(self, words: Sequence[str]) -> bool:
        """Whether the words find any item."""
        return bool(words) and len(self.engine.search(" ".join(words), k=1)[0]) > 0

    def _folded(self, intent: Intent, state: State) -> State:
        if intent.user is not None and not intent.is_user_known:
            intent = replace(intent, user=None)
        return state.after(intent, is_choice=self._is_choice)

    def _current(self, state: State) -> State:
        """A state without items that have left the catalogue and a user that the log does not have."""
        ids, alive = self.words.catalogue.ids, self.words.catalogue.alive

        def kept(items: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(each for each in items if (item := ids.get(each)) is not None and alive[item])

        def current(wishes: Wishes) -> Wishes:
            user = wishes.user if wishes.user is not None and wishes.user in self.words.users else None
            liked, disliked, seen = map(kept, (wishes.liked, wishes.disliked, wishes.seen))
            return replace(wishes, user=user, liked=liked, disliked=disliked, seen=seen)

        focus = state.focus if state.focus is not None and kept((state.focus,)) else None
        return replace(
            state,
            wishes=current(state.wishes),
            before=state.before and current(state.before),
            shown=kept(state.shown),
            passed=kept(state.passed),
            focus=focus,
        )


class _Replying:
    """One turn's reply."""

    def __init__(self, talk: Conversation, intent: Intent, state: State, explain: Explain) -> None:
        self._talk, self._intent, self._state, self._explain = talk, intent, state, explain
        self._words, self._catalogue = talk.words, talk.words.catalogue
        self._k = state.k or DEFAULT_K

    def reply(self) -> Reply:
        """By what the turn wants done."""
        intent = self._intent
        if intent.action == "refuse":
            return self._say(replying.REFUSAL, "refuse")
        if intent.action == "small-talk":
            return self._say(replying.TALK if self._state.shown else replying.HELLO, "small-talk")
        if intent.user is not None and not intent.is_user_known and self._state.wishes.is_empty:
            return self._ask(replying.NO_SUCH_USER)
        if intent.rank is not None and not intent.is_rank_known:
            return self._ask(replying.NO_SUCH_PLACE if self._state.shown else replying.NO_LIST)
        match intent.action:
            case "explain":
                return self._explained()
            case "similar":
                return self._similar()
            case "search":
                return self._searched()
            case _:
                return self._recommended()

    def _explained(self) -> Reply:
        target = self._intent.target[:1] or self._intent_free_target()
        if not target:
            return self._ask(replying.NO_SUCH_TITLE if self._intent.names_unknown else "Which one? ")
        (item_id,) = target
        wishes = self._state.wishes
        name = replying.titled(item_id, self._catalogue)
        if item_id in wishes.liked:
            return self._say(f"{name}: you told me that you like it.", "explain")
        request = replace(self._request(wishes, is_wide=True), exclude=())
        answer = self._of_item(request, item_id)
        reason = answer.items[0].reason if answer is not None and answer.items else ""
        text = (
            f"{name}: {replying.flat(reason)}"
            if reason
            else f"{name} is there: {replying.facts(item_id, self._words)}."
        )
        state = replace(self._state, focus=item_id)
        return replace(self._say(text, "explain"), answer=answer, state=state, request=request)

    def _intent_free_target(self) -> tuple[str, ...]:
        """The item meant where none is named: the one last spoken of, or the first of the list."""
        if self._intent.names_unknown:
            return ()
        return tuple(each for each in (self._state.focus, *self._state.shown[:1]) if each is not None)[:1]

    def _of_item(self, request: Request, item_id: str) -> Answer | None:
        """The one item as an answer with its reason; None where the user has it already."""
        item = self._catalogue.ids.index(item_id, kind="item")
        query = self._talk.engine.queries([replace(request, text=request.text or "why")])[0]
        if item in query.unwanted or not self._catalogue.alive[item]:
            return None
        only = str(Compare("item_id", "=", item_id))
        return self._talk.ask(request, k=1, where=only, explain=self._explain)

    def _similar(self) -> Reply:
        liked = tuple(each for each in self._intent.liked)[:1]
        wishes = self._state.wishes
        only = where(wishes, self._words.fields)
        if not self._talk.fits(only):
            return self._nothing_fits()
        gone = {*wishes.liked, *wishes.disliked, *wishes.seen, *self._not_for(wishes.user)}
        (item_id,) = liked
        most = int(self._catalogue.alive.sum())
        answer = self._talk.engine.similar(item_id, k=min(self._k + len(gone), most), where=only)
        answer = _without(answer, gone, k=self._k)
        if not answer.items:
            return self._recommended()
        head = f"Most like {replying.titled(item_id, self._catalogue)}{self._by(replace(wishes, liked=()))}:"
        return self._list(head, answer, "similar", where=only)

    def _searched(self) -> Reply:
        """What is searched for, with all that was ruled out before and without what was wanted before."""
        intent, wishes = self._intent, self._state.wishes
        if intent.target:
            return self._told()
        asked = replace(
            Wishes(),
            wanted=intent.wanted,
            unwanted=wishes.unwanted,
            ranges=wishes.ranges,
            outside=wishes.outside,
        )
        only = where(asked, self._words.fields)
        if not self._talk.fits(only):
            return self._nothing_fits(asked)
        gone = tuple(dict.fromkeys((*wishes.disliked, *wishes.seen)))
        head = f"Found{self._by(asked)}:"
        if intent.words:
            found = self._talk.found(" ".join(intent.words), k=self._k + len(gone), where=only)
            answer = _without(found, set(gone), k=self._k)
            if answer.items:
                return self._list(head, answer, "search", where=only)
        if not (intent.wanted or intent.unwanted or intent.ranges or intent.outside):
            return self._nothing_found(asked)
        request = Request(history=(), exclude=gone)
        answer = self._talk.ask(request, k=self._k, where=only, explain="none")
        return self._list(head, answer, "search", where=only) if answer.items else self._nothing_found(asked)

    def _not_for(self, user: str | None) -> Iterator[str]:
        """What a user has, hid or disliked, as the log has it."""
        if user is not None:
            (query,) = self._talk.engine.queries([Request(user)])
            yield from (self._catalogue.ids[item] for item in query.unwanted)

    def _told(self) -> Reply:
        """What the catalogue says of the items asked about."""
        ids = self._intent.target[: self._k]
        items = np.array([self._catalogue.ids.index(each, kind="item") for each in ids], np.int32)
        served = Served(
            "search", self._talk.engine.model_version, self._catalogue, self._talk.engine.warnings
        )
        answer = served.answer(
            None, Ranked(items, np.ones(len(items), np.float32), Trace(), len(items)), [], took_ms=0
        )
        lines = [
            f"{number}. {replying.titled(each, self._catalogue)}: {replying.facts(each, self._words)}"
            for number, each in enumerate(ids, 1)
        ]
        text = "\n".join(["In the catalogue:", *lines, *self._notes()])
        return Reply(text, "search", self._state.listing(ids), self._intent, answer)

    def _nothing_found(self, asked: Wishes) -> Reply:
        told = replying.said(asked, self._words)
        within = [replying.ONLY_WITHIN.format(wishes=told)] if told else []
        return self._say(" ".join([replying.NOTHING_FOUND.strip(), *within, *self._notes()]), "search")

    def _recommended(self) -> Reply:
        wishes, intent = self._state.wishes, self._intent
        only = where(wishes, self._words.fields)
        is_found = self._talk.finds(wishes.words)
        is_blind = wishes.is_empty and not intent.is_anything and not intent.is_more
        if is_blind or (intent.is_more and wishes.is_empty and not self._state.shown):
            return self._ask(self._why_blind())
        if not self._talk.fits(only):
            loose = _loosened(wishes, self._words)
            if loose == wishes or not self._talk.fits(where(loose, self._words.fields)):
                return self._nothing_fits()
            wishes, only = loose, where(loose, self._words.fields)
        request = self._request(wishes, has_words=is_found)
        answer = self._talk.ask(request, k=self._k, where=only, explain=self._explain)
        if not answer.items:
            return self._nothing_fits()
        head = f"{'More' if intent.is_more else 'My choice'}{self._by(wishes)}:"
        reply = self._list(head, answer, "recommend", where=only)
        unused = intent.words and not is_found
        rest = replying.BY_THE_REST if not replace(wishes, words=()).is_empty else replying.BY_CHOICE
        text = f"{reply.text}\n{replying.UNUSED_WORDS} {rest}" if unused else reply.text
        return replace(reply, text=text, request=request)

    def _why_blind(self) -> str:
        if self._intent.names_unknown:
            return replying.NO_SUCH_TITLE
        return replying.NOTHING_FOUND if self._intent.words else ""

    def _request(self, wishes: Wishes, *, has_words: bool = False, is_wide: bool = False) -> Request:
        """What the engine is asked: the user's own history with the liked items behind it, and the wish."""
        passed = self._state.passed if self._intent.is_more and not is_wide else ()
        history = None
        if wishes.liked or wishes.user is None:
            history = (*self._history(wishes.user), *wishes.liked)
        values = [value for each in wishes.wanted for value in each.values if value != "true"]
        text = " ".join([*wishes.words, *values]) if has_words else None
        exclude = tuple(dict.fromkeys((*wishes.disliked, *wishes.seen, *passed)))
        return Request(
            wishes.user, history, text, tuple(each for each in exclude if each not in wishes.liked)
        )

    def _history(self, user: str | None) -> tuple[str, ...]:
        if user is None:
            return ()
        (query,) = self._talk.engine.queries([Request(user)])
        return tuple(self._catalogue.ids[item] for item in query.history)

    def _list(self, head: str, answer: Answer, action: Action, *, where: str | None = None) -> Reply:
        text = "\n".join([head, replying.listed(answer, self._catalogue), *self._notes()])
        state = self._state.listing(tuple(each.item_id for each in answer.items))
        return Reply(text, action, state, self._intent, answer, where=where)

    def _by(self, wishes: Wishes) -> str:
        told = replying.said(wishes, self._words)
        return f", {told}" if told else ""

    def _notes(self) -> list[str]:
        intent = self._intent
        notes = [replying.lacking(intent.lacks)]
        if intent.user is not None and not intent.is_user_known:
            notes.append(replying.NO_SUCH_USER.strip())
        if intent.names_unknown and intent.action != "search":
            notes.append(replying.NO_SUCH_TITLE.strip())
        return [each for each in notes if each]

    def _nothing_fits(self, wishes: Wishes | None = None) -> Reply:
        told = replying.said(wishes or self._state.wishes, self._words)
        text = replying.NOTHING_FITS.format(wishes=told) if told else replying.NOTHING_FOUND
        return self._say("\n".join([text, *self._notes()]), "ask")

    def _ask(self, why: str = "") -> Reply:
        lacks = replying.lacking(self._intent.lacks)
        question = replying.ASK.format(fields=replying.fields(self._words))
        return self._say(f"{why}{lacks}{' ' if lacks else ''}{question}", "ask")

    def _say(self, text: str, action: Action) -> Reply:
        return Reply(text, action, self._state, self._intent)


def _without(answer: Answer, gone: Container[str], *, k: int) -> Answer:
    """The first k items of an answer that are not gone, ranked anew."""
    items = [each for each in answer.items if each.item_id not in gone][:k]
    return replace(answer, items=tuple(replace(each, rank=rank) for rank, each in enumerate(items, 1)))


def _loosened(wishes: Wishes, words: Vocabulary) -> Wishes:
    """Values of a list field that no item has together are wanted one or the other."""
    joined: dict[str, tuple[str, ...]] = {}
    for each in wishes.wanted:
        joined[each.field] = tuple(dict.fromkeys((*joined.get(each.field, ()), *each.values)))
    clauses = tuple(replace(wishes.wanted[0], field=field, values=values) for field, values in joined.items())
    return replace(wishes, wanted=clauses) if all(each in words.fields for each in joined) else wishes


def _by(engine: Engine) -> Recommend:
    def recommend(request: Request, *, k: int | None, where: str | None, explain: Explain) -> Answer:
        return engine.recommend_many([request], k=k, where=where, explain=explain)[0]

    return recommend
