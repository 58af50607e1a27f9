"""How many statements a call takes: as many for fifty rooms as for five."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.client import User, new_id
from tests.support.database import query
from tests.support.node import Node
from tests.support.services import Postgres
from tests.support.world import signup

Call = Callable[[], Awaitable[Any]]
# Now and then the node's own housekeeping asks something between; the fewest is the call alone.
TRIES = 5


@pytest.fixture
async def counted(postgres: Postgres, tmp_path: Path) -> AsyncIterator[Node]:
    """A node whose database writes each statement to the log of PostgreSQL; no other does."""
    node = Node(tmp_path, DATABASE_URL=postgres.create_database("counted"), AUTO_MIGRATE="on")
    await query(node, "ALTER DATABASE counted SET log_statement = 'all'")
    try:
        yield node.start()
    finally:
        node.stop()
        postgres.drop_database("counted")


async def test_lists_take_as_many_statements_for_fifty_rooms_as_for_five(
    counted: Node, postgres: Postgres
) -> None:
    ann, bob = await signup(counted, "ann"), await signup(counted, "bob")
    await ann.connect()
    await fill(ann, (await ann.direct(bob))["id"], bob)

    async def statements() -> dict[str, int]:
        rooms = (await ann.http("GET", "/rooms?limit=100"))["items"]
        held = {room["id"]: room["version"] for room in rooms}
        calls: dict[str, Call] = {
            "rooms": lambda: ann.http("GET", "/rooms?limit=100"),
            "unread": lambda: ann.http("GET", "/unread"),
            "sync, nothing new": lambda: ann.call("sync", rooms=held),
            "sync, nothing held": lambda: ann.call("sync", rooms={}),
        }
        return {name: await fewest(postgres, call) for name, call in calls.items()}

    async def grown(rooms: int) -> dict[str, int]:
        while len((await ann.http("GET", "/rooms?limit=100"))["items"]) < rooms:
            await fill(ann, (await ann.group(bob))["id"], bob)
        return await statements()

    five = await grown(5)
    assert await grown(50) == five
    assert all(0 < count < 10 for count in five.values()), five
    for user in (ann, bob):
        await user.close()


async def fill(ann: User, room_id: str, bob: User) -> None:
    """A last message by bob, not read, that ann has reacted to."""
    path = f"/rooms/{room_id}/messages"
    sent = await bob.http("POST", path, {"client_id": new_id(), "text": "hello"})
    await ann.http("PUT", f"{path}/{sent['seq']}/reactions/%F0%9F%91%8D")


async def fewest(postgres: Postgres, call: Call) -> int:
    counts = []
    for _ in range(TRIES):
        seen = postgres.log.stat().st_size
        await call()
        lines = postgres.log.read_bytes()[seen:].decode().splitlines()
        counts.append(sum(" LOG:  execute " in line for line in lines))
    return min(counts)
