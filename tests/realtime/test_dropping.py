"""The server's side of an end: dropped, slow, silent, shut down."""

from __future__ import annotations

import asyncio
import socket as sockets
from typing import Any

import aiohttp
import pytest

from tests.support.engine import RawSocket, Serve, Served, soon, until


async def narrow(served: Served) -> RawSocket:
    """A client whose system takes little in advance, and that reads only when told to."""

    def small(info: Any) -> sockets.socket:
        sock = sockets.socket(info[0], info[1], info[2])
        sock.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4096)
        return sock

    connector = aiohttp.TCPConnector(socket_factory=small)
    http = aiohttp.ClientSession(connector=connector)
    served.http, wide = http, served.http
    try:
        ann = await served.client()
    finally:
        served.http = wide
    ann.transport.pause_reading()
    ann.http = http  # type: ignore[attr-defined]
    return ann


async def test_drop_closes_a_websocket_without_a_disconnect(served: Served) -> None:
    ann, bob = await served.client(), await served.client()
    await served.rooms.emit("closing", {"code": "draining"}, to=ann.sid)
    dropped = asyncio.create_task(served.sio.drop(ann.opening["sid"]))
    assert await ann.event() == ["closing", {"code": "draining"}]
    assert await ann.closed() == 1001
    await soon(dropped)
    assert await soon(served.rooms.left.get()) == (ann.sid, "server disconnect")
    assert (await bob.call("hello"))["ok"]
    await served.sio.drop(ann.opening["sid"])
    await served.sio.drop("nobody")
    await served.sio.drop(None)


async def test_drop_sends_what_was_emitted_before(served: Served) -> None:
    ann = await served.client()
    for number in range(200):
        await served.rooms.emit("news", ("x" * 1000, number), to=ann.sid)
    dropped = asyncio.create_task(served.sio.drop(ann.opening["sid"]))
    for number in range(200):
        assert (await ann.event())[2] == number
    await ann.closed()
    await soon(dropped)
    await served.is_empty()


async def test_drop_releases_a_waiting_get(served: Served) -> None:
    ann = await served.poller()
    await ann.connect()
    waiting = asyncio.create_task(ann.get())
    await until(lambda: served.sio.eio.sockets[ann.sid].polling._waiting)
    await served.rooms.emit("closing", 1)
    assert await soon(waiting) == (200, ['42/rooms,["closing",1]'])
    waiting = asyncio.create_task(ann.get())
    await until(lambda: served.sio.eio.sockets[ann.sid].polling._waiting)
    await soon(served.sio.drop(ann.sid))
    assert await soon(waiting) == (200, ["6"])
    assert (await ann.get())[0] == 400
    assert await ann.post("3") == 400


async def test_drop_all(served: Served) -> None:
    clients = [await served.client() for _ in range(5)]
    poller = await served.poller()
    await served.sio.drop_all()
    await served.sio.drop_all()
    assert served.rooms.left.qsize() == 5
    for client in clients:
        assert await client.closed() == 1001
    assert (await poller.get())[0] == 400
    await served.is_empty()


async def test_drop_within_a_handler_and_within_the_disconnect_handler(served: Served) -> None:
    ann = await served.client()

    async def handle(sid: str, event: str, args: list[Any]) -> Any:
        await served.sio.drop(served.sio.eio_sid(sid, "/rooms"))

    async def on_disconnect(sid: str, reason: str) -> None:
        await served.sio.drop(served.sio.eio_sid(sid, "/rooms"))
        served.rooms.left.put_nowait((sid, reason))

    served.rooms.handle = handle
    served.rooms.on_disconnect = on_disconnect  # type: ignore[method-assign]
    await ann.emit("drop me")
    await ann.closed()
    await soon(served.rooms.left.get())
    await served.is_empty()


async def test_disconnect_keeps_the_transport(served: Served) -> None:
    ann = await served.client("/notifications")
    sid = (await ann.connect("/rooms"))["sid"]
    await served.sio.disconnect(sid, "/rooms")
    assert await ann.receive() == "41/rooms,"
    assert await soon(served.rooms.left.get()) == (sid, "server disconnect")
    assert (await ann.call("hello", ns="/notifications"))["ok"]
    await served.sio.disconnect(sid, "/rooms")
    await served.sio.disconnect("nobody", "/elsewhere")


async def test_the_session_can_be_read_while_the_client_is_leaving(served: Served) -> None:
    ann = await served.client()
    await served.rooms.save_session(ann.sid, {"user": "ann"})
    found: asyncio.Queue[Any] = asyncio.Queue()

    async def on_disconnect(sid: str, reason: str) -> None:
        found.put_nowait((await served.rooms.get_session(sid), served.rooms.rooms(sid)))

    served.rooms.on_disconnect = on_disconnect  # type: ignore[method-assign]
    ann.cut()
    assert await soon(found.get()) == ({"user": "ann"}, [ann.sid])


