"""Runs one node from its start to its end: binds the port, prepares the schema, serves, drains."""

from __future__ import annotations

import asyncio
import gc
import resource
import signal
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager

import structlog

from server import realtime
from server.app import Node
from server.backends import SqliteLock, is_sqlite, migrations, open_backends
from server.backends.database import reaching_database
from server.config import ConfigError, Settings
from server.edge.chunks import refuse_tiny_chunks
from server.edge.http import protocol_log
from server.kernel.limits import Rate

log = structlog.get_logger("server")

# How long requests under way may take when the server stops (seconds).
REQUEST_GRACE = 5.0
# The most bytes of a request line. It is large, so that our own checks refuse a long query.
LONGEST_LINE = 64 * 1024
# The most connections to the separate listener for metrics. Their files are among those that are
# kept free. Few are needed, because a scraper comes only every few seconds.
MOST_SCRAPERS = 16
SCRAPERS = realtime.ConnectionLimits(
    per_address=MOST_SCRAPERS // 2,
    per_node=MOST_SCRAPERS,
    new_per_second=None,
    new_by_address=Rate(5, 20),
    requests=Rate(5, 20),
)


async def serve_node(settings: Settings) -> None:
    async with node_of(settings) as (node, listener):
        await run(node, listener)
    log.info("stopped")


@asynccontextmanager
async def node_of(settings: Settings) -> AsyncIterator[tuple[Node, socket.socket]]:
    """A node that may serve, and the socket that it will listen on. Whatever fails, all that was
    opened before is closed: a database that stays open keeps the process alive."""
    url = settings.database_url.reveal()
    lock = SqliteLock(url) if is_sqlite(url) else None
    async with AsyncExitStack() as opened:
        if lock:
            async with reaching_database():
                lock.acquire()
            opened.callback(lock.release)
        # The port is bound before anything is built, because it is part of the server's own URL.
        listener = await bound(settings.host, settings.port)
        opened.callback(listener.close)
        settings = settings.with_port(listener.getsockname()[1])
        open_files(settings.limits.connections_per_node)
        async with reaching_database():
            await migrations.prepare_schema(settings)
            backends = await open_backends(settings)
        opened.push_async_callback(backends.close)
        node = Node(settings, backends)
        opened.push_async_callback(node.close)
        yield node, listener


async def run(node: Node, listener: socket.socket) -> None:
    """Serves until the process is told to stop, and then drains."""
    await node.start()
    refuse_tiny_chunks()
    # Objects that the start has made stay, so the garbage collector need not look at them again.
    gc.collect()
    gc.freeze()
    # Many clients make many objects that are not garbage, so the collector also runs less often.
    # The second number limits the middle generation to 25,000 objects, which take about 5 ms.
    gc.set_threshold(5_000, 5, 200)
    with usable_address(node.settings.host, node.settings.port):
        served = await realtime.serve(
            node.web,
            sock=listener,
            access_log=None,
            shutdown_timeout=REQUEST_GRACE,
            logger=protocol_log,
            max_line_size=LONGEST_LINE,
            refuse=node.edge.refuse,
            finish=node.edge.finish,
        )
    metrics = await metrics_served(node)
    log.info("serving", url=node.settings.public_url, port=node.settings.port)
    await stop_signal()
    log.info("draining")
    await served.stop_listening()
    await node.drain()
    await served.close()
    if metrics:
        await metrics.close()


async def metrics_served(node: Node) -> realtime.HttpServed | None:
    """Serves ``/metrics`` at a separate address, if the settings have one."""
    address = node.settings.metrics_addr
    if address is None:
        return None
    listener = await bound(address.host, address.port, "METRICS_ADDR")
    with usable_address(address.host, address.port, "METRICS_ADDR"):
        served = await realtime.serve_plain(
            node.metrics,
            listener,
            realtime.PlainEntrance(SCRAPERS, node.addresses.address_of, node.addresses.is_proxy),
            MOST_SCRAPERS,
            access_log=None,
            shutdown_timeout=REQUEST_GRACE,
            logger=protocol_log,
            refuse=node.edge.refuse,
            finish=node.edge.finish,
        )
    host, port = listener.getsockname()[:2]
    log.info("serving metrics", host=host, port=port)
    return served


def open_files(connections: int) -> None:
    """Raises the limit of open files as far as the system allows. Logs a warning if it is too low
    for the connections that the settings allow."""
    soft, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    except (OSError, ValueError):
        most = soft
    room = realtime.most_open()
    if room < connections:
        log.warning(
            "too few open files for LIMIT_CONNECTIONS_PER_NODE",
            open_files=most,
            connections=room,
            wanted=connections,
        )


async def bound(host: str, port: int, settings: str = "HOST, PORT") -> socket.socket:
    """A socket that is bound to the address but does not listen yet.

    Raises ``ConfigError`` with the names of the ``settings`` that the address comes from.
    """
    with usable_address(host, port, settings):
        found = await asyncio.get_running_loop().getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        family, kind, _, _, address = found[0]
        listener = socket.socket(family, kind)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    return listener


@contextmanager
def usable_address(host: str, port: int, settings: str = "HOST, PORT") -> Iterator[None]:
    """Turns an address that cannot be used into one ``ConfigError``. Two processes may both bind a
    port as long as neither listens, so listening may fail too."""
    try:
        yield
    except OSError as error:
        raise ConfigError(f"{settings}: cannot listen on {host}:{port} ({error})") from None


async def stop_signal() -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await stop.wait()
