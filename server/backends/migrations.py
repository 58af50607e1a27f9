"""Applies aerich's migration files, under a lock so that many nodes may start at the same time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import structlog
from aerich import Command
from aerich.migrate import Migrate
from aerich.models import Aerich
from tortoise import Tortoise
from tortoise.exceptions import OperationalError

from server.backends.database import (
    CONNECTION,
    SqliteLock,
    check_sqlite,
    close_database,
    is_sqlite,
    tortoise_config,
)
from server.config import ConfigError, Settings

log = structlog.get_logger("server")

MIGRATIONS_FOLDER = Path(__file__).resolve().parents[2] / "migrations"
# An arbitrary number, the same on every node.
MIGRATIONS_LOCK = 7_243_001

MigrationReport = Callable[[str], None]


@asynccontextmanager
async def _lock(url: str) -> AsyncIterator[None]:
    """Hold the lock that lets only one process migrate a database at a time. For SQLite this is the
    server's own lock, so that nobody changes the schema of a running server."""
    if is_sqlite(url):
        lock = SqliteLock(url)
        lock.acquire()
        try:
            yield
        finally:
            lock.release()
        return
    connection = await asyncpg.connect(url, timeout=10)
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", MIGRATIONS_LOCK)
        yield
    finally:
        await connection.close()


@asynccontextmanager
async def _command(url: str) -> AsyncIterator[Command]:
    if is_sqlite(url):
        check_sqlite(url)
    config = tortoise_config(url)
    # Migrations have no deadlines. Rewriting a large table takes longer than a client may wait.
    # And after a migrator was killed, PostgreSQL may still run its statement, so the next migrator
    # may have to wait for its locks.
    credentials = config["connections"][CONNECTION]["credentials"]
    credentials.pop("command_timeout", None)
    credentials.get("server_settings", {}).pop("lock_timeout", None)
    # aerich opens connections only once in a process. This may be the second migration in it, so
    # the connections are opened here.
    try:
        await Tortoise.init(config=config)
        command = Command(config, app="models", location=str(MIGRATIONS_FOLDER))
        await command.init()
        yield command
    finally:
        await close_database()


async def up(url: str, steps: int | None = None, report: MigrationReport = print) -> int:
    """Apply the next ``steps`` migrations (None: all). Returns how many were applied."""
    async with _lock(url):
        return await up_unlocked(url, steps, report)


async def up_unlocked(url: str, steps: int | None = None, report: MigrationReport = print) -> int:
    """Do what ``up`` does, in a process that holds the SQLite file's lock already."""
    async with _command(url) as command:
        applied = await _applied()
        waiting = [m for m in Migrate.get_all_version_modules() if f"{m.name}.py" not in applied]
        chosen = waiting if steps is None else waiting[:steps]
        listed = Migrate.get_all_version_modules
        for module in chosen:
            report(f"applying {module.name}")
            # aerich's upgrade applies all pending migrations, so it is shown only one at a time.
            Migrate.get_all_version_modules = classmethod(lambda _, m=module: [m])  # type: ignore
            try:
                await command.upgrade()
            finally:
                Migrate.get_all_version_modules = listed  # type: ignore[method-assign]
        return len(chosen)


async def down(url: str, steps: int = 1, report: MigrationReport = print) -> int:
    """Revert the last ``steps`` migrations. Returns how many were reverted."""
    async with _lock(url), _command(url) as command:
        done = 0
        while done < steps and (applied := await _applied()):
            report(f"taking back {applied[-1].removesuffix('.py')}")
            await command.downgrade(version=-1, delete=False)
            done += 1
        return done


async def status(url: str) -> list[tuple[str, bool]]:
    """Every migration, oldest first, and whether it is applied."""
    async with _command(url):
        applied = await _applied()
        return [
            (name.removesuffix(".py"), name in applied) for name in Migrate.get_all_version_files()
        ]


async def _applied() -> list[str]:
    try:
        rows = await Aerich.filter(app="models").order_by("id").values_list("version", flat=True)
    except OperationalError:
        # aerich's own table is created by the first migration.
        return []
    return [str(row) for row in rows]


async def pending(url: str) -> bool:
    return not all(applied for _, applied in await status(url))


async def prepare_schema(settings: Settings) -> None:
    """Apply pending migrations if AUTO_MIGRATE is on. If it is off and some are pending, raise
    ``ConfigError``: the server must not run on an older schema."""
    url = settings.database_url.reveal()
    if settings.auto_migrate:
        # A process that uses a SQLite file holds its lock already.
        await (up_unlocked if is_sqlite(url) else up)(url, report=log.info)
    elif await pending(url):
        raise ConfigError("AUTO_MIGRATE is off and some migrations are pending: run `make migrate`")
