"""Connections that are held open, drawn out or opened in masses: idle ones lose their place."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack

import pytest

from tests.support.client import PASSWORD, Http
from tests.support.node import Node
from tests.support.world import signup
from tests.walls.raw_http import HALF, Wire, dial, get, open_socket, post, reaches, wire

STRICT = {"RATE_LIMITS": "on", "LIMIT_SIGNUP": "1000/h"}


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    node = Node(tmp_path_factory.mktemp("held"), **STRICT)
    yield node.start()
    node.stop()
    assert node.errors() == []


# --- What is drawn out ---


async def ended(wire: Wire, go_on: Callable[[], Awaitable[None]], most: float) -> float:
    """The seconds until the server closes a connection on which ``go_on`` keeps sending."""
    began = time.monotonic()

    async def keep_on() -> None:
        while True:
            await go_on()
            await asyncio.sleep(0.5)

    going = asyncio.create_task(keep_on())
    try:
        assert await wire.is_closed(most)
    finally:
        going.cancel()
        await asyncio.gather(going, return_exceptions=True)
    return time.monotonic() - began


async def test_what_is_drawn_out_comes_to_an_end(node: Node) -> None:
    """All at the same time, because each takes long."""
    ann = await signup(node, "ann")
    token = f"Authorization: Bearer {ann.token}"
    upload = get(
        "/api/v1/attachments",
        *(token, "Content-Length: 20000", "Content-Type: multipart/form-data; boundary=x"),
        method="POST",
    )
    body = get("/api/v1/auth/signin", "Content-Length: 1000", method="POST")
    async with AsyncExitStack() as stack:
        half, silent, trickle, again, lines, slow_upload, slow_body, piped = [
            await stack.enter_async_context(wire(node.port, f"127.1.0.{n}")) for n in range(1, 9)
        ]

        async def nothing() -> None:
            pass

        await half.say(HALF)
        await again.ask(get("/healthz"))
        await again.say(HALF)
        await slow_upload.say(upload + b"--x\r\n")
        await slow_body.say(body)
        await piped.say(get("/healthz") + HALF)
        took = await asyncio.gather(
            ended(half, nothing, 15),
            ended(silent, nothing, 15),
            ended(trickle, lambda: trickle.say(b"G"), 15),
            ended(again, lambda: again.say(b"x"), 15),
            ended(lines, lambda: lines.say(b"\r\n"), 15),
            ended(slow_upload, lambda: slow_upload.say(b"x"), 25),
            ended(slow_body, lambda: slow_body.say(b"x"), 25),
            ended(piped, nothing, 15),
        )
        assert min(took) > 5, took


BODY = post("/api/v1/auth/signin", b"{}", "Content-Type: application/json")
CHUNKED = get("/nowhere", "Transfer-Encoding: chunked", method="POST") + b"2\r\n{}\r\n0\r\n\r\n"
BEHIND = {
    "no body": [get("/healthz", "Content-Length: 0") + b"GET /heal"],
    "a body": [BODY + b"GET /heal"],
    "a body that looks like a head": [post("/nowhere", b"\r\n\r\nxx") + b"GET /"],
    "chunks": [CHUNKED + b"GET /heal"],
    "the end of a body": [BODY[:-1], BODY[-1:] + b"GET /heal"],
    "two requests": [get("/healthz") + BODY + b"GET /heal"],
    "a head in two parts": [get("/healthz"), BODY[:-4], BODY[-4:] + b"GET /heal"],
    "an upgrade": [get("/healthz", "Connection: Upgrade", "Upgrade: foo") + b"GET /heal"],
}


async def test_half_a_head_behind_a_request_comes_to_an_end(node: Node) -> None:
    """Whatever the request is. Who has sent whole ones is kept."""
    async with AsyncExitStack() as stack:

        async def opened(number: int, parts: list[bytes]) -> Wire:
            made = await stack.enter_async_context(wire(node.port, f"127.1.7.{number}"))
            for part in parts:
                await made.say(part)
                await asyncio.sleep(0.3)
            return made

        whole = [[BODY], [BODY[:-1], BODY[-1:]], [get("/healthz"), BODY[:-4], BODY[-4:]], [CHUNKED]]
        halves = await asyncio.gather(*(opened(n, p) for n, p in enumerate(BEHIND.values(), 1)))
        kept = await asyncio.gather(*(opened(n, p) for n, p in enumerate(whole, 101)))
        ends = await asyncio.gather(*(each.is_closed(13) for each in halves))
        assert dict(zip(BEHIND, ends, strict=True)) == dict.fromkeys(BEHIND, True)
        for each in kept:
            assert not await each.is_closed(0.1)


async def test_one_who_sends_as_slowly_as_one_may_gets_through(node: Node) -> None:
    """A head in pieces, a body at 4 KiB a second, an answer that is read slowly."""
    ann = await signup(node, "ann")
    part = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
    body = part + b"a" * 60_000 + b"\r\n--x--\r\n"
    head = get(
        "/api/v1/attachments",
        f"Authorization: Bearer {ann.token}",
        f"Content-Length: {len(body)}",
        "Content-Type: multipart/form-data; boundary=x",
        method="POST",
    )
    async with wire(node.port, "127.1.1.1") as slow:
        for at in range(0, len(head), 60):
            await slow.say(head[at : at + 60])
            await asyncio.sleep(0.1)
        for at in range(0, len(body), 4096):
            await slow.say(body[at : at + 4096])
            await asyncio.sleep(0.9)
        assert (await slow.answer()).status == 201
        assert await slow.is_open()


async def test_one_who_reads_no_answer_is_cut_off(node: Node) -> None:
    """The client does not read answers that exceed the system's buffers."""
    async with wire(node.port, "127.1.2.1") as deaf:
        ask = get("/api/openapi.json")
        began = time.monotonic()
        with pytest.raises((ConnectionError, TimeoutError)):
            async with asyncio.timeout(60):
                while True:
                    deaf.writer.write(ask * 10)
                    await asyncio.sleep(0.1)
                    deaf.writer.transport.pause_reading()  # type: ignore[attr-defined]
                    if deaf.writer.transport.is_closing():
                        raise ConnectionResetError
        assert time.monotonic() - began < 59


