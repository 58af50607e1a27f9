"""What a client may say, and what becomes of the rest."""

from __future__ import annotations

import dataclasses
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from socketio import packet

from server.kernel.errors import ChatError, Invalid, PayloadTooLarge
from server.realtime.packets import BadPacket, ChatPacket
from tests.support.engine import Serve, Served, until


def decode(text: str) -> ChatPacket:
    return ChatPacket(encoded_packet=text)


@pytest.mark.parametrize(
    ("text", "kind", "namespace", "id", "data"),
    [
        ("0", packet.CONNECT, None, None, None),
        ("0/rooms", packet.CONNECT, "/rooms", None, None),
        ("0/rooms,", packet.CONNECT, "/rooms", None, None),
        ('0/rooms?x=1,{"token":"t"}', packet.CONNECT, "/rooms", None, {"token": "t"}),
        ("1/rooms,", packet.DISCONNECT, "/rooms", None, None),
        ('2["a"]', packet.EVENT, None, None, ["a"]),
        ('2/rooms,7["a",1,null]', packet.EVENT, "/rooms", 7, ["a", 1, None]),
        ('29007199254740992["a"]', packet.EVENT, None, 2**53, ["a"]),
        ("3/rooms,0[]", packet.ACK, "/rooms", 0, []),
    ],
)
def test_decode(text: str, kind: int, namespace: str | None, id: int | None, data: Any) -> None:
    pkt = decode(text)
    assert (pkt.packet_type, pkt.namespace, pkt.id, pkt.data) == (kind, namespace, id, data)


UNKNOWN = ["", "a", "-1", "²", "7", "8[]", "9", "4/rooms,{}", '4"no"']
# Whatever follows.
BINARY = ["5", '51-["a",{"_placeholder":true,"num":0}]', "59999999999-[]", "61-1[]"]
BODIES = ["0[]", "01", "0{", '0"token"', "0" + "[" * 600, "1[]", "1x", "2", "2{}", "2x", '2"a"']
ACKS = ["3[]", "3/rooms,1{}", "3/rooms,1", "31x"]
# Digits of ASCII only, no more than 2^53.
IDS = ['29007199254740993["a"]', "2" + "9" * 5000 + '["a"]', '2٣["a"]', '2-1["a"]']


@pytest.mark.parametrize("text", [*UNKNOWN, *BINARY, *BODIES, *ACKS, *IDS])
def test_garbage(text: str) -> None:
    with pytest.raises(BadPacket):
        decode(text)


BAD_JSON = ["", "x", '["a"', '["a"]]', '["a",NaN]', '["a","\\ud800"]', '["a",1e999x]']
WRONG_JSON = ["{}", "[]", "[1]", "[null]", '"a"']
DEEP_JSON = ["[[" * 600, '["a",' + "[" * 40 + "]" * 40 + "]"]


@pytest.mark.parametrize("body", [*BAD_JSON, *WRONG_JSON, *DEEP_JSON])
def test_a_bad_body_with_a_sound_header_is_an_event_to_answer(body: str) -> None:
    pkt = decode("2/rooms,7" + body)
    assert (pkt.packet_type, pkt.namespace, pkt.id) == (packet.EVENT, "/rooms", 7)
    event, error = pkt.data
    assert event == ""
    assert isinstance(error, Invalid)


def test_too_large_counts_the_bytes_of_the_json() -> None:
    most = ChatPacket.max_event_bytes
    fits = '["a","' + "x" * (most - 8) + '"]'
    assert len(fits) == most
    assert decode("2/rooms,123" + fits).data[0] == "a"
    wide = '["a","' + "ü" * (most // 2 - 3) + '"]'
    assert len(wide) < most < len(wide.encode())
    escaped = '["a","' + "\\ud83d\\ude00" * 8000 + '"]'
    assert decode("2" + escaped).data == ["a", "😀" * 8000]
    for body in (fits + " ", wide):
        event, error = decode("2/rooms,123" + body).data
        assert event == ""
        assert isinstance(error, PayloadTooLarge)
    with pytest.raises(BadPacket):
        decode('0{"token":"' + "x" * most + '"}')


@given(st.text(max_size=60) | st.from_regex(r"[0-6](/[a-z]*,)?[0-9]{0,20}[\[{\"].*"))
def test_any_text_is_a_packet_or_a_bad_one(text: str) -> None:
    try:
        pkt = decode(text)
    except BadPacket:
        return
    assert pkt.packet_type in (packet.CONNECT, packet.DISCONNECT, packet.EVENT, packet.ACK)
    if pkt.packet_type == packet.EVENT:
        assert isinstance(pkt.data[0], str)


class Note(msgspec.Struct):
    text: str


@dataclasses.dataclass
class Mark:
    seq: int


def test_encode() -> None:
    data = ["note", Note("hi"), {"mark": Mark(3)}, [msgspec.Raw(b'{"raw":1}')], "é"]
    pkt = ChatPacket(packet.EVENT, data, namespace="/rooms", id=5)
    assert pkt.encode() == '2/rooms,5["note",{"text":"hi"},{"mark":{"seq":3}},[{"raw":1}],"é"]'
    assert ChatPacket(packet.ACK, [], namespace="/", id=0).encode() == "30[]"
    assert ChatPacket(packet.DISCONNECT).encode() == "1"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("{}", "validation_failed"),
        ("[1]", "validation_failed"),
        ("[" * 600, "validation_failed"),
        ("", "validation_failed"),
        ('["a","' + "x" * 2000 + '"]', "payload_too_large"),
    ],
    ids=["object", "number", "deep", "nothing", "large"],
)
async def test_the_door_answers_what_cannot_be_read(serve: Serve, body: str, code: str) -> None:
    served = await serve(max_http_buffer_size=1500)
    ann = await served.client()
    await ann.send("42/rooms,5" + body)
    assert (await ann.ack())[1]["error"]["code"] == code
    assert isinstance(served.rooms.events[0][1][0], ChatError)
    assert (await ann.call("hello"))["ok"]
    assert served.sio.stats.bad_packets == 0


async def test_what_cannot_be_read_and_asks_for_no_answer(served: Served) -> None:
    ann = await served.client()
    await ann.send("42/rooms,[1]")
    assert (await ann.call("hello"))["ok"]
    assert served.rooms.events[0][0] == ""
    assert isinstance(served.rooms.events[0][1][0], Invalid)


@pytest.mark.parametrize(
    "packet",
    ['451-["a",1]', "4599999999999-[]", "461-1[]", "4", "49", "4x", "42{}", '42abc["a"]'],
)
@pytest.mark.parametrize("first", [False, True])
async def test_garbage_closes_the_connection(served: Served, packet: str, first: bool) -> None:
    ann = await (served.websocket() if first else served.client())
    await ann.send(packet)
    assert await ann.closed() == 1002
    assert served.sio.stats.bad_packets == 1
    await until(lambda: served.rooms.left.qsize() == (not first))
    await served.is_empty()
