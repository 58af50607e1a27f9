"""The websocket protocol, byte by byte: RFC 6455 from a client that does as it likes."""

from __future__ import annotations

import asyncio
import os
import struct

import pytest

from server.realtime import frames
from tests.support.engine import Serve, Served, soon
from tests.support.memory_clients import frame, request
from tests.support.raw_websockets import Wire

HELLO = '42/rooms,7["hello"]'


@pytest.mark.parametrize("size", [0, 1, 119, 125, 126, 127, 300, 65_535, 65_536])
def test_a_whole_text_is_told_from_its_beginning_and_from_two(size: int) -> None:
    data = frame(os.urandom(size))
    for end in range(min(len(data), 300)):
        assert frames.whole_text(data[:end], 1 << 20) is None
    found = frames.read_frame(data, 0, 1 << 20)
    assert isinstance(found, frames.Frame)
    assert frames.whole_text(data, 1 << 20) == (found.payload if 0 < size < 65_536 else None)
    assert frames.whole_text(data + data[:1], 1 << 20) is None
    assert frames.whole_text(data, size - 1) is None


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65_535, 65_536, 100_000])
async def test_messages_of_any_length_arrive_and_are_answered(served: Served, size: int) -> None:
    wire = await Wire.open(served)
    wire.send(frame(f'42/rooms,7["hello","{"x" * size}"]', mask=os.urandom(4)))
    assert await wire.answered()
    assert served.rooms.events[-1] == ("hello", ["x" * size])
    wire.close()


async def test_bytes_may_come_one_at_a_time(served: Served) -> None:
    wire = await Wire.dial(served)
    for byte in request() + frame(b"40/rooms,") + frame(HELLO):
        wire.send(bytes([byte]))
        await asyncio.sleep(0)
    assert "101" in await wire.head()
    kinds = [(await wire.frame())[1][:2] for _ in range(3)]
    assert kinds == [b"0{", b"40", b"43"]
    wire.close()


async def test_frames_may_come_with_the_handshake_and_many_at_once(served: Served) -> None:
    wire = await Wire.dial(served)
    wire.send(request() + frame(b"40/rooms,") + frame(HELLO) * 3)
    assert "101" in await wire.head()
    assert [(await wire.frame())[1][:2] for _ in range(5)] == [b"0{", b"40", b"43", b"43", b"43"]
    wire.close()


async def test_a_message_may_come_in_fragments_with_control_frames_between(served: Served) -> None:
    wire = await Wire.open(served)
    half = len(HELLO) // 2
    wire.send(frame(HELLO[:half], 0x01) + frame(b"are you there", 0x89) + frame(b"", 0x00))
    assert await wire.frame() == (0x8A, b"are you there")
    wire.send(frame(b"nobody asked", 0x8A) + frame(HELLO[half:], 0x80))
    assert await wire.answered()
    wire.close()


async def test_fragments_may_cut_a_character_in_two(served: Served) -> None:
    wire = await Wire.open(served)
    raw = '42/rooms,7["hello","🎉"]'.encode()
    cut = raw.index("🎉".encode()) + 2
    wire.send(frame(raw[:cut], 0x01) + frame(raw[cut:], 0x80))
    assert await wire.answered()
    assert served.rooms.events[-1] == ("hello", ["🎉"])
    wire.close()


BAD = {
    "not masked": (frame(HELLO, mask=None), 1002),
    "reserved bit 1": (frame(HELLO, 0xC1), 1002),
    "reserved bit 2": (frame(HELLO, 0xA1), 1002),
    "reserved bit 3": (frame(HELLO, 0x91), 1002),
    "opcode 3": (frame(HELLO, 0x83), 1002),
    "opcode 11": (frame(b"", 0x8B), 1002),
    "a fragmented ping": (frame(b"", 0x09), 1002),
    "a fragmented close": (frame(b"", 0x08), 1002),
    "a ping of 126 bytes": (frame(b"x" * 126, 0x89), 1002),
    "goes on with nothing": (frame(HELLO, 0x80), 1002),
    "begins twice": (frame(b"4", 0x01) + frame(b"4", 0x01), 1002),
    "bad UTF-8": (frame(b"4\xff", 0x81), 1007),
    "bad UTF-8 in fragments": (frame(b"4\xf0", 0x01) + frame(b"\x28", 0x80), 1007),
    "half a surrogate": (frame(b"4\xed\xa0\x80", 0x81), 1007),
    "too large": (bytes([0x81, 0xFF]) + (1 << 40).to_bytes(8, "big"), 1009),
    "the largest length": (bytes([0x81, 0xFF]) + b"\xff" * 8, 1009),
    "too large in fragments": (frame(b"x" * 200_000, 0x01) + frame(b"x" * 200_000, 0x00), 1009),
    "binary": (frame(b"\4abc", 0x82), 1002),
    "a close of one byte": (frame(b"\3", 0x88), 1002),
    "close code 999": (frame(struct.pack("!H", 999), 0x88), 1002),
    "close code 1005": (frame(struct.pack("!H", 1005), 0x88), 1002),
    "close code 2000": (frame(struct.pack("!H", 2000), 0x88), 1002),
    "a reason that is not UTF-8": (frame(struct.pack("!H", 1000) + b"\xff", 0x88), 1007),
}


