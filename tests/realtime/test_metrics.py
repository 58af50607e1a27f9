"""The engine in numbers."""

from __future__ import annotations

import asyncio
import time

from server.realtime import Rate, RateLimits, metrics
from tests.support.engine import Serve, until


async def test_what_is_counted(serve: Serve) -> None:
    served = await serve(rate_limits=RateLimits(Rate(0.1, 3)))
    ann, bob, cid = await served.client(), await served.client(), await served.poller()
    await cid.connect()
    for client in (ann, bob):
        await served.rooms.enter_room(client.sid, "r1")
    await served.rooms.emit("news", 1, room="r1")
    await served.rooms.emit("news", 2)
    for _ in range(4):
        await ann.emit("a", id=1)
    while "rate_limited" not in await ann.receive():
        pass
    shown = metrics.counters(served.sio)
    assert shown.pop("handler_seconds") > 0
    # What the four events brought went out in one to four writes, each way of ann's and bob's in
    # another.
    assert 2 + 2 <= shown.pop("writes") <= 2 * 3 + 4
    assert {name: count for name, count in shown.items() if count} == {
        "events_in": 4,
        "events_out": 2,
        "deliveries": 5,
        "acks": 4,
        "rate_limited_events": 1,
    }
    gauges = metrics.gauges(served.sio)
    assert (gauges["connections"], gauges["socket_rooms"]) == (3, 1)
    assert gauges["backlog_bytes"] == len('42/rooms,["news",2]') + 2


async def test_a_loop_that_is_held_up_is_seen(serve: Serve) -> None:
    served = await serve()
    await asyncio.sleep(0.2)
    time.sleep(0.4)
    await until(lambda: metrics.gauges(served.sio)["loop_lag_seconds"] > 0.1)
