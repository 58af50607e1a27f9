"""``python -m server``: serve, or change the database."""

from __future__ import annotations

import argparse
import asyncio
import gc
import signal
import sys
from collections.abc import Coroutine
from typing import Any

import structlog
import uvloop
from aiohttp import web

from server import logs
from server.app import Node
from server.backends import SqliteLock, is_sqlite, migrations, open_backends
from server.backends.database import DatabaseInUse
from server.config import ConfigError, Settings
from server.errors import Unavailable

log = structlog.get_logger("server")

# Seconds that requests under way get when the server stops.
GRACE = 5.0


async def serve(settings: Settings) -> None:
    url = settings.database_url.reveal()
    lock = SqliteLock(url) if is_sqlite(url) else None
    if lock:
        lock.acquire()
    await prepare_schema(settings)
    node = Node(settings, await open_backends(settings, lock))
    await node.start()
    # What start-up made stays: the collector need not look at it again.
    gc.collect()
    gc.freeze()
    runner = web.AppRunner(node.web, access_log=None, shutdown_timeout=GRACE)
    await runner.setup()
    site = web.TCPSite(runner, settings.host, settings.port, backlog=1024)
    await site.start()
    port = runner.addresses[0][1]
    log.info("serving", url=settings.with_port(port).public_url, port=port)
    await stop_signal()
    log.info("draining")
    await site.stop()
    await node.drain()
    await runner.cleanup()
    await node.close()
    log.info("stopped")


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
        done = await migrations.up(url, args.steps)
        print(f"{done} applied" if done else "nothing to apply")
    elif args.action == "down":
        done = await migrations.down(url, args.steps or 1)
        print(f"{done} taken back" if done else "nothing to take back")
    else:
        for name, applied in await migrations.status(url):
            print(f"{'applied' if applied else 'waiting'}  {name}")


def arguments(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m server", description=__doc__)
    commands = parser.add_subparsers(dest="command")
    commands.add_parser("serve", help="serve (the default)")
    change = commands.add_parser("migrate", help="change the schema")
    change.add_argument("action", choices=("up", "down", "status"))
    change.add_argument("steps", nargs="?", type=positive, help="how many (up: all, down: 1)")
    return parser.parse_args(argv)


def positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return value


def chosen(settings: Settings, args: argparse.Namespace) -> Coroutine[Any, Any, None]:
    if args.command == "migrate":
        return migrate(settings, args)
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
    except (Unavailable, OSError) as error:
        print(f"DATABASE_URL: the database cannot be reached ({error})", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
