"""Keeps one connection of the pool at hand for single statements that follow each other closely."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Any

import asyncpg
from tortoise.backends.asyncpg.client import AsyncpgDBClient

from server.kernel.tasks import Tasks

# Seconds without a statement, about, after which the connection goes back to the pool.
REST = 0.05


class SpareConnection:
    """Lends connections for one statement each.

    asyncpg starts a task for each release, and Tortoise has objects of its own around each
    statement. So a connection that is done stays here for the next statement. It goes back to the
    pool after an error, after a rest, and if the pool has no other to give.
    """

    def __init__(self, client: AsyncpgDBClient) -> None:
        self._client = client
        self._spare: Any = None
        self._used = False
        self._timer: asyncio.TimerHandle | None = None
        self._tasks = Tasks()

    def lend(self) -> Loan:
        """``async with lend() as connection:`` has a connection for one statement."""
        return Loan(self)

    async def take(self) -> Any:
        spare, self._spare = self._spare, None
        if spare is not None:
            if _is_open(spare):
                return spare
            await self.release(spare)
        return await self._client.acquire_connection().__aenter__()

    async def keep(self, connection: Any) -> None:
        if self._spare is not None or not self._pool_has_more():
            await self.release(connection)
            return
        self._spare, self._used = connection, True
        if self._timer is None:
            self._wait()

    async def release(self, connection: Any) -> None:
        # Without its pool, which has been closed by force, the connection is closed too.
        if (pool := self._client._pool) is not None:
            await pool.release(connection)

    def _pool_has_more(self) -> bool:
        """Whether someone else can get a connection of the pool."""
        pool = self._client._pool
        if pool is None or pool.is_closing():
            return False
        return bool(pool.get_size() - pool.get_idle_size() < pool.get_max_size())

    def _wait(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(REST, self._look)

    def _look(self) -> None:
        self._timer = None
        if self._used:
            self._used = False
            self._wait()
        elif self._spare is not None:
            spare, self._spare = self._spare, None
            self._tasks.start(self.release(spare))


class Loan:
    __slots__ = ("_connection", "_spare")

    def __init__(self, spare: SpareConnection) -> None:
        self._spare = spare
        self._connection: Any = None

    async def __aenter__(self) -> Any:
        self._connection = await self._spare.take()
        return self._connection

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None:
            await self._spare.keep(self._connection)
        else:
            # The pool waits for a statement that was cancelled, and checks the connection.
            await self._spare.release(self._connection)


def _is_open(connection: Any) -> bool:
    try:
        return not connection.is_closed()
    except asyncpg.InterfaceError:
        # The database has closed it, and the pool has taken it back.
        return False
