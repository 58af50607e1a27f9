"""A real PostgreSQL and a real Redis for the tests, on free loopback ports, in temporary folders.

    with Postgres() as postgres, Redis() as redis:
        url = postgres.create_database("ann")

``python -m tests.support.services`` runs both until Ctrl-C, for development. All calls here block.
Nothing is left behind, even if the process that started the services is killed.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import threading
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import asyncpg
import redis

from tests.support import binaries
from tests.support.service import (
    Service,
)

T = TypeVar("T")


class Postgres(Service):
    name = "postgres"
    quit_signal = "QUIT"
    # What a killed process has written survives in the kernel. Only a crash of the whole machine
    # could lose it.
    fsync = "off"

    def __init__(self) -> None:
        self._binaries = binaries.postgres()
        self._account = _account()
        super().__init__()
        self._data = self.folder / "data"

    @property
    def url(self) -> str:
        return self._url_of("postgres")

    def create_database(
        self, name: str, template: str = "template1", space: str = "pg_default"
    ) -> str:
        """Create a database and return its URL. With a ``template`` that has the schema it is
        fast. Its tables are in that table space."""
        self._execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" TABLESPACE "{space}"')
        return self._url_of(name)

    def create_table_space(self, name: str, folder: Path) -> None:
        if self._account:
            shutil.chown(folder, self._account["user"], self._account["group"])
        self._execute(f"CREATE TABLESPACE \"{name}\" LOCATION '{folder}'")

    def drop_table_space(self, name: str) -> None:
        self._execute(f'DROP TABLESPACE "{name}"')

    def drop_database(self, name: str) -> None:
        """Drop a database, and close the connections that still use it."""
        self._execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def _url_of(self, database: str) -> str:
        return f"postgres://postgres@127.0.0.1:{self.port}/{database}"

    def _execute(self, statement: str) -> None:
        async def run() -> None:
            connection = await asyncpg.connect(self.url, timeout=10)
            try:
                await connection.execute(statement)
            finally:
                await connection.close()

        _run(run())

    def _prepare(self) -> None:
        if (self._data / "PG_VERSION").exists():
            return
        if self._account:
            shutil.chown(self.folder, self._account["user"], self._account["group"])
        initdb = self._spawn(
            [
                str(self._binaries / "initdb"),
                f"--pgdata={self._data}",
                "--username=postgres",
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--no-sync",
            ]
        )
        if initdb.wait(60) != 0:
            raise self._failure("could not make its data folder")

    def _command(self) -> list[str]:
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": self.port,
            "unix_socket_directories": self.folder,
            "max_connections": 200,
            "fsync": self.fsync,
        }
        options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        return [str(self._binaries / "postgres"), "-D", str(self._data), *options]

    def _probe(self) -> None:
        async def run() -> None:
            connection = await asyncpg.connect(self.url, timeout=2)
            await connection.close()

        _run(run())

    def _spawn(self, command: list[str], **options: Any) -> subprocess.Popen[bytes]:
        return super()._spawn(command, **self._account, **options)


class Replica(Postgres):
    """A streaming replica of a running ``Postgres``. It is a copy made at its first start."""

    name = "replica"

    def __init__(self, primary: Postgres) -> None:
        super().__init__()
        self._primary = primary

    def url_like(self, url: str) -> str:
        """The replica's URL of a database of the primary, which is at ``url`` there."""
        return url.replace(f":{self._primary.port}/", f":{self.port}/")

    def _prepare(self) -> None:
        if (self._data / "PG_VERSION").exists():
            return
        if self._account:
            shutil.chown(self.folder, self._account["user"], self._account["group"])
        copy = self._spawn(
            [
                str(self._binaries / "pg_basebackup"),
                f"--pgdata={self._data}",
                f"--dbname={self._primary.url}",
                "--checkpoint=fast",
                "--wal-method=stream",
                # Writes the settings that make it follow the primary.
                "--write-recovery-conf",
                "--no-sync",
            ]
        )
        if copy.wait(60) != 0:
            raise self._failure("could not copy the primary")


class Redis(Service):
    name = "redis"
    quit_signal = "KILL"

    def __init__(self) -> None:
        self._binary = binaries.redis()
        super().__init__()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def _prepare(self) -> None:
        pass

    def _command(self) -> list[str]:
        settings = {
            "bind": "127.0.0.1",
            "port": self.port,
            "dir": self.folder,
            # Each write is in the file before its answer is sent, so it survives a restart.
            "appendonly": "yes",
            "appendfsync": "no",
            "save": "",
        }
        options = [part for key, value in settings.items() for part in (f"--{key}", str(value))]
        return [str(self._binary), *options]

    def _probe(self) -> None:
        with contextlib.closing(redis.Redis.from_url(self.url, socket_timeout=2)) as client:
            client.ping()


def _run(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end, even if the caller's thread has a running event loop."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


# Processes


def _account() -> dict[str, Any]:
    """The user to run PostgreSQL as, because it refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    names = {entry.pw_name for entry in pwd.getpwall()}
    user = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def main() -> None:
    """Run both until Ctrl-C."""
    # SIGTERM ends them in order too, like Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with contextlib.suppress(KeyboardInterrupt), Postgres() as postgres, Redis() as server:
        print(f"DATABASE_URL={postgres.url}\nREDIS_URL={server.url}", flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
