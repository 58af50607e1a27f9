"""What becomes of pushes when a node dies or stops, and in rooms that take several steps."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from server.kernel.clock import now_ms
from server.push.delivery import MEMBERS_AT_ONCE
from tests.support.client import User
from tests.support.cluster import Cluster, ready
from tests.support.database import query, strangers
from tests.support.node import Node
from tests.support.push import Answer, PushService, outbox_is_done, push_service, send_text
from tests.support.world import World, world_of

# Longer than a test takes.
NEVER = 60.0


@pytest.fixture
async def service() -> AsyncIterator[PushService]:
    async with push_service() as service:
        yield service


@pytest.fixture
def breakable(kind: str, folder: Path, request: pytest.FixtureRequest) -> Iterator[list[Node]]:
    """Nodes that the test may end: one, or two that share everything."""
    if kind == "postgres":
        cluster: Cluster = request.getfixturevalue("cluster")
        yield cluster.nodes
        for node in cluster.nodes:
            if not serves(node):
                node.start()
        return
    node = Node(folder)
    yield [node.start()]
    node.stop()


def serves(node: Node) -> bool:
    try:
        ready(node)
    except OSError:
        return False
    return True


@pytest.fixture
async def world(breakable: list[Node]) -> AsyncIterator[World]:
    async with world_of(breakable) as world:
        yield world


async def test_a_push_whose_worker_was_killed_is_sent_by_another(
    breakable: list[Node], world: World, service: PushService
) -> None:
    """The job is leased, not taken: it comes back when the lease is over."""
    first, last = breakable[0], breakable[-1]
    ann, bob = await world.user("ann", connect=False), await world.user("bob", connect=False)
    device, room = service.device(), await ann.direct(bob)
    await device.subscribe(bob)
    for other in breakable[1:]:
        # So that it is the first one's job.
        await asyncio.to_thread(other.stop)
    socket = await ann.connect(first)
    device.answers = [Answer(delay=NEVER)]
    await send_text(ann, room["id"])
    await device.hear(1)
    await asyncio.to_thread(first.kill)
    (job,) = await query(first, "SELECT due_at, subscription_id FROM push_jobs")
    assert job["subscription_id"] and now_ms() < job["due_at"] < now_ms() + 30_000
    await asyncio.to_thread(last.start)
    await query(first, "UPDATE push_jobs SET due_at = 0")
    one, two = await device.hear(2)
    assert one == two
    await outbox_is_done(last, room["id"])
    assert len(device.received) == 2
    assert socket.closed.is_set()


async def test_a_node_that_stops_finishes_its_pushes(
    breakable: list[Node], world: World, service: PushService
) -> None:
    ann, bob = await world.user("ann"), await world.user("bob", connect=False)
    device, room = service.device(), await ann.direct(bob)
    await device.subscribe(bob)
    for other in breakable[1:]:
        await asyncio.to_thread(other.stop)
    device.answers = [Answer(delay=1.0)]
    await send_text(ann, room["id"])
    await device.hear(1)
    await asyncio.to_thread(breakable[0].stop)
    assert await query(breakable[0], "SELECT id FROM push_jobs") == []


async def test_push_in_a_room_larger_than_a_step(
    breakable: list[Node], world: World, service: PushService
) -> None:
    """Everybody once, wherever in the order of ids they stand."""
    ann = await world.user("ann")
    users = [await world.user("user", connect=False) for _ in range(3)]
    room = await ann.group(*users)
    extra = await strangers(breakable[0], 2 * MEMBERS_AT_ONCE + 1)
    true = "true" if "DATABASE_URL" in breakable[0].settings else "1"
    rows = ", ".join(f"('{room['id']}', '{i}', {true}, 'member', 0, 1, 0, 0, 'all')" for i in extra)
    await query(
        breakable[0],
        "INSERT INTO room_members (room_id, user_id, active, role, joined_at, version,"
        f" last_read_seq, last_read_ordinal, notify) VALUES {rows}",
    )
    await query(
        breakable[0],
        "UPDATE rooms SET member_count = $1 WHERE id = $2",
        *(len(extra) + 4, room["id"]),
    )
    devices = [service.device() for _ in users]
    for user, device in zip(users, devices, strict=True):
        await device.subscribe(user)
    for text in ("one", "two"):
        await send_text(ann, room["id"], text)
        await outbox_is_done(breakable[0], room["id"])
    for device in devices:
        assert [one["body"] for one in device.contents] == ["one", "two"]


@pytest.mark.parametrize("kind", ["postgres"])
async def test_the_key_that_nodes_raced_for_is_one(breakable: list[Node], world: World) -> None:
    """These began at once, on an empty database."""
    users = [await world.user(connect=False) for _ in breakable]
    keys = {(await user.http("GET", "/push/key"))["key"] for user in users}
    assert len(keys) == 1


async def test_subscriptions_of_another_key_are_dropped_with_a_reason(
    breakable: list[Node], world: World, service: PushService
) -> None:
    """Once, when the key is found to be another one: those made since then stay."""
    bob = await world.user("bob", connect=False)
    await service.device().subscribe(bob)
    key = (await bob.http("GET", "/push/key"))["key"]
    first, *others = breakable

    async def restart() -> list[str]:
        """What the first node then says of dropped subscriptions."""
        seen = first.log.stat().st_size
        first.stop()
        first.start()
        events = [line for line in first.log_lines(seen) if "dropped" in str(line.get("event"))]
        return [str(line["reason"]) for line in events]

    for node in others:
        node.stop()
    assert await restart() == []
    sql = "SELECT count(*) AS n FROM push_subscriptions"
    assert (await query(first, sql))[0]["n"] > 0

    await query(first, "DELETE FROM facts WHERE name = 'vapid'")
    assert await restart() == ["they were made with another VAPID key"]
    assert (await query(first, sql))[0]["n"] == 0
    again = User(first, bob.session)
    assert (await again.http("GET", "/push/key"))["key"] != key
    await service.device().subscribe(again)
    assert await restart() == []
    assert (await query(first, sql))[0]["n"] == 1
    await again.close()
