"""The commands of ``python -m server``: serve, or change the database."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import structlog
import uvloop

from server.backends import SqliteLock, is_sqlite, migrations
from server.backends.database import (
    DatabaseInUse,
    DatabaseUnreachable,
    close_database,
    open_database,
    reaching_database,
)
from server.backends.private import make_private
from server.config import ConfigError, Settings, doubts, misnamed
from server.kernel import logs
from server.kernel.errors import Unavailable
from server.seed import Plan, seed
from server.serving import serve_node
from server.sync.repository import name_history

log = structlog.get_logger("server")


async def migrate(settings: Settings, args: argparse.Namespace) -> None:
    url = settings.database_url.reveal()
    if args.action == "up":
        seeding = wants_seed()
        done = await migrations.up(url, args.steps)
        print(f"{done} applied" if done else "nothing to apply")
        if seeding:
            await fill(settings, Plan())
    elif args.action == "down":
        done = await migrations.down(url, args.steps or 1)
        print(f"{done} taken back" if done else "nothing to take back")
    else:
        for name, applied in await migrations.status(url):
            print(f"{'applied' if applied else 'waiting'}  {name}")


def wants_seed() -> bool:
    """Whether SEED asks for sample data. It is not a setting of the server: docker-compose.yml
    passes it to its migrate component."""
    text = os.environ.get("SEED", "").strip().lower()
    if text not in ("", "on", "true", "1", "yes", "off", "false", "0", "no"):
        raise ConfigError("SEED must be on or off")
    return text in ("on", "true", "1", "yes")


@asynccontextmanager
async def prepared(settings: Settings) -> AsyncIterator[str]:
    """The URL of a database whose schema is up to date. A SQLite file is locked, so that no server
    uses it meanwhile."""
    url = settings.database_url.reveal()
    lock = SqliteLock(url) if is_sqlite(url) else None
    if lock:
        lock.acquire()
    try:
        await migrations.prepare_schema(settings)
        yield url
    finally:
        if lock:
            lock.release()


async def fill(settings: Settings, plan: Plan) -> None:
    async with prepared(settings) as url:
        await seed(url, plan)


async def new_epoch(settings: Settings) -> None:
    async with prepared(settings) as url:
        try:
            epoch = await name_history(await open_database(url))
        finally:
            await close_database()
        print(f"the epoch is {epoch}: every client will drop what it holds, and load it anew")


def arguments(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m server", description=__doc__)
    commands = parser.add_subparsers(dest="command")
    commands.add_parser("serve", help="serve (the default)")
    change = commands.add_parser("migrate", help="change the schema")
    change.add_argument("action", choices=("up", "down", "status"))
    change.add_argument("steps", nargs="?", type=at_least(1), help="how many (up: all, down: 1)")
    world = commands.add_parser("seed", help="fill the database with people, rooms and messages")
    usual = Plan()
    world.add_argument("--users", type=at_least(2), default=usual.users)
    world.add_argument("--rooms", type=at_least(1), default=usual.rooms)
    world.add_argument("--messages", type=at_least(0), default=usual.messages)
    commands.add_parser("new-epoch", help="after a backup was restored: tell the clients")
    return parser.parse_args(argv)


def at_least(least: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        value = int(text)
        if value < least:
            raise argparse.ArgumentTypeError(f"must be at least {least}")
        return value

    # argparse shows this name if the text is not a number.
    parse.__name__ = "number"
    return parse


def chosen(settings: Settings, args: argparse.Namespace) -> Coroutine[Any, Any, None]:
    if args.command == "migrate":
        return changed(migrate(settings, args))
    if args.command == "seed":
        return changed(fill(settings, Plan(args.users, args.rooms, args.messages)))
    if args.command == "new-epoch":
        return changed(new_epoch(settings))
    return serve_node(settings.with_secret_key())


async def changed(change: Coroutine[Any, Any, None]) -> None:
    """Does a change of the database, of which nothing else can fail with an ``OSError``."""
    async with reaching_database():
        await change


# Only the owner may read the files that are created in DATA_DIR.
PRIVATE = 0o077


def main(argv: list[str] | None = None) -> int:
    os.umask(PRIVATE)
    args = arguments(sys.argv[1:] if argv is None else argv)
    try:
        settings = Settings.load()
        logs.configure(settings.log_level, settings.log_format)
        for line in doubts(settings, os.environ):
            log.warning(line)
        make_private(settings)
        uvloop.run(chosen(settings, args))
    except ConfigError as error:
        # What is missing may be there under another name.
        for line in (str(error), *misnamed(os.environ)):
            print(line, file=sys.stderr)
        return 2
    except DatabaseInUse as error:
        print(error, file=sys.stderr)
        return 2
    except DatabaseUnreachable as error:
        print(error, file=sys.stderr)
        return 1
    except Unavailable as error:
        print(f"DATABASE_URL: the database cannot be reached ({error})", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0
