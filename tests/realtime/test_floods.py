"""Frames and packets of every kind count, a turn handles a few, and a flood is closed."""

from __future__ import annotations

import asyncio
from math import inf
from typing import Any

import pytest
from structlog.testing import capture_logs

from server.kernel.limits import Rate
from server.realtime import RateLimits, flood_of
from server.realtime.meters import LEAST_FRAMES, STRANGER, FrameLimit, weight
from tests.support.engine import Serve, Served, soon, until
from tests.support.memory_clients import frame
from tests.support.raw_websockets import Wire

# What comes first, and what is then sent again and again.
FLOODS: dict[str, tuple[bytes, bytes]] = {
    "pings of the websocket": (b"", frame(b"", 0x89)),
    "pongs of the websocket": (b"", frame(b"", 0x8A)),
    "empty fragments": (frame(b"4", 0x01), frame(b"", 0x00)),
    "fragments of two bytes": (frame(b"4x", 0x01), frame(b"xx", 0x00)),
    "noops": (b"", frame("6")),
    "pongs": (b"", frame("3")),
    "acks": (b"", frame("43/rooms,7[]")),
    "acks of nowhere": (b"", frame("43/nowhere,7[]")),
    "events of a namespace that it is not in": (b"", frame('42/notifications,7["a"]')),
    "CONNECTs to no namespace": (b"", frame("40/nowhere,")),
    "CONNECTs to a namespace": (b"", frame("40/rooms,")),
    "DISCONNECTs of no namespace": (b"", frame("41/nowhere,")),
}


async def dial(served: Served, known: bool) -> Wire:
    """In a namespace, or in none."""
    return await Wire.open(served) if known else await Wire.open_transport(served)


@pytest.mark.parametrize("known", [False, True], ids=["stranger", "known"])
@pytest.mark.parametrize("name", FLOODS)
async def test_a_flood_of_any_kind_is_closed(serve: Serve, name: str, known: bool) -> None:
    served = await serve(rate_limits=RateLimits())
    first, unit = FLOODS[name]
    limit: Rate = LEAST_FRAMES if known else STRANGER
    wire, bob = await dial(served, known), await served.client()
    with capture_logs() as logs:
        wire.send(first + unit * (2 * limit.burst))
        assert await wire.closed() == 1008
        await until(lambda: len(served.sio.eio.sockets) == 1)
    assert [line["event"] for line in logs] == ["flood, connection closed"]
    assert served.sio.stats.closed_flooding == 1
    assert served.sio.stats.bad_packets == 0
    assert (await bob.call("hello"))["ok"]


async def test_who_comes_and_goes_without_end_is_closed(serve: Serve) -> None:
    served = await serve(rate_limits=RateLimits())
    wire = await Wire.open(served)
    wire.send((frame("41/rooms,") + frame("40/rooms,")) * 50)
    assert await wire.closed() == 1008
    # No more often than its weight allows.
    assert served.rooms.connected.qsize() <= 1 + LEAST_FRAMES.burst // 50


async def test_a_flood_by_polling_is_refused_and_ends_the_session(serve: Serve) -> None:
    served = await serve(rate_limits=RateLimits())
    ann = await served.poller()
    assert await ann.post(*["6"] * 64) == 200
    with capture_logs() as logs:
        assert await ann.post(*["6"] * 256) == 429
        assert (await ann.get())[0] == 400
    assert [line["event"] for line in logs] == ["flood, connection closed"]
    assert served.sio.stats.closed_flooding == 1
    bob = await served.poller()
    await bob.connect()
    statuses = [await bob.post(*["6"] * 256) for _ in range(3)]
    while statuses[-1] == 200:
        statuses.append(await bob.post(*["6"] * 256))
    assert statuses == [200] * (len(statuses) - 1) + [429]
    assert (await soon(served.rooms.left.get()))[1] == "server disconnect"


async def test_the_websocket_that_a_session_moves_to_counts_for_it(serve: Serve) -> None:
    served = await serve(rate_limits=RateLimits())
    ann = await served.poller()
    probing = await served.websocket(ann.sid)
    await probing.send("2probe")
    assert await probing.receive() == "3probe"
    probing.transport.write(frame(b"", 0x89) * STRANGER.burst)
    assert await probing.closed() == 1008
    assert (await ann.get())[0] == 400
    assert served.sio.stats.closed_flooding == 1
    await served.is_empty()


