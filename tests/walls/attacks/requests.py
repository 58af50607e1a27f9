"""Requests one after the other, as fast as they go, on connections that are kept."""

from __future__ import annotations

import asyncio
import contextlib

from tests.walls.attacks.connections import dial
from tests.walls.harness import Attack, Round, Target
from tests.walls.raw_http import Wire, get, post

# Bytes that one connection sends at once.
SEGMENT = 60_000


def pipelining(say: bytes, connections: int) -> Round:
    """The same request over and over on so many connections, whatever is answered. In place of
    TOKEN it has what was prepared."""

    async def pour(opened: Wire, segment: bytes) -> None:
        async def read() -> None:
            while await opened.reader.read(1 << 16):
                pass

        async with asyncio.TaskGroup() as group:
            group.create_task(read())
            while True:
                await opened.say(segment)

    async def one(target: Target, segment: bytes) -> None:
        with contextlib.suppress(OSError, ExceptionGroup):
            opened = await dial(target)
            try:
                await pour(opened, segment)
            finally:
                opened.close()

    async def pipeline(target: Target) -> None:
        request = say.replace(b"TOKEN", (target.prepared or "").encode())
        segment = request * max(1, SEGMENT // len(request))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(target.seconds):
                await asyncio.gather(*(one(target, segment) for _ in range(connections)))

    return pipeline


EMPTY_SIGN_IN = post("/api/v1/auth/signin", b"{}", "Content-Type: application/json")
OPENAPI = get("/api/openapi.json", "Accept-Encoding: gzip")
PREFLIGHT = get(
    "/api/v1/rooms", "Origin: http://a", "Access-Control-Request-Method: GET", method="OPTIONS"
)
ATTACKS = [
    Attack(name, f"{what}, as fast as it goes, on {count} connections", pipelining(say, count))
    for name, what, say, count in (
        ("pipelined_404", "a path that does not exist", get("/nowhere"), 10),
        ("pipelined_404_wide", "a path that does not exist", get("/nowhere"), 50),
        ("pipelined_healthz", "`/healthz`", get("/healthz"), 50),
        ("pipelined_openapi", "the description in gzip", OPENAPI, 10),
        ("pipelined_signin", "sign-in with nothing", EMPTY_SIGN_IN, 50),
        ("pipelined_preflight", "a preflight", PREFLIGHT, 50),
    )
]
