"""The database port on PostgreSQL, through the asyncpg pool that Tortoise opens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Literal

import asyncpg
import msgspec
from tortoise.backends.asyncpg.client import AsyncpgDBClient
from tortoise.exceptions import DBConnectionError, IntegrityError

from server.kernel.database import DatabaseConnection, Row
from server.kernel.errors import Busy, StorageFull, TooSlow, Unavailable
from server.kernel.timeouts import within

# The most seconds for a statement, including the wait for a connection.
POSTGRES_TIMEOUT = 4.5
CONNECT_TIMEOUT = 3.0

# The errors of asyncpg and of sockets if the database server is gone, restarting or too busy.
OUTAGES = (
    OSError,
    TimeoutError,
    DBConnectionError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.QueryCanceledError,
)

# Takes half a megabyte where the tables are, until the statement ends. It writes no log.
_TRIAL = """
    CREATE TEMPORARY TABLE room_left ON COMMIT DROP AS
    SELECT n, md5(n::text) AS text FROM generate_series(1, 8192) AS n
"""

# The errors of a wrong DATABASE_URL: an unknown user or database, a wrong password, no permission.
REFUSALS = (
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.InsufficientPrivilegeError,
)


async def prepare_connection(connection: asyncpg.Connection) -> None:
    """Make a new connection of the pool read and write UUIDs as text."""
    # The built-in codec works in C. Others would call a Python function for each UUID.
    await connection.set_builtin_type_codec(
        "uuid", schema="pg_catalog", codec_name="text", format="text"
    )


class PooledConnection(asyncpg.Connection):
    """A connection without asyncpg's reset query, which would cost a second round trip after each
    statement. No code leaves settings, session locks, cursors or listeners behind on a connection
    of the pool. (asyncpg ends open transactions in any case.)"""

    def get_reset_query(self) -> str:
        return ""


def _parameters(args: tuple[Any, ...]) -> list[Any]:
    """Convert parameters for asyncpg: objects become JSON text, lists stay arrays."""
    return [msgspec.json.encode(arg).decode() if isinstance(arg, dict) else arg for arg in args]


class PostgresDatabase:
    """Statements and transactions over the pool of asyncpg, which Tortoise's models use too.

    No call takes longer than ``POSTGRES_TIMEOUT`` seconds. It raises ``Unavailable`` if the
    database does not answer, ``Busy`` if it waits too long for a lock, and ``TooSlow`` if a
    statement takes too long; a statement may have been carried out all the same.
    """

    dialect: Literal["sqlite", "postgres"] = "postgres"

    def __init__(
        self,
        client: AsyncpgDBClient,
        on_full: Callable[[], None],
        lend: Callable[[], AbstractAsyncContextManager[Any]] | None = None,
    ) -> None:
        """``lend`` gives a connection for one statement; that of the client by default."""
        self._client = client
        self._on_full = on_full
        self._lend = lend or client.acquire_connection

    async def fetch(self, sql: str, *args: Any) -> list[Row]:
        async with bounded_postgres(self._on_full), self._lend() as connection:
            return await connection.fetch(sql, *_parameters(args))

    async def fetchrow(self, sql: str, *args: Any) -> Row | None:
        async with bounded_postgres(self._on_full), self._lend() as connection:
            return await connection.fetchrow(sql, *_parameters(args))

    async def execute(self, sql: str, *args: Any) -> None:
        async with bounded_postgres(self._on_full), self._lend() as connection:
            await connection.execute(sql, *_parameters(args))

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[DatabaseConnection]:
        async with bounded_postgres(self._on_full), self._client._in_transaction() as connection:
            yield PostgresDatabase(connection, self._on_full)  # type: ignore[arg-type]

    async def has_room(self) -> bool:
        """Whether the database can store some more."""
        try:
            await PostgresDatabase(self._client, lambda: None).execute(_TRIAL)
        except StorageFull:
            return False
        return True

    @asynccontextmanager
    async def reading(self, seconds: float) -> AsyncIterator[DatabaseConnection]:
        async with self.transaction() as db:
            limit = str(int(seconds * 1000))
            await db.fetchrow("SELECT set_config('statement_timeout', $1, true)", limit)
            async with within(seconds, TooSlow()):
                yield db


@asynccontextmanager
async def bounded_postgres(on_full: Callable[[], None]) -> AsyncIterator[None]:
    """``on_full`` is called if the database has no room for what a statement stores."""
    try:
        async with asyncio.timeout(POSTGRES_TIMEOUT):
            yield
    except asyncpg.LockNotAvailableError as error:
        raise Busy("this room is busy") from error
    except asyncpg.DiskFullError as error:
        on_full()
        raise StorageFull() from error
    except asyncpg.QueryCanceledError as error:
        raise TooSlow() from error
    except OUTAGES as error:
        raise Unavailable("the database does not answer") from error
    except asyncpg.IntegrityConstraintViolationError as error:
        raise IntegrityError(str(error)) from error
