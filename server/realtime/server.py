"""The Socket.IO server: it handles the packets of each client one at a time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from time import perf_counter
from typing import Any

import structlog
from aiohttp import web
from socketio import packet

from server.kernel import refusals
from server.kernel.errors import Internal
from server.kernel.timeouts import too_late
from server.realtime import handlers
from server.realtime.deadlines import Deadlines, each
from server.realtime.engine import ENGINE, QUIET, ChatEngine
from server.realtime.lag import LoopLag
from server.realtime.meters import FIRST_CONNECT, NEXT_CONNECT, Meter, RateLimits
from server.realtime.namespaces import NamespaceServer
from server.realtime.outgoing import Encoded
from server.realtime.packets import ChatPacket, ack_frame, event_frame
from server.realtime.queues import Inbox
from server.realtime.sockets import ChatSocket
from server.realtime.stats import Stats

log = structlog.get_logger(__name__)


class EventUnderWay:
    """An event that is being handled."""

    __slots__ = ("id", "inbox", "namespace", "socket")

    def __init__(self, socket: ChatSocket, namespace: str, id: int | None) -> None:
        self.socket = socket
        self.inbox = socket.inbox
        self.namespace = namespace
        self.id = id


class ChatServer(NamespaceServer):
    """python-socketio's server with an order guarantee and limits.

    The CONNECT, DISCONNECT and EVENT packets of one transport are handled one after the other, in
    the order sent. The server goes on reading meanwhile, so PONGs and acks do not wait for a
    handler.
    """

    # When this many events of a client wait behind the running one, the server stops reading from
    # its connection.
    handler_queue = 64

    def __init__(
        self,
        *,
        rate_limits: RateLimits | None,
        event_timeout: float | None,
        packet_class: type[ChatPacket],
        max_event_bytes: int,
        volatile_events: Collection[str],
        **options: Any,
    ) -> None:
        self.stats = Stats()
        self.lag = LoopLag()
        self._volatile = frozenset(volatile_events)
        self._rate_limits = rate_limits
        self._deadlines: Deadlines[EventUnderWay] | None = None
        if event_timeout is not None:
            self._deadlines = Deadlines(event_timeout, each(self._pass_by))
        # Acks whose callback is about to be called, as (client's sid, ack id).
        self._answered: set[tuple[str, int | None]] = set()
        # The most bytes of a client's waiting events: four events of the largest size.
        self._handler_bytes = 4 * max_event_bytes
        bounded = type("BoundedPacket", (packet_class,), {"max_event_bytes": max_event_bytes})
        super().__init__(
            logger=QUIET,
            serializer=bounded,
            stats=self.stats,
            max_event_bytes=max_event_bytes,
            frame_rate=rate_limits.frames if rate_limits else None,
            started=self._started,
            take_message=self._take_message,
            tell_flood=self._tell_flood,
            **options,
        )
        self._handle = self._handle_packet

    def _engineio_server_class(self) -> type[ChatEngine]:
        return ChatEngine

    def attach(self, app: web.Application, socketio_path: str = "socket.io") -> None:
        super().attach(app, socketio_path)
        app[ENGINE] = self.eio
        app.on_startup.append(self._on_startup)
        app.on_shutdown.append(self._on_shutdown)

    async def _on_startup(self, app: web.Application) -> None:
        self.lag.start()

    async def _on_shutdown(self, app: web.Application) -> None:
        await self.shutdown()

    async def shutdown(self) -> None:
        """Refuse new clients, drop all transports, and wait until their handlers have finished."""
        await self.eio.shutdown()
        self._bare.clear()
        if self._deadlines is not None:
            self._deadlines.clear()
        self.lag.stop()

    async def drop(self, eio_sid: str | None) -> None:
        """Close a transport without a DISCONNECT packet, so that the client's SDK reconnects.

        Events emitted before this call are still sent if the client reads them within
        ``flush_timeout``. Does nothing if the transport is gone already or never existed.
        """
        if eio_sid is not None:
            await self.eio.drop(eio_sid)

    async def drop_all(self) -> None:
        await self.eio.drop_all()

    # Transports

    async def _handle_eio_connect(self, eio_sid: str, environ: Mapping[str, Any]) -> None:
        self._started(eio_sid, environ)

    def _started(self, eio_sid: str, environ: Mapping[str, Any]) -> None:
        if not self.manager_initialized:
            self.manager_initialized = True
            self.manager.initialize()
        self.environ[eio_sid] = environ
        self._bare.add_transport(eio_sid)

    async def _handle_eio_disconnect(self, eio_sid: str, reason: str) -> None:
        socket = self.eio.sockets.get(eio_sid)
        if socket is not None and socket.inbox is not None:
            socket.inbox.close()
        await super()._handle_eio_disconnect(eio_sid, reason)

    def _take_message(self, socket: ChatSocket, data: str) -> bool:
        return self._take_packet(socket, self.packet_class(encoded_packet=data), len(data))

    def _take_packet(self, socket: ChatSocket, pkt: ChatPacket, size: int) -> bool:
        kind = pkt.packet_type
        if kind == packet.ACK:
            self._take_ack(socket, pkt)
            return False
        if kind == packet.CONNECT:
            asked = NEXT_CONNECT if socket.known else FIRST_CONNECT
            if not socket.charge(asked):
                return False
        if socket.inbox is None:
            socket.inbox = Inbox(
                socket,
                self._handle,
                self.eio.workers.add_inbox,
                self.handler_queue,
                self._handler_bytes,
            )
        return socket.inbox.put(pkt, size)

    def _handle_packet(self, socket: ChatSocket, pkt: ChatPacket) -> Awaitable[None]:
        if pkt.packet_type == packet.EVENT:
            return self._handle_one(socket, pkt)
        if pkt.packet_type == packet.CONNECT:
            return self._handle_connect(socket.sid, pkt.namespace, pkt.data)
        return self._handle_disconnect(socket.sid, pkt.namespace)

    # Events

    async def _handle_one(self, socket: ChatSocket, pkt: ChatPacket) -> None:
        """Handle one event of a client and send its ack, if the client asked for one."""
        namespace = pkt.namespace or "/"
        sid = self._connected_sid(socket.sid, namespace)
        if sid is None:
            return
        self.stats.events_in += 1
        wait = 0.0
        if self._rate_limits is not None:
            meter = self._meter(socket, namespace)
            wait = meter.take_event(pkt.data[0])
            if meter.is_flooded:
                return self.eio.end_flood(socket)
        if wait:
            self.stats.rate_limited += 1
            answer = handlers.wait_a_moment(wait)
        else:
            event, deadlines = EventUnderWay(socket, namespace, pkt.id), self._deadlines
            began = perf_counter()
            if deadlines is not None:
                deadlines.start(event)
            try:
                answer = await handlers.answer(self, sid, namespace, pkt.data)
            finally:
                late = deadlines is not None and not deadlines.stop(event)
            self.stats.handler_seconds += perf_counter() - began
            if late:
                return
        if pkt.id is not None:
            self._acknowledge(socket, namespace, pkt.id, answer)

    def _pass_by(self, event: EventUnderWay) -> None:
        """Answer an event whose handler takes too long, and handle the client's next one. The
        handler goes on to its end, so that what it has stored is also published."""
        if event.id is not None:
            answer = [refusals.ack(too_late())]
            self._acknowledge(event.socket, event.namespace, event.id, answer)
        if event.inbox is not None:
            event.inbox.pass_by()

    def _meter(self, socket: ChatSocket, namespace: str) -> Meter:
        assert self._rate_limits is not None
        if socket.meters is None:
            socket.meters = {}
        meter = socket.meters.get(namespace)
        if meter is None:
            meter = socket.meters[namespace] = Meter(self._rate_limits)
        return meter

    async def _tell_flood(self, socket: ChatSocket) -> None:
        for namespace in self._namespaces_of(socket.sid):
            sid = self._connected_sid(socket.sid, namespace)
            if sid is not None:
                await handlers.tell_flood(self, sid, namespace)

    def _acknowledge(self, socket: ChatSocket, namespace: str, id: int, answer: list[Any]) -> None:
        self.stats.acks += 1
        try:
            frame = ack_frame(namespace, id, answer)
        except (TypeError, ValueError):
            log.exception("ack cannot be encoded", namespace=namespace)
            frame = ack_frame(namespace, id, [refusals.ack(Internal())])
        socket.post(Encoded(frame))

    # Out

    def emit(
        self,
        event: str,
        data: Any = None,
        to: Any = None,
        room: Any = None,
        skip_sid: str | list[str] | None = None,
        namespace: str | None = None,
        callback: Callable[..., Any] | None = None,
        ignore_queue: bool = False,
    ) -> Awaitable[None]:
        """Emit an event, as python-socketio's ``emit`` does, but without a log line for each."""
        emitted: Awaitable[None] = self.manager.emit(
            event,
            data,
            namespace or "/",
            room=to or room,
            skip_sid=skip_sid,
            callback=callback,
            ignore_queue=ignore_queue,
        )
        return emitted

    def encode_event(self, event: str, args: list[Any], namespace: str) -> Encoded:
        self.stats.events_out += 1
        return Encoded(event_frame(namespace, event, args), event in self._volatile)

    def post_to_all(self, eio_sids: Iterable[str], encoded: Encoded) -> None:
        """Send one packet to many transports of this node. Unknown transports are skipped."""
        sockets = list(filter(None, map(self.eio.sockets.get, eio_sids)))
        self.stats.deliveries += len(sockets)
        self.eio.writes.add_to_all(sockets, encoded)

    # Acks

    def _take_ack(self, socket: ChatSocket, pkt: ChatPacket) -> None:
        """Call the callback that waits for this ack. An ack that nobody waits for is ignored."""
        sid = self.manager.sid_from_eio_sid(socket.sid, pkt.namespace or "/")
        if sid is None or not self._is_awaited(sid, pkt.id) or (sid, pkt.id) in self._answered:
            return
        self._answered.add((sid, pkt.id))
        self.eio.spawn(self._handle_ack(sid, pkt))

    def _is_awaited(self, sid: str, id: int | None) -> bool:
        # The stock manager keeps its counter of ids under the key 0.
        return bool(id) and id in self.manager.callbacks.get(sid, ())

    async def _handle_ack(self, sid: str, pkt: ChatPacket) -> None:
        try:
            await self.manager.trigger_callback(sid, pkt.id, pkt.data)
        except Exception:
            log.exception("ack callback failed", namespace=pkt.namespace)
        finally:
            self._answered.discard((sid, pkt.id))
