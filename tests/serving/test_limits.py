"""What is refused before anything else sees it."""

import asyncio
import json

from genrec.serving.limits import Gate, Limits


class Recorder:
    """An application that waits until it is let go, and keeps what it was given."""

    def __init__(self) -> None:
        self.bodies, self.go = [], asyncio.Event()

    async def __call__(self, scope, receive, send):
        message = await receive()
        self.bodies.append(message["body"])
        await self.go.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"ok"})


async def ask(app, *pieces, path="/v1/recommend", headers=()):
    waiting = [
        {"type": "http.request", "body": each, "more_body": place + 1 < len(pieces)}
        for place, each in enumerate(pieces)
    ]
    sent, read = [], 0

    async def receive():
        nonlocal read
        if read == len(waiting):
            await asyncio.Event().wait()  # the client stays, and says no more
        read += 1
        return waiting[read - 1]

    async def send(message):
        sent.append(message)

    await app({"type": "http", "path": path, "headers": list(headers)}, receive, send)
    return sent[0]["status"], dict(sent[0]["headers"]), sent[1]["body"], read


def test_a_long_body_is_cut_while_it_streams_in():
    async def run():
        gate, inner = Gate(), Recorder()
        inner.go.set()
        app = Limits(inner, gate=gate, most_bytes=10)
        assert (await ask(app, b"12345", b"67890"))[0] == 200
        status, _, body, read = await ask(app, b"123456", b"78901", b"never read")
        assert (status, read) == (413, 2)
        assert "10 bytes" in json.loads(body)["what"]
        assert (await ask(app, b"", headers=[(b"content-length", b"11")]))[3] == 0
        assert inner.bodies == [b"1234567890"]
        assert gate.in_flight == 0

    asyncio.run(run())


def test_more_than_fit_are_told_to_come_back_and_health_is_not():
    async def run():
        inner = Recorder()
        app = Limits(inner, gate=Gate(), most_in_flight=2)
        held = [asyncio.create_task(ask(app, b"{}")) for _ in range(2)]
        await asyncio.sleep(0)
        status, headers, _, _ = await ask(app, b"{}")
        assert (status, headers[b"retry-after"]) == (429, b"1")
        inner.go.set()
        assert (await ask(app, b"", path="/health/live"))[0] == 200
        assert [each[0] for each in await asyncio.gather(*held)] == [200, 200]
        assert (await ask(app, b"{}"))[0] == 200

    asyncio.run(run())


def test_a_request_that_is_cancelled_frees_its_place():
    async def run():
        gate = Gate()
        app = Limits(Recorder(), gate=gate, most_in_flight=1)
        held = asyncio.create_task(ask(app, b"{}"))
        await asyncio.sleep(0.01)
        assert gate.in_flight == 1
        held.cancel()
        await asyncio.gather(held, return_exceptions=True)
        assert gate.in_flight == 0

    asyncio.run(run())


def test_who_has_no_key_takes_no_place():
    async def run():
        gate, inner = Gate(), Recorder()
        app = Limits(inner, gate=gate, most_in_flight=1, opens=lambda headers: "authorization" in headers)
        inner.go.set()
        status, _, body, read = await ask(app, b"{}")
        assert (status, read, inner.bodies) == (401, 0, [])  # before a byte of the body is waited for
        assert "no key" in json.loads(body)["what"]
        inner.go.clear()
        held = asyncio.create_task(ask(app, b"{}", headers=[(b"authorization", b"x")]))
        await asyncio.sleep(0.01)
        assert (gate.in_flight, (await ask(app, b"{}"))[0]) == (1, 401)
        inner.go.set()
        assert (await held)[0] == 200
        assert (await ask(app, b"", path="/page.js"))[0] == 200

    asyncio.run(run())
