"""What goes out: encoded once, merged per turn of the loop, and kept within bounds."""

from __future__ import annotations

import asyncio
from base64 import b64decode

import pytest

from server.realtime import membership, outgoing
from server.realtime.outgoing import Backlog, Encoded, Total
from tests.support.engine import Serve, Served


async def test_a_room_hears_all_in_one_order_however_many_turns_it_takes(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(membership, "MOST_DELIVERED_AT_ONCE", 3)
    monkeypatch.setattr(outgoing, "WRITING_SLICE", 0.0)
    monkeypatch.setattr(outgoing, "WRITING_STRIDE", 2)
    clients = [await served.client() for _ in range(10)]
    for client in clients:
        await served.rooms.enter_room(client.sid, "all")

    async def tell(number: int) -> None:
        if number % 3:
            await served.rooms.emit("news", number, room="all")
        else:
            for client in clients:
                await served.rooms.emit("news", number, to=client.sid)

    await asyncio.gather(*(tell(number) for number in range(30)))

    heard = [[(await client.event())[1] for _ in range(30)] for client in clients]
    assert sorted(heard[0]) == list(range(30))
    broadcasts = [[number for number in each if number % 3] for each in heard]
    assert all(each == broadcasts[0] for each in broadcasts)


async def test_a_poller_hears_a_broadcast_as_a_websocket_does(served: Served) -> None:
    ann, bob = await served.client(), await served.poller()
    await bob.connect()
    for sid in list(served.sio.manager.rooms["/rooms"][None]):
        await served.rooms.enter_room(sid, "all")
    await served.rooms.emit("news", "🎉", room="all")
    assert await ann.receive() == '42/rooms,["news","🎉"]'
    assert await bob.packets(1) == ['42/rooms,["news","🎉"]']


async def test_what_is_volatile_goes_first_for_one_who_does_not_read(serve: Serve) -> None:
    served = await serve(volatile_events={"typing"})
    ann = await served.poller()
    await ann.connect()
    (sid,) = served.sio.manager.rooms["/rooms"][None]
    await served.rooms.emit("news", 1, to=sid)
    for _ in range(served.sio.eio.max_queued_packets + 100):
        await served.rooms.emit("typing", {}, to=sid)
    await served.rooms.emit("news", 2, to=sid)
    assert served.sio.stats.closed_slow == 0
    assert await ann.packets(2) == ['42/rooms,["news",1]', '42/rooms,["news",2]']


@pytest.mark.parametrize("size", [1, 125, 126, 65_535, 65_536])
def test_what_was_framed_for_websockets_is_a_poller_s_text_too(size: int) -> None:
    text = "ü" * (size // 2) + "x" * (size % 2)
    assert Encoded.of(text).text == text
    assert b64decode(Encoded.of(bytes(size)).text[1:]) == bytes(size)


def test_a_backlog_has_room_for_one_of_any_size() -> None:
    backlog = Backlog(max_bytes=10, max_packets=2, total=Total())
    assert backlog.put(Encoded.of("x" * 1000))
    assert not backlog.put(Encoded.of("x"))
    assert backlog.put(Encoded.of("x", volatile=True))
    assert len(backlog) == 1
    backlog.pop()
    assert backlog.put(Encoded.of("x")) and backlog.put(Encoded.of("y"))
    assert not backlog.put(Encoded.of("z"))
    assert [backlog.pop().text for _ in range(2)] == ["x", "y"]
    assert backlog.bytes == 0
