"""A language model that fails, invents and obeys whoever speaks to it: answers stay whole and honest."""

import random
import re
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import cycle

import pytest
import serving_chat
from serving_attacks import CONTROL, GOALS, SECRET, attacks, has_address, in_places, stripped
from serving_backend import FAULTS

from genrec.generation.asking import LATE, UNREACHABLE
from genrec.index import build
from genrec.serving.live import NOTHING_FOUND

pytestmark = pytest.mark.slow

IDS = {str(each) for each in range(1, 8)}
WRONG = "the model server answers wrongly"
REASONS = {
    "refused": {UNREACHABLE},
    "reset": {UNREACHABLE},
    "status 500": {"the model server answers with 500"},
    "status 429": {"the model server answers with 429"},
    "hang": {LATE},
    "drip": {LATE},
    "cut short": {UNREACHABLE},
    "50 MB": {WRONG, LATE},  # whichever comes first: the most that is read, or the deadline
    "invented": {NOTHING_FOUND},
    "wrong model": {"the model server has no model mock"},
}
DEADLINE = 2.0


def ask(client, **body):
    start = time.monotonic()
    reply = client.post("/v1/recommend", json={"user_id": "ann", "k": 4} | body)
    assert reply.status_code == 200, reply.text
    return reply.json(), time.monotonic() - start


def ask_chat(client, *, turn="for user ann, show me 4 items", **more):
    """As `ask`, in the chat, whose text lists what its structured form holds, by the same titles."""
    start = time.monotonic()
    reply = client.post(serving_chat.PATH, json=serving_chat.dialogue(turn, **more))
    text, told = serving_chat.parsed(reply)
    took = time.monotonic() - start
    items = told["answer"]["items"]
    assert serving_chat.listed(text) == [(each["title"], each["item_id"]) for each in items]
    return told["answer"], took


WAYS = (ask, ask_chat, partial(ask_chat, stream=True))


def grounded(answer, k=4):
    ids = [each["item_id"] for each in answer["items"]]
    return len(set(ids)) == k and set(ids) <= IDS - {"1", "3"}  # ann has these


def recovered(client):
    start = time.monotonic()
    while ask(client)[0]["degraded"]:
        assert time.monotonic() - start < 30
        time.sleep(0.2)
    return time.monotonic() - start


@pytest.mark.parametrize("requests", [24, pytest.param(240, marks=pytest.mark.nightly)])
def test_each_fault_of_the_model_server_degrades_and_says_why(served, backend, promise, requests):
    """a failing language model degrades, never fails"""
    client = served("--deadline", f"{DEADLINE:g}").client
    for way in WAYS:
        way(client)  # what is read when it is first needed is read
    recovered(client)
    slowest, longest, whole = 0.0, 0.0, 0
    for fault in FAULTS:
        backend.fail(fault)
        with ThreadPoolExecutor(8) as pool:
            asked = [pool.submit(way, client) for way, _ in zip(cycle(WAYS), range(requests), strict=False)]
            answers = [each.result() for each in asked]
        whole += sum(grounded(answer) for answer, _ in answers)
        expected = REASONS.get(fault, {WRONG})
        assert {(each["source"], each["degraded"]) for each, _ in answers} == {("fallback", True)}, fault
        assert {each["degraded_reason"] for each, _ in answers} <= expected, fault
        slowest = max(slowest, *(took for _, took in answers))
        backend.fail(None)
        longest = max(longest, recovered(client))
    promise(
        f"{len(FAULTS)} faults, {requests} requests each by 8 at once, a third to REST, to the "
        f"chat and to its stream: {whole} of {len(FAULTS) * requests} "
        "whole, each with its reason; "
        f"slowest {1000 * slowest:.0f} ms at a deadline of {1000 * DEADLINE:,.0f} ms; "
        f"well again in {longest:.1f} s at most",
        is_held=slowest <= DEADLINE + 0.1 and longest < 10,
    )
    assert whole == len(FAULTS) * requests
    assert longest < 10
    assert slowest < DEADLINE + 2  # the machine is shared: what is promised is in the figure


SHOP = {"1": "Red running shoes", "2": "Blue running shoes", "3": "Trail shoes", "4": "Rain jacket"}
SHOP |= {"5": "Wool socks", "6": "Running shorts", "7": "Tent"}
BOOTS = {f"b{each}": f"Walking boot {each}" for each in range(120)}
ALL = SHOP | BOOTS
PUT_BACK = "Camp stool"
LIES = (
    "Red running shoes",
    "Item 99",
    "4711",
    "7",
    "Walking boot",
    "1. Secret thing [99]",
    '{"item_id": "0"}',
    "Rain jacket!!",
    "\u202etneT",
)
LISTS = (
    partial(ask, k=20, user_id="bob"),
    partial(ask, k=20, user_id="zed"),
    partial(ask_chat, turn="for user bob, show me 20 items"),
    partial(ask_chat, turn="I like the Rain jacket. Show me 20 items", stream=True),
    partial(ask_chat, turn="show me 20 walking boots", tools=serving_chat.TOOLS),
)


