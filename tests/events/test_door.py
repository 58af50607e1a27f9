"""The one door for events, from outside: packets written by hand at a real node."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.client import User, new_id
from tests.support.node import Node
from tests.support.raw_sockets import closed, raw_socket, raw_user
from tests.support.world import World

pytestmark = pytest.mark.usefixtures("no_errors_logged")

PROTOCOL_ERROR = 1002
TOO_DEEP = "[" * 20_000 + "]" * 20_000


def unread(number: int) -> str:
    """An event that always works."""
    return f'42/notifications,{number}["get_unread",{{}}]'


# --- Events that cannot be read are answered ---


NO_EVENTS = (
    *("", "{}", "[]", "null", '"get_unread"', "[1]", "[null,{}]", '[["get_room"],{}]'),
    *('["get_room",{}', '["get_room",{}]]', '["get_room",{"room_id":NaN}]', '["\\ud800"]'),
    *(TOO_DEEP, "[" * 20_000, f'["get_room",{TOO_DEEP}]', f'["get_room",{{"room_id":{TOO_DEEP}}}]'),
)
TOO_LARGE = (f'["{"x" * 131_072}",{{}}]', " " * 131_073, '["get_room",' + "[" * 131_072)


async def test_what_is_no_event_is_answered_through_its_ack(ann: User) -> None:
    cases = [(body, "validation_failed") for body in NO_EVENTS]
    cases += [(body, "payload_too_large") for body in TOO_LARGE]
    async with raw_user(ann, "/rooms", "/notifications") as socket:
        for namespace in ("/rooms", "/notifications"):
            for body, code in cases:
                await socket.send(f"42{namespace},41{body}")
                number, ack = await socket.ack()
                assert (number, ack["ok"], ack["error"]["code"]) == (41, False, code), body[:40]
        await socket.send(unread(42))
        assert (await socket.ack())[0] == 42


NO_PAYLOADS: tuple[tuple[Any, ...], ...] = ((), ({},), (None,), ("x", 1, []))


async def test_an_unknown_event_is_answered_with_an_error(ann: User) -> None:
    for name in ("unknown", "", "on_get_room", "__init__", "handle_event", "trigger_event", "é"):
        for namespace in ("/rooms", "/notifications"):
            for args in NO_PAYLOADS:
                ack = await ann.socket.emit(name, *args, namespace=namespace)
                assert (ack["ok"], ack["error"]["code"]) == (False, "not_found"), name


async def test_an_event_with_a_lifecycle_name_is_an_unknown_event(ann: User, bob: User) -> None:
    """Nobody gets in, is thrown out or becomes someone else by it."""
    room = await ann.group()
    asks = {"token": bob.token}
    async with raw_user(ann, "/rooms", "/notifications") as socket:
        cases: list[list[Any]] = [[], [{}], [asks], [socket.sid, {}, asks]]
        for name in ("connect", "disconnect", "connect_error", "disconnecting", "error", "*"):
            for args in cases:
                ack = await socket.call(name, *args)
                assert (ack["ok"], ack["error"]["code"]) == (False, "not_found"), name
        seen = await socket.call("get_room", {"room_id": room["id"]})
        assert seen["room"]["me"]["role"] == "owner"


async def test_an_event_without_an_ack_callback_works_too(ann: User, bob: User) -> None:
    room = await ann.group(bob)
    async with raw_user(ann) as socket:
        message = {"room_id": room["id"], "client_id": new_id(), "text": "no answer, please"}
        await socket.emit("send_message", message)
        heard = await bob.hear("message_created")
        assert heard["message"]["text"] == message["text"]
        # Nor does one that is refused, or that cannot be read, need an answer.
        await socket.emit("send_message", {**message, "text": 1})
        await socket.emit("unknown")
        await socket.send('42/rooms,["send_message",{}')
        again = await socket.call("send_message", message)
        assert (again["ok"], again["duplicate"]) == (True, True)


async def test_events_are_handled_one_at_a_time_in_the_order_sent(ann: User) -> None:
    """Of both namespaces, fast and slow, good and bad; sent all at once."""
    room = await ann.group()
    here = {"room_id": room["id"]}
    async with raw_user(ann, "/rooms", "/notifications") as socket:
        for n in range(0, 60, 4):
            text = {**here, "client_id": new_id(), "text": f"{n}"}
            await socket.emit("send_message", text, id=n)
            await socket.send(f"42/rooms,{n + 1}{{}}")
            await socket.send(unread(n + 2))
            await socket.emit("get_messages", {**here, "limit": 1}, id=n + 3)
        acks = [await socket.ack() for _ in range(60)]
    assert [number for number, _ in acks] == list(range(60))
    for n, ack in acks[3::4]:
        # Each read sees the send before it, and not the one after.
        assert [message["text"] for message in ack["messages"]] == [f"{n - 3}"]


async def test_the_largest_event_is_taken(ann: User) -> None:
    """128 KiB of JSON, name and all; 8,000 characters of four bytes are far below."""
    room = await ann.group()
    async with raw_user(ann) as socket:
        message = {"room_id": room["id"], "client_id": new_id(), "text": "😀" * 8000}
        text = json.dumps(["send_message", message], ensure_ascii=False)
        filled = text + " " * (128 * 1024 - len(text.encode()))
        await socket.send(f"42/rooms,1{filled}")
        _, ack = await socket.ack()
        assert ack["message"]["text"] == message["text"]
        await socket.send(f"42/rooms,2{filled} ")
        assert (await socket.ack())[1]["error"]["code"] == "payload_too_large"


# --- What is no packet closes the socket ---

NO_PACKETS = (
    # Binary events and acks, in one piece or announcing more.
    *('451-/rooms,["typing",{"_placeholder":true,"num":0}]', '451-["x"]', "459999999999-[]"),
    *("461-/rooms,1[]", '461-1[{"_placeholder":true,"num":0}]'),
    # Nothing of Engine.IO, nothing of Socket.IO, and what only a server sends.
    *("", "x", "9", "2probe", "5", "4", "4x", "47", "44/rooms,{}"),
    # Packets whose body is of another kind.
    *("40/rooms,[]", '40/rooms,"token"', "40/rooms,{", "40/rooms," + "[" * 20_000),
    *("41/rooms,x", "43/rooms,[]", "43/rooms,1{}", "43/rooms,1" + TOO_DEEP, "42/rooms,{}"),
    # Ids that are no number of the protocol's.
    *("42/rooms,9007199254740993[]", f"42/rooms,{'9' * 5000}[]", "42/rooms,١[]", "42/rooms,-1[]"),
)


async def test_what_is_no_packet_closes_the_socket(ann: User) -> None:
    """Before and after one has signed in; others stay."""
    for packet in NO_PACKETS:
        async with raw_socket(ann.node) as stranger, raw_user(ann) as socket:
            for each in (stranger, socket):
                await each.send(packet)
                assert await closed(each) == PROTOCOL_ERROR, packet[:40]
    assert (await ann.socket.emit("get_unread", namespace="/notifications"))["ok"]


async def test_a_binary_frame_closes_the_socket(ann: User) -> None:
    async with raw_socket(ann.node) as stranger, raw_user(ann) as socket:
        for each in (stranger, socket):
            await each.ws.send_bytes(b"4\x00\xff")
            assert await closed(each) == PROTOCOL_ERROR


async def test_a_frame_above_all_measure_closes_the_socket(ann: User) -> None:
    """Twice the limit and more is not even read."""
    async with raw_user(ann) as socket:
        await socket.send('42/rooms,1["get_room","' + "x" * 262_144 + '"]')
        assert await closed(socket) in (1009, PROTOCOL_ERROR)


async def test_text_that_is_no_utf8_closes_the_socket(ann: User) -> None:
    async with raw_user(ann) as socket:
        writer = socket.ws._writer
        await writer.send_frame(b'42/rooms,1["get_room","\xff\xfe"]', 1)
        assert await closed(socket) in (1007, PROTOCOL_ERROR)


# --- Connecting to a namespace ---


NO_TOKENS: tuple[dict[str, Any] | None, ...] = (
    *(None, {}, {"Token": "x"}, {"authorization": "Bearer x"}),
    *({"token": value} for value in (None, 1, 1.5, True, [], {}, [["x"]], {"token": "x"})),
    *({"token": text} for text in ("", "x", "a.b.c", "é\0", "Bearer x", "x" * 100_000)),
)


async def test_a_connect_without_a_token_is_refused_with_a_code(ann: User) -> None:
    async with raw_socket(ann.node) as socket:
        for auth in NO_TOKENS:
            for namespace in ("/rooms", "/notifications"):
                refused = await socket.connect(namespace, auth)
                assert refused["data"] == {"code": "unauthenticated"}, auth
                assert isinstance(refused["message"], str) and refused["message"]
        # The connection may try again.
        assert "sid" in await socket.connect("/rooms", {"token": ann.token})


async def test_an_unknown_namespace_is_refused(ann: User) -> None:
    async with raw_socket(ann.node) as socket:
        for namespace in ("/elsewhere", "/rooms/", "/ROOMS"):
            refused = await socket.connect(namespace, {"token": ann.token})
            assert "sid" not in refused and refused["message"]
        await socket.send("40")
        assert (await socket.receive()).startswith("44{")
        assert "sid" in await socket.connect("/rooms", {"token": ann.token})


async def test_events_before_the_connect_are_not_handled(ann: User, bob: User) -> None:
    room = await ann.group(bob)
    text = {"room_id": room["id"], "client_id": new_id(), "text": "too early"}
    async with raw_socket(ann.node) as socket:
        await socket.emit("send_message", text, id=1)
        await socket.connect("/notifications", {"token": ann.token})
        # Of one namespace only: it is no way into the other.
        await socket.emit("send_message", text, id=2)
        await socket.emit("send_message", text, id=3, ns="/notifications")
        assert await socket.ack() == (
            3,
            {"ok": False, "error": {"code": "not_found", "message": "there is no such event"}},
        )
    assert (await ann.call("get_room", room_id=room["id"]))["room"]["last_seq"] == 1


async def test_a_second_connect_does_not_make_one_somebody_else(ann: User, bob: User) -> None:
    room = await ann.group()
    async with raw_user(ann) as socket:
        await socket.send("40/rooms," + json.dumps({"token": bob.token}))
        assert (await socket.call("get_room", {"room_id": room["id"]}))["ok"]


async def test_a_client_may_leave_a_namespace_and_come_back(world: World, node: Node) -> None:
    ann = await world.user("ann", connect=False)
    async with raw_user(ann, "/rooms", "/notifications", node=node) as socket:
        await socket.send("41/rooms,")
        await socket.emit("get_unread", {}, id=1, ns="/rooms")
        assert "sid" in await socket.connect("/rooms", {"token": ann.token})
        assert (await socket.call("sync", {"rooms": {}}))["ok"]
