"""How many connections there may be, how fast they may come, and when a flood ends one."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, suppress
from typing import Any

import aiohttp
import pytest
import socketio

from server.realtime import RateLimits
from tests.support.client import PASSWORD, Http, Refused, Socket, new_id, unique
from tests.support.memory_clients import frame
from tests.support.node import Node
from tests.support.rate_limits import (
    STRICT,
    Guests,
    new_address,
    outcomes,
    sign_up_as,
)
from tests.support.raw_sockets import Raw, closed, handshake, raw_socket, raw_user

# --- Connections ---


async def test_a_user_has_so_many_connections(strict: list[Node], guests: Guests) -> None:
    """On all nodes together; both namespaces of one are one."""
    ann, bob = [await guests.user(strict[0], name) for name in ("ann", "bob")]
    for n in range(3):
        await ann.connect(strict[n % len(strict)])
    for node in strict:
        async with raw_socket(node) as socket:
            for namespace in ("/rooms", "/notifications"):
                refused = await socket.connect(namespace, {"token": ann.token})
                assert refused["data"]["code"] == "rate_limited"
                assert refused["data"]["retry_after"] >= 1
    await bob.connect()
    await ann.sockets.pop().close()
    async with raw_user(ann, "/rooms", "/notifications") as socket:
        assert (await socket.call("sync", {"rooms": {}}))["ok"]


async def test_connections_of_a_user_are_counted_when_they_come_at_once(
    strict: list[Node], guests: Guests
) -> None:
    ann = await guests.user(strict[0], "ann")
    sockets = [Socket(ann.node, ann.token) for _ in range(9)]
    ann.sockets += sockets
    done = await asyncio.gather(
        *(socket.connect(("/rooms",)) for socket in sockets), return_exceptions=True
    )
    refused = [each for each in done if isinstance(each, socketio.exceptions.ConnectionError)]
    assert len(refused) == 6


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """At most three connections an address, seven in all."""
    limits = {"LIMIT_CONNECTIONS_PER_ADDRESS": "3", "LIMIT_CONNECTIONS_PER_NODE": "7"}
    node = Node(tmp_path_factory.mktemp("crowd"), **STRICT, **limits)
    yield node.start()
    node.stop()


async def test_an_address_has_so_many_connections(crowd: Node) -> None:
    """Those that poll, those with a websocket, those in no namespace yet."""
    here = {"X-Forwarded-For": new_address()}
    async with AsyncExitStack() as stack:
        sockets = [await stack.enter_async_context(raw_socket(crowd, **here)) for _ in range(2)]
        assert (await handshake(crowd, **here))[0] == 200
        for transport in ("polling", "websocket"):
            upgrade = _upgrade() if transport == "websocket" else {}
            status, refusal = await handshake(crowd, transport, **here, **upgrade)
            assert (status, refusal["code"]) == (429, "rate_limited")
            assert refusal["retry_after"] >= 1
        elsewhere = {"X-Forwarded-For": new_address()}
        await stack.enter_async_context(raw_socket(crowd, **elsewhere))
        await sockets[0].send("1")
        await closed(sockets[0])
        await stack.enter_async_context(raw_socket(crowd, **here))


async def test_a_node_has_so_many_connections(crowd: Node) -> None:
    """Whoever is here stays; the rest are told to try again, perhaps elsewhere."""
    async with AsyncExitStack() as stack:
        sockets: list[Raw] = []
        with pytest.raises(aiohttp.WSServerHandshakeError) as full:
            for _ in range(8):
                here = {"X-Forwarded-For": new_address()}
                sockets.append(await stack.enter_async_context(raw_socket(crowd, **here)))
        assert full.value.status == 503
        # A session or two of another test may not have ended yet.
        assert 5 <= len(sockets) <= 7
        status, refusal = await handshake(crowd, **{"X-Forwarded-For": new_address()})
        assert (status, refusal["code"]) == (503, "unavailable")
        assert refusal["retry_after"] >= 1
        for socket in sockets:
            await socket.ws.ping()
            assert not socket.ws.closed


def _upgrade() -> dict[str, str]:
    return {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }


# --- A node in a hurry ---


@pytest.fixture(scope="module")
def rush(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """It trusts no proxy."""
    limits = {
        "RATE_LIMITS": "on",
        "LIMIT_EVENT": "2/s",
        "LIMIT_HTTP": "5/s:50",
        "LIMIT_SIGNIN": "12/h",
        "LIMIT_CONNECTIONS_PER_SECOND": "10",
    }
    node = Node(tmp_path_factory.mktemp("rush"), **limits)
    yield node.start()
    node.stop()


async def test_ten_seconds_of_flood_or_of_nothing_end_a_connection(
    rush: Node, guests: Guests
) -> None:
    """Ann sends ten times as much as she may, bob twice as much; carol is in no namespace."""
    ann, bob = [await guests.user(rush, name) for name in ("ann", "bob")]
    began = time.monotonic()
    async with raw_user(ann) as flooding, raw_user(bob) as hasty, raw_socket(rush) as silent:

        async def send(socket: Raw, pause: float) -> None:
            with suppress(ConnectionError):
                while not flooding.ws.closed:
                    await socket.emit("sync", {"rooms": {}})
                    await asyncio.sleep(pause)

        async def last_words() -> Any:
            """What ann is told before the end."""
            while "closing" not in (word := await flooding.ws.receive()).data:
                assert word.type is aiohttp.WSMsgType.TEXT, word
            await closed(flooding)
            return json.loads(word.data.partition(",")[2])

        sending = [asyncio.create_task(send(s, p)) for s, p in ((flooding, 0.05), (hasty, 0.25))]
        async with asyncio.timeout(60):
            words, _ = await asyncio.gather(last_words(), closed(silent, within=30))
        await asyncio.gather(*sending)
        assert words == ["closing", {"code": "overloaded", "retry_after": 60, "reason": None}]
        # Seconds are counted whole, and the first may have been half over.
        assert time.monotonic() - began > RateLimits().flood_seconds - 1
        async with asyncio.timeout(30):
            # Bob is refused at times, and stays.
            await hasty.emit("sync", {"rooms": {}}, id=1)
            assert (await hasty.ack())[0] == 1
    # Nobody is kept out for it.
    async with raw_user(ann) as again:
        assert (await again.call("sync", {"rooms": {}}))["ok"]


async def test_a_flood_of_frames_ends_a_connection_at_once(
    strict: list[Node], guests: Guests
) -> None:
    """Of what is no event: by one who is signed in, and by one who is not."""
    ann, bob = [await guests.user(strict[0], name) for name in ("ann", "bob")]
    flood = frame("6") * 5000
    async with raw_user(ann) as known, raw_socket(strict[0]) as stranger, raw_user(bob) as other:
        for socket in (known, stranger):
            socket.transport.write(flood)
        word = ""
        while "closing" not in word:
            word = await known.receive()
        assert json.loads(word.partition(",")[2]) == [
            "closing",
            {"code": "overloaded", "retry_after": 60, "reason": None},
        ]
        assert await closed(known) == await closed(stranger) == 1008
        assert (await other.call("sync", {"rooms": {}}))["ok"]


async def test_who_comes_back_when_told_is_served(rush: Node, guests: Guests) -> None:
    ann = await guests.user(rush, "ann")
    for _ in range(200):
        status, headers, _ = await ann.http.raw("GET", "/unread")
        if status == 429:
            break
    assert status == 429
    # The time that the server asked for is over then, and not before.
    await asyncio.sleep(int(headers["Retry-After"]))
    assert (await ann.http.raw("GET", "/unread"))[0] == 200


def signin_nobody(http: Http) -> Any:
    return http("POST", "/auth/signin", {"login": unique("nobody"), "password": PASSWORD})


async def test_a_forwarded_address_of_who_calls_directly_counts_for_nothing(
    rush: Node, guests: Guests
) -> None:
    _, refused = await outcomes([signin_nobody(guests.caller(rush)) for _ in range(15)])
    assert {each.code for each in refused} == {"invalid_credentials", "rate_limited"}


async def test_behind_a_trusted_proxy_the_address_that_it_saw_counts(
    strict: list[Node], guests: Guests
) -> None:
    """The last one; before it stands whatever the client had written itself."""
    behind = new_address()
    chains = [f"{new_address()}, {behind}" for _ in range(35)]
    _, refused = await outcomes([signin_nobody(guests.caller(strict[0], it)) for it in chains])
    assert {each.code for each in refused} == {"invalid_credentials", "rate_limited"}
    with pytest.raises(Refused) as elsewhere:
        await signin_nobody(guests.caller(strict[0], f"{behind}, {new_address()}"))
    assert elsewhere.value.code == "invalid_credentials"


async def test_new_connections_come_only_so_fast(rush: Node) -> None:
    began = time.monotonic()
    answers = await asyncio.gather(*(handshake(rush) for _ in range(45)))
    let_in = sum(status == 200 for status, _ in answers)
    refused = [body for status, body in answers if status != 200]
    # Ten at once, and ten more for each second that it took.
    assert 1 <= let_in <= 10 + 10 * (time.monotonic() - began) + 1
    for body in refused:
        assert (body["code"], body["retry_after"]) == ("unavailable", 1)
    assert refused


async def test_rate_limits_off_lifts_them_all(
    shared_nodes: Callable[[str], list[Node]], guests: Guests
) -> None:
    (node,) = shared_nodes("sqlite")
    ann = await guests.user(node, "ann")
    room = await ann.group()
    here = {"room_id": room["id"]}
    async with AsyncExitStack() as stack:
        for _ in range(21):
            socket = await stack.enter_async_context(raw_user(ann))
        for _ in range(35):
            await stack.enter_async_context(raw_socket(node))
        for _ in range(35):
            text = {**here, "client_id": new_id(), "text": "x"}
            assert (await socket.call("send_message", text))["ok"]
        for _ in range(10):
            assert (await socket.call("typing", {**here, "typing": True}))["ok"]
        for _ in range(70):
            assert (await socket.call("get_room", here))["ok"]
    done, _ = await outcomes([ann.http("GET", "/unread") for _ in range(70)])
    assert done == 70
    here_too = guests.caller(node)
    done, _ = await outcomes([sign_up_as(here_too, "bob") for _ in range(11)])
    assert done == 11
