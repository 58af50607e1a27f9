"""The database port on SQLite: one file, used by one process over one connection and thread."""

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

# The most seconds for a statement, including the wait for the statements before it.
SQLITE_TIMEOUT = 4.5
# The number of SQLite's virtual-machine steps between two looks at the clock.
STEPS_PER_LOOK = 10_000

# SQLite's codes for a write that failed. It has a code of its own for a full disk, but not for a
# quota or a limit on the size of files.
FULL_CODES = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_SHMSIZE)

OnFull = Callable[[], None]
"""Called when a statement fails because the disk is full."""


def ignore() -> None:
    """Does nothing."""


_RULES = (
    (re.compile(r"= ANY\(\$(\d+)(?:::\w+\[\])?\)"), r"IN (SELECT value FROM json_each(?\1))"),
    (re.compile(r"::[a-z]+(\[\])?"), ""),
    (re.compile(r"\bFOR (NO KEY )?(UPDATE|SHARE)( OF \w+(, \w+)*)?( NOWAIT| SKIP LOCKED)?"), ""),
    (re.compile(r"\$(\d+)"), r"?\1"),
)


@lru_cache(maxsize=512)
def translate(sql: str) -> str:
    """Translate a statement to SQLite's dialect from the part of PostgreSQL's that is used here."""
    for pattern, replacement in _RULES:
        sql = pattern.sub(replacement, sql)
    return sql


def _parameters(args: tuple[Any, ...]) -> list[Any]:
    return [
        msgspec.json.encode(arg).decode() if isinstance(arg, (list, dict)) else arg for arg in args
    ]


class SqliteDatabase:
    """Statements and transactions over Tortoise's connection, which the models use too.

    They run one at a time. None takes longer than ``SQLITE_TIMEOUT`` seconds, including the wait
    for the ones before it. Raises ``Unavailable`` if the file cannot be used in that time,
    ``StorageFull`` if the disk is full, and ``TooSlow`` if a reading is interrupted.
    """

    dialect: Literal["sqlite", "postgres"] = "sqlite"

    def __init__(self, client: SqliteClient, on_full: OnFull = ignore) -> None:
        self._client = client
        self._on_full = on_full

    async def fetch(self, sql: str, *args: Any) -> list[Row]:
        async with bounded_sqlite(self._on_full):
            return await self._client.execute_query_dict(translate(sql), _parameters(args))

    async def fetchrow(self, sql: str, *args: Any) -> Row | None:
        rows = await self.fetch(sql, *args)
        return rows[0] if rows else None

    async def execute(self, sql: str, *args: Any) -> None:
        await self.fetch(sql, *args)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[DatabaseConnection]:
        """A transaction. Tortoise's own context manager is not used: if it is cancelled while it
        begins, it never releases its lock."""
        async with bounded_sqlite(self._on_full), self._client._lock:
            wrapper = SqliteTransactionWrapper(self._client)
            token = get_connections().set(wrapper.connection_name, wrapper)
            try:
                # A deferred transaction that reads first would fail at its first write if another
                # process, such as a migration, has written in between.
                await wrapper._connection.execute("BEGIN IMMEDIATE")
                yield SqliteDatabase(wrapper, self._on_full)
                await wrapper.commit()
            except BaseException:
                # The thread does its work in order, so this runs after the statement that was
                # interrupted.
                await wrapper._connection.rollback()
                raise
            finally:
                get_connections().reset(token)

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run ``work`` as one transaction on the connection's thread.

        The transaction begins IMMEDIATE, commits if ``work`` returns and rolls back if it raises.
        """

        def whole(raw: sqlite3.Connection) -> T:
            raw.execute("BEGIN IMMEDIATE")
            try:
                result = work(raw)
            except BaseException:
                # If the disk is full, SQLite has rolled back already.
                if raw.in_transaction:
                    raw.execute("ROLLBACK")
                raise
            raw.execute("COMMIT")
            return result

        async with bounded_sqlite(self._on_full), self._client.acquire_connection() as connection:
            # aiosqlite has no public way to run a function on its thread.
            return await connection._execute(whole, connection._conn)

    @asynccontextmanager
    async def reading(self, seconds: float) -> AsyncIterator[DatabaseConnection]:
        """Read in a transaction with its own connection and thread, so that writes go on meanwhile.
        Raises ``TooSlow`` if it takes longer than ``seconds``."""
        reader = SqliteReader(self._client.filename, seconds)
        try:
            async with bounded_sqlite(self._on_full):
                await reader.execute("BEGIN")
                yield reader
        finally:
            reader.end()


class SqliteReader:
    """A snapshot of the committed data, which may be read for ``seconds`` seconds. The thread does
    its work in order, so the connection closes after a statement that was interrupted."""

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
            self._raw.set_progress_handler(lambda: time.monotonic() > self._ends_at, STEPS_PER_LOOK)
        return [dict(row) for row in self._raw.execute(sql, args)]

    def end(self) -> None:
        """Interrupt the running statement, if there is one, and close the connection."""
        self._ends_at = 0.0
        self._thread.submit(self._close)
        self._thread.shutdown(wait=False)

    def _close(self) -> None:
        if self._raw:
            self._raw.close()


@asynccontextmanager
async def bounded_sqlite(on_full: OnFull) -> AsyncIterator[None]:
    try:
        async with within(SQLITE_TIMEOUT, Unavailable("the database does not answer")):
            yield
    except IntegrityError:
        # Tortoise's IntegrityError is an OperationalError, but callers need to see it.
        raise
    except (sqlite3.OperationalError, OperationalError) as error:
        explained = _explained(error)
        if isinstance(explained, StorageFull):
            on_full()
        raise explained from error


def _explained(error: Exception) -> Exception:
    """The error to raise for an error of SQLite. A problem with the file becomes ``Unavailable`` or
    ``StorageFull``, for the operator to solve. A wrong statement is a bug and stays as it is."""
    cause = error if isinstance(error, sqlite3.Error) else error.args[0]
    code = getattr(cause, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    if code in FULL_CODES:
        return StorageFull()
    if code == sqlite3.SQLITE_INTERRUPT:
        return TooSlow()
    return error if code == sqlite3.SQLITE_ERROR else Unavailable("the database does not answer")
