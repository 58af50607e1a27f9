"""The Engine.IO server: it admits clients, holds their sessions and ends them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import structlog
from aiohttp import web
from engineio.packet import Packet

from server.kernel import wire
from server.kernel.errors import ChatError, Unavailable
from server.kernel.limits import AnyRate
from server.kernel.tasks import Tasks
from server.realtime import frames
from server.realtime.deadlines import Deadlines, each
from server.realtime.frames import FrameError
from server.realtime.heads import Environ
from server.realtime.heartbeat import Heartbeat
from server.realtime.limits import FULL_NODE_RETRY, ConnectionCounter, Visitor
from server.realtime.meters import STRANGER, FrameLimit
from server.realtime.outgoing import Backlog, Encoded, Total, Writes
from server.realtime.outlet import Outlet
from server.realtime.probes import Probe
from server.realtime.queues import Inbox, Workers
from server.realtime.requests import RequestServer
from server.realtime.sockets import ChatSocket
from server.realtime.turns import HASTY_PAUSE, HASTY_SLICE, ReaderTurns

STALL_TIMEOUT = 10.0
# The most packets and bytes of one client that may wait to be handled, when the engine runs without
# a Socket.IO server (which has its own limits).
MOST_WAITING_PACKETS, MOST_WAITING_PACKET_BYTES = 64, 1024 * 1024

log = structlog.get_logger(__name__)

# engineio and socketio log the raw data that clients send. They get a silent logger; the engine
# logs what matters itself.
QUIET = logging.getLogger("server.realtime.library")
QUIET.setLevel(logging.CRITICAL + 1)


class ChatEngine(RequestServer):
    """engineio's server with limits on time and memory. Its sessions are ``ChatSocket`` objects.

    All timeouts are in seconds.
    """

    body_timeout = 10.0
    upgrade_timeout = 10.0
    # When the server closes a connection, packets still queued for it have this long to be sent.
    flush_timeout = 2.0
    # When the server stops, handlers that still run have this long to finish.
    shutdown_timeout = 10.0
    # A client that leaves more than this unread is disconnected (packets, bytes). When all clients
    # together leave more than ``max_kept_bytes`` unread, the one that leaves the most is
    # disconnected.
    max_queued_packets = 1024
    max_queued_bytes = 1024 * 1024
    max_kept_bytes = 256 * 1024 * 1024

    def __init__(
        self,
        *,
        counter: ConnectionCounter,
        max_event_bytes: int,
        binary: bool,
        frame_rate: AnyRate | None = None,
        started: Callable[[str, Environ], None] | None = None,
        take_message: Callable[[ChatSocket, Any], bool] | None = None,
        tell_flood: Callable[[ChatSocket], Awaitable[None]] | None = None,
        **options: Any,
    ) -> None:
        """``started`` is called, without waiting, for each new session. If it is None,
        ``handlers["connect"]`` is called instead.

        ``take_message`` gets each message of a client, in the order sent, and returns True if the
        engine should stop reading from that client for now. If it is None, ``handlers["message"]``
        gets the messages.

        ``tell_flood`` is called before a client is disconnected because it sent far too much.
        """
        super().__init__(
            monitor_clients=False,
            logger=QUIET,
            max_http_buffer_size=max_event_bytes,
            **options,
        )
        # False while the node shuts down: open sessions stay, new ones are refused.
        self.accepting = True
        # An event above ``max_event_bytes`` but within this size is answered with an error. A frame
        # above this size is not even read.
        self.max_frame_bytes = 2 * max_event_bytes
        self.max_body_bytes = 8 * max_event_bytes
        # Whether clients may send messages of bytes.
        self.binary = binary
        # The limits on frames and packets of any kind. None: frames are not counted.
        self.frame_limit = FrameLimit(frame_rate) if frame_rate else None
        self.stranger_limit = FrameLimit(STRANGER) if frame_rate else None
        self.turns, self.hasty_turns = ReaderTurns(), ReaderTurns(HASTY_SLICE, HASTY_PAUSE)
        self.kept = Total()
        self.counter = counter
        self.tasks = Tasks()
        self.workers = Workers(self.spawn)
        self.writes = Writes()
        self.heartbeat = Heartbeat(self.ping_interval, self.ping_timeout, self.writes.add_to_all)
        # Sessions whose client has stopped reading.
        self.stalls: Deadlines[Outlet] = Deadlines(
            STALL_TIMEOUT, each(lambda outlet: outlet.cut_slow())
        )
        # Websockets that polling sessions are about to move to.
        self.probes: Deadlines[Probe] = Deadlines(self.upgrade_timeout, each(Probe.give_up))
        self.started = started
        self.take_message = take_message or self._queue_message
        self.tell_flood = tell_flood

    def create_queue(self, *args: Any, **kwargs: Any) -> Backlog:
        return Backlog(self.max_queued_bytes, self.max_queued_packets, self.kept)

    def spare_memory(self) -> None:
        """Disconnect the clients that leave the most unread, until the total is within
        ``max_kept_bytes``."""
        while self.kept.bytes > self.max_kept_bytes:
            slowest = max(self.sockets.values(), key=lambda socket: socket.backlog_bytes)
            if slowest.closing:
                # A session that is closing still gets its queued packets, within ``flush_timeout``.
                # Or no session is left.
                break
            slowest.cut_slow()

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        return self.tasks.start(work)

    # Handshake

    async def begin(
        self, environ: Environ, transport: str, visit: Visitor | None = None
    ) -> ChatSocket:
        socket = self.admit(environ["REMOTE_ADDR"], visit)
        try:
            await self.handlers["connect"](socket.sid, environ)
            socket.connected = True
            if transport == "websocket":
                socket.post(self.opening(socket, transport))
        finally:
            if not socket.connected:
                socket.end(self.reason.TRANSPORT_CLOSE)
        return socket

    def admit(self, address: str, visit: Visitor | None = None) -> ChatSocket:
        """Start a session, which counts against the limits. If its connection is already counted
        (``visit``), the session takes over that connection's place.

        Raises ``ChatError`` if the limits leave no place, or if the node shuts down.
        """
        if not self.accepting:
            raise Unavailable("this node is shutting down", retry_after=FULL_NODE_RETRY)
        place = visit.give(address) if visit else self.counter.enter(address)
        try:
            self.counter.arrivals.session(address)
        except ChatError:
            if visit:
                visit.take_back(place)
            else:
                place.leave()
            raise
        socket = ChatSocket(self, self.generate_id(), place)
        self.sockets[socket.sid] = socket
        self.stats.connections += 1
        self.heartbeat.start(socket)
        return socket

    def opening(self, socket: ChatSocket, transport: str) -> Encoded:
        fields = {
            "sid": socket.sid,
            "upgrades": self._upgrades(socket.sid, transport),
            "pingTimeout": int(self.ping_timeout * 1000),
            "pingInterval": int(self.ping_interval * 1000),
            "maxPayload": self.max_http_buffer_size,
        }
        return Encoded(frames.build_frame(b"0" + wire.encode(fields)))

    # Messages

    def _queue_message(self, socket: ChatSocket, data: str | bytes) -> bool:
        """Queue one message of a client. Returns True if the client's queue is full now."""
        if socket.inbox is None:
            socket.inbox = Inbox(
                socket,
                self._handle,
                self.workers.add_inbox,
                MOST_WAITING_PACKETS,
                MOST_WAITING_PACKET_BYTES,
            )
        return socket.inbox.put(data, len(data))

    def _handle(self, socket: ChatSocket, data: str | bytes) -> Awaitable[None]:
        return self.handlers["message"](socket.sid, data)

    # Sessions

    async def send_packet(self, sid: str, pkt: Packet) -> None:
        """Send a packet to a session. Does nothing if the session has ended."""
        socket: ChatSocket | None = self.sockets.get(sid)
        if socket is not None:
            socket.post(Encoded.of(pkt.encode()))

    async def drop(self, sid: str) -> None:
        """End one session. Returns once the application's disconnect handlers have run."""
        if sid in self.sockets:
            await self.sockets[sid].close()

    async def drop_all(self) -> None:
        await asyncio.gather(*(socket.close() for socket in list(self.sockets.values())))

    async def disconnect(self, sid: str | None = None) -> None:
        await (self.drop_all() if sid is None else self.drop(sid))

    async def shutdown(self) -> None:
        """Refuse new sessions, end all open ones, and wait for the engine's tasks to finish."""
        self.accepting = False
        await self.drop_all()
        self.heartbeat.clear()
        self.stalls.clear()
        self.probes.clear()
        await self.tasks.close(self.shutdown_timeout)

    def forget_socket(self, socket: ChatSocket) -> None:
        """Give up the place and the timers of a session that has ended."""
        self.heartbeat.stop(socket)
        self.stalls.stop(socket)
        socket.place.leave()
        self.stats.connections -= 1

    async def tell_gone(self, socket: ChatSocket, reason: str) -> None:
        try:
            await self.handlers["disconnect"](socket.sid, reason)
        except Exception:
            log.exception("disconnect handlers failed")

    def end_flood(self, socket: ChatSocket) -> None:
        """Stop reading from a client that sends far too much, and disconnect it.

        A second call for the same session does nothing.
        """
        known = socket.closing or socket.is_flooding
        socket.deafen()
        if known:
            return
        self.stats.closed_flooding += 1
        # Unknown clients can connect and flood again and again, so they get only an info line: they
        # must not fill the log with warnings.
        (log.warning if socket.known else log.info)("flood, connection closed")
        self.spawn(self._end_flood(socket))

    async def _end_flood(self, socket: ChatSocket) -> None:
        try:
            if socket.known and self.tell_flood is not None:
                await self.tell_flood(socket)
        finally:
            socket.end(self.reason.SERVER_DISCONNECT, code=frames.POLICY, flush=True)

    def refuse_packet(self, socket: ChatSocket, error: ValueError) -> None:
        self.stats.bad_packets += 1
        why = "not UTF-8" if isinstance(error, UnicodeError) else str(error)
        log.info("bad packet, connection closed", why=why)
        code = error.code if isinstance(error, FrameError) else frames.PROTOCOL_ERROR
        socket.end(self.reason.TRANSPORT_ERROR, code=code)


# The key under which an aiohttp application holds its engine.
ENGINE: web.AppKey[ChatEngine] = web.AppKey("engine", ChatEngine)
