"""Bodies that are not files, and files that are expensive to open."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from functools import cache
from itertools import count
from typing import Any

import aiohttp

from tests.support.files import NAMED, named
from tests.walls.harness import Attack, Round, Target
from tests.walls.hostile_files import large_avif, many_scans, nested_atoms

MB = 1_000_000
# Seconds between the rounds of a sender, because making such bodies takes a whole core.
PAUSE = 0.1
PART = named(b"", "a")[:-12]

_turns = count()


def uploading(body: Callable[[], Any]) -> Round:
    """Upload as a different user in each round."""

    async def upload(target: Target) -> None:
        token = target.sessions[next(_turns) % len(target.sessions)]["access_token"]
        headers = NAMED | {"Authorization": f"Bearer {token}"}
        async with (
            aiohttp.ClientSession(connector=target.connector()) as http,
            http.post(f"{target.url}/api/v1/attachments", data=body(), headers=headers) as answer,
        ):
            await answer.read()
        await asyncio.sleep(PAUSE)

    return upload


async def stalled() -> AsyncIterator[bytes]:
    """A file whose last part does not come until the attack is over."""
    yield PART
    for _ in range(20):
        yield b"x" * MB
    await asyncio.sleep(60)


# A megabyte on the wire, in chunks of one byte.
ONE_BY_ONE = b"1\r\nx\r\n" * (MB // 6)


async def tiny_chunks(target: Target) -> None:
    where = target.url.removeprefix("http://").split(":")
    token = target.sessions[next(_turns) % len(target.sessions)]["access_token"]
    _, writer = await asyncio.open_connection(*where, local_addr=(target.address, 0))
    try:
        writer.write(
            f"POST /api/v1/attachments HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
            f"Content-Type: {NAMED['Content-Type']}\r\nTransfer-Encoding: chunked\r\n\r\n"
            f"{len(PART):x}\r\n".encode()
            + PART
            + b"\r\n"
        )
        for _ in range(20):
            writer.write(ONE_BY_ONE)
            await writer.drain()
    finally:
        writer.close()
        await asyncio.sleep(PAUSE)


def attack(name: str, what: str, body: Callable[[], Any], **more: Any) -> Attack:
    given: dict[str, Any] = {"users": 3, "workers": 3} | more
    return Attack(name, what, uploading(body), **given)


def of_files(name: str, what: str, make: Callable[[], bytes]) -> Attack:
    """An attack with one file over and over."""
    body = cache(lambda: named(make(), "a"))
    return attack(name, what, body, make=body, users=6, workers=6)


ATTACKS = [
    attack("preamble", "24 MB of newlines before the first boundary", lambda: b"\n" * 24 * MB),
    attack("epilogue", "24 MB behind the last boundary", lambda: named(b"x", "a") + bytes(24 * MB)),
    attack("near_boundaries", "20 MB that nearly end", lambda: named(b"\r\n--her" * 3 * MB, "a")),
    attack("empty_parts", "400,000 empty parts", lambda: (PART + b"\r\n") * 400_000),
    attack("part_head", "a part with a head of 24 MB", lambda: PART[:-4] + b"x" * 24 * MB),
    Attack("tiny_chunks", "a body in chunks of one byte", tiny_chunks, users=3, workers=3),
    attack("under_way", "uploads of 20 MB that stop short", stalled, workers=8),
    of_files("scans", "progressive JPEGs with 400 scans", many_scans),
    of_files("avif", "AVIFs of 1 KB with 40 million pixels", large_avif),
    of_files("atoms", "films of `moov` in `moov`", nested_atoms),
]