async def test_trying_to_move_again_and_again_counts(serve: Serve) -> None:
    served = await serve(rate_limits=RateLimits())
    ann = await served.poller()
    for _ in range(STRANGER.burst // 10):
        probing = await served.websocket(ann.sid)
        await probing.ws.close()
        await until(lambda: not served.sio.eio.probes.waiting)
    probing = await served.websocket(ann.sid)
    assert await probing.closed() == 1008


async def test_one_who_is_known_hears_why(serve: Serve) -> None:
    served = await serve(rate_limits=RateLimits())
    told: list[str] = []

    async def handle_flood(sid: str) -> None:
        told.append(sid)
        await served.rooms.emit("closing", to=sid)
        # As an application would, which knows nothing of codes.
        await served.sio.drop(served.sio.eio_sid(sid, "/rooms"))

    served.rooms.handle_flood = handle_flood
    ann = await served.client()
    ann.transport.write(frame(b"", 0x8A) * (2 * LEAST_FRAMES.burst))
    assert await ann.event() == ["closing"]
    assert await ann.closed() == 1008
    assert told == [ann.sid]


async def test_what_people_and_their_programs_send_fits(serve: Serve) -> None:
    """After a reconnect: both namespaces, a burst of every kind of event, one in many fragments,
    pings and pongs in between, and the same again a little later."""
    served = await serve(rate_limits=RateLimits(Rate(20, 60), {"send_message": None}))
    ann = await served.client()
    await ann.connect("/notifications")
    for _ in range(2):
        for number in range(60):
            await ann.emit("sync", {"rooms": {}}, id=number)
        for number in range(60, 90):
            await ann.emit("send_message", "x" * 8000, id=number)
            await ann.send("3")
            await ann.ws.pong(b"unasked")
        assert [(await ann.ack())[0] for _ in range(90)] == list(range(90))
        large = ('42/rooms,7["large","' + "x" * 100_000 + '"]').encode()
        parts = [large[at : at + 1000] for at in range(0, len(large), 1000)]
        kinds = [0x01] + [0x00] * (len(parts) - 2) + [0x80]
        for part, kind in zip(parts, kinds, strict=True):
            ann.transport.write(frame(part, kind))
        assert (await ann.ack())[0] == 7
    assert served.sio.stats.closed_flooding == 0


async def test_without_limits_nothing_is_closed(served: Served) -> None:
    wire = await Wire.open_transport(served)
    for unit in (frame(b"", 0x8A), frame("6"), frame("43/rooms,7[]")):
        wire.send(unit * 3000)
    wire.send(frame("40/rooms,"))
    assert (await wire.frame())[1].startswith(b"40/rooms,")
    wire.close()


async def test_an_ack_that_nobody_waits_for_starts_no_task(served: Served) -> None:
    started: list[str] = []

    def task(loop: asyncio.AbstractEventLoop, work: Any, **options: Any) -> asyncio.Task[Any]:
        started.append(getattr(work, "__qualname__", ""))
        return asyncio.Task(work, loop=loop, **options)

    ann = await served.client()
    answers: asyncio.Queue[Any] = asyncio.Queue()
    await served.rooms.emit("ask", to=ann.sid, callback=answers.put_nowait)
    assert await ann.receive() == '42/rooms,1["ask"]'
    asyncio.get_running_loop().set_task_factory(task)
    for id in (0, 2, 1, 1, 1):
        ann.transport.write(frame(f"43/rooms,{id}[5]") * 5)
    assert await soon(answers.get()) == 5
    assert (await ann.call("hello"))["ok"]
    asyncio.get_running_loop().set_task_factory(None)
    assert [name for name in started if "ack" in name] == ["ChatServer._handle_ack"]
    assert answers.empty()


def test_a_bucket_is_one_number() -> None:
    now = 1000.0
    limit = FrameLimit(Rate(10, 100), lambda: now)
    full_at = limit.take_frame(0.0, 100)
    assert full_at == pytest.approx(now + 10)
    assert limit.is_low(full_at)
    assert limit.take_frame(full_at, 1) == inf
    assert limit.take_frame(inf, 0) == inf
    now += 1
    full_at = limit.take_frame(full_at, 10)
    assert limit.take_frame(full_at, 1) == inf
    now += 100
    assert not limit.is_low(limit.take_frame(full_at, 25))


def test_large_ones_weigh_more() -> None:
    assert [weight(size) for size in (0, 32_767, 32_768, 128 * 1024)] == [1, 1, 2, 5]
    # As many of the largest events as there may be events.
    assert Rate(20, 60).per_second * weight(128 * 1024) <= LEAST_FRAMES.per_second
    assert Rate(20, 60).burst * weight(128 * 1024) <= LEAST_FRAMES.burst


def test_a_flood_is_far_above_every_rate_that_is_given() -> None:
    assert RateLimits().frames == LEAST_FRAMES
    assert RateLimits(Rate(0.1, 3), {"free": None}).frames == LEAST_FRAMES
    assert RateLimits(Rate(100, 100), {"rare": Rate(1, 1)}).frames == Rate(500, 5000)
    assert RateLimits(Rate(1, 1), {"often": Rate(1, 1000)}).frames == Rate(100, 5000)
    assert RateLimits(Rate(1, 1), frame=Rate(2, 20)).frames == Rate(2, 20)
    assert flood_of([Rate(20, 60), Rate(200, 600)]) == Rate(1000, 10_000)
