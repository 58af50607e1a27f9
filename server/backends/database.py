"""Opens the database that DATABASE_URL names, for Tortoise's models and for SQL statements."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress
from pathlib import Path
from typing import IO, Any, cast
from urllib.parse import parse_qsl, unquote, urlsplit

from tortoise import Tortoise
from tortoise.backends.asyncpg.client import AsyncpgDBClient
from tortoise.backends.sqlite.client import SqliteClient
from tortoise.connection import get_connection

from server.backends import postgres
from server.backends.postgres import PostgresDatabase
from server.backends.spare import SpareConnection
from server.backends.sqlite import OnFull, SqliteDatabase, ignore
from server.kernel.errors import Unavailable
from server.search.writing import fold_for_index

CONNECTION = "default"
POOL_SIZE = 12
# asyncpg's deadline for one statement (seconds). It is shorter than ``POSTGRES_TIMEOUT``.
STATEMENT_TIMEOUT = 4.0

# SQLite writes its write-ahead log into the file once it has so many pages, of so many bytes each.
# Pages that were changed often are written once. The log keeps its size, because a commit into a
# file that grows costs more.
WAL_PAGES, PAGE = 4_000, 4_096
# The pages that SQLite keeps in memory.
CACHE_KIB = 16_384


class DatabaseInUse(RuntimeError):
    """Another process uses this SQLite file."""


def is_sqlite(url: str) -> bool:
    return url.startswith("sqlite:")


def sqlite_path(url: str) -> Path:
    return Path(
        unquote(urlsplit(url).path)[1:]
        if url.startswith("sqlite:////")
        else unquote(url.removeprefix("sqlite://"))
    )


def _sqlite(url: str) -> dict[str, Any]:
    return {
        "engine": "tortoise.backends.sqlite",
        "credentials": {
            "file_path": str(sqlite_path(url)),
            "journal_mode": "WAL",
            "synchronous": "FULL",
            "busy_timeout": 5000,
            "wal_autocheckpoint": WAL_PAGES,
            "journal_size_limit": WAL_PAGES * PAGE,
            "cache_size": -CACHE_KIB,
        },
    }


def _postgres(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    credentials: dict[str, Any] = {
        "host": options.pop("host", parts.hostname),
        "port": parts.port or 5432,
        "user": unquote(parts.username or ""),
        "password": unquote(parts.password or "") or None,
        "database": unquote(parts.path.lstrip("/")),
        # The pool keeps no idle connections: during an outage it would try to reopen them again and
        # again, with a traceback in the log each time.
        "minsize": 0,
        "maxsize": int(options.pop("maxsize", POOL_SIZE)),
        "timeout": postgres.CONNECT_TIMEOUT,
        "command_timeout": STATEMENT_TIMEOUT,
        "init": postgres.prepare_connection,
        "connection_class": postgres.PooledConnection,
        "server_settings": {
            "synchronous_commit": "on",
            "jit": "off",
            # Milliseconds. A node that hangs inside a transaction, or a long queue for one room's
            # lock, must not block the other nodes.
            "idle_in_transaction_session_timeout": "10000",
            "lock_timeout": "1500",
        },
    }
    if mode := options.pop("sslmode", None):
        credentials["ssl"] = mode
    return {"engine": "tortoise.backends.asyncpg", "credentials": credentials | options}


def tortoise_config(url: str) -> dict[str, Any]:
    """Tortoise's configuration, with the models of this project and of aerich."""
    return {
        "connections": {CONNECTION: _sqlite(url) if is_sqlite(url) else _postgres(url)},
        "apps": {
            "models": {"models": ["models", "aerich.models"], "default_connection": CONNECTION}
        },
    }


class DatabaseUnreachable(RuntimeError):
    """The database of DATABASE_URL cannot be used at the start."""


@asynccontextmanager
async def reaching_database() -> AsyncIterator[None]:
    """Raises ``DatabaseUnreachable`` if the ``with`` block fails because of the database. The block
    may only open or change the database: other code could raise the same ``OSError`` for another
    reason."""
    try:
        yield
    except (Unavailable, *postgres.OUTAGES, *postgres.REFUSALS) as error:
        raise DatabaseUnreachable(
            f"DATABASE_URL: the database cannot be reached ({error})"
        ) from error


class SqliteLock:
    """The lock of the one process that uses a SQLite file.

    ``acquire`` raises ``DatabaseInUse`` if another process holds it, or waits with ``wait=True``.
    The operating system releases the lock when the process dies.
    """

    def __init__(self, url: str) -> None:
        self._path = Path(f"{sqlite_path(url)}.lock")
        self._file: IO[bytes] | None = None

    def acquire(self, *, wait: bool = False) -> None:
        _make_folder(self._path.parent)
        self._file = self._path.open("ab")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            self._file.close()
            self._file = None
            raise DatabaseInUse(
                f"DATABASE_URL: another process uses {sqlite_path_text(self._path)}; several "
                "nodes need PostgreSQL and Redis"
            ) from None

    def release(self) -> None:
        if self._file:
            self._file.close()
            self._file = None


def sqlite_path_text(lock: Path) -> str:
    return os.fspath(lock).removesuffix(".lock")


def _make_folder(folder: Path) -> None:
    """Make a folder that only its owner can open, because people's messages are stored in it."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def check_sqlite(url: str) -> None:
    """Make the file's folder and check that the file can be opened. Raises ``Unavailable`` if not:
    Tortoise would wait for it forever."""
    path = sqlite_path(url)
    _make_folder(path.parent)
    try:
        with closing(sqlite3.connect(path)) as raw:
            raw.execute("SELECT count(*) FROM sqlite_master")
    except sqlite3.Error as error:
        raise Unavailable(f"{path}: {error}") from error


async def open_database(url: str, on_full: OnFull = ignore) -> SqliteDatabase | PostgresDatabase:
    """Connect models and statements to the database. Both take part in the same transactions."""
    if is_sqlite(url):
        check_sqlite(url)
    # Tortoise finds its connections through a context variable. Requests run in tasks that do not
    # inherit this one's context, so they need the global fallback.
    await Tortoise.init(config=tortoise_config(url), _enable_global_fallback=True)
    client = get_connection(CONNECTION)
    if is_sqlite(url):
        # The connection is opened now. If the first statement opened it and was cancelled, the
        # connection could stay half set up.
        await client.create_connection(with_db=True)
        # aiosqlite has no public way to run a function on its thread.
        await client._connection._execute(_prepare_sqlite, client._connection._conn)
        return SqliteDatabase(cast(SqliteClient, client), on_full)
    pooled = cast(AsyncpgDBClient, client)
    return PostgresDatabase(pooled, on_full, SpareConnection(pooled).lend)


def _prepare_sqlite(raw: sqlite3.Connection) -> None:
    # Or else a statement of many rows copies each page that it changes into a file first.
    raw.execute("PRAGMA temp_store = MEMORY")
    fold_for_index(raw)


async def close_database() -> None:
    with suppress(OSError, TimeoutError):
        await Tortoise.close_connections()
