"""Writing very many rows, on a separate connection without the deadlines of client requests."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Collection, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Protocol

import asyncpg
import msgspec

from server.backends import postgres
from server.backends.database import is_sqlite, sqlite_path
from server.backends.sqlite import translate
from server.search.due import index_due
from server.search.indexing import INDEX_PART
from server.search.postgres_queue import INDEX_DUE
from server.search.writing import fold_for_index

# An arbitrary number, the same in every process and different from the one of the migrations.
BULK_LOCK = 7_243_002


class Bulk(Protocol):
    """A connection for bulk writes; at most one is open for each database at a time.

    Outside a transaction each call commits by itself.
    """

    def transaction(self) -> AbstractAsyncContextManager[None]: ...

    async def column(self, sql: str, *args: list[str]) -> list[Any]:
        """The first column of a query's rows. The SQL is PostgreSQL's dialect, as explained in
        ``server/kernel/database.py``; ids are text."""
        ...

    async def insert(self, table: str, columns: str, rows: Collection[tuple[Any, ...]]) -> None: ...

    async def analyze(self) -> None:
        """Update the planner's statistics, so that queries are planned for the new rows."""
        ...


class SqliteBulk:
    def __init__(self, raw: sqlite3.Connection) -> None:
        self._raw = raw

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        self._raw.execute("BEGIN IMMEDIATE")
        try:
            yield
            while index_due(self._raw, INDEX_PART["sqlite"]):
                pass
        except BaseException:
            self._raw.execute("ROLLBACK")
            raise
        self._raw.execute("COMMIT")

    async def column(self, sql: str, *args: list[str]) -> list[Any]:
        given = [
            msgspec.json.encode(arg).decode() if isinstance(arg, list) else arg for arg in args
        ]
        return [row[0] for row in self._raw.execute(translate(sql), given)]

    async def insert(self, table: str, columns: str, rows: Collection[tuple[Any, ...]]) -> None:
        places = ", ".join("?" * len(columns.split(",")))
        self._raw.executemany(f"INSERT INTO {table} ({columns}) VALUES ({places})", rows)

    async def analyze(self) -> None:
        self._raw.execute("ANALYZE")


class PostgresBulk:
    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        async with self._connection.transaction():
            yield
        while await self._connection.fetchval(INDEX_DUE, INDEX_PART["postgres"]):
            pass

    async def column(self, sql: str, *args: list[str]) -> list[Any]:
        return [row[0] for row in await self._connection.fetch(sql, *args)]

    async def insert(self, table: str, columns: str, rows: Iterable[tuple[Any, ...]]) -> None:
        await self._connection.copy_records_to_table(
            table, records=rows, columns=[name.strip() for name in columns.split(",")]
        )

    async def analyze(self) -> None:
        await self._connection.execute("ANALYZE")


@asynccontextmanager
async def open_bulk(url: str) -> AsyncIterator[Bulk]:
    """Open a connection for bulk writes. For SQLite the caller must hold the ``SqliteLock``; on
    PostgreSQL this waits until no other process has a bulk connection."""
    if is_sqlite(url):
        raw = sqlite3.connect(sqlite_path(url), isolation_level=None)
        try:
            raw.execute("PRAGMA journal_mode = WAL")
            raw.execute("PRAGMA synchronous = FULL")
            # 256 MB, the size of the indexes of a million messages.
            raw.execute("PRAGMA cache_size = -256000")
            fold_for_index(raw)
            yield SqliteBulk(raw)
        finally:
            raw.close()
        return
    connection = await asyncpg.connect(url, timeout=postgres.CONNECT_TIMEOUT)
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", BULK_LOCK)
        yield PostgresBulk(connection)
    finally:
        await connection.close()
