"""Presence ends by itself: with a lease that nobody renews, with a node, and is right again after
Redis was away."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from redis.asyncio import Redis as RedisClient

from tests.support.client import User, new_id
from tests.support.node import Node, clustered
from tests.support.presence import HIDDEN, is_recent, moment, watch
from tests.support.services import Postgres, Redis
from tests.support.world import World, world_of

# Leases


class Devices:
    """Devices of a node that died, or of somebody who has long been idle: as nodes keep them."""

    def __init__(self, client: RedisClient) -> None:
        self._client = client

    async def put(self, user: User, *, ends_in: float, idle: float = 0) -> None:
        now = time.time()
        lease = f"{int((now + ends_in) * 1000)}:{int((now - idle) * 1000)}"
        await self._client.hset(f"chat:presence:{user.id}", f"device-{new_id()}", lease)


@pytest.fixture
async def devices(redis: Redis) -> AsyncIterator[Devices]:
    client = RedisClient.from_url(redis.url)
    yield Devices(client)
    await client.aclose()


@pytest.mark.parametrize("kind", ["postgres"], indirect=True)
async def test_presence_is_away_after_10_minutes_without_an_event(
    world: World, devices: Devices
) -> None:
    ann = await world.user("ann")
    bob, cat = [await world.user(name, connect=False) for name in ("bob", "cat")]
    await ann.group(bob, cat)
    await devices.put(bob, ends_in=60, idle=9 * 60)
    await devices.put(cat, ends_in=60, idle=11 * 60)

    presence = await watch(ann, bob, cat)

    away = presence[cat.id]
    assert (presence[bob.id]["status"], away["status"]) == ("online", "away")
    idle = datetime.now(UTC) - moment(away["last_seen_at"])
    assert timedelta(minutes=11) <= idle < timedelta(minutes=12)
    # One device that is used is enough.
    await cat.connect()
    assert (await ann.hear("presence", user_id=cat.id))["status"] == "online"


@pytest.mark.parametrize("kind", ["postgres"], indirect=True)
async def test_presence_ends_by_itself_with_a_lease_that_nobody_renews(
    world: World, devices: Devices
) -> None:
    ann, bob = await world.user("ann"), await world.user("bob", connect=False)
    await ann.direct(bob)
    # Long enough to be seen as online on a busy machine.
    await devices.put(bob, ends_in=3)
    assert (await watch(ann, bob))[bob.id]["status"] == "online"

    now = await ann.socket.hear("presence", within=30, user_id=bob.id)

    assert now["status"] == "offline"
    # When it was last renewed, which is 30 s before its end.
    assert is_recent(now["last_seen_at"])
    # Once bob was there and has gone, that is what counts.
    device = await bob.connect()
    await ann.hear("presence", user_id=bob.id, status="online")
    left_at = datetime.now(UTC)
    await device.close()
    now = await ann.hear("presence", user_id=bob.id, status="offline")
    assert moment(now["last_seen_at"]) >= left_at - timedelta(milliseconds=1)


# Nodes and Redis die


@pytest.fixture
def own_redis() -> Iterator[Redis]:
    with Redis() as redis:
        yield redis


@pytest.fixture
def own_nodes(postgres: Postgres, own_redis: Redis, folder: Path) -> Iterator[list[Node]]:
    settings = clustered(postgres.create_database(f"own_{new_id()}"), own_redis.url)
    nodes = [Node(folder / name, **settings) for name in ("one", "two")]
    try:
        yield [node.start() for node in nodes]
    finally:
        for node in nodes:
            node.stop()


@pytest.mark.long
@pytest.mark.parametrize("way", ["stop", "kill"])
async def test_presence_ends_with_the_node(own_nodes: list[Node], way: str) -> None:
    async with world_of(own_nodes) as world:
        ann, bob = await world.user("ann"), await world.user("bob")
        await ann.direct(bob)
        assert (await watch(ann, bob))[bob.id]["status"] == "online"

        await asyncio.to_thread(bob.node.stop if way == "stop" else bob.node.kill)

        # A lease lasts 30 s.
        now = await ann.socket.hear("presence", within=60, user_id=bob.id)
        assert now["status"] == "offline" and is_recent(now["last_seen_at"])
        assert (await watch(ann, bob))[bob.id] == {
            "status": "offline",
            "last_seen_at": now["last_seen_at"],
        }


@pytest.mark.long
async def test_presence_is_right_again_after_redis_was_away(
    own_nodes: list[Node], own_redis: Redis
) -> None:
    async with world_of(own_nodes) as world:
        ann, bob, _, dan = [await world.user(name) for name in ("ann", "bob", "cat", "dan")]
        room_id = (await bob.group(ann))["id"]
        await bob.direct(dan)
        await ann.direct(dan)
        await watch(ann, bob, dan)
        await asyncio.to_thread(own_redis.kill)

        # Neither of these can reach ann's node now.
        await bob.http("DELETE", f"/rooms/{room_id}")
        await dan.socket.close()
        await asyncio.to_thread(own_redis.start)

        assert await ann.hear("presence", user_id=bob.id) == {"user_id": bob.id, **HIDDEN}
        # Redis has not heard that dan has gone: his lease tells it by its end.
        await ann.socket.hear("presence", within=60, user_id=dan.id, status="offline")
