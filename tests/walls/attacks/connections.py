"""Connections that are opened in masses, or held open and used very slowly."""

from __future__ import annotations

import asyncio
import contextlib

from tests.support.memory_clients import request
from tests.walls.harness import Attack, Round, Target
from tests.walls.raw_http import HOST, Wire, get

HALF = b"GET /healthz HTTP/1.1\r\n" + HOST + b"X-Slow: "
BODY = get("/api/v1/auth/signin", "Content-Length: 100000", method="POST")
# The connections that one round holds open, and the addresses that they come from.
HELD, ADDRESSES = 200, 8


async def dial(target: Target, number: int = 0) -> Wire:
    """Connect from the address with that number."""
    first, second, third, fourth = target.address.split(".")
    address = f"{first}.{int(second) + number}.{third}.{fourth}"
    host, port = target.url.removeprefix("http://").split(":")
    return Wire(*await asyncio.open_connection(host, int(port), local_addr=(address, 0)))


def holding(say: bytes, drip: bytes = b"") -> Round:
    """Send ``say`` on each connection, then go on with one byte at a time."""

    async def hold(target: Target) -> None:
        held: list[Wire] = []
        try:
            for n in range(HELD):
                with contextlib.suppress(OSError):
                    held.append(await dial(target, n % ADDRESSES))
                    held[-1].writer.write(say)
            for _ in range(2 * int(target.seconds)):
                await asyncio.sleep(0.5)
                for each in held:
                    if drip:
                        each.writer.write(drip)
        finally:
            for each in held:
                each.close()

    return hold


def storming(say: bytes, addresses: int) -> Round:
    """Open a new connection in each round."""
    numbers = iter(range(10**9))

    async def storm(target: Target) -> None:
        opened = await dial(target, next(numbers) % addresses)
        try:
            await opened.say(say)
            async with asyncio.timeout(1):
                await opened.reader.readline()
        finally:
            opened.close()

    return storm


FORGED = get("/api/v1/users/me", "Authorization: Bearer a.b.c")

ATTACKS = [
    Attack("half_heads", "halves of heads, drawn out, from eight addresses", holding(HALF, b"x")),
    Attack("slow_bodies", "bodies that come byte by byte", holding(BODY, b"x")),
    Attack("idle_connections", "connections that are kept for nothing", holding(get("/healthz"))),
    *(
        Attack(name, what, storming(say, addresses), workers=8)
        for name, what, say, addresses in (
            ("connections", "new connections from one address", get("/healthz"), 1),
            ("handshakes", "new websockets from one address", request(), 1),
            ("handshakes_of_many", "new websockets from 60 addresses", request(), 60),
            ("bad_tokens", "forged tokens, each on a connection of its own", FORGED, 1),
        )
    ),
]
