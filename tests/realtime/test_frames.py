"""Websocket frames that no client sends: closed at once, and nothing stays."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

import aiohttp
import pytest
from structlog.testing import capture_logs

from tests.support.engine import RawSocket, Serve, Served, soon, until

Send = Callable[[RawSocket], Awaitable[None]]

BAD_FRAMES: dict[str, tuple[Send, int]] = {
    "empty": (lambda ann: ann.send(""), 1002),
    "unknown type": (lambda ann: ann.send("7"), 1002),
    "no digit": (lambda ann: ann.send("abc"), 1002),
    "open": (lambda ann: ann.send("0{}"), 1002),
    "ping": (lambda ann: ann.send("2"), 1002),
    "late upgrade": (lambda ann: ann.send("5"), 1002),
    "base64": (lambda ann: ann.send("bAQID"), 1002),
    "binary": (lambda ann: ann.ws.send_bytes(b"\1\2\3"), 1002),
    "too large": (lambda ann: ann.send('42/rooms,1["' + "x" * 5000 + '"]'), 1009),
    "not UTF-8": (lambda ann: ann.ws.send_frame(b"\xff\xfe", aiohttp.WSMsgType.TEXT), 1007),
    "reserved bits": (lambda ann: ann.ws._writer.send_frame(b"x", 0x3), 1002),
}


@pytest.mark.parametrize("name", BAD_FRAMES)
async def test_a_bad_frame_closes_at_once(
    serve: Serve, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    served = await serve(max_http_buffer_size=2000)
    ann, bob = await served.client(), await served.client()
    await served.rooms.enter_room(ann.sid, "r1")
    send, code = BAD_FRAMES[name]
    with capture_logs() as logs, caplog.at_level(logging.DEBUG):
        await send(ann)
        assert await soon(served.rooms.left.get()) == (ann.sid, "transport error")
        assert await ann.closed() == code
        await until(lambda: len(served.sio.eio.sockets) == 1)
    assert [line["event"] for line in logs] == ["bad packet, connection closed"]
    assert ann.sid not in str(logs) + caplog.text
    assert "Traceback" not in caplog.text
    assert served.sio.stats.bad_packets == 1
    assert "r1" not in served.sio.manager.rooms["/rooms"]
    assert (await bob.call("hello"))["ok"]
    bob.cut()
    await served.is_empty()


async def test_a_client_that_does_not_answer_the_close_is_gone_all_the_same(
    served: Served,
) -> None:
    ann = await served.websocket(autoclose=False)
    await ann.connect()
    await ann.send("7")
    assert (await soon(served.rooms.left.get()))[0] == ann.sid
    await served.is_empty()


async def test_an_event_up_to_twice_the_limit_is_answered(serve: Serve) -> None:
    served = await serve(max_http_buffer_size=2000)
    ann = await served.client()
    assert (await ann.call("a", "x" * 1900))["ok"]
    assert (await ann.call("a", "x" * 3900))["error"]["code"] == "payload_too_large"
    await ann.send('42/rooms,8["a","' + "ü" * 1900 + '"]')
    assert (await ann.ack())[1]["error"]["code"] == "payload_too_large"
    assert served.sio.stats.bad_packets == 0


async def test_a_message_in_fragments(served: Served) -> None:
    ann = await served.client()
    text, fin = b'42/rooms,7["split","' + b"x" * 5000 + b'"]', 0x80
    for start in range(0, len(text), 1000):
        part = text[start : start + 1000]
        first = (0x1 if start == 0 else 0x0) | (fin if start + 1000 >= len(text) else 0)
        # Masked with zeros, so the payload goes as it is.
        ann.transport.write(bytes([first, 0x80 | 126]) + len(part).to_bytes(2) + bytes(4) + part)
        await asyncio.sleep(0)
    assert (await ann.ack())[1]["event"] == "split"


@pytest.mark.parametrize("how", ["close frame", "cut", "engine close", "goodbye"])
async def test_a_client_that_goes_is_offline_at_once(served: Served, how: str) -> None:
    ann = await served.client()
    await served.rooms.enter_room(ann.sid, "r1")
    if how == "close frame":
        await ann.ws.close()
    elif how == "cut":
        ann.cut()
    elif how == "engine close":
        await ann.send("1")
    else:
        await ann.send("41/rooms,")
        await ann.ws.close()
    reason = {"engine close": "client disconnect", "goodbye": "client disconnect"}
    left = await soon(served.rooms.left.get())
    assert left == (ann.sid, reason.get(how, "transport close"))
    await served.is_empty()
    assert served.sio.stats.bad_packets == 0