@pytest.mark.parametrize("error", [RuntimeError("x"), asyncio.CancelledError()])
async def test_a_disconnect_handler_that_fails_leaves_nothing(
    served: Served, error: BaseException
) -> None:
    ann = await served.client()
    await ann.connect("/notifications")

    async def on_disconnect(sid: str, reason: str) -> None:
        raise error

    served.rooms.on_disconnect = on_disconnect  # type: ignore[method-assign]
    ann.cut()
    await soon(served.notifications.left.get())
    await served.is_empty()


async def test_one_who_reads_too_slowly_is_cut_at_the_queues_bound(served: Served) -> None:
    ann = await narrow(served)
    text = "x" * 60_000
    for _ in range(1000):
        await served.rooms.emit("news", text, to=ann.sid)
        if served.sio.stats.closed_slow:
            break
    assert served.sio.stats.closed_slow == 1
    assert await soon(served.rooms.left.get()) == (ann.sid, "transport error")
    await served.is_empty()
    await ann.http.close()  # type: ignore[attr-defined]


async def test_one_whose_connection_stalls_is_cut(served: Served) -> None:
    served.sio.eio.stalls.delay = 0.1
    ann = await narrow(served)
    queue = served.sio.eio.sockets[ann.opening["sid"]].queue
    while len(queue) < 3:
        await served.rooms.emit("news", "x" * 60_000, to=ann.sid)
        for _ in range(5):
            await asyncio.sleep(0)
    assert served.sio.stats.closed_slow == 0
    assert (await soon(served.rooms.left.get()))[0] == ann.sid
    assert served.sio.stats.closed_slow == 1
    await served.is_empty()
    await ann.http.close()  # type: ignore[attr-defined]


async def test_drop_does_not_wait_for_one_who_does_not_read(served: Served) -> None:
    served.sio.eio.flush_timeout = 0.1
    ann = await narrow(served)
    queue = served.sio.eio.sockets[ann.opening["sid"]].queue
    while len(queue) < 3:
        await served.rooms.emit("news", "x" * 60_000, to=ann.sid)
        for _ in range(5):
            await asyncio.sleep(0)
    await soon(served.sio.drop(ann.opening["sid"]))
    await served.is_empty()
    await ann.http.close()  # type: ignore[attr-defined]


async def test_one_large_packet_is_sent(served: Served) -> None:
    ann = await served.client()
    await served.rooms.emit("large", "x" * 3_000_000, to=ann.sid)
    assert len((await ann.event())[1]) == 3_000_000


async def test_heartbeat(serve: Serve) -> None:
    served = await serve(ping_interval=0.1, ping_timeout=0.3)
    ann, bob, cid = await served.client(), await served.client(), await served.client()
    stop = asyncio.Event()

    async def answer() -> None:
        while not stop.is_set():
            await ann.receive(pings=True)
            await ann.send("3")

    async def chatter() -> None:
        # Never a PONG, but no silence either.
        while not stop.is_set():
            await bob.send('42/rooms,["hm"]')
            await asyncio.sleep(0.01)

    alive = [asyncio.create_task(answer()), asyncio.create_task(chatter())]
    assert await soon(served.rooms.left.get()) == (cid.sid, "ping timeout")
    await asyncio.sleep(0.6)
    assert served.rooms.left.empty()
    stop.set()
    await asyncio.wait(alive, timeout=1)
    assert {(await soon(served.rooms.left.get()))[0] for _ in range(2)} == {ann.sid, bob.sid}
    await served.is_empty()


async def test_shutdown_waits_for_the_handler_that_runs(served: Served) -> None:
    ann = await served.client()
    started, go_on, done = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def handle(sid: str, event: str, args: list[Any]) -> Any:
        started.set()
        await go_on.wait()
        done.set()

    served.rooms.handle = handle
    await ann.emit("go")
    await soon(started.wait())
    stopping = asyncio.create_task(served.sio.shutdown())
    await ann.closed()
    assert not stopping.done()
    go_on.set()
    await soon(stopping)
    assert done.is_set()
    with pytest.raises(aiohttp.WSServerHandshakeError, match="503"):
        await served.websocket()


async def test_shutdown_does_not_wait_for_ever(served: Served) -> None:
    served.sio.eio.shutdown_timeout = 0.05
    ann = await served.client()
    started = asyncio.Event()

    async def handle(sid: str, event: str, args: list[Any]) -> Any:
        started.set()
        await asyncio.Event().wait()

    served.rooms.handle = handle
    await ann.emit("go", id=1)
    await soon(started.wait())
    await soon(served.sio.shutdown())
    await served.is_empty()
