"""``server.realtime``, used as an application would use it: ``… PORT PING_INTERVAL``."""

from __future__ import annotations

import asyncio
import gc
import sys

import uvloop
from aiohttp import web

from bench.engine.servers.handlers import handle
from bench.engine.servers.stock import HOST
from server import realtime


def settle() -> None:
    """Prepare the garbage collector as `python -m server` does."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, 5, 200)


async def main(port: int, ping_interval: int) -> None:
    sio = realtime.create_server(
        cors_allowed_origins="*", ping_interval=ping_interval, rate_limits=None
    )
    handle(sio)
    app = web.Application()
    sio.attach(app)
    settle()
    served = await realtime.serve(app, HOST, port)
    await asyncio.Event().wait()
    del served


if __name__ == "__main__":
    uvloop.run(main(*map(int, sys.argv[1:])))
