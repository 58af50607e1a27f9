"""How often a client may send, and how much all may leave unread."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

import pytest
from structlog.testing import capture_logs

from server.realtime import Rate, RateLimits, create_server
from server.realtime.meters import Meter
from tests.support.engine import Serve, Served, soon, until

SLOW = RateLimits(Rate(0.1, 3), {"free": None, "rare": Rate(0.1, 1)})


async def outcomes(served: Served, *events: str) -> str:
    ann = await served.client()
    answers = [await ann.call(event) for event in events]
    refused = [each["error"] for each in answers if not each["ok"]]
    for error in refused:
        assert error["code"] == "rate_limited" and 1 <= error["retry_after"] <= 10
    return "".join("+" if each["ok"] else "-" for each in answers)


async def test_events_have_one_bucket_and_some_their_own(serve: Serve) -> None:
    served = await serve(rate_limits=SLOW)
    assert await outcomes(served, "a", "b", "rare", "a", "rare", "b", "free", "a") == "++++--+-"
    # Another client has buckets of its own, and none is needed where there are no limits.
    assert await outcomes(served, "a", "b", "c", "d") == "+++-"
    assert served.sio.stats.rate_limited == 4
    assert await outcomes(await serve(rate_limits=None), *"a" * 100) == "+" * 100


async def test_those_that_reach_no_handler_count_too(serve: Serve) -> None:
    served = await serve(rate_limits=SLOW)
    ann = await served.client()
    for _ in range(3):
        await ann.send("42/rooms,1{}")
        assert (await ann.ack())[1]["error"]["code"] == "validation_failed"
    await ann.send("42/rooms,1{}")
    assert (await ann.ack())[1]["error"]["code"] == "rate_limited"
    assert len(served.rooms.events) == 3


async def test_leaving_a_namespace_fills_no_bucket(serve: Serve) -> None:
    served = await serve(rate_limits=SLOW)
    ann = await served.client()
    for _ in range(3):
        assert (await ann.call("a"))["ok"]
    await ann.send("41/rooms,")
    await ann.connect()
    assert not (await ann.call("a"))["ok"]
    await ann.connect("/notifications")
    assert (await ann.call("a", ns="/notifications"))["ok"]


def test_by_default_there_are_limits() -> None:
    assert create_server()._rate_limits == RateLimits(Rate(20, 60))


@pytest.mark.parametrize("last_word", [True, False])
async def test_a_flood_that_goes_on_is_closed(serve: Serve, last_word: bool) -> None:
    served = await serve(rate_limits=RateLimits(Rate(2, 2), flood_factor=5, flood_seconds=1))
    told: list[str] = []

    async def handle_flood(sid: str) -> None:
        told.append(sid)
        raise RuntimeError

    if last_word:
        served.rooms.handle_flood = handle_flood
    ann, bob = await served.client(), await served.client()

    async def send() -> None:
        with suppress(ConnectionError):
            while True:
                await ann.emit("a")
                await asyncio.sleep(0.02)

    with capture_logs() as logs:
        sending = asyncio.create_task(send())
        assert await ann.closed() == 1008
        sending.cancel()
        await until(lambda: len(served.sio.eio.sockets) == 1)
    assert told == ([ann.sid] if last_word else [])
    assert [line["event"] for line in logs if line["log_level"] == "warning"] == [
        "flood, connection closed"
    ]
    assert served.sio.stats.closed_flooding == 1
    assert (await soon(served.rooms.left.get()))[0] == ann.sid
    assert (await bob.call("a"))["ok"]


def test_a_flood_is_so_many_seconds_on_end() -> None:
    now = 0.0
    meter = Meter(RateLimits(Rate(10, 10), flood_factor=2, flood_seconds=3), lambda: now)

    def second(events: int) -> bool:
        nonlocal now
        for _ in range(events):
            meter.take_event("a")
        now += 1
        meter.take_event("a")
        return meter.is_flooded

    assert [second(20) for _ in range(2)] == [False, False]
    assert not second(5)
    assert [second(20) for _ in range(3)] == [False, False, True]


async def test_together_clients_leave_no_more_unread_than_the_node_has_room_for(
    serve: Serve,
) -> None:
    served = await serve()
    served.sio.eio.max_kept_bytes = 100_000
    pollers = [await served.poller() for _ in range(4)]
    for poller in pollers:
        await poller.connect()
    sids = list(served.sio.manager.rooms["/rooms"][None])
    for sid, size in zip(sids, (10_000, 40_000, 30_000), strict=False):
        await served.rooms.emit("news", "x" * size, to=sid)
    assert served.sio.stats.closed_slow == 0
    kept: Any = served.sio.eio.kept
    assert 80_000 < kept.bytes < 100_000
    # The one that leaves most is cut, not the one that comes last.
    await served.rooms.emit("news", "x" * 20_000, to=sids[3])
    assert served.sio.stats.closed_slow == 1
    assert (await pollers[1].get())[0] == 400
    for poller, size in zip(pollers, (10_000, 0, 30_000, 20_000), strict=True):
        if size:
            assert len((await poller.packets(1))[0]) > size
    assert kept.bytes == 0
