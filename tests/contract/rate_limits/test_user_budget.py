"""A user has one budget of events and requests on all sockets, over HTTP and on all nodes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
import socketio

from tests.support.client import Refused, new_id, outcome
from tests.support.node import Node, clustered
from tests.support.rate_limits import (
    STRICT,
    Guests,
    outcomes,
)
from tests.support.raw_sockets import raw_user
from tests.support.services import Postgres, Redis

# --- A user, on all sockets and over HTTP ---


@pytest.fixture(scope="module")
def thrifty(
    strict: list[Node],
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[list[Node]]:
    """Where a user may spend a hundred, and next to nothing after it."""
    folder = tmp_path_factory.mktemp("thrifty")
    settings = STRICT | {"LIMIT_USER": "100/h"}
    if len(strict) == 2:
        postgres: Postgres = request.getfixturevalue("postgres")
        redis: Redis = request.getfixturevalue("redis")
        settings |= clustered(postgres.create_database("thrifty"), redis.url)
    nodes = [Node(folder / str(n), **settings).start() for n in range(len(strict))]
    yield nodes
    for node in nodes:
        node.stop()


async def test_a_user_has_one_budget_on_all_sockets_and_over_http(
    thrifty: list[Node], guests: Guests
) -> None:
    node = thrifty[0]
    ann, bob = [await guests.user(node, name) for name in ("ann", "bob")]
    room = await ann.group()
    one, other = await ann.connect(), await ann.connect()
    for socket in (one, other):
        for _ in range(30):
            with suppress(Refused):
                await socket.call("get_room", room_id=room["id"])
    done, refused = await outcomes([ann.http("GET", "/users/me") for _ in range(40)])
    # A group, two connects to two namespaces each, and sixty events.
    assert done == 100 - 1 - 4 * 5 - 60
    for each in refused:
        assert each.code == "rate_limited" and 1 <= each.error["retry_after"] <= 40
    with pytest.raises(Refused) as error:
        await ann.call("send_message", room_id=room["id"], client_id=new_id(), text="x")
    assert error.value.code == "rate_limited"
    with pytest.raises(socketio.exceptions.ConnectionError):
        await ann.connect()
    await bob.http("GET", "/users/me")


async def test_what_costs_more_takes_more_of_the_budget(
    thrifty: list[Node], guests: Guests
) -> None:
    """Each call is tried as often as a user can pay for it."""
    long = "東" * 8000
    people = [new_id() for _ in range(500)]
    rooms = {new_id(): 0 for _ in range(1000)}
    calls: dict[int, tuple[str, Any]] = {
        21: ("watch_presence", {"user_ids": people}),
        12: ("edit_message", {"seq": 1, "text": long}),
        11: ("add_members", {"user_ids": people[:50]}),
        1: ("add_members", {"user_ids": people[:1]}),
    }
    for cost, (event, payload) in [*calls.items(), (21, ("sync", {"rooms": rooms}))]:
        ann = await guests.user(thrifty[0], "ann")
        room = await ann.group()
        here = {} if event in ("sync", "watch_presence") else {"room_id": room["id"]}
        async with raw_user(ann) as socket:
            codes: list[str] = []
            while "rate_limited" not in codes and len(codes) < 50:
                ack = await socket.call(event, here | payload)
                codes.append("ok" if ack["ok"] else ack["error"]["code"])
        if cost > 1:
            assert len(codes) - 1 == (100 - 1 - 5) // cost, event
        else:
            assert len(codes) == 50
    ann = await guests.user(thrifty[0], "ann")
    found, _ = await outcomes([ann.http("GET", "/search/messages?q=x") for _ in range(10)])
    assert found == 10
    assert await outcome(ann.http("GET", "/users/me")) == "rate_limited"


async def test_a_large_answer_takes_more_of_the_budget(thrifty: list[Node], guests: Guests) -> None:
    """What it turns out to hold, over HTTP and on sockets alike; the last one may be too large for
    what is left, and is owed."""
    maker = await guests.user(thrifty[0], "maker")
    readers = [await guests.user(thrifty[0], name) for name in ("ann", "bob", "cleo", "dan")]
    room = await maker.group(*readers, topic="")
    for _ in range(15):
        body = {"client_id": new_id(), "text": "x" * 8000}
        await maker.http("POST", f"/rooms/{room['id']}/messages", body)
    crowded = await guests.user(thrifty[0], "crowded")
    for n in range(40):
        await crowded.group(*readers, name=f"{n}", topic="東" * 300)
    history: dict[str, Any] = {"room_id": room["id"], "limit": 100}
    for reader, event, payload in (
        (readers[0], "get_messages", history),
        (readers[1], "sync", {"rooms": {}}),
    ):
        async with raw_user(reader) as socket:
            sizes = []
            while (ack := await socket.call(event, payload))["ok"]:
                sizes.append(
                    len(json.dumps(ack, ensure_ascii=False, separators=(",", ":")).encode())
                )
        assert ack["error"]["code"] == "rate_limited", ack
        check_paid(sizes, 100 - 5)
    for reader, path in (
        (readers[2], f"/rooms/{room['id']}/messages?limit=100"),
        (readers[3], "/rooms?limit=100"),
    ):
        sizes = []
        while (answer := await reader.http.raw("GET", path))[0] == 200:
            sizes.append(len(answer[2]))
        assert answer[0] == 429
        check_paid(sizes, 100)


async def test_large_answers_wait_and_are_not_made_for_who_owes(
    thrifty: list[Node], guests: Guests
) -> None:
    """All are asked for at once, when nothing has been paid for yet; two are made at a time."""
    ann = await guests.user(thrifty[0], "ann")
    writer = await guests.user(thrifty[0], "writer")
    room = await writer.group(ann)
    for _ in range(20):
        body = {"client_id": new_id(), "text": "x" * 8000}
        await writer.http("POST", f"/rooms/{room['id']}/messages", body)
    path = f"/rooms/{room['id']}/messages?limit=100"
    found = await asyncio.gather(*(ann.http.raw("GET", path) for _ in range(40)))
    sizes = [len(body) for status, _, body in found if status == 200]
    # Each request takes one, before or after the first answers are charged. The rest is for
    # answers, and the last two may be owed.
    each = min(sizes) // 16_384
    assert each >= 8
    assert (100 - 40) // each <= len(sizes) <= 100 // (1 + each) + 2
    assert {status for status, _, _ in found} == {200, 429}


def check_paid(sizes: list[int], budget: int) -> None:
    """Each call is 1, and 1 for each 16 KiB of its answer."""
    costs = [1 + size // 16_384 for size in sizes]
    assert min(costs) > 3
    assert sum(costs[:-1]) < budget <= sum(costs)


async def test_another_node_learns_what_a_user_has_spent(
    thrifty: list[Node], guests: Guests
) -> None:
    if len(thrifty) == 1:
        pytest.skip("there is one node")
    ann = await guests.user(thrifty[0], "ann")
    there = guests.caller(thrifty[1])
    there.token = ann.token
    async with raw_user(ann) as socket:
        for _ in range(4):
            assert (await socket.call("sync", {"rooms": {new_id(): 0 for _ in range(1000)}}))["ok"]
    async with asyncio.timeout(10):
        # Ten of them are left to the user, wherever.
        while await outcome(there("GET", "/users/me")) != "rate_limited":
            await asyncio.sleep(0.1)
    assert await outcome(ann.http("GET", "/users/me")) in ("ok", "rate_limited")
