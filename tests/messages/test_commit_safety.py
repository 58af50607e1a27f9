"""How safely each connection to the database commits."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import asyncpg

from server.backends.database import (
    POOL_SIZE,
    SqliteDatabase,
)
from server.kernel.database import Database
from tests.support.client import PATIENCE
from tests.support.database import opened_database
from tests.support.services import Postgres

# What PRAGMA synchronous answers to FULL.
FULL = 2


# How safely it commits


async def test_each_pooled_postgresql_connection_commits_synchronously(postgres: Postgres) -> None:
    """Also where the database's own default is the opposite."""
    url = postgres.create_database("asynchronous")
    operator = await asyncpg.connect(url)
    await operator.execute("ALTER DATABASE asynchronous SET synchronous_commit = off")
    await operator.close()
    # Nobody gives a connection back before everybody has one: so each has another one.
    everybody = asyncio.Barrier(POOL_SIZE)

    async def look(database: Database) -> tuple[int, str]:
        async with database.transaction() as connection:
            row = await connection.fetchrow(
                "SELECT pg_backend_pid() AS pid, current_setting('synchronous_commit') AS setting"
            )
            assert row is not None
            await everybody.wait()
            return row["pid"], row["setting"]

    async with opened_database(url) as database, asyncio.timeout(PATIENCE):
        found = await asyncio.gather(*(look(database) for _ in range(POOL_SIZE)))
    assert len({pid for pid, _ in found}) == POOL_SIZE
    assert {setting for _, setting in found} == {"on"}


async def test_each_sqlite_connection_commits_synchronously(folder: Path) -> None:
    """There is one, which statements, transactions and sends share."""

    def pragmas(raw: sqlite3.Connection) -> tuple[int, str]:
        (synchronous,) = raw.execute("PRAGMA synchronous").fetchone()
        (journal,) = raw.execute("PRAGMA journal_mode").fetchone()
        return synchronous, journal

    async with opened_database(f"sqlite:///{folder / 'chat.db'}") as database:
        assert isinstance(database, SqliteDatabase)
        assert await database.run(pragmas) == (FULL, "wal")
        rows = [await database.fetchrow("PRAGMA synchronous")]
        async with database.transaction() as connection:
            rows.append(await connection.fetchrow("PRAGMA synchronous"))
    assert rows == [{"synchronous": FULL}] * 2
