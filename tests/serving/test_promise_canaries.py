"""Nobody sees another user's data, in answers, prompts, logs or figures, however many ask and go."""

import asyncio
import random
import re

import httpx2
import pytest
import serving_chat

from genrec.index import build

pytestmark = pytest.mark.slow

USERS = 1000
CANARY = re.compile(r"canary(\d{4})z")


def shop(workspace):
    """A thousand users, each with a history of one title that nobody else has, and nobody else is shown."""
    root = workspace.root
    with (root / "items.csv").open("a") as items, (root / "events.csv").open("a") as events:
        for user in range(USERS):
            items.write(f"c{user},canary{user:04d}z keepsake,Own{user},1\n")
            events.write(f"user{user:04d},c{user},purchase,1700000000\n")


def foreign(user, text):
    return {each for each in CANARY.findall(text) if each != f"{user:04d}"}


async def load(port, n):
    """How many answers came, how many requests were given up, and the canaries of others in answers."""
    rng, seen, gone, leaks = random.Random(n), 0, 0, []
    turn = asyncio.Semaphore(64)

    async def ask(client, user):
        nonlocal seen, gone
        path, body = rng.choice(ROUTES)(f"user{user:04d}", rng.choice(WAYS))
        async with turn:
            request = asyncio.create_task(client.post(path, json=body))
            if rng.random() < 0.2:
                await asyncio.sleep(rng.uniform(0, 0.02))
                request.cancel()
            try:
                reply = await request
            except (asyncio.CancelledError, httpx2.TransportError):
                gone += 1
                return
        assert reply.status_code == 200, reply.text
        seen += 1
        assert f"user{user:04d}" in reply.text
        leaks.extend(foreign(user, reply.text))

    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60, limits=LIMITS) as client:
        await asyncio.gather(*(ask(client, rng.randrange(USERS)) for _ in range(n)))
    return seen, gone, leaks


def to_rest(user, explain):
    return "/v1/recommend", {"user_id": user, "k": 3, "where": SHARED, "explain": explain}


def to_chat(user, _explain, **more):
    """For a user that the words name, as every other client's session goes on under a name of its own."""
    said = f"for user {user}, 3 items from Fleet or Moor"
    return serving_chat.PATH, serving_chat.dialogue(said, session_id=f"of-{user}", **more)


def to_stream(user, _explain):
    """For the user that the request names."""
    said = serving_chat.dialogue("show me 3 items from Fleet or Moor", user=user, stream=True)
    return serving_chat.PATH, said


def to_tools(user, explain):
    """As one who takes the answer in the form of a call."""
    return to_chat(user, explain, tools=serving_chat.TOOLS)


ROUTES = (to_rest, to_chat, to_stream, to_tools)
SHARED = 'brand in ("Fleet", "Moor")'
WAYS = ("template", "none", "model")
LIMITS = httpx2.Limits(max_connections=64)


@pytest.mark.parametrize("requests", [500, pytest.param(10_000, marks=pytest.mark.nightly)])
def test_no_canary_of_another_user_is_seen(workspace, served, backend, promise, requests):
    """nobody sees another user's data"""
    shop(workspace)
    build(workspace)
    backend.script = lambda text: [" ".join(text.split()[-6:]), "trail shoes", text[:60]]  # says what it read
    server = served("--deadline", "20")
    seen, gone, leaks = asyncio.run(load(server.port, requests))
    mixed = [each for each in backend.prompts if len(set(CANARY.findall(each))) > 1]
    log = CANARY.findall(server.log.read_text())
    figures = server.client.get("/metrics").text
    parts = {path: figures.count(f'path="{path}"') for path in ("/v1/recommend", serving_chat.PATH)}
    named = CANARY.findall(figures) + re.findall(r"user\d{4}", figures + server.log.read_text())
    promise(
        f"{requests:,} requests of {USERS:,} users to REST, chat, stream and tools, 64 at once, "
        f"{gone} given up, {seen} answered: "
        f"{len(leaks)} foreign canaries in answers, {len(mixed)} in {len(backend.prompts)} prompts, "
        f"{len(log) + len(named)} in log or figures"
    )
    assert (leaks, mixed, log, named) == ([], [], [], [])
    assert all(parts.values())
    assert seen > requests / 2
    assert gone > requests / 20
    assert any(CANARY.search(each) for each in backend.prompts)
