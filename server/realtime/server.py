"""The Socket.IO server: who is in which namespace, and one packet of a client at a time."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

import socketio
import structlog
from aiohttp import web
from socketio import packet

from server.errors import Internal
from server.realtime import handlers
from server.realtime.deadlines import Deadlines
from server.realtime.engine import QUIET, ChatEngine
from server.realtime.manager import ChatManager
from server.realtime.packets import ChatPacket
from server.realtime.queues import Inbox
from server.realtime.stats import Stats

log = structlog.get_logger(__name__)


class ChatServer(socketio.AsyncServer):
    """A namespace's connect handler says yes with ``return True``; anything else is a no.

    Its disconnect handler is called once for every yes, also when the client was gone before
    the yes came. CONNECT, DISCONNECT and events of one transport are handled one after the
    other, in the order sent.
    """

    eio: ChatEngine

    def __init__(
        self,
        *,
        connect_timeout: float,
        admit_timeout: float,
        handler_queue: int,
        max_event_bytes: int,
        client_manager: socketio.AsyncManager | None = None,
        **options: Any,
    ) -> None:
        self.stats = Stats()
        self.admit_timeout = admit_timeout
        self._handler_queue = handler_queue
        # A few events of the largest size, whatever the number of small ones.
        self._handler_bytes = 4 * max_event_bytes
        self._inboxes: dict[str, Inbox[ChatPacket]] = {}
        self._admitting: set[str] = set()
        self._leaving: dict[tuple[str, str], asyncio.Future[None]] = {}
        self._bare: Deadlines[str] = Deadlines(connect_timeout, self._bare_too_long)
        self._late: Deadlines[str] = Deadlines(admit_timeout, self._hang_up)
        bounded = type("ChatPacket", (ChatPacket,), {"max_event_bytes": max_event_bytes})
        super().__init__(
            client_manager=client_manager or ChatManager(),
            logger=QUIET,
            serializer=bounded,
            stats=self.stats,
            max_event_bytes=max_event_bytes,
            **options,
        )

    def _engineio_server_class(self) -> type[ChatEngine]:
        return ChatEngine

    def attach(self, app: web.Application, socketio_path: str = "socket.io") -> None:
        super().attach(app, socketio_path)
        app.on_shutdown.append(self._on_shutdown)

    async def _on_shutdown(self, app: web.Application) -> None:
        await self.shutdown()

    async def shutdown(self) -> None:
        await self.eio.shutdown()
        self._bare.clear()
        self._late.clear()

    # Transports

    def eio_sid(self, sid: str, namespace: str) -> str | None:
        """The transport of a namespace's client."""
        return self.manager.eio_sid_from_sid(sid, namespace)

    async def drop(self, eio_sid: str) -> None:
        """Close a transport without a DISCONNECT, so that the client's SDK reconnects by itself.

        What was emitted before is still sent, if the client takes it at once.
        """
        await self.eio.drop(eio_sid)

    async def drop_all(self) -> None:
        await self.eio.drop_all()

    async def _handle_eio_connect(self, eio_sid: str, environ: dict[str, Any]) -> None:
        await super()._handle_eio_connect(eio_sid, environ)
        handle = partial(self._handle_packet, eio_sid)
        self._inboxes[eio_sid] = Inbox(handle, self._handler_queue, self._handler_bytes)
        self._bare.start(eio_sid)

    async def _handle_eio_message(self, eio_sid: str, data: str) -> None:
        pkt: ChatPacket = self.packet_class(encoded_packet=data)
        if pkt.packet_type == packet.ACK:
            await self._handle_ack(eio_sid, pkt.namespace, pkt.id, pkt.data)
        elif eio_sid in self._inboxes:
            await self._inboxes[eio_sid].put(pkt, len(data))

    async def _handle_packet(self, eio_sid: str, pkt: ChatPacket) -> None:
        if pkt.packet_type == packet.EVENT:
            await self._handle_event(eio_sid, pkt.namespace, pkt.id, pkt.data)
        elif pkt.packet_type == packet.CONNECT:
            await self._handle_connect(eio_sid, pkt.namespace, pkt.data)
        else:
            await self._handle_disconnect(eio_sid, pkt.namespace)

    async def _handle_eio_disconnect(self, eio_sid: str, reason: str) -> None:
        inbox = self._inboxes.pop(eio_sid, None)
        if inbox is not None:
            inbox.close()
        self._bare.stop(eio_sid)
        self._late.stop(eio_sid)
        namespaces = list(self.manager.get_namespaces())
        for namespace in namespaces:
            sid = self.manager.sid_from_eio_sid(eio_sid, namespace)
            if self.manager.is_pre_connected(sid, namespace):
                await self._purge(sid, namespace)
        for namespace in namespaces:
            await self._handle_disconnect(eio_sid, namespace, reason)
        self.environ.pop(eio_sid, None)

    def _bare_too_long(self, eio_sid: str) -> None:
        if eio_sid in self._admitting:
            self._late.start(eio_sid)
        else:
            self._hang_up(eio_sid)

    def _hang_up(self, eio_sid: str) -> None:
        if eio_sid in self.eio.sockets:
            self.eio.sockets[eio_sid].end(self.reason.SERVER_DISCONNECT)

    # Namespaces

    async def _handle_connect(self, eio_sid: str, namespace: str | None, data: Any) -> None:
        namespace = namespace or "/"
        if namespace not in self.namespace_handlers and namespace not in self.handlers:
            return await self._refuse(eio_sid, namespace, {"message": "Invalid namespace"})
        leaving = self._leaving.get((eio_sid, namespace))
        if leaving is not None:
            await asyncio.wait([leaving])
        if eio_sid not in self._inboxes or self.manager.sid_from_eio_sid(eio_sid, namespace):
            # Gone, or a second CONNECT: a CONNECT_ERROR would make clients give up the first.
            return None
        sid = await self.manager.pre_connect(eio_sid, namespace)
        refusal: dict[str, Any] | None = handlers.INTERNAL
        self._admitting.add(eio_sid)
        try:
            refusal = await handlers.admit(self, sid, namespace, data)
        finally:
            self._admitting.discard(eio_sid)
            still_here = self.manager.is_pre_connected(sid, namespace)
            if refusal is not None:
                await self._purge(sid, namespace)
        if refusal is None and not still_here:
            await handlers.leave(self, sid, namespace, self.reason.TRANSPORT_CLOSE)
            refusal = handlers.UNAVAILABLE
        if refusal is not None:
            return await self._refuse(eio_sid, namespace, refusal)
        self._bare.stop(eio_sid)
        self._late.stop(eio_sid)
        await self.manager.connect(sid, namespace)
        await self._send_packet(
            eio_sid, self.packet_class(packet.CONNECT, {"sid": sid}, namespace=namespace)
        )

    async def _refuse(self, eio_sid: str, namespace: str, why: dict[str, Any]) -> None:
        await self._send_packet(
            eio_sid, self.packet_class(packet.CONNECT_ERROR, data=why, namespace=namespace)
        )

    async def disconnect(
        self, sid: str, namespace: str | None = None, ignore_queue: bool = False
    ) -> None:
        """Take a client out of a namespace, with a DISCONNECT: its SDK stays out.

        One whose connect handler still runs is refused, whatever that handler says.
        """
        namespace = namespace or "/"
        eio_sid = self.eio_sid(sid, namespace)
        if self.manager.is_pre_connected(sid, namespace):
            await self._purge(sid, namespace)
        elif self.manager.is_connected(sid, namespace):
            await self._send_packet(
                eio_sid, self.packet_class(packet.DISCONNECT, namespace=namespace)
            )
            await self._leave(eio_sid, sid, namespace, self.reason.SERVER_DISCONNECT)
        elif not ignore_queue:
            # A manager of several nodes passes it on.
            await self.manager.can_disconnect(sid, namespace)

    async def _handle_disconnect(
        self, eio_sid: str, namespace: str | None, reason: str | None = None
    ) -> None:
        namespace = namespace or "/"
        sid = self.manager.sid_from_eio_sid(eio_sid, namespace)
        if self.manager.is_connected(sid, namespace):
            reason = reason or self.reason.CLIENT_DISCONNECT
            await self._leave(eio_sid, sid, namespace, reason)

    async def _leave(self, eio_sid: str, sid: str, namespace: str, reason: str) -> None:
        key = eio_sid, namespace
        self.manager.pre_disconnect(sid, namespace)
        self._leaving[key] = asyncio.get_running_loop().create_future()
        try:
            await handlers.leave(self, sid, namespace, reason)
        finally:
            await self._purge(sid, namespace)
            self._leaving.pop(key).set_result(None)
        if eio_sid in self._inboxes and not self._namespaces_of(eio_sid):
            self._bare.start(eio_sid)

    def _namespaces_of(self, eio_sid: str) -> list[str]:
        known = self.manager.get_namespaces()
        return [name for name in known if self.manager.sid_from_eio_sid(eio_sid, name)]

    async def _purge(self, sid: str, namespace: str) -> None:
        """Out of every room and list of this node."""
        await self.manager.disconnect(sid, namespace, ignore_queue=True)

    # Events

    async def _handle_event(
        self, eio_sid: str, namespace: str | None, id: int | None, data: list[Any]
    ) -> None:
        namespace = namespace or "/"
        sid = self.manager.sid_from_eio_sid(eio_sid, namespace)
        if not self.manager.is_connected(sid, namespace):
            return
        self.stats.events_in += 1
        answer = await handlers.answer(self, sid, namespace, data)
        if id is not None:
            self.stats.acks += 1
            await self._acknowledge(eio_sid, namespace, id, answer)

    async def _acknowledge(self, eio_sid: str, namespace: str, id: int, answer: list[Any]) -> None:
        pkt = self.packet_class(packet.ACK, namespace=namespace, id=id, data=answer)
        try:
            await self._send_packet(eio_sid, pkt)
        except (TypeError, ValueError):
            log.exception("ack cannot be encoded", namespace=namespace)
            pkt.data = [{"ok": False, "error": handlers.shown(Internal())}]
            await self._send_packet(eio_sid, pkt)

    async def _handle_ack(
        self, eio_sid: str, namespace: str | None, id: int, data: list[Any]
    ) -> None:
        sid = self.manager.sid_from_eio_sid(eio_sid, namespace or "/")
        if sid is None:
            return
        try:
            await self.manager.trigger_callback(sid, id, data)
        except Exception:
            log.exception("ack callback failed", namespace=namespace)
