"""One node from its start to its end: the port, the schema, the work, and the drain."""

from __future__ import annotations

import asyncio
import gc
import resource
import signal
import socket
from collections.abc import Awaitable, Callable

import structlog
from aiohttp import web

from server import realtime
from server.app import Node
from server.backends import SqliteLock, is_sqlite, migrations, open_backends
from server.config import ConfigError, Settings
from server.edge.chunks import refuse_tiny_chunks
from server.edge.http import HttpEdge, protocol_log

log = structlog.get_logger("server")

RequestHandler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]

# Seconds that requests under way get when the server stops.
GRACE = 5.0
# Bytes of a request's first line: a query that is too long gets its refusal in our words.
LONGEST_LINE = 64 * 1024


async def serve_node(settings: Settings) -> None:
    url = settings.database_url.reveal()
    lock = SqliteLock(url) if is_sqlite(url) else None
    if lock:
        lock.acquire()
    # Before anything is built: the port that it gets is part of the addresses it answers to.
    listener = await bound(settings.host, settings.port)
    settings = settings.with_port(listener.getsockname()[1])
    open_files(settings.limits.connections_per_node)
    await migrations.prepare_schema(settings)
    node = Node(settings, await open_backends(settings, lock))
    try:
        await run(node, listener)
    finally:
        await node.close()
    log.info("stopped")


async def run(node: Node, listener: socket.socket) -> None:
    """Serves until it is told to stop, and drains."""
    await node.start()
    refuse_tiny_chunks()
    # What start-up made stays: the collector need not look at it again.
    gc.collect()
    gc.freeze()
    # Many clients at once make many objects that are no garbage; so it looks less often, too. The
    # second number is what a look at the middle generation costs: 25,000 objects take some 5 ms.
    gc.set_threshold(5_000, 5, 200)
    served = await realtime.serve(
        node.web,
        sock=listener,
        access_log=None,
        shutdown_timeout=GRACE,
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
        await metrics.cleanup()


async def metrics_served(node: Node) -> web.AppRunner | None:
    """``/metrics`` at an address of its own, where the settings name one."""
    address = node.settings.metrics_addr
    if address is None:
        return None
    listener = await bound(address.host, address.port, "METRICS_ADDR")
    runner = web.AppRunner(node.metrics, access_log=None, logger=protocol_log)
    await runner.setup()
    assert runner.server is not None
    runner.server.request_handler = sound_only(runner.server.request_handler, node.edge)
    await web.SockSite(runner, listener).start()
    host, port = listener.getsockname()[:2]
    log.info("serving metrics", host=host, port=port)
    return runner


def sound_only(answer: RequestHandler, edge: HttpEdge) -> RequestHandler:
    """What ``realtime.serve`` refuses by a request's head is refused here too."""

    async def answer_sound(request: web.BaseRequest) -> web.StreamResponse:
        fault = realtime.fault_of(request)
        if fault is None:
            return await answer(request)
        assert isinstance(request, web.Request)
        return edge.refuse(request, fault)

    return answer_sound


def open_files(connections: int) -> None:
    """As many as the system lets us have, and a word when they are too few for the connections
    that the settings allow."""
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
    """A socket with the address, on which nothing listens yet.

    Raises ``ConfigError``, which names the ``settings`` that the address is from.
    """
    try:
        found = await asyncio.get_running_loop().getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        family, kind, _, _, address = found[0]
        listener = socket.socket(family, kind)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError as error:
        raise ConfigError(f"{settings}: cannot listen on {host}:{port} ({error})") from None
    return listener


async def stop_signal() -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await stop.wait()
