"""SQLite behind the database port: one file, one process, one connection on its own thread."""

from __future__ import annotations

import asyncio
import re
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Any, Literal, TypeVar

import msgspec
from tortoise.backends.sqlite.client import SqliteClient, SqliteTransactionWrapper
from tortoise.connection import get_connections
from tortoise.exceptions import IntegrityError, OperationalError

from server.kernel.database import DatabaseConnection, Row
from server.kernel.errors import StorageFull, TooSlow, Unavailable
from server.kernel.timeouts import within

T = TypeVar("T")

# A statement waits for the ones before it, never longer than this (seconds).
PATIENCE = 4.5
# Of SQLite's machine, between two looks at the clock.
STEPS = 10_000

_RULES = (
    (re.compile(r"= ANY\(\$(\d+)(?:::\w+\[\])?\)"), r"IN (SELECT value FROM json_each(?\1))"),
    (re.compile(r"::[a-z]+(\[\])?"), ""),
    (re.compile(r"\bFOR (NO KEY )?(UPDATE|SHARE)( OF \w+(, \w+)*)?( NOWAIT| SKIP LOCKED)?"), ""),
    (re.compile(r"\$(\d+)"), r"?\1"),
)


@lru_cache(maxsize=512)
def translate(sql: str) -> str:
    """PostgreSQL's dialect as the statements of this project use it → SQLite's."""
    for pattern, replacement in _RULES:
        sql = pattern.sub(replacement, sql)
    return sql


def _parameters(args: tuple[Any, ...]) -> list[Any]:
    return [
        msgspec.json.encode(arg).decode() if isinstance(arg, (list, dict)) else arg for arg in args
    ]


class SqliteDatabase:
    """Statements and transactions over Tortoise's own connection, which they share with models."""

    dialect: Literal["sqlite", "postgres"] = "sqlite"

    def __init__(self, client: SqliteClient) -> None:
        self._client = client

    async def fetch(self, sql: str, *args: Any) -> list[Row]:
        async with bounded_sqlite():
            return await self._client.execute_query_dict(translate(sql), _parameters(args))

    async def fetchrow(self, sql: str, *args: Any) -> Row | None:
        rows = await self.fetch(sql, *args)
        return rows[0] if rows else None

    async def execute(self, sql: str, *args: Any) -> None:
        await self.fetch(sql, *args)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[DatabaseConnection]:
        """Tortoise's own context would keep its lock for good when cancelled as it begins."""
        async with bounded_sqlite(), self._client._lock:
            wrapper = SqliteTransactionWrapper(self._client)
            token = get_connections().set(wrapper.connection_name, wrapper)
            try:
                # A deferred one, which reads first, fails where it then writes if another process,
                # a migration say, has written meanwhile.
                await wrapper._connection.execute("BEGIN IMMEDIATE")
                yield SqliteDatabase(wrapper)
                await wrapper.commit()
            except BaseException:
                # The thread takes its work in order: this comes after whatever was cut short.
                await wrapper._connection.rollback()
                raise
            finally:
                get_connections().reset(token)

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """One transaction as one function on the connection's thread.

        It begins IMMEDIATE, commits when ``work`` returns and rolls back when it raises.
        """

        def whole(raw: sqlite3.Connection) -> T:
            raw.execute("BEGIN IMMEDIATE")
            try:
                result = work(raw)
            except BaseException:
                # After a full disk SQLite has done so itself.
                if raw.in_transaction:
                    raw.execute("ROLLBACK")
                raise
            raw.execute("COMMIT")
            return result

        async with bounded_sqlite(), self._client.acquire_connection() as connection:
            # aiosqlite has no public way to run a function on its thread.
            return await connection._execute(whole, connection._conn)

    @asynccontextmanager
    async def reading(self, seconds: float) -> AsyncIterator[DatabaseConnection]:
        """On a connection and a thread of its own: what is written goes on meanwhile."""
        reader = SqliteReader(self._client.filename, seconds)
        try:
            async with bounded_sqlite():
                await reader.execute("BEGIN")
                yield reader
        finally:
            reader.end()


class SqliteReader:
    """A snapshot of what is committed, for so many seconds. The thread takes its work in order, so
    closing comes after whatever was cut short."""

    dialect: Literal["sqlite", "postgres"] = "sqlite"

    def __init__(self, path: str, seconds: float) -> None:
        self._path = path
        self._thread = ThreadPoolExecutor(1, "sqlite-reader")
        self._ends_at = time.monotonic() + seconds
        self._raw: sqlite3.Connection | None = None

    async def fetch(self, sql: str, *args: Any) -> list[Row]:
        loop = asyncio.get_running_loop()
        given = translate(sql), _parameters(args)
        return await loop.run_in_executor(self._thread, self._fetch, *given)

    async def fetchrow(self, sql: str, *args: Any) -> Row | None:
        rows = await self.fetch(sql, *args)
        return rows[0] if rows else None

    async def execute(self, sql: str, *args: Any) -> None:
        await self.fetch(sql, *args)

    def _fetch(self, sql: str, args: list[Any]) -> list[Row]:
        if self._raw is None:
            self._raw = sqlite3.connect(self._path, isolation_level=None)
            self._raw.execute("PRAGMA query_only = ON")
            self._raw.row_factory = sqlite3.Row
            self._raw.set_progress_handler(lambda: time.monotonic() > self._ends_at, STEPS)
        return [dict(row) for row in self._raw.execute(sql, args)]

    def end(self) -> None:
        """Whoever asked is gone, or has the answer: a statement that runs is ended."""
        self._ends_at = 0.0
        self._thread.submit(self._close)
        self._thread.shutdown(wait=False)

    def _close(self) -> None:
        if self._raw:
            self._raw.close()


@asynccontextmanager
async def bounded_sqlite() -> AsyncIterator[None]:
    try:
        async with within(PATIENCE, Unavailable("the database does not answer")):
            yield
    except IntegrityError:
        # To Tortoise it is an OperationalError.
        raise
    except (sqlite3.OperationalError, OperationalError) as error:
        raise _explained(error) from error


def _explained(error: Exception) -> Exception:
    """What SQLite says of its file is the operator's to mend; of a statement, ours."""
    cause = error if isinstance(error, sqlite3.Error) else error.args[0]
    code = getattr(cause, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    if code == sqlite3.SQLITE_FULL:
        return StorageFull()
    if code == sqlite3.SQLITE_INTERRUPT:
        return TooSlow()
    return error if code == sqlite3.SQLITE_ERROR else Unavailable("the database does not answer")