# --- New ones ---


async def test_a_storm_from_one_address_keeps_no_other_out(node: Node) -> None:
    """Sockets and plain connections."""
    stormer, other = "127.3.0.1", "127.3.0.2"
    async with AsyncExitStack() as stack:
        lines = []
        for _ in range(140):
            try:
                lines.append(await open_socket(node.port, stormer, AsyncExitStack()))
            except ConnectionError:
                lines.append(b"")
        assert any(b"101" not in line for line in lines)
        assert b"101" in await open_socket(node.port, other, stack)
        assert await reaches(node.port, other) == 200


@pytest.fixture(scope="module")
def cramped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """A node that may open only 1,024 files."""
    node = Node(tmp_path_factory.mktemp("cramped"), **STRICT)
    node.files = (256, 1024)
    yield node.start()
    node.stop()
    assert node.errors() == []


async def test_too_few_open_files_are_said_and_the_soft_limit_is_raised(cramped: Node) -> None:
    said = [
        line for line in cramped.log_lines() if "too few open files" in str(line.get("event", ""))
    ]
    assert len(said) == 1
    assert (said[0]["open_files"], said[0]["wanted"]) == (1024, 10_000)


@pytest.mark.parametrize("addresses", [1, 40])
async def test_half_heads_keep_nobody_out(cramped: Node, addresses: int) -> None:
    """1,100 half-sent heads on a node that may open 1,024 files: connected clients stay, and new
    ones can connect."""
    ann = await signup(cramped, "ann")
    await ann.connect()
    room = await ann.group()
    async with AsyncExitStack() as stack:
        for n in range(1100):
            address = f"127.4.{addresses}.{n % addresses + 1}"
            try:
                half = await dial(cramped.port, address)
            except ConnectionError:
                continue
            stack.callback(half.close)
            half.writer.write(HALF)
        await ann.send(room["id"], "still here")
        # A head that is incomplete for two seconds makes room for others.
        async with asyncio.timeout(8):
            while await reaches(cramped.port, "127.4.200.1") != 200:
                await asyncio.sleep(0.1)
        async with AsyncExitStack() as sockets:
            assert b"101" in await open_socket(cramped.port, "127.4.200.2", sockets)
        await ann.send(room["id"], "and still")
    assert cramped.errors() == []


async def test_a_full_node_keeps_those_that_it_has(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    node = Node(tmp_path_factory.mktemp("full"), **STRICT, LIMIT_CONNECTIONS_PER_NODE="5")
    node.start()
    try:
        async with AsyncExitStack() as stack:
            here = [
                await stack.enter_async_context(wire(node.port, f"127.5.0.{n}"))
                for n in range(1, 6)
            ]
            for each in here:
                assert await each.is_open()
            late = await stack.enter_async_context(wire(node.port, "127.5.1.1"))
            refused = await late.ask(get("/healthz"))
            assert (refused.status, refused.code) == (503, "unavailable")
            assert all([await each.is_open() for each in here])
        body = {"login": "nobody", "password": PASSWORD}
        http = Http(node)
        assert (await http.raw("POST", "/auth/signin", json=body))[0] == 401
        await http.close()
    finally:
        node.stop()
    assert node.errors() == []
