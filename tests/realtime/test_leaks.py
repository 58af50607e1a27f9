"""However a connection ends, nothing of it stays: no task, no entry, no place taken."""

from __future__ import annotations

import asyncio
import gc
import random
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from server.realtime import ConnectionLimits
from tests.support.engine import Serve, Served, is_session_of, until


async def cut(served: Served) -> None:
    (await served.client()).cut()


async def cut_without_namespace(served: Served) -> None:
    (await served.websocket()).cut()


async def cut_while_connecting(served: Served) -> None:
    ann = await served.websocket()
    await ann.send('40/rooms,{"slow":true}')
    ann.cut()


async def cut_while_handling(served: Served) -> None:
    ann = await served.client()
    for number in range(10):
        await ann.emit("slow", id=number)
    ann.cut()


async def close(served: Served) -> None:
    await (await served.client()).ws.close()


async def refused(served: Served) -> None:
    ann = await served.websocket()
    await ann.connect("/rooms", {"refuse": True})
    await ann.connect("/elsewhere")
    ann.cut()


async def garbage(served: Served) -> None:
    await (await served.client()).send("7")


async def binary(served: Served) -> None:
    ann = await served.client()
    await ann.send('451-["a",{"_placeholder":true,"num":0}]')


async def too_large(served: Served) -> None:
    await (await served.client()).send('42/rooms,["' + "x" * 300_000 + '"]')


async def both_namespaces(served: Served) -> None:
    ann = await served.client()
    await ann.connect("/notifications")
    await served.rooms.emit("ask", to=ann.sid, callback=print)
    await ann.send("41/rooms,")
    ann.cut()


async def kicked(served: Served) -> None:
    ann = await served.client()
    await served.sio.disconnect(ann.sid, "/rooms")
    await ann.ws.close()


async def dropped(served: Served) -> None:
    ann = await served.client()
    await served.sio.drop(ann.opening["sid"])


async def poller_closes(served: Served) -> None:
    ann = await served.poller()
    await ann.connect()
    await ann.post("1")


async def poller_is_garbage(served: Served) -> None:
    await (await served.poller()).post("7")


async def poller_hangs_up(served: Served) -> None:
    ann = await served.poller()
    await ann.connect()
    waiting = asyncio.create_task(ann.get())
    sockets = served.sio.eio.sockets
    await until(lambda: ann.sid not in sockets or sockets[ann.sid].polling._waiting)
    waiting.cancel()
    await asyncio.wait([waiting])
    await served.sio.drop(ann.sid)


async def poller_never_returns(served: Served) -> None:
    await (await served.poller()).post("40/rooms,")


async def upgrade_cut(served: Served) -> None:
    ann = await served.poller()
    ws = await served.websocket(ann.sid)
    await ws.send("2probe")
    ws.cut()
    await ann.post("1")


async def upgraded_then_cut(served: Served) -> None:
    ann = await served.poller()
    ws = await served.websocket(ann.sid)
    await ws.send("2probe")
    assert await ws.receive() == "3probe"
    await ws.send("5")
    await ws.connect()
    ws.cut()


WAYS: list[Callable[[Served], Awaitable[None]]] = [
    cut, cut_without_namespace, cut_while_connecting, cut_while_handling, close, refused,
    garbage, binary, too_large, both_namespaces, kicked, dropped, poller_closes,
    poller_is_garbage, poller_hangs_up, poller_never_returns, upgrade_cut, upgraded_then_cut,
]  # fmt: skip


async def open_for_trouble(serve: Serve, patience: float = 0.5) -> Served:
    """``patience``: seconds that a client has to answer a ping, or to enter a namespace."""
    served = await serve(
        limits=ConnectionLimits.none(),
        ping_interval=0.5,
        ping_timeout=patience,
        connect_timeout=patience,
    )

    async def connect(sid: str, environ: dict[str, Any], auth: Any) -> Any:
        await served.rooms.enter_room(sid, "everyone")
        if auth and "slow" in auth:
            await asyncio.sleep(0.05)
        await served.rooms.enter_room(sid, "late")
        return not (auth and "refuse" in auth)

    async def handle(sid: str, event: str, args: list[Any]) -> Any:
        await asyncio.sleep(0.01)
        await served.rooms.enter_room(sid, "entered by an event")

    served.rooms.connect = connect
    served.rooms.handle = handle
    return served


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
async def test_one(serve: Serve, way: Callable[[Served], Awaitable[None]]) -> None:
    served = await open_for_trouble(serve)
    before = asyncio.all_tasks()
    await way(served)
    await served.is_empty()
    await until(lambda: len(asyncio.all_tasks() - before) == 0 or only_idle_http(before))


async def test_two_hundred(serve: Serve) -> None:
    # Those that behave must not be late on a busy machine, where 24 of them take turns.
    served = await open_for_trouble(serve, patience=2.0)
    before = asyncio.all_tasks()
    ways = WAYS * 12
    random.Random(5).shuffle(ways)
    for start in range(0, len(ways), 24):
        await asyncio.gather(*(way(served) for way in ways[start : start + 24]))
    await served.is_empty()
    await until(lambda: only_idle_http(before))
    gc.collect()
    assert not [thing for thing in gc.get_objects() if is_session_of(thing, served)]
    assert served.sio.stats.bad_packets == 12 * 4
    assert served.rooms.connected.qsize() > 100


def only_idle_http(before: set[asyncio.Task[Any]]) -> bool:
    """Whether the only new tasks are aiohttp's for HTTP connections that are kept alive."""
    new = asyncio.all_tasks() - before
    return all("RequestHandler.start" in repr(task) for task in new)
