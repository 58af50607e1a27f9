"""How much one may do: each limit at nodes where it is on, lowered where its default takes long."""

from __future__ import annotations

from typing import Any

import pytest

from server.config import Limits
from server.realtime import RateLimits
from tests.support.client import Socket, new_id
from tests.support.node import Node
from tests.support.rate_limits import (
    Guests,
    check_burst,
    check_rate_limited,
    outcomes,
)
from tests.support.raw_sockets import raw_user


def test_the_defaults_are_the_contracts() -> None:
    limits = Limits()
    rates = {
        "signup": (10 / 3600, 10),
        "signin_failures": (1 / 300, 5),
        "signin": (100 / 3600, 100),
        "send_message": (10, 30),
        "typing": (2, 5),
        "event": (20, 60),
        "http": (20, 60),
        "user": (40, 400),
        "uploads": (20 / 60, 20),
        "search": (5, 10),
    }
    for name, (per_second, burst) in rates.items():
        rate = getattr(limits, name)
        assert (rate.per_second, rate.burst) == (pytest.approx(per_second), burst), name
    flood = RateLimits()
    assert (flood.flood_factor, flood.flood_seconds) == (5, 10)
    assert limits.connections_per_address == 50
    assert limits.connections_per_user == 20
    assert limits.connections_per_node == 10_000
    assert limits.connections_per_second == 200
    assert limits.handler_timeout == 10
    assert limits.stored_bytes_per_user == 2**30
    assert limits.max_event_bytes == 128 * 1024


# --- Events ---


async def test_send_message_is_limited_for_each_user(strict: list[Node], guests: Guests) -> None:
    """Over all sockets, on all nodes."""
    ann, bob = [await guests.user(strict[0], name) for name in ("ann", "bob")]
    for node in (strict[0], strict[-1]):
        await ann.connect(node)
    room = await ann.group(bob)

    def send(socket: Socket) -> Any:
        return socket.call("send_message", room_id=room["id"], client_id=new_id(), text="x")

    sent, refused = await outcomes([send(ann.sockets[n % 2]) for n in range(40)])
    check_burst(sent, 30, strict)
    check_rate_limited(refused, "send_message")
    seen = await ann.call("get_room", room_id=room["id"])
    assert seen["room"]["last_seq"] == sent + 1
    await send(await bob.connect(strict[-1]))


async def test_searches_are_limited_for_each_user(strict: list[Node], guests: Guests) -> None:
    ann, bob = [await guests.user(strict[0], name) for name in ("ann", "bob")]
    calls = [ann.http("GET", "/search/messages?q=x") for _ in range(15)]
    found, refused = await outcomes(calls)
    check_burst(found, 10, strict)
    check_rate_limited(refused, "search")
    await bob.http("GET", "/search/messages?q=x")


async def test_typing_is_limited_for_each_socket(strict: list[Node], guests: Guests) -> None:
    ann = await guests.user(strict[0], "ann")
    one, other = await ann.connect(), await ann.connect()
    room = await ann.group()

    def typing(socket: Socket) -> list[Any]:
        return [socket.call("typing", room_id=room["id"], typing=n % 2 == 0) for n in range(8)]

    for socket in (one, other):
        typed, refused = await outcomes(typing(socket))
        assert (typed, len(refused)) == (5, 3)
        check_rate_limited(refused, "typing")


async def test_other_events_are_limited_for_each_socket(strict: list[Node], guests: Guests) -> None:
    """All kinds together, those too that do not exist or cannot be read."""
    ann = await guests.user(strict[0], "ann")
    room = await ann.group()
    here = {"room_id": room["id"]}
    async with raw_user(ann) as socket, raw_user(ann) as other:
        for _ in range(15):
            assert (await socket.call("get_room", here))["ok"]
            assert (await socket.call("sync", {"rooms": {}}))["ok"]
            assert (await socket.call("unknown"))["error"]["code"] == "not_found"
            await socket.send("42/rooms,7{}")
            assert (await socket.ack())[1]["error"]["code"] == "validation_failed"
        for event, payload in (("get_room", here), ("sync", {}), ("unknown", {}), ("", [])):
            error = (await socket.call(event, payload))["error"]
            assert error["code"] == "rate_limited" and 1 <= error["retry_after"] <= 60
        # These have limits of their own.
        assert (await socket.call("typing", {**here, "typing": True}))["ok"]
        text = {**here, "client_id": new_id(), "text": "x"}
        assert (await socket.call("send_message", text))["ok"]
        assert (await other.call("get_room", here))["ok"]
