"""An event or a request that takes too long is answered all the same, and goes on to its end."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import asyncpg
import pytest

from tests.support.client import Refused, new_id
from tests.support.node import Node, clustered
from tests.support.world import World, world_of

# Below the 1.5 s that PostgreSQL waits for a room's row, and above what signing up takes.
TIMEOUT = 0.75


@pytest.fixture
def hurried(kind: str, request: pytest.FixtureRequest, folder: Path) -> Iterator[Node]:
    settings = {"RATE_LIMITS": "on", "LIMIT_HANDLER_TIMEOUT": str(TIMEOUT)}
    if kind == "postgres":
        postgres, redis = map(request.getfixturevalue, ("postgres", "redis"))
        settings |= clustered(postgres.create_database("hurried"), redis.url)
    node = Node(folder, **settings).start()
    yield node
    node.stop()


@pytest.fixture
async def world(hurried: Node) -> AsyncIterator[World]:
    async with world_of([hurried]) as world:
        yield world


@asynccontextmanager
async def held_up(node: Node, room_id: str) -> AsyncIterator[None]:
    """Nobody can write to the room."""
    if node.database_url.startswith("sqlite:"):
        with closing(sqlite3.connect(node.folder / "chat.db", isolation_level=None)) as raw:
            raw.execute("BEGIN IMMEDIATE")
            yield
        return
    connection = await asyncpg.connect(node.database_url)
    try:
        async with connection.transaction():
            await connection.execute("SELECT id FROM rooms WHERE id = $1 FOR UPDATE", room_id)
            yield
    finally:
        await connection.close()


async def test_what_takes_too_long_is_unavailable_and_is_done_and_told_later(
    hurried: Node, world: World
) -> None:
    ann = await world.user("ann")
    room = await ann.group()
    sends = [{"client_id": new_id(), "text": text} for text in ("by event", "by request")]
    loop = asyncio.get_running_loop()
    async with held_up(hurried, room["id"]):
        began = loop.time()
        refused = await asyncio.gather(
            ann.call("send_message", room_id=room["id"], **sends[0]),
            ann.http("POST", f"/rooms/{room['id']}/messages", sends[1]),
            return_exceptions=True,
        )
        took = loop.time() - began
    for each in refused:
        assert isinstance(each, Refused)
        assert (each.code, each.error.get("message") or each.error["detail"]) == (
            "unavailable",
            "This took too long. Try again in a moment.",
        )
    assert TIMEOUT <= took < 2 * TIMEOUT
    for send in sends:
        told = await ann.hear("message_created")
        assert told["message"]["text"] in ("by event", "by request")
        ack = await ann.call("send_message", room_id=room["id"], **send)
        assert ack["duplicate"] is True
