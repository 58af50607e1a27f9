"""Unchanged python-socketio, on aiohttp and uvloop: ``… PORT PING_INTERVAL``."""

from __future__ import annotations

import asyncio
import sys

import socketio
import uvloop
from aiohttp import web

from bench.engine.servers.handlers import handle

HOST = "127.0.0.1"


async def listen(app: web.Application, host: str, port: int) -> None:
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, host, port, backlog=1024).start()


async def main(port: int, ping_interval: int) -> None:
    sio = socketio.AsyncServer(async_mode="aiohttp", ping_interval=ping_interval)
    handle(sio)
    app = web.Application()
    sio.attach(app)
    await listen(app, HOST, port)
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main(*map(int, sys.argv[1:])))
