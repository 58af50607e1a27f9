"""What PostgreSQL's planner knows of tables that grow fast."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from server.history.rows import MESSAGES
from tests.support.client import new_id
from tests.support.node import Node, clustered
from tests.support.services import Postgres, Redis

PATIENCE = 20.0
# Every third one answers the one before it.
STORE = """
    INSERT INTO messages (id, room_id, seq, version, ordinal, kind, author_id, client_id, text,
        created_at, reply_to_seq)
    SELECT gen_random_uuid(), $1, n, n, n, 'text', gen_random_uuid(), gen_random_uuid(), 'hello', n,
        CASE WHEN n % 3 = 0 THEN n - 1 END FROM generate_series(1, 3000) n
"""
PAGE = f"{MESSAGES} WHERE m.room_id = $1 AND m.seq < $2 ORDER BY m.seq DESC LIMIT 101"


@pytest.fixture
async def connection(
    postgres: Postgres, redis: Redis, tmp_path: Path
) -> AsyncIterator[asyncpg.Connection]:
    """A connection to the database of a node."""
    url = postgres.create_database(new_id())
    node = await asyncio.to_thread(Node(tmp_path, **clustered(url, redis.url)).start)
    opened = await asyncpg.connect(url)
    # Rows of messages are all that counts here, so nothing else has to fit.
    await opened.execute("SET session_replication_role = replica")
    try:
        yield opened
    finally:
        await opened.close()
        await asyncio.to_thread(node.stop)


async def test_a_page_of_a_new_room_reads_no_more_than_the_page(
    connection: asyncpg.Connection,
) -> None:
    room = new_id()
    # The plan is made while the table is empty, and kept.
    page = await connection.prepare(PAGE)
    for _ in range(8):
        await page.fetch(room, 5)
    await connection.execute(STORE.replace("$1", f"'{room}'::uuid"))
    # The node looks every few seconds; PostgreSQL itself would look once a minute.
    async with asyncio.timeout(PATIENCE):
        while await _rows_read(connection, room) > 1_000:
            await asyncio.sleep(0.2)


async def _rows_read(connection: asyncpg.Connection, room: str) -> int:
    """How many rows one page reads from the messages, in its tables and indexes."""
    plan = await connection.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {PAGE}", room, 2_500)
    return _count(json.loads(plan)[0]["Plan"])


def _count(plan: dict[str, Any]) -> int:
    own = (plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)) * plan["Actual Loops"]
    return int(own) + sum(map(_count, plan.get("Plans", [])))
