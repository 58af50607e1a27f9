"""Whatever bytes come: no traceback, nothing that stays, and others are served afterwards.

Sessions of mostly sound bytes are cut, doubled and changed at random, each by a number of its own,
which a failure names.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import random
from collections.abc import AsyncIterator, Iterator
from typing import NamedTuple

import aiohttp
import psutil
import pytest
from aiohttp import web
from structlog.testing import capture_logs
from structlog.typing import EventDict

from server.realtime import create_server, serve
from server.realtime.front import Front
from server.realtime.front import Served as Listening
from tests.support.engine import Recorder, Served, is_session_of
from tests.support.memory_clients import MemoryConnection, frame, request

# What a client may send, and what only a hostile one does.
SOUND = [
    '42/rooms,["a",1]', '42/rooms,7["a",{"b":[1,2.5,null,true,"é🎉"]}]', "3", "6",
    '42/rooms,9["' + "x" * 300 + '"]', "43/rooms,1[]", '42/rooms,1["\\ud83c\\udf89"]',
]  # fmt: skip
HOSTILE = [
    "40", "41/rooms,", "1", "44/rooms,{}", "5", "2", "2probe", "bAQID", "0{}", "4", "7",
    '451-/rooms,1["a",{"_placeholder":true,"num":0}]', "42/rooms,1" + "[" * 50, '42["\\ud800"]',
]  # fmt: skip
FIRST_BYTES = (0x81, 0x82, 0x01, 0x00, 0x80, 0x88, 0x89, 0x8A, 0xC1, 0x83, 0x09)
HARMLESS = {"bad packet, connection closed"}


def mutated(rng: random.Random, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.choice((0, 1, 1, 2, 4))):
        at = rng.randrange(len(changed) + 1)
        kind = rng.randrange(5)
        if kind == 0:
            changed[at : at + 1] = rng.randbytes(1)
        elif kind == 1:
            changed[at:at] = rng.randbytes(rng.randint(1, 9))
        elif kind == 2:
            del changed[at : at + rng.randint(1, 9)]
        elif kind == 3:
            changed[at:at] = changed[at : at + 20]
        else:
            del changed[at:]
    return bytes(changed)


def packet(rng: random.Random) -> bytes:
    found = rng.choice(SOUND if rng.random() < 0.8 else HOSTILE).encode()
    return mutated(rng, found) if rng.random() < 0.3 else found


def conversation(rng: random.Random) -> bytes:
    """Some frames, most of them sound, as they come."""
    made = frame("40/rooms,")
    for _ in range(rng.randint(1, 4)):
        first = 0x81 if rng.random() < 0.8 else rng.choice(FIRST_BYTES)
        made += frame(packet(rng), first, None if rng.random() < 0.03 else rng.randbytes(4))
    return mutated(rng, made) if rng.random() < 0.5 else made


def segments(rng: random.Random, data: bytes) -> Iterator[bytes]:
    while data:
        size = rng.choice((len(data), len(data), rng.randint(1, 40)))
        yield data[:size]
        data = data[size:]


def session(listening: Listening, number: int) -> MemoryConnection:
    rng = random.Random(number)
    pipe = MemoryConnection(Front(listening))
    handshake = request() if rng.random() < 0.95 else mutated(rng, request())
    for segment in [handshake, *segments(rng, conversation(rng))]:
        if not pipe.is_closing() and segment:
            pipe.protocol.data_received(segment)
    return pipe


async def in_memory(served: Served, listening: Listening, numbers: range) -> None:
    """A session for each number, a hundred at a time; all have ended when this returns."""
    for start in range(numbers.start, numbers.stop, 100):
        pipes = [session(listening, number) for number in range(start, start + 100)]
        for _ in range(12):
            await asyncio.sleep(0)
        for pipe in pipes:
            pipe.close()
        while served.sio.eio.sockets:
            await asyncio.sleep(0)


async def over_network(served: Served, numbers: range) -> None:
    """The same from real connections; and the packets as a polling client sends them."""
    for number in numbers:
        rng = random.Random(number)
        _, writer = await asyncio.open_connection("127.0.0.1", served.port)
        writer.write(request() + conversation(rng))
        ann = await served.poller()
        body = b"\x1e".join(packet(rng) for _ in range(rng.randint(1, 3)))
        async with served.http.post(ann.path, data=body) as response:
            assert response.status in (200, 400, 413), number
        await served.sio.eio.disconnect(ann.sid)
        writer.close()
        await writer.wait_closed()


class Hostile(NamedTuple):
    served: Served
    listening: Listening
    logs: list[EventDict]


def check(logs: list[EventDict]) -> None:
    assert {line["event"] for line in logs} <= HARMLESS
    logs.clear()


@pytest.fixture
async def hostile(caplog: pytest.LogCaptureFixture) -> AsyncIterator[Hostile]:
    """A server, and the way into it that needs no network. In the end it is as it was."""
    sio = create_server(binary=True, rate_limits=None, max_http_buffer_size=2000)
    sio.handler_queue = 4
    sio.eio.flush_timeout = 0.01
    for namespace in ("/rooms", "/notifications"):
        sio.register_namespace(Recorder(namespace))
    app = web.Application()
    sio.attach(app)
    listening = await serve(app, access_log=None, shutdown_timeout=1)
    async with aiohttp.ClientSession() as http:
        served = Served(sio, listening.port, http)
        with capture_logs() as logs, caplog.at_level(logging.WARNING):
            yield Hostile(served, listening, logs)
            assert (await (await served.client()).call("still here"))["ok"]
            check(logs)
        assert not caplog.records
        await listening.close()
    await served.is_empty()
    # Errors among them know where they come from.
    served.rooms.events.clear()
    gc.collect()
    assert not [each for each in gc.get_objects() if is_session_of(each, served)]


async def test_twenty_thousand(hostile: Hostile) -> None:
    served, listening, _ = hostile
    await in_memory(served, listening, range(20_000))
    await over_network(served, range(200))
    # They were understood, and they were not: else this would show nothing.
    assert served.sio.stats.bad_packets > 5_000
    assert len(served.rooms.events) > 2_000


@pytest.mark.long
async def test_a_million(hostile: Hostile, capsys: pytest.CaptureFixture[str]) -> None:
    served, listening, logs = hostile
    seed = int(os.environ.get("SEED", "1000000"))
    process, held = psutil.Process(), 0
    for part in range(100):
        numbers = range(seed + part * 10_000, seed + (part + 1) * 10_000)
        await in_memory(served, listening, numbers)
        check(logs)
        served.rooms.events.clear()
        served.rooms.connected = asyncio.Queue()
        served.rooms.left = asyncio.Queue()
        gc.collect()
        if part == 10:
            held = process.memory_info().rss
        with capsys.disabled():
            print(f"\r{part + 1}% of a million from {seed} on", end="", flush=True)
    await over_network(served, range(seed, seed + 2000))
    assert process.memory_info().rss - held < 32 * 1024 * 1024
