"""A listening server that handles websocket handshakes itself and passes the rest to aiohttp.

A request object, its task and its buffers cost three times as much as a handshake needs.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import resource
import socket
import sys
from typing import Any
from urllib.parse import parse_qs

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from server.kernel.errors import ChatError, Forbidden
from server.realtime.connection import Connection, ConnectionSettings, Finish, Refuse
from server.realtime.engine import ENGINE, ChatEngine
from server.realtime.entrances import Entrance, PlainEntrance
from server.realtime.heads import Environ, Head, is_coded
from server.realtime.open_visits import Visits
from server.realtime.transport import refusal, switching_protocols
from server.realtime.visits import Visit
from server.realtime.websocket import WebSocket

# Open files that are reserved for the database, for files that are served, and as a reserve.
RESERVED_FILES = 128
BACKLOG = 1024
MOST_HEAD = 8 * 1024


HTTP_LOG = logging.getLogger("server.realtime.http")


def without_bytes(record: logging.LogRecord) -> bool:
    """Log one line for a request that cannot be parsed, without aiohttp's traceback, which contains
    what the client has sent."""
    if record.exc_info and isinstance(record.exc_info[1], HttpProcessingError):
        record.levelno, record.levelname = logging.INFO, "INFO"
        record.msg, record.args, record.exc_info = "bad HTTP request", None, None
        return HTTP_LOG.isEnabledFor(logging.INFO)
    return True


HTTP_LOG.addFilter(without_bytes)


class Front(asyncio.Protocol):
    """A new connection, until its first head shows whether it is a websocket handshake."""

    __slots__ = ("_head", "_served", "_transport", "_visit")

    def __init__(self, served: HttpServed) -> None:
        self._served = served
        self._transport: Any = None
        self._visit: Visit | None = None
        self._head = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._visit = self._served.visits.arrive(transport)

    def data_received(self, data: bytes) -> None:
        visit, head = self._visit, self._head
        if visit is None:
            return
        if head or not _is_enough(data, 0):
            seen = len(head)
            head += data
            if not _is_enough(head, seen):
                return
            data = bytes(head)
        if not self._served.open(visit, data):
            http = Connection(self._served.connections, visit)
            self._transport.set_protocol(http)
            http.connection_made(self._transport)
            http.data_received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._visit is not None:
            self._visit.end()


def _is_enough(data: bytes | bytearray, seen: int) -> bool:
    """Whether the data is a whole head, or can no longer become one."""
    return (
        data.find(b"\r\n\r\n", max(0, seen - 3)) >= 0
        or len(data) >= MOST_HEAD
        or not 65 <= data[0] <= 90
        or data.find(b"\n\n", max(0, seen - 1)) >= 0
    )


class HttpServed:
    """A listening application. ``close`` ends it and its open connections, of which there are at
    most ``most_open``."""

    def __init__(
        self, runner: web.AppRunner, door: Entrance, refuse: Refuse, finish: Finish, most_open: int
    ) -> None:
        self._runner = runner
        self._server: asyncio.Server | None = None
        self.visits = Visits(
            door.counter, door.address_of, door.is_proxy, self._count_sessions, most_open
        )
        self.visits.slow = self._body_is_slow
        self.connections = ConnectionSettings(runner, door, self.visits, refuse, finish)

    @property
    def port(self) -> int:
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    async def listen(self, **where: Any) -> None:
        """Listen. Raises ``OSError`` if that fails; then nothing of it stays open."""
        loop = asyncio.get_running_loop()
        try:
            server = await loop.create_server(lambda: Front(self), backlog=BACKLOG, **where)
            self._server = server
            # Two processes may bind one port as long as neither listens. uvloop does not raise if
            # listening fails afterwards.
            if not all(map(_is_listening, server.sockets)):
                raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))
        except BaseException:
            await self.close()
            raise

    async def stop_listening(self) -> None:
        """Accept no new connections; open ones stay."""
        if self._server is not None:
            self._server.close()

    async def close(self) -> None:
        await self.stop_listening()
        await self._runner.cleanup()
        self.visits.close()

    def open(self, visit: Visit, data: bytes) -> bool:
        """Try to open a websocket. Returns False if the data is no handshake that this server
        accepts; then aiohttp gets the connection."""
        return False

    def _count_sessions(self) -> int:
        """The number of connections that have become websockets and are no visits any more."""
        return 0

    def _body_is_slow(self, visit: Visit) -> None:
        protocol = visit.transport.get_protocol()
        if isinstance(protocol, Connection):
            protocol.body_is_slow()


class Served(HttpServed):
    """A listening application with an engine attached. Handshakes of websockets are handled here,
    and all other requests by aiohttp."""

    def __init__(
        self, runner: web.AppRunner, engine: ChatEngine, refuse: Refuse, finish: Finish
    ) -> None:
        self._engine = engine
        self._begins = f"GET {engine.path}".encode()
        super().__init__(runner, engine, refuse, finish, most_open())

    def _count_sessions(self) -> int:
        return self._engine.stats.connections

    def open(self, visit: Visit, data: bytes) -> bool:
        """Try to open a websocket. Returns False if the head is unusual or the handshake has to be
        refused; aiohttp can answer both with more detail."""
        end = data.find(b"\r\n\r\n", 0, MOST_HEAD)
        if end < 0 or not data.startswith(self._begins):
            return False
        peer = visit.transport.get_extra_info("peername")
        head = Head.read_head(data[:end], str(peer[0]) if isinstance(peer, tuple) else "")
        accept_key = head.accept_key() if head else None
        if head is None or accept_key is None or not self._is_new_session(head):
            return False
        return self._begin(visit, head, accept_key, data[end + 4 :])

    def _begin(self, visit: Visit, head: Head, accept_key: str, rest: bytes) -> bool:
        engine, transport = self._engine, visit.transport
        if engine.started is None or is_coded(head.headers):
            return False
        address = engine.address_of(head)
        try:
            engine.check_origin(head)
            session = engine.admit(address, visit)
        except Forbidden:
            return False
        except ChatError:
            if self.visits.standing.may_tell():
                return False
            engine.stats.refused += 1
            visit.cut()
            return True
        visit.end()
        websocket = WebSocket(session, engine.max_frame_bytes)
        engine.started(session.sid, Environ(head, address, engine.app))
        opening = engine.opening(session, "websocket")
        transport.write(switching_protocols(accept_key) + opening.frame)
        transport.set_protocol(websocket)
        websocket.connection_made(transport)
        session.open(websocket)
        if rest:
            websocket.data_received(rest)
        return True

    def _is_new_session(self, head: Head) -> bool:
        path, _, query = head.target.partition("?")
        asked = {name: values[-1] for name, values in parse_qs(query).items()}
        return (
            path.rstrip("/") == self._engine.path
            and "websocket" in self._engine.transports
            and (asked.get("EIO"), asked.get("transport")) == ("4", "websocket")
            and not asked.keys() & {"sid", "j"}
        )


def _is_listening(listener: socket.socket | None) -> bool:
    """uvloop has None in the place of a socket that it has closed."""
    if listener is None:
        return False
    return bool(listener.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))


def most_open() -> int:
    """The number of connections that the process can hold within its limit of open files."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if files == resource.RLIM_INFINITY:
        return sys.maxsize
    return files - min(RESERVED_FILES, files // 4)


async def serve(
    app: web.Application,
    host: str | None = "127.0.0.1",
    port: int = 0,
    *,
    sock: socket.socket | None = None,
    refuse: Refuse = lambda request, error: refusal(error),
    finish: Finish = lambda request, response: None,
    **options: Any,
) -> Served:
    """Run an application to which a server of ``create_server`` is attached, on the running event
    loop. Returns once it listens.

    If ``sock``, a bound socket, is given, ``host`` and ``port`` are not used. ``refuse`` returns
    the answer to a request that reaches no handler because there is no place for it or its body is
    compressed. ``finish`` is called with every answer before its head is written. ``options`` are
    passed to aiohttp's ``AppRunner``.
    """
    runner = web.AppRunner(app, **{"logger": HTTP_LOG, **options})
    await runner.setup()
    served = Served(runner, app[ENGINE], refuse, finish)
    if sock is None:
        await served.listen(host=host, port=port)
    else:
        await served.listen(sock=sock)
    return served


async def serve_plain(
    app: web.Application,
    sock: socket.socket,
    door: PlainEntrance,
    most_open: int,
    *,
    refuse: Refuse = lambda request, error: refusal(error),
    finish: Finish = lambda request, response: None,
    **options: Any,
) -> HttpServed:
    """Run an application to which no server of ``create_server`` is attached. It holds at most
    ``most_open`` connections. The other parameters are those of ``serve``."""
    runner = web.AppRunner(app, **{"logger": HTTP_LOG, **options})
    await runner.setup()
    served = HttpServed(runner, door, refuse, finish, most_open)
    await served.listen(sock=sock)
    return served
