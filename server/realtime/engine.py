"""The Engine.IO server: who gets in, who is there, who is gone."""

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
from server.realtime.limits import NODE_RETRY, ConnectionCounter, Visitor
from server.realtime.meters import STRANGER, FrameLimit
from server.realtime.outgoing import Backlog, Encoded, Total, Writes
from server.realtime.outlet import Outlet
from server.realtime.probes import Probe
from server.realtime.queues import Inbox, Workers
from server.realtime.requests import RequestServer
from server.realtime.sockets import ChatSocket
from server.realtime.turns import HASTY_PAUSE, HASTY_SLICE, ReaderTurns

STALL_TIMEOUT = 10.0
# What a client may have sent and is not handled yet, where no Socket.IO server has its own bounds.
MOST_WAITING, MOST_WAITING_BYTES = 64, 1024 * 1024

log = structlog.get_logger(__name__)

# The libraries log what clients send, as it is; what matters of it is logged here.
QUIET = logging.getLogger("server.realtime.library")
QUIET.setLevel(logging.CRITICAL + 1)


class ChatEngine(RequestServer):
    """The stock server with bounds; its sessions are ``ChatSocket``."""

    body_timeout = 10.0
    upgrade_timeout = 10.0
    # What is queued for a client whose connection we close has this long to get out.
    flush_timeout = 2.0
    # Handlers that still run when the server stops have this long to end.
    shutdown_timeout = 10.0
    # What a client may leave unread before it is cut, and what all together may before the one
    # that leaves the most is cut.
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
        """``started`` is told of a new session without waiting, where it is given; else
        ``handlers["connect"]`` is. ``take_message`` gets each message of a client and answers
        whether the client is to send no more for now; without it ``handlers["message"]`` gets
        them. ``tell_flood`` is told of a client that is about to be closed for sending far too
        much."""
        super().__init__(
            monitor_clients=False,
            logger=QUIET,
            max_http_buffer_size=max_event_bytes,
            **options,
        )
        # False while the node is leaving: who is here stays, nobody new comes.
        self.accepting = True
        # A packet that is too large by less than this is answered, a larger one not even read.
        self.max_frame_bytes = 2 * max_event_bytes
        self.max_body_bytes = 8 * max_event_bytes
        # Whether messages may be bytes.
        self.binary = binary
        # Of frames and packets of any kind; without limits they are not counted.
        self.frame_limit = FrameLimit(frame_rate) if frame_rate else None
        self.stranger_limit = FrameLimit(STRANGER) if frame_rate else None
        self.turns, self.hasty_turns = ReaderTurns(), ReaderTurns(HASTY_SLICE, HASTY_PAUSE)
        self.kept = Total()
        self.counter = counter
        self.tasks = Tasks()
        self.workers = Workers(self.spawn)
        self.writes = Writes()
        self.heartbeat = Heartbeat(self.ping_interval, self.ping_timeout, self.writes.add_to_all)
        # Writes that wait for the client to read.
        self.stalls: Deadlines[Outlet] = Deadlines(
            STALL_TIMEOUT, each(lambda outlet: outlet.cut_slow())
        )
        # Websockets that sessions may move to.
        self.probes: Deadlines[Probe] = Deadlines(self.upgrade_timeout, each(Probe.give_up))
        self.started = started
        self.take_message = take_message or self._take_message
        self.tell_flood = tell_flood

    def create_queue(self, *args: Any, **kwargs: Any) -> Backlog:
        return Backlog(self.max_queued_bytes, self.max_queued_packets, self.kept)

    def spare_memory(self) -> None:
        """While clients together leave too much unread, the one that leaves the most is cut."""
        while self.kept.bytes > self.max_kept_bytes:
            slowest = max(self.sockets.values(), key=lambda socket: socket.backlog_bytes)
            if slowest.closing:
                # It is to have what was kept for it, and soon; or nobody is left.
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
        """A session, counted, in the place of the connection that it comes by where that has one;
        ``ChatError`` when there is none."""
        if not self.accepting:
            raise Unavailable("this node is leaving", retry_after=NODE_RETRY)
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

    def _take_message(self, socket: ChatSocket, data: str | bytes) -> bool:
        """One message of a client; whether it is to send no more for now."""
        if socket.inbox is None:
            socket.inbox = Inbox(
                socket, self._handle, self.workers.add_inbox, MOST_WAITING, MOST_WAITING_BYTES
            )
        return socket.inbox.put(data, len(data))

    def _handle(self, socket: ChatSocket, data: str | bytes) -> Awaitable[None]:
        return self.handlers["message"](socket.sid, data)

    # Sessions

    async def send_packet(self, sid: str, pkt: Packet) -> None:
        """Nothing happens when the session has ended."""
        socket: ChatSocket | None = self.sockets.get(sid)
        if socket is not None:
            socket.post(Encoded.of(pkt.encode()))

    async def drop(self, sid: str) -> None:
        """End one session; done when the application has been told."""
        if sid in self.sockets:
            await self.sockets[sid].close()

    async def drop_all(self) -> None:
        await asyncio.gather(*(socket.close() for socket in list(self.sockets.values())))

    async def disconnect(self, sid: str | None = None) -> None:
        await (self.drop_all() if sid is None else self.drop(sid))

    async def shutdown(self) -> None:
        """Nobody new, nobody left, no task left."""
        self.accepting = False
        await self.drop_all()
        self.heartbeat.clear()
        self.stalls.clear()
        self.probes.clear()
        await self.tasks.close(self.shutdown_timeout)

    def forget_socket(self, socket: ChatSocket) -> None:
        """The session has ended: its place is free, its timers are void."""
        self.heartbeat.stop(socket)
        self.stalls.stop(socket)
        socket.place.leave()
        self.stats.connections -= 1

    async def tell_gone(self, socket: ChatSocket, reason: str) -> None:
        try:
            await self.handlers["disconnect"](socket.sid, reason)
        except Exception:
            log.exception("disconnect failed")

    def end_flood(self, socket: ChatSocket) -> None:
        """The end of a client that sends far too much, once; nothing more of it is read."""
        known = socket.closing or socket.is_flooding
        socket.deafen()
        if known:
            return
        self.stats.closed_flooding += 1
        # Strangers come as often as they like, and this is in the log as often.
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


# Where an application keeps the engine that is attached to it.
ENGINE: web.AppKey[ChatEngine] = web.AppKey("engine", ChatEngine)
