"""Opens the backends that the URLs in the settings choose. No other code asks which they are."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

import structlog

from server.backends.database import (
    SqliteLock,
    close_database,
    is_sqlite,
    open_database,
    sqlite_path,
)
from server.backends.disk import DiskStorage
from server.backends.full import FullDisks
from server.backends.limits import MemoryLimiter, NoLimiter, RedisLimiter
from server.backends.managers import LocalManager, RedisManager
from server.backends.postgres import PostgresDatabase
from server.backends.presence import MemoryLeases, RedisLeases
from server.backends.redis import RedisTool
from server.backends.reservations import MemoryReservations, RedisReservations
from server.backends.sessions import MemorySessions, RedisSessions
from server.backends.sqlite import SqliteDatabase
from server.backends.statistics import PostgresStatistics
from server.config import FileMedia, Settings
from server.kernel.database import Database
from server.kernel.limits import Limiter
from server.mail.outgoing import Mailer
from server.media.usecase import Storage
from server.messages.send.group import GroupCommit
from server.messages.send.postgres import postgres_commit
from server.messages.send.sqlite import sqlite_commit
from server.search.due import SqliteQueue
from server.search.indexing import IndexQueue
from server.search.postgres_queue import PostgresQueue

log = structlog.get_logger("server.backends")

# The most commits of sends at the same time, if the first ones take long. SQLite has one writer.
POSTGRES_COMMITS = 4


BackendState = Literal["ok", "down", "full"]


class ClosableStorage(Storage, Protocol):
    async def close(self) -> None: ...


@dataclass(kw_only=True)
class Backends:
    database: Database
    sends: GroupCommit
    index_queue: IndexQueue
    # None with SQLite, which plans without statistics.
    statistics: PostgresStatistics | None
    limiter: Limiter
    sessions: MemorySessions | RedisSessions
    leases: MemoryLeases | RedisLeases
    manager: LocalManager | RedisManager
    storage: ClosableStorage
    reservations: MemoryReservations | RedisReservations
    mailer: Mailer | None
    redis: RedisTool | None
    disks: FullDisks

    async def answers(self) -> dict[str, BackendState]:
        """The present state of each backend in use, by its name. Never raises. ``media`` is listed
        only while its disk is full."""
        full: dict[str, BackendState] = dict.fromkeys(await self.disks.check(), "full")
        up: dict[str, bool] = {"database": await _answers(self.database)}
        if self.redis:
            up["redis"] = await self.redis.ping()
        found: dict[str, BackendState] = {name: "ok" if up[name] else "down" for name in up}
        return found | full

    async def close(self) -> None:
        """Closes all backends. If one of them cannot be closed, the others still are."""
        async with AsyncExitStack() as ends:
            ends.push_async_callback(close_database)
            if self.redis:
                ends.push_async_callback(self.redis.close)
            ends.push_async_callback(self.storage.close)
            ends.push_async_callback(self.manager.close)


async def _answers(database: Database) -> bool:
    try:
        await database.fetchrow("SELECT 1 AS one")
    except Exception:
        return False
    return True


async def open_backends(settings: Settings) -> Backends:
    """Open everything that the settings name. If the database is a SQLite file, the caller holds
    its lock."""
    storage = open_storage(settings)
    trials: dict[str, Callable[[], Awaitable[bool]]] = {}
    disks = FullDisks(_folders(settings, storage), trials)
    url = settings.database_url.reveal()
    database = await open_database(url, lambda: disks.refused("database"))
    if isinstance(database, PostgresDatabase):
        trials["database"] = database.has_room
    try:
        backends = _backends(settings, database, storage, disks)
    except BaseException:
        await close_database()
        raise
    if backends.redis and (why := await backends.redis.fault()):
        # The node starts all the same, so that it works as soon as Redis is back.
        log.warning("REDIS_URL: Redis cannot be used, and other nodes hear nothing", error=why)
    return backends


def _folders(settings: Settings, storage: Storage) -> dict[str, Path]:
    """The folders in which this server itself stores data, by what they hold."""
    url = settings.database_url.reveal()
    database = {"database": sqlite_path(url).parent} if is_sqlite(url) else {}
    return database | {"media": storage.incoming}


def _backends(
    settings: Settings,
    database: SqliteDatabase | PostgresDatabase,
    storage: ClosableStorage,
    disks: FullDisks,
) -> Backends:
    index_queue: IndexQueue
    statistics: PostgresStatistics | None = None
    if isinstance(database, SqliteDatabase):
        index_queue = SqliteQueue(database.run)
        sends = GroupCommit(sqlite_commit(database.run), at_once=1)
    else:
        index_queue = PostgresQueue(database)
        statistics = PostgresStatistics(database)
        sends = GroupCommit(postgres_commit(database), at_once=POSTGRES_COMMITS)
    redis = RedisTool(settings.redis_url.reveal()) if settings.redis_url else None
    limiter: Limiter = RedisLimiter(redis) if redis else MemoryLimiter()
    return Backends(
        database=database,
        sends=sends,
        index_queue=index_queue,
        statistics=statistics,
        limiter=limiter if settings.rate_limits else NoLimiter(),
        sessions=RedisSessions(redis) if redis else MemorySessions(),
        leases=RedisLeases(redis) if redis else MemoryLeases(),
        manager=RedisManager(settings.redis_url.reveal()) if settings.redis_url else LocalManager(),
        storage=storage,
        reservations=RedisReservations(redis) if redis else MemoryReservations(),
        mailer=open_mailer(settings),
        redis=redis,
        disks=disks,
    )


def open_storage(settings: Settings) -> ClosableStorage:
    media = settings.media
    if isinstance(media, FileMedia):
        return DiskStorage(media.folder)
    # Imported here because it takes 40 MB of memory, which a server without S3 should not pay.
    from server.backends.s3 import S3Storage

    return S3Storage(media, settings.data_dir / "incoming")


def open_mailer(settings: Settings) -> Mailer | None:
    if settings.smtp_url is None:
        log.info("mail is off: SMTP_URL is not set")
        return None
    from server.backends.mail import SmtpMailer

    return SmtpMailer(settings.smtp_url.reveal(), settings.mail_sender)


__all__ = ["Backends", "SqliteLock", "is_sqlite", "open_backends"]