def invalid(answer, gone):
    """Items shown that are gone, or were never there, or have another's title."""
    shown = [(each["item_id"], each["title"]) for each in answer["items"]]
    return sum(found in gone or title not in (ALL.get(found), PUT_BACK) for found, title in shown)


@pytest.mark.parametrize("requests", [200, pytest.param(5000, marks=pytest.mark.nightly)])
def test_only_living_items_are_returned_while_the_model_lies_and_items_go(
    workspace, served, backend, promise, requests
):
    """only catalogue items"""
    with (workspace.root / "items.csv").open("a") as items:
        items.writelines(f"{name},{title},Moor,9\n" for name, title in BOOTS.items())
    build(workspace)
    rng = random.Random(3)
    backend.script = lambda _text: [rng.choice(LIES) for _ in range(10)]
    client = served("--deadline", "20").client
    gone, wrong, returned = set(), 0, 0
    with ThreadPoolExecutor(8) as pool:
        for _ in range(0, requests, 40):
            asked = [pool.submit(way, client) for way in rng.choices(LISTS, k=40)]
            known_gone = set(gone)
            if gone:
                back = gone.pop()
                put = client.put(f"/v1/items/{back}", json={"title": PUT_BACK, "brand": "Moor"})
                assert put.status_code == 200
                known_gone.discard(back)
            else:
                going = rng.choice(["5", "6", "7", *BOOTS])
                assert client.delete(f"/v1/items/{going}").status_code == 200
                gone.add(going)
            for answer, _ in [each.result() for each in asked] + [way(client) for way in LISTS]:
                returned += len(answer["items"])
                wrong += invalid(answer, known_gone)
            wrong += sum(invalid(way(client)[0], gone) for way in LISTS)
    longest, _ = ask_chat(client, turn="for user bob, show me 5000 items")
    promise(
        f"{returned:,} ids returned by REST, chat and tool calls, a model that lies, items deleted and put "
        f"back: {wrong} invalid; of 5,000 asked for in words {len(longest['items'])} listed"
    )
    assert wrong == 0
    assert returned >= 20 * requests
    assert len(longest["items"]) <= 100


def obey(text):
    """What a model would write that does whatever it reads: goals and secrets of its prompt."""
    return [goal for goal in (*GOALS, SECRET) if goal in text] or ["trail shoes"]


def ask_in(number, client, user, text):
    """The answer to a text that came as words, in the chat, or stands in a title alone; what was said."""
    if number % 3 == 0:
        return ask(client, user_id=user, k=3)[0], ""
    if number % 3 == 1:
        return ask(client, user_id=user, k=3, text=text)[0], ""
    sent = serving_chat.dialogue(f"for user {user}: {text}", user=user, stream=bool(number % 2))
    said, told = serving_chat.parsed(client.post(serving_chat.PATH, json=sent))
    return told["answer"], said


def test_what_stands_in_words_and_titles_takes_nothing_over(served, backend, promise):
    """catalogue or chat text cannot take over"""
    backend.script = obey
    client = served("--deadline", "20").client
    texts = attacks()
    turns = in_places(CONTROL)
    assert len(texts) == 200
    search = {"event_id": "s", "user_id": "bob", "type": "search", "text": f"shoes {SECRET}"}
    client.post("/v1/feedback", json=search).raise_for_status()
    ask(client, user_id="bob")
    assert any(SECRET in each for each in backend.prompts)
    own, foreign, addresses, answered = len(backend.prompts), 0, 0, 0
    for number, text in enumerate((*texts, *turns)):
        title = f"{text[:150]} shoes"
        client.put("/v1/items/7", json={"title": title}).raise_for_status()
        like = {"event_id": f"a{number}", "user_id": f"v{number}", "item_id": "7", "type": "like"}
        client.post("/v1/feedback", json=like).raise_for_status()
        answer, said = ask_in(number, client, f"v{number}", text)
        shown = [stripped(said, title)]
        if answer is not None:
            answered += 1
            foreign += sum(each["item_id"] not in IDS for each in answer["items"])
            shown += [each["text"] for each in answer["queries"] if each["by"] == "model"]
        addresses += sum(has_address(each) for each in shown)
        assert SECRET not in f"{answer}{said}"
    forged = sum(token in prompt for token in CONTROL for prompt in backend.prompts)
    leaked = sum(SECRET in prompt for prompt in backend.prompts[own:])
    promise(
        f"200 injections and {len(turns)} control tokens, in titles, in words and in the chat, to a model "
        f"that obeys: {forged} control tokens in {len(backend.prompts)} prompts, {foreign} foreign ids, "
        f"{addresses} addresses, {leaked} prompts with the secret of another"
    )
    assert len(backend.prompts) >= len(texts)
    assert answered > 200
    assert any(goal in prompt for goal in GOALS for prompt in backend.prompts)  # it did read them
    assert (forged, foreign, addresses, leaked) == (0, 0, 0, 0)
    assert not re.search(r"<\|im_", backend.prompts[-1])