@pytest.mark.parametrize("name", BAD)
async def test_what_no_client_may_send_closes_with_its_code(served: Served, name: str) -> None:
    data, code = BAD[name]
    wire = await Wire.open(served)
    # What comes behind it is not looked at.
    wire.send(data + frame(HELLO))
    assert await wire.closed() == code
    await served.is_empty()
    assert served.rooms.events == []


@pytest.mark.parametrize("code", [None, 1000, 1001, 1011, 3000, 4999])
async def test_a_goodbye_is_answered_alike(served: Served, code: int | None) -> None:
    wire = await Wire.open(served)
    wire.send(frame(b"" if code is None else struct.pack("!H", code) + b"bye", 0x88))
    assert await wire.closed() == code
    assert await wire.end() == b""
    await served.is_empty()


async def test_pings_are_answered_in_order_and_not_kept_for_one_who_does_not_read(
    served: Served,
) -> None:
    wire = await Wire.open(served)
    wire.send(b"".join(frame(f"{n}", 0x89) for n in range(3)))
    assert [await wire.frame() for _ in range(3)] == [(0x8A, f"{n}".encode()) for n in range(3)]
    wire.close()


HANDSHAKES = {
    "no key": {"Sec_WebSocket_Key": ""},
    "a key of 15 bytes": {"Sec_WebSocket_Key": "YWJjZGVmZ2hpamtsbW5v"},
    "a key that is no base64": {"Sec_WebSocket_Key": "*" * 24},
    "version 8": {"Sec_WebSocket_Version": "8"},
    "no version": {"Sec_WebSocket_Version": ""},
    "no upgrade": {"Upgrade": "h2c"},
    "no connection": {"Connection": "keep-alive"},
    "a length that is no number": {"Content_Length": "abc"},
}


@pytest.mark.parametrize("name", HANDSHAKES)
async def test_an_unsound_handshake_is_refused(served: Served, name: str) -> None:
    wire = await Wire.dial(served)
    wire.send(request(**HANDSHAKES[name]))
    assert "400" in (await wire.head()).split("\r\n")[0]
    wire.close()


@pytest.mark.parametrize(
    "query",
    ["transport=websocket", "EIO=abc&transport=websocket", "EIO=4", "EIO=4&transport=abc"],
)
async def test_a_handshake_of_another_protocol_is_refused(served: Served, query: str) -> None:
    wire = await Wire.dial(served)
    wire.send(request(f"/socket.io/?{query}"))
    assert "400" in (await wire.head()).split("\r\n")[0]
    wire.close()
    await served.is_empty()


async def test_other_requests_are_served_beside(served: Served) -> None:
    """On one connection, one after the other, and a websocket at the end."""
    wire = await Wire.dial(served)
    for target, status in (("/nowhere", "404"), ("/socket.io/?EIO=3&transport=websocket", "400")):
        wire.send(request(target))
        head = await wire.head()
        assert status in head.split("\r\n")[0]
        size = int(head.lower().split("content-length: ")[1].split("\r\n")[0])
        await soon(wire._reader.readexactly(size))
    wire.send(request())
    assert "101" in await wire.head()
    wire.close()


async def test_a_refused_handshake_leaves_nothing(serve: Serve) -> None:
    served = await serve(cors_allowed_origins=("https://chat.example",))
    wire = await Wire.dial(served)
    wire.send(request(Origin="https://evil.example"))
    assert "403" in (await wire.head()).split("\r\n")[0]
    assert served.sio.stats.refused == 1
    wire.close()
    await served.is_empty()
