"""``server.realtime`` with members in memory and on the network: ``… PORT PING_INTERVAL``.

For a member in memory the server does everything that it does for others. Only the transport is
replaced, so the kernel is not involved.
"""

from __future__ import annotations

import asyncio
import sys
from time import perf_counter, thread_time
from typing import Any

import uvloop
from aiohttp import web

from bench.engine.servers.handlers import handle
from bench.engine.servers.ours import settle
from bench.engine.servers.stock import HOST
from server import realtime
from server.realtime.front import Front
from tests.support.memory_clients import MemoryClient, packets

ROOM = "r0"
BEFORE = '["message",{"s":'
# The members that are added in one turn of the event loop, and in one call.
STRIDE, BUNDLE = 50, 1000
# Seconds between two measurements.
STEP = 0.001
# Seconds after which a message that is not written yet counts as lost.
PATIENCE = 1.0


class Blocks:
    """Measures, for each broadcast, the longest delay of a timer that is due every millisecond. It
    also measures the CPU time of the loop's thread, which other processes do not affect."""

    def __init__(self, stats: realtime.Stats) -> None:
        self._stats = stats
        self._due = self._cpu = 0.0
        self._late: dict[int, float] = {}
        self._longest = 0.0

    def take_ms(self) -> dict[str, Any]:
        found = {
            "late": [late * 1000 for late in self._late.values()],
            "thread": self._longest * 1000,
        }
        self._late, self._longest = {}, 0.0
        return found

    def start(self) -> None:
        self._cpu = thread_time()
        self._wait()

    def _wait(self) -> None:
        self._due = perf_counter() + STEP
        asyncio.get_running_loop().call_later(STEP, self._look)

    def _look(self) -> None:
        late, cpu, broadcast = perf_counter() - self._due, thread_time(), self._stats.events_out
        self._late[broadcast] = max(late, self._late.get(broadcast, 0.0))
        self._longest = max(self._longest, cpu - self._cpu)
        self._cpu = cpu
        self._wait()


class Crowd:
    """The members of the room that have no socket."""

    def __init__(self, served: realtime.Served) -> None:
        self._served = served
        self._members: list[MemoryClient] = []

    async def grow(self) -> int:
        for _ in range(BUNDLE // STRIDE):
            connect = f'40{{"room":"{ROOM}"}}'
            self._members += [MemoryClient(Front(self._served), connect) for _ in range(STRIDE)]
            await asyncio.sleep(0)
        return len(self._members)

    def clear(self) -> None:
        for member in self._members:
            member.written.clear()

    def check(self) -> dict[str, Any]:
        """The number of messages that every member got. Raises an error unless each came once and
        each sender's came in order."""
        first, numbers = _heard(self._members[0]), {}
        for message in first:
            seat, number = message.removeprefix(f"42{BEFORE}").split(',"n":')
            expected = numbers.get(seat, 0)
            if int(number.split(",")[0]) != expected:
                return {"error": f"after {expected} messages of {seat} came {number:.20}"}
            numbers[seat] = expected + 1
        for member in self._members:
            if _heard(member) != first:
                return {"error": f"one heard {len(_heard(member))} and another {len(first)}"}
        return {"messages": len(first)}


_read: dict[bytes, list[str]] = {}


def _heard(member: MemoryClient) -> list[str]:
    """The messages that a member got, without pings. Bytes that many members share are parsed only
    once."""
    heard: list[str] = []
    for written in member.written:
        if written not in _read:
            _read[written] = [each for each in packets(written) if each != "2"]
        heard += _read[written]
    return heard


async def main(port: int, ping_interval: int) -> None:
    sio = realtime.create_server(
        cors_allowed_origins="*", ping_interval=ping_interval, rate_limits=None
    )
    handle(sio)
    app = web.Application()
    sio.attach(app)
    settle()
    served = await realtime.serve(app, HOST, port)
    crowd, blocks = Crowd(served), Blocks(sio.stats)
    blocks.start()

    @sio.on("grow")
    async def on_grow(sid: str) -> dict[str, int]:
        return {"members": await crowd.grow()}

    @sio.on("begin")
    async def on_begin(sid: str) -> dict[str, bool]:
        crowd.clear()
        # The time for this must not count as a delay.
        await asyncio.sleep(PATIENCE)
        blocks.take_ms()
        return {"ok": True}

    @sio.on("blocks")
    async def on_blocks(sid: str) -> dict[str, Any]:
        return blocks.take_ms()

    @sio.on("check")
    async def on_check(sid: str) -> dict[str, Any]:
        await asyncio.sleep(PATIENCE)
        return crowd.check()

    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main(*map(int, sys.argv[1:])))
