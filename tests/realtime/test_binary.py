"""Events and acks that hold bytes, where that is wanted."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from typing import Any

import aiohttp
import pytest
import socketio

from tests.support.engine import RawPoller, RawSocket, Serve, Served, soon, until

ONE = '{"_placeholder":true,"num":0}'


@pytest.fixture
async def served(serve: Serve) -> Served:
    served = await serve(binary=True, max_http_buffer_size=2000)

    async def echo(sid: str, event: str, args: list[Any]) -> Any:
        served.rooms.events.append((event, args))
        return args[0] if args else None

    served.rooms.handle = echo
    return served


async def frames(ann: RawSocket, count: int) -> list[str | bytes]:
    return [(await soon(ann.ws.receive())).data for _ in range(count)]


async def test_an_event_and_its_ack(served: Served) -> None:
    ann = await served.client()
    await ann.send(f'452-/rooms,7["a",[{ONE},{{"_placeholder":true,"num":1}},"x"]]')
    await ann.ws.send_bytes(b"\1\2\3")
    await ann.ws.send_bytes(b"\4")
    assert await frames(ann, 3) == [
        f'462-/rooms,7[[{ONE},{{"_placeholder":true,"num":1}},"x"]]', b"\1\2\3", b"\4"
    ]  # fmt: skip
    assert served.rooms.events[-1] == ("a", [[b"\1\2\3", b"\4", "x"]])
    # Without bytes all is as ever.
    assert await ann.call("b", "text") == "text"


async def test_a_broadcast_to_both_transports(served: Served) -> None:
    ann, bob = await served.client(), await served.poller()
    await bob.connect()
    await served.rooms.emit("news", {"file": b"\0\xff", "name": "é"})
    text = f'451-/rooms,["news",{{"file":{ONE},"name":"é"}}]'
    assert await frames(ann, 2) == [text, b"\0\xff"]
    assert await bob.packets(2) == [text, "b" + b64encode(b"\0\xff").decode()]


async def test_a_poller_sends_and_gets_no_more_packets_at_once_than_it_takes(
    served: Served,
) -> None:
    ann = await served.poller()
    await ann.connect()
    for number in range(12):
        assert await ann.post(f'451-/rooms,{number}["a",{ONE}]', "bAQID") == 200
    got: list[str] = []
    while len(got) < 24:
        _, packets = await ann.get()
        assert len(packets) <= 16 and len(packets) % 2 == 0
        got += packets
    assert got[::2] == [f"461-/rooms,{number}[{ONE}]" for number in range(12)]
    assert set(got[1::2]) == {"bAQID"}


async def test_call_with_bytes(served: Served) -> None:
    ann = await served.client()
    asked = asyncio.create_task(served.rooms.call("ask", b"\1", sid=ann.sid, timeout=5))
    assert await frames(ann, 2) == [f'451-/rooms,1["ask",{ONE}]', b"\1"]
    await ann.send(f"461-/rooms,1[{ONE}]")
    await ann.ws.send_bytes(b"fine")
    assert await soon(asked) == b"fine"


BAD: dict[str, list[str | bytes]] = {
    "an attachment of nothing": [b"\1"],
    "a packet came before the attachments": [f'451-/rooms,["a",{ONE}]', '42/rooms,["b"]'],
    "more than is announced": [f'451-/rooms,["a",{ONE}]', b"\1", b"\2"],
    "too many": ['4565-/rooms,["a"]'],
    "far too many": ['459999999999-/rooms,["a"]'],
    "no number": ['45/rooms,["a"]'],
    "too large together": [f'451-/rooms,["a",{ONE}]', b"x" * 1990],
    "an ack whose placeholder has nothing": ['460-/rooms,1[{"_placeholder":true,"num":0}]'],
    "base64 in a frame": ["bAQID"],
}


@pytest.mark.parametrize("name", BAD)
async def test_what_no_client_sends_closes_at_once(served: Served, name: str) -> None:
    ann = await served.client()
    for packet in BAD[name]:
        await (ann.ws.send_bytes(packet) if isinstance(packet, bytes) else ann.send(packet))
    while (message := await soon(ann.ws.receive())).type is aiohttp.WSMsgType.TEXT:
        pass
    assert message.data == 1002
    await served.is_empty()
    assert not served.sio._binary_packet


@pytest.mark.parametrize("body", ["bAQID", "b*", "b", '451-/rooms,["a"]\x1eb='])
async def test_bytes_that_a_poller_must_not_send(served: Served, body: str) -> None:
    ann = await served.poller()
    await ann.connect()
    assert await ann.post(body) == 400
    await served.is_empty()


async def test_before_a_namespace_nothing_is_kept(served: Served) -> None:
    ann = await served.websocket()
    await ann.send(f'451-/rooms,["a",{ONE}]')
    assert await ann.closed() == 1002
    await served.is_empty()


@pytest.mark.parametrize("number", ["1", "-7", '"0"', "null"])
async def test_a_placeholder_without_an_attachment_is_refused(served: Served, number: str) -> None:
    served.rooms.handle = None
    ann = await served.client()
    await ann.send(f'451-/rooms,7["a",{{"_placeholder":true,"num":{number}}}]')
    await ann.ws.send_bytes(b"\1")
    assert (await ann.ack())[1]["error"]["code"] == "validation_failed"


async def test_half_a_packet_dies_with_its_client(served: Served) -> None:
    ann = await served.client()
    await ann.send(f'452-/rooms,["a",{ONE}]')
    await ann.ws.send_bytes(b"\1")
    await until(lambda: served.sio._binary_packet)
    ann.cut()
    await served.is_empty()
    assert not served.sio._binary_packet


@pytest.mark.parametrize("transports", [["polling"], ["websocket"], ["polling", "websocket"]])
async def test_a_stock_client(serve: Serve, transports: list[str]) -> None:
    served = await serve(binary=True)
    heard: asyncio.Queue[Any] = asyncio.Queue()
    client = socketio.AsyncClient()
    client.on("news", heard.put_nowait, namespace="/rooms")

    async def echo(sid: str, event: str, args: list[Any]) -> Any:
        await served.rooms.emit("news", args[0])
        return args[0]

    served.rooms.handle = echo
    await client.connect(served.url, namespaces=["/rooms"], transports=transports)
    for number in range(30):
        data = {"bytes": bytes([number]) * number, "list": [b"", "text", number]}
        assert await client.call("a", data, namespace="/rooms") == data
        assert await soon(heard.get()) == data
    await client.disconnect()
    await served.is_empty()


async def test_without_it_bytes_are_refused(serve: Serve) -> None:
    served = await serve()
    poller: RawPoller = await served.poller()
    await poller.connect()
    assert await poller.post("bAQID") == 400
    for packets in (['451-/rooms,["a"]'], [b"\1"]):
        ann = await served.client()
        for packet in packets:
            await (ann.ws.send_bytes(packet) if isinstance(packet, bytes) else ann.send(packet))
        assert await ann.closed() == 1002
    await served.is_empty()
