"""The database servers of the benchmark, and new databases on them."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import asyncpg
import redis

from bench.usage import family_cpu
from tests.support.node import SECRET, Node
from tests.support.service import Service
from tests.support.services import Postgres, Redis

TEMPLATE = "template_ours"


class DurablePostgres(Postgres):
    """Its settings are PostgreSQL's own: a commit is on the disk before it is answered."""

    fsync = "on"


class Tools:
    """Both servers, used by one server under test after the other."""

    def __init__(self, postgres: DurablePostgres, redis: Redis, folder: Path) -> None:
        self.postgres = postgres
        self.redis = redis
        self.folder = folder
        self._numbers = count()
        self._templates = False
        # The messages a second that Node did in its last run, as fast as it goes.
        self.node_rate: float | None = None

    def new_folder(self) -> Path:
        folder = self.folder / f"{next(self._numbers)}"
        folder.mkdir()
        return folder

    @contextmanager
    def database(self, ours: bool) -> Iterator[str]:
        """Yield the URL of a new database, which has our schema or is empty, and drop it."""
        name = f"bench_{next(self._numbers)}"
        if ours:
            self._make_templates()
        self.postgres.create_database(name, TEMPLATE if ours else "template1")
        try:
            yield f"{self.postgres.url.rpartition('/')[0]}/{name}"
        finally:
            self.postgres.drop_database(name)

    def sqlite_folder(self) -> Path:
        """A new data folder, whose SQLite database has our schema."""
        self._make_templates()
        folder = self.new_folder()
        shutil.copytree(self.folder / "template", folder, dirs_exist_ok=True)
        return folder

    def _make_templates(self) -> None:
        if self._templates:
            return
        self._templates = True
        migrated(Node(self.folder / "template"))
        url = self.postgres.create_database(TEMPLATE)
        migrated(Node(self.new_folder(), DATABASE_URL=url, SECRET_KEY=SECRET))

    def cpu(self) -> dict[str, float]:
        """The CPU seconds of all processes of each server."""
        return {
            "postgres": family_cpu(server_pid(self.postgres)),
            "redis": family_cpu(server_pid(self.redis)),
        }

    def checkpoint(self) -> None:
        """Have PostgreSQL write all that has changed to its files."""
        self.query("CHECKPOINT")

    def forget(self) -> None:
        """Empty Redis: nothing of a server that was killed is left for the next one."""
        with contextlib.closing(redis.Redis.from_url(self.redis.url)) as client:
            client.flushall()

    def commits(self) -> int:
        """How many transactions have been committed since PostgreSQL was started."""
        return int(self.query("SELECT sum(xact_commit) FROM pg_stat_database"))

    def query(self, sql: str, url: str | None = None) -> Any:
        """The first value that a statement returns."""

        async def run() -> Any:
            connection = await asyncpg.connect(url or self.postgres.url)
            try:
                return await connection.fetchval(sql, timeout=3600)
            finally:
                await connection.close()

        return asyncio.run(run())


@contextmanager
def tools() -> Iterator[Tools]:
    with tempfile.TemporaryDirectory() as folder, DurablePostgres() as postgres, Redis() as redis:
        yield Tools(postgres, redis, Path(folder))


def migrated(node: Node) -> None:
    done = node.run("migrate", "up")
    if done.returncode:
        raise RuntimeError(f"the schema cannot be made:\n{done.stderr}")


def server_pid(service: Service) -> int:
    return int((service.folder / "pid").read_text())
