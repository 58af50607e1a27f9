"""``python -m server``: serve, or change the database."""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import structlog
import uvloop

from server import logs, realtime
from server.app import Node
from server.backends import SqliteLock, is_sqlite, migrations, open_backends
from server.backends.database import DatabaseInUse, close_database, open_database
from server.backends.postgres import OUTAGES, REFUSALS
from server.config import ConfigError, Settings
from server.errors import Unavailable
from server.http import protocol_log
from server.seed import Plan, seed
from server.sync.repository import name_history

log = structlog.get_logger("server")

# Seconds that requests under way get when the server stops.
GRACE = 5.0
# Bytes of a request's first line: a query that is too long gets its refusal in our words.
LONGEST_LINE = 64 * 1024


async def serve(settings: Settings) -> None:
    url = settings.database_url.reveal()
    lock = SqliteLock(url) if is_sqlite(url) else None
    if lock:
        lock.acquire()
    # Before anything is built: the port that it gets is part of the addresses it answers to.
    listener = await bound(settings.host, settings.port)
    settings = settings.with_port(listener.getsockname()[1])
    await prepare_schema(settings)
    node = Node(settings, await open_backends(settings, lock))
    try:
        await run(node, listener)
    finally:
        await node.close()
    log.info("stopped")


async def run(node: Node, listener: socket.socket) -> None:
    """Serves until it is told to stop, and drains."""
    await node.start()
    # What start-up made stays: the collector need not look at it again.
    gc.collect()
    gc.freeze()
    served = await realtime.serve(
        node.web,
        sock=listener,
        access_log=None,
        shutdown_timeout=GRACE,
        logger=protocol_log,
        max_line_size=LONGEST_LINE,
    )
    log.info("serving", url=node.settings.public_url, port=node.settings.port)
    await stop_signal()
    log.info("draining")
    await served.stop_listening()
    await node.drain()
    await served.close()


async def bound(host: str, port: int) -> socket.socket:
    """A socket with the address, on which nothing listens yet. Raises ``ConfigError``."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        family, kind, _, _, address = found[0]
        listener = socket.socket(family, kind)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError as error:
        raise ConfigError(f"HOST, PORT: cannot listen on {host}:{port} ({error})") from None
    return listener


async def prepare_schema(settings: Settings) -> None:
    """Migrates where that is wanted; refuses to run on an older schema."""
    url = settings.database_url.reveal()
    if settings.auto_migrate:
        up = migrations.up_unlocked if is_sqlite(url) else migrations.up
        await up(url, report=lambda line: log.info(line))
    elif await migrations.pending(url):
        raise ConfigError("AUTO_MIGRATE is off and migrations are waiting: run `make migrate`")


async def stop_signal() -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await stop.wait()


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
    """SEED is no setting of the server: docker-compose.yml hands it to its migrate component."""
    text = os.environ.get("SEED", "").strip().lower()
    if text not in ("", "on", "true", "1", "yes", "off", "false", "0", "no"):
        raise ConfigError("SEED must be on or off")
    return text in ("on", "true", "1", "yes")


@asynccontextmanager
async def prepared(settings: Settings) -> AsyncIterator[str]:
    """The URL of a database with today's schema, which no server uses if it is a SQLite file."""
    url = settings.database_url.reveal()
    lock = SqliteLock(url) if is_sqlite(url) else None
    if lock:
        lock.acquire()
    try:
        await prepare_schema(settings)
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
    change.add_argument("steps", nargs="?", type=number(1), help="how many (up: all, down: 1)")
    world = commands.add_parser("seed", help="fill the database with people, rooms and messages")
    usual = Plan()
    world.add_argument("--users", type=number(2), default=usual.users)
    world.add_argument("--rooms", type=number(1), default=usual.rooms)
    world.add_argument("--messages", type=number(0), default=usual.messages)
    commands.add_parser("new-epoch", help="after a backup was restored: tell the clients")
    return parser.parse_args(argv)


def number(least: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        value = int(text)
        if value < least:
            raise argparse.ArgumentTypeError(f"must be at least {least}")
        return value

    # argparse names it when the text is no number at all.
    parse.__name__ = "number"
    return parse


def chosen(settings: Settings, args: argparse.Namespace) -> Coroutine[Any, Any, None]:
    if args.command == "migrate":
        return migrate(settings, args)
    if args.command == "seed":
        return fill(settings, Plan(args.users, args.rooms, args.messages))
    if args.command == "new-epoch":
        return new_epoch(settings)
    return serve(settings.with_secret_key())


def main(argv: list[str] | None = None) -> int:
    args = arguments(sys.argv[1:] if argv is None else argv)
    try:
        settings = Settings.load()
        logs.configure(settings.log_level, settings.log_format)
        uvloop.run(chosen(settings, args))
    except (ConfigError, DatabaseInUse) as error:
        print(error, file=sys.stderr)
        return 2
    except (Unavailable, *OUTAGES, *REFUSALS) as error:
        print(f"DATABASE_URL: the database cannot be reached ({error})", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
