"""What a flood may take of the others' time and of the node's memory: a few frames a turn, and
bounded buffers."""

from __future__ import annotations

import asyncio
import gc
import tracemalloc
from collections.abc import Callable, Coroutine
from itertools import pairwise
from math import inf
from typing import Any

from server.realtime.queues import Inbox, Workers
from server.realtime.turns import READING_STRIDE, ReaderTurns
from server.realtime.websocket import WebSocket
from tests.support.engine import until
from tests.support.memory_clients import MemoryConnection, frame

MOST = 128 * 1024


class Owner:
    """What a websocket tells whom it belongs to."""

    def __init__(self, patience: float = inf) -> None:
        self.turns = ReaderTurns()
        self.patience = patience
        self.heard: list[str | bytes] = []
        self.errors: list[Exception] = []

    def charge(self, weight: int) -> bool:
        self.patience -= weight
        return self.patience >= 0

    def received(self, data: str | bytes) -> None:
        self.heard.append(data)

    def failed(self, error: Exception) -> None:
        self.errors.append(error)

    def lost(self) -> None: ...
    def paused(self) -> None: ...
    def resumed(self) -> None: ...


async def test_a_turn_handles_a_few_frames_and_the_next_one_more() -> None:
    owners = [Owner(), Owner()]
    pipes = [MemoryConnection(WebSocket(owner, MOST)) for owner in owners]
    for pipe in pipes:
        pipe.protocol.data_received(b"".join(frame(f"{n}") for n in range(100)))
    seen = []
    while len(owners[1].heard) < 100:
        seen.append([len(owner.heard) for owner in owners])
        await asyncio.sleep(0)
    assert seen[0] == [READING_STRIDE, READING_STRIDE]
    for before, after in pairwise(seen):
        assert all(0 <= b - a <= READING_STRIDE for a, b in zip(before, after, strict=True))
    assert all(owner.heard == [f"{n}" for n in range(100)] for owner in owners)


async def test_what_comes_while_others_have_their_turn_is_read_after_it() -> None:
    owner = Owner()
    pipe = MemoryConnection(WebSocket(owner, MOST))
    for number in range(100):
        pipe.protocol.data_received(frame(f"{number}"))
    assert len(owner.heard) == READING_STRIDE
    await until(lambda: len(owner.heard) == 100)
    assert owner.heard == [f"{number}" for number in range(100)]


async def test_after_a_flood_nothing_is_read_and_little_is_even_received() -> None:
    owner = Owner(patience=2 * READING_STRIDE)

    class Counting(MemoryConnection):
        __slots__ = ("reading",)

        def pause_reading(self) -> None:
            self.reading = False

        def resume_reading(self) -> None:
            self.reading = True

    pipe = Counting(WebSocket(owner, MOST))
    pipe.protocol.data_received(frame("6") * 1000)
    for _ in range(10):
        await asyncio.sleep(0)
    assert len(owner.heard) == 3 * READING_STRIDE
    pipe.reading = True
    for _ in range(10):
        pipe.protocol.data_received(bytes(64 * 1024))
    assert not pipe.reading
    assert len(owner.heard) == 3 * READING_STRIDE
    assert owner.errors == []


async def grown(websocket: WebSocket, data: bytes) -> int:
    """How many bytes more are in use once the data is read, but not what was read of it."""
    gc.collect()
    tracemalloc.start()
    try:
        websocket.data_received(data)
        await until(lambda: not websocket._stopped)
        gc.collect()
        return tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()


async def test_fragments_are_collected_in_one_buffer() -> None:
    owner = Owner()
    websocket: Any = MemoryConnection(WebSocket(owner, MOST)).protocol
    parts = MOST // 2 - 2
    for data in (frame(b"4x", 0x01) + frame(b"xx", 0x00) * parts, frame(b"", 0x00) * parts):
        assert await grown(websocket, data) < 2 * MOST
    websocket.data_received(frame(b"", 0x80))
    assert owner.heard == ["4" + "x" * (2 * parts + 1)]


async def test_what_is_half_received_is_bounded_by_the_largest_frame() -> None:
    owner = Owner()
    websocket: Any = MemoryConnection(WebSocket(owner, MOST)).protocol
    whole = frame("x" * MOST)
    for at in range(len(whole)):
        assert not owner.heard
        websocket.data_received(whole[at : at + 1])
    assert owner.heard == ["x" * MOST]
    websocket.data_received(frame("x" * (MOST + 1))[:14])
    assert len(owner.errors) == 1
    assert websocket._rest is None


class Client:
    inbox: Any = None

    def go_on(self) -> None: ...


async def test_the_packets_of_one_client_do_not_hold_up_anothers() -> None:
    handled: list[str] = []

    async def handle(sender: Any, item: str) -> None:
        handled.append(item)

    def spawn(work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        return asyncio.create_task(work)

    workers = Workers(spawn)
    start: Callable[[Inbox[Any]], None] = workers.add_inbox
    ann, bob = [Inbox[str](Client(), handle, start, 64, 1000) for _ in range(2)]
    for number in range(60):
        ann.put(f"ann {number}", 1)
    bob.put("bob", 1)
    await until(lambda: len(handled) == 61)
    assert handled.index("bob") < 10
    handled.remove("bob")
    assert handled == [f"ann {number}" for number in range(60)]
