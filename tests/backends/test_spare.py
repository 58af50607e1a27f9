"""The connection that PostgreSQL's pool lends to one statement after the other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from server.backends.database import close_database, open_database
from server.backends.postgres import PostgresDatabase
from server.kernel.errors import ChatError
from tests.support.client import new_id
from tests.support.services import Postgres

PID = "SELECT pg_backend_pid() AS pid"
PATIENCE = 10.0


@pytest.fixture
async def database(postgres: Postgres) -> AsyncIterator[PostgresDatabase]:
    opened = await open_database(f"{postgres.create_database(new_id())}?maxsize=2")
    assert isinstance(opened, PostgresDatabase)
    try:
        yield opened
    finally:
        await close_database()


async def pid(database: PostgresDatabase) -> int:
    row = await database.fetchrow(PID)
    assert row is not None
    return int(row["pid"])


def idle(database: PostgresDatabase) -> int:
    pool = database._client._pool
    assert pool is not None
    return pool.get_idle_size()


async def test_the_next_statement_has_the_connection_that_was_kept(
    database: PostgresDatabase,
) -> None:
    first = await pid(database)
    assert idle(database) == 0
    assert await pid(database) == first
    async with asyncio.timeout(PATIENCE):
        while idle(database) == 0:
            await asyncio.sleep(0.01)
    assert await pid(database) == first


async def test_a_connection_goes_back_after_an_error(database: PostgresDatabase) -> None:
    await pid(database)
    with pytest.raises(Exception, match="nothing_of_this_name"):
        await database.execute("SELECT * FROM nothing_of_this_name")
    assert idle(database) == 1
    assert await database.fetch("SELECT 1 AS one")


async def test_a_connection_that_the_database_ended_is_not_lent(
    database: PostgresDatabase,
) -> None:
    kept = await pid(database)
    async with database.transaction() as other:
        await other.execute("SELECT pg_terminate_backend($1)", kept)
        # A statement may still fail, until the kept connection hears of its end.
        async with asyncio.timeout(PATIENCE):
            while (found := await tried(database)) in (kept, None):
                pass
    assert await pid(database) == found


async def tried(database: PostgresDatabase) -> int | None:
    """The process of a statement; None if it failed as the connection ended."""
    try:
        return await pid(database)
    except ChatError:
        return None


async def test_a_kept_connection_keeps_nobody_waiting(database: PostgresDatabase) -> None:
    """Two connections at most: the last one is not kept, because a transaction may need it."""
    async with database.transaction():
        await pid(database)
        assert idle(database) == 1
        async with asyncio.timeout(PATIENCE), database.transaction() as second:
            await second.fetch(PID)


async def test_a_pool_closes_with_a_connection_kept(database: PostgresDatabase) -> None:
    await pid(database)
    async with asyncio.timeout(PATIENCE / 2):
        await close_database()
