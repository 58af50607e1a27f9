"""Stock clients, over each way in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import socketio
from socketio.exceptions import ConnectionError as Refused

from tests.support import javascript
from tests.support.engine import RawPoller, RawSocket, Serve, Served, soon, until
from tests.support.javascript import NodeScript

BOTH = ["/rooms", "/notifications"]
WAYS = {
    "polling": (["polling"], "polling"),
    "websocket": (["websocket"], "websocket"),
    "upgrade": (["polling", "websocket"], "websocket"),
}


@pytest.fixture(params=WAYS)
async def way(request: pytest.FixtureRequest) -> tuple[list[str], str]:
    return WAYS[request.param]


@pytest.fixture
async def client() -> AsyncIterator[socketio.AsyncClient]:
    client = socketio.AsyncClient(
        reconnection=True, reconnection_delay=0.01, reconnection_delay_max=0.02
    )
    yield client
    await client.disconnect()


async def test_a_client(
    served: Served, client: socketio.AsyncClient, way: tuple[list[str], str]
) -> None:
    transports, ends_as = way
    heard: asyncio.Queue[Any] = asyncio.Queue()
    client.on("news", heard.put_nowait, namespace="/rooms")
    await client.connect(served.url, namespaces=BOTH, transports=transports, auth={"token": "t"})
    assert client.transport() == ends_as
    sid = client.get_sid("/rooms")
    await served.rooms.enter_room(sid, "r1")

    answers = await asyncio.gather(
        *(client.call("echo", number, namespace="/rooms") for number in range(30)),
        client.call("echo", "x" * 100_000, namespace="/notifications"),
    )
    assert [answer["args"] for answer in answers[:30]] == [[number] for number in range(30)]
    assert answers[30]["ok"]

    # More at once than a client in Python takes in one polling answer.
    for number in range(100):
        await served.rooms.emit("news", {"number": number, "text": "héllo 😀"}, room="r1")
    got = [await soon(heard.get()) for _ in range(100)]
    assert [item["number"] for item in got] == list(range(100))
    assert got[0]["text"] == "héllo 😀"

    await client.disconnect()
    assert (await soon(served.rooms.left.get()))[0] == sid
    await served.is_empty()
    assert served.sio.stats.bad_packets == 0


async def test_a_refused_client(
    served: Served, client: socketio.AsyncClient, way: tuple[list[str], str]
) -> None:
    async def connect(*_: Any) -> Any:
        raise socketio.exceptions.ConnectionRefusedError("no", {"code": "unauthenticated"})

    served.rooms.connect = connect
    errors: asyncio.Queue[Any] = asyncio.Queue()
    client.on("connect_error", errors.put_nowait, namespace="/rooms")
    with pytest.raises(Refused):
        await client.connect(served.url, namespaces=["/rooms"], transports=way[0], retry=False)
    assert await soon(errors.get()) == {"message": "no", "data": {"code": "unauthenticated"}}
    await served.is_empty()


async def test_a_dropped_client_reconnects_by_itself(
    served: Served, client: socketio.AsyncClient, way: tuple[list[str], str]
) -> None:
    await client.connect(served.url, namespaces=["/rooms"], transports=way[0])
    first = await soon(served.rooms.connected.get())
    await served.sio.drop(served.sio.eio_sid(first, "/rooms"))
    second = await soon(served.rooms.connected.get())
    assert second != first
    await until(lambda: client.get_sid("/rooms") == second)
    assert (await client.call("hello", namespace="/rooms"))["ok"]


async def test_heartbeats(
    serve: Serve, client: socketio.AsyncClient, way: tuple[list[str], str]
) -> None:
    served = await serve(ping_interval=0.1, ping_timeout=0.4)
    await client.connect(served.url, namespaces=["/rooms"], transports=way[0])
    await asyncio.sleep(0.7)
    assert (await client.call("hello", namespace="/rooms"))["ok"]
    assert served.rooms.left.empty()


async def test_a_javascript_client_loses_nothing_in_the_middle_of_traffic(
    served: Served, way: tuple[list[str], str]
) -> None:
    """Which of its messages go by polling, and which by websocket, is as it happens to be."""
    transports, _ = way
    javascript.install()
    count = 300
    script = await NodeScript.start("traffic.mjs", served.url, ",".join(transports), str(count))
    try:
        await script.step("connected")
        for number in range(count):
            await served.rooms.emit("news", number)
            await asyncio.sleep(0.001)
        done = await script.step("done")
    finally:
        await script.close()
    assert done["heard"] == done["answers"] == list(range(count))
    assert [args for event, args in served.rooms.events] == [[n] for n in range(count)]


class TestUpgrade:
    async def probe(self, served: Served) -> tuple[RawPoller, RawSocket]:
        poller = await served.poller()
        await poller.connect()
        return poller, await served.websocket(poller.sid)

    async def test_no_packet_is_lost_or_out_of_order(self, served: Served) -> None:
        poller, ws = await self.probe(served)
        waiting = asyncio.create_task(poller.get())
        await served.rooms.emit("news", 1)
        assert await soon(waiting) == (200, ['42/rooms,["news",1]'])
        waiting = asyncio.create_task(poller.get())
        await until(lambda: served.sio.eio.sockets[poller.sid].polling._waiting)
        await ws.send("2probe")
        assert await ws.receive() == "3probe"
        assert await soon(waiting) == (200, ["6"])
        # Between the probe and the upgrade polling goes on, but does not hold the client up.
        assert await soon(poller.get()) == (200, ["6"])
        await served.rooms.emit("news", 2)
        assert await soon(poller.get()) == (200, ['42/rooms,["news",2]'])
        await served.rooms.emit("news", 3)
        await ws.send("5")
        await served.rooms.emit("news", 4)
        assert [(await ws.event())[1] for _ in range(2)] == [3, 4]
        assert (await poller.get())[0] == 400
        assert await poller.post("3") == 400
        assert (await ws.call("hello"))["ok"]
        assert served.sio.transport(served.rooms.connected.get_nowait(), "/rooms") == "websocket"

    async def test_one_without_a_probe_is_taken_as_node_does(self, served: Served) -> None:
        poller, ws = await self.probe(served)
        waiting = asyncio.create_task(poller.get())
        await until(lambda: served.sio.eio.sockets[poller.sid].polling._waiting)
        await ws.send("5")
        assert await soon(waiting) == (200, ["6"])
        await served.rooms.emit("news", 1)
        assert (await ws.event())[1] == 1
        assert (await ws.call("hello"))["ok"]
        assert await poller.post("3") == 400
        assert served.sio.transport(served.rooms.connected.get_nowait(), "/rooms") == "websocket"

    @pytest.mark.parametrize("packets", [["2"], ["4x"], ["2probe", "x"], ["2probe", "4x"]])
    async def test_one_that_fails_leaves_the_session_polling(
        self, served: Served, packets: list[str]
    ) -> None:
        poller, ws = await self.probe(served)
        for packet in packets:
            await ws.send(packet)
        if len(packets) == 2:
            assert await ws.receive() == "3probe"
        await ws.closed()
        assert await poller.post('42/rooms,1["hello"]') == 200
        assert (await poller.packets(1))[0].startswith("43/rooms,1")
        # And it may try again.
        ws = await served.websocket(poller.sid)
        await ws.send("2probe")
        assert await ws.receive() == "3probe"

    async def test_one_that_takes_too_long(self, served: Served) -> None:
        served.sio.eio.probes.delay = 0.05
        poller, ws = await self.probe(served)
        await ws.closed()
        assert await poller.post("3") == 200

    async def test_only_one_at_a_time(self, served: Served) -> None:
        poller, ws = await self.probe(served)
        other = await served.websocket(poller.sid)
        await other.closed()
        await ws.send("2probe")
        assert await ws.receive() == "3probe"
        await ws.send("5")
        assert (await ws.call("hello"))["ok"]
        late = await served.websocket(poller.sid)
        await late.closed()
        assert (await ws.call("hello"))["ok"]

    async def test_the_session_ends_while_it_is_under_way(self, served: Served) -> None:
        poller, ws = await self.probe(served)
        await ws.send("2probe")
        assert await ws.receive() == "3probe"
        assert await poller.post("1") == 200
        await ws.closed()
        await served.is_empty()

    async def test_the_websocket_is_cut_while_it_is_under_way(self, served: Served) -> None:
        poller, ws = await self.probe(served)
        await ws.send("2probe")
        assert await ws.receive() == "3probe"
        ws.cut()
        socket = served.sio.eio.sockets[poller.sid]
        await until(lambda: not socket.upgrading)
        assert await poller.post('42/rooms,1["hello"]') == 200
        assert (await poller.packets(1))[0].startswith("43/rooms,1")
