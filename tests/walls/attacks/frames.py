"""Frames and packets that ask for nothing, as many as possible."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from urllib.parse import urlsplit

import aiohttp

from tests.support.memory_clients import frame, request
from tests.walls.harness import Attack, Round, Target

# Bytes a second of one connection, and of each of many; written so often (s).
ALONE, EACH = 3_000_000, 300_000
STEP = 0.02
# Seconds until a connection that was closed is followed by the next, where there are many of them:
# how fast they may come is not what is tried here.
PAUSE = 1.0
# The largest message (bytes).
LARGEST = 2 * 128 * 1024

PING = frame(b"", 0x89)
ACK = frame("43/rooms,7[]")
UNKNOWN = frame("40/nowhere,")
EVENT = frame('42/rooms,7["nothing",{}]')


@contextlib.asynccontextmanager
async def connection(target: Target) -> AsyncIterator[asyncio.StreamWriter]:
    """An open websocket that reads what the server sends and ends when the server closes it."""
    at = urlsplit(target.url)
    reader, writer = await asyncio.open_connection(
        at.hostname, at.port, local_addr=(target.address, 0)
    )

    async def listen() -> None:
        # A close frame is not waited for to be followed by the end, as a client would.
        while (data := await reader.read(65536)) and b"\x88\x02\x03" not in data:
            pass
        writer.transport.abort()

    try:
        writer.write(request())
        head = await reader.readuntil(b"\r\n\r\n")
        if b" 101 " not in head:
            raise ConnectionRefusedError
        listening = asyncio.create_task(listen())
        try:
            yield writer
        finally:
            listening.cancel()
    finally:
        writer.transport.abort()


async def pour(writer: asyncio.StreamWriter, unit: bytes, rate: int = ALONE) -> None:
    """Write ``rate`` bytes a second until the server closes the connection."""
    chunk = unit * (int(rate * STEP) // len(unit))
    while True:
        writer.write(chunk)
        await writer.drain()
        await asyncio.sleep(STEP)


def flood(
    unit: bytes, first: Callable[[Target], bytes] = lambda _: b"", rate: int = ALONE
) -> Round:
    """Flood one connection until it is closed."""

    async def round(target: Target) -> None:
        try:
            async with connection(target) as writer:
                writer.write(first(target))
                await pour(writer, unit, rate)
        except OSError:
            if rate == EACH:
                await asyncio.sleep(PAUSE)
            raise

    return round


def signed_in(target: Target) -> bytes:
    """The CONNECT of the attack's own user."""
    token = target.sessions[0]["access_token"]
    return frame(f"40/rooms,{json.dumps({'token': token})}")


async def two_bytes_each(target: Target) -> None:
    """Send a message that never ends, in the smallest fragments."""
    async with connection(target) as writer:
        writer.write(frame(b"4x", 0x01) + frame(b"xx", 0x00) * (LARGEST // 2 - 10))
        await writer.drain()
        await asyncio.sleep(target.seconds)


async def come_and_go(target: Target) -> None:
    """Connect to a namespace and leave it again and again, which costs the server much work."""
    async with connection(target) as writer:
        await pour(writer, signed_in(target) + frame("41/rooms,"))


async def posts(target: Target) -> None:
    """Send one POST full of packets after the other in one polling session."""
    path = f"{target.url}/socket.io/?EIO=4&transport=polling"
    body = b"\x1e".join([b"6"] * 256)
    async with aiohttp.ClientSession(connector=target.connector()) as http:
        async with http.get(path) as answer:
            answer.raise_for_status()
            sid = json.loads((await answer.text())[1:])["sid"]
        while True:
            async with http.post(f"{path}&sid={sid}", data=body) as answer:
                answer.raise_for_status()


ATTACKS = [
    Attack("pings", "3 MB/s of websocket pings by a stranger", flood(PING)),
    Attack(
        "pings_40", "0.3 MB/s of websocket pings on each of 40", flood(PING, rate=EACH), workers=40
    ),
    Attack("noops", "3 MB/s of Engine.IO noops by a stranger", flood(frame("6"))),
    Attack("pongs", "3 MB/s of pongs that nobody asked for", flood(frame("3"))),
    Attack(
        "empty_fragments",
        "3 MB/s of empty fragments of one message",
        flood(frame(b"", 0x00), lambda _: frame(b"4", 0x01)),
    ),
    Attack(
        "two_byte_fragments",
        "messages in fragments of two bytes, on 40 connections",
        two_bytes_each,
        workers=40,
        memory_mb=32,
    ),
    Attack("unknown_namespaces", "3 MB/s of CONNECTs to no namespace", flood(UNKNOWN)),
    Attack("early_events", "3 MB/s of events before a namespace", flood(EVENT)),
    Attack("early_acks", "3 MB/s of acks by a stranger", flood(ACK)),
    Attack("acks", "3 MB/s of acks that nobody waits for", flood(ACK, signed_in), users=1),
    Attack(
        "acks_10",
        "0.3 MB/s of acks that nobody waits for on each of 10",
        flood(ACK, signed_in, EACH),
        users=1,
        workers=10,
    ),
    Attack("events", "3 MB/s of events above the limit", flood(EVENT, signed_in), users=1),
    Attack(
        "events_10",
        "0.3 MB/s of events above the limit on each of 10",
        flood(EVENT, signed_in, EACH),
        users=1,
        workers=10,
    ),
    Attack("come_and_go", "3 MB/s of CONNECTs and DISCONNECTs", come_and_go, users=1),
    Attack("posts", "POSTs of 256 noops by a stranger", posts),
]
