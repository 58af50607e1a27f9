"""How often an address may ask over HTTP: who asks too often waits, and nobody else does."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from server.kernel.limits import Rate
from server.realtime.pace import PACE_STRIDE, RequestPace, RequestTurns
from tests.support.node import Node
from tests.support.raw_sockets import HANDSHAKE
from tests.walls.raw_http import Wire, get, post, wire

PROXY = "127.9.9.9"
# Twenty at once, and ten a second.
NARROW = {"RATE_LIMITS": "on", "LIMIT_REQUESTS": "10/s:20", "TRUSTED_PROXIES": PROXY}
OFFICE = {"RATE_LIMITS": "on", "TRUSTED_PROXIES": PROXY}


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Node]]:
    started: dict[str, Node] = {}

    def of(**settings: str) -> Node:
        key = str(settings)
        if key not in started:
            started[key] = Node(tmp_path_factory.mktemp("requests"), **settings).start()
        return started[key]

    yield of
    for node in started.values():
        node.stop()
        assert node.errors() == []


async def seconds_for(opened: Wire, raw: bytes, count: int, status: int = 200) -> float:
    """How long so many answers take that are asked for at once."""
    began = time.monotonic()
    await opened.say(raw * count)
    for _ in range(count):
        assert (await opened.answer()).status == status
    return time.monotonic() - began


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (get("/healthz"), 200),
        (get("/nowhere"), 404),
        (get("/socket.io/?EIO=4&transport=polling&sid=nobody"), 400),
        (get("/api/v1/rooms", "Origin: http://a", method="OPTIONS"), 405),
        (post("/api/v1/auth/signin", b"{}", "Content-Type: application/json"), 422),
    ],
)
async def test_who_asks_too_often_waits(
    start: Callable[..., Node], raw: bytes, status: int, request: pytest.FixtureRequest
) -> None:
    """Whatever it asks for, on one connection or several; others do not wait, and later it is
    served at once again."""
    node = start(**NARROW)
    number = sum(request.node.name.encode()) % 200
    async with AsyncExitStack() as stack:
        mine = [
            await stack.enter_async_context(wire(node.port, f"127.3.{number}.1")) for _ in range(3)
        ]
        other = await stack.enter_async_context(wire(node.port, f"127.3.{number}.2"))
        flood = asyncio.gather(*(seconds_for(each, raw, 15, status) for each in mine))
        await asyncio.sleep(0.3)
        assert await seconds_for(other, get("/healthz"), 5) < 1
        # 45, of which 25 are above what it has at once.
        assert 2 < max(await flood) < 6
        await asyncio.sleep(1)
        assert await seconds_for(mine[0], get("/healthz"), 5) < 1


async def test_a_proxys_requests_count_for_whom_they_serve(start: Callable[..., Node]) -> None:
    node = start(**NARROW)

    def of(client: str) -> bytes:
        return get("/healthz", f"X-Forwarded-For: {client}")

    async with wire(node.port, PROXY) as hasty, wire(node.port, PROXY) as other:
        flood = asyncio.create_task(seconds_for(hasty, of("2001:db8::1"), 35))
        await asyncio.sleep(0.3)
        assert await seconds_for(other, of("198.51.100.2"), 10) < 1
        # The same /64 is the same one.
        assert await seconds_for(other, of("2001:db8::2"), 5) > 0.5
        assert await flood > 1


async def test_a_client_that_starts_is_served_at_once(start: Callable[..., Node]) -> None:
    """Five browsers behind one address that load the client at the same time, by six connections
    each, and then what it shows."""
    node = start(**OFFICE)
    async with AsyncExitStack() as stack:
        opened = [
            await stack.enter_async_context(wire(node.port, "127.3.250.1")) for _ in range(30)
        ]
        took = await asyncio.gather(*(seconds_for(each, get("/healthz"), 10) for each in opened))
        assert max(took) < 3


async def test_a_session_that_polls_keeps_to_its_own_meter(start: Callable[..., Node]) -> None:
    """It is not refused, and does not wait for what others of its address ask."""
    node = start(**NARROW)
    async with wire(node.port, "127.3.251.1") as hasty, wire(node.port, "127.3.251.1") as polling:
        answer = await polling.ask(get(f"{HANDSHAKE}polling"))
        sid = answer.body.decode().split('"sid":"')[1].split('"')[0]
        flood = asyncio.create_task(seconds_for(hasty, get("/healthz"), 40))
        await asyncio.sleep(0.2)
        path = f"{HANDSHAKE}polling&sid={sid}"
        assert await seconds_for(polling, post(path, b"6"), 30) < 1.5
        await flood


async def test_without_limits_nobody_waits(tmp_path: Path) -> None:
    node = Node(tmp_path / "free", LIMIT_REQUESTS="1/s:1").start()
    try:
        async with wire(node.port) as opened:
            assert await seconds_for(opened, get("/healthz"), 20) < 2
    finally:
        node.stop()


async def test_who_would_wait_too_long_is_closed(start: Callable[..., Node]) -> None:
    node = start(RATE_LIMITS="on", LIMIT_REQUESTS="1/m:2")
    async with wire(node.port, "127.3.252.1") as opened:
        await opened.say(get("/healthz") * 3)
        assert [(await opened.answer()).status for _ in range(2)] == [200, 200]
        assert await opened.is_closed()


# --- Whose turn it is ---


async def test_those_who_ask_often_take_turns_by_address() -> None:
    turns = RequestTurns()
    order: list[str] = []

    async def ask(address: str) -> None:
        await turns.wait_for_turn(address, True)
        order.append(address)

    async with asyncio.TaskGroup() as group:
        for address in "aaaaabbc":
            group.create_task(ask(address))
    assert "".join(order) == "abcabaaa"


async def test_a_turn_of_the_loop_begins_only_some() -> None:
    """However many addresses they are from."""
    pace = RequestPace(Rate(100, 400))
    begun = 0

    async def ask(address: str) -> None:
        nonlocal begun
        assert await pace.enter(address)
        begun += 1

    async with asyncio.TaskGroup() as group:
        for n in range(100):
            group.create_task(ask(str(n)))
        while begun < 100:
            before = begun
            await asyncio.sleep(0)
            assert begun - before <= 2 * PACE_STRIDE


async def test_what_was_asked_long_ago_is_forgotten() -> None:
    now = 0.0
    pace = RequestPace(Rate(100, 100), clock=lambda: now)
    for n in range(5000):
        now += 0.01
        await pace.enter(str(n))
    assert len(pace) < 3000
