"""Namespaces: clients connect to them, are refused, and leave them."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Any, Literal

import socketio
from socketio import packet

from server.realtime import handlers
from server.realtime.bare import BareTransports
from server.realtime.engine import ChatEngine
from server.realtime.membership import ChatManager

# The exact words that the protocol's official test suite expects.
UNKNOWN_NAMESPACE = {"message": "Invalid namespace"}


class NamespaceServer(socketio.AsyncServer):
    """python-socketio's server with a strict way in and out.

    With ``explicit_accept`` a connect handler admits a client only by returning ``True``. The
    disconnect handler is called exactly once for each client that the connect handler admitted,
    also if the client was gone before the connect handler returned.
    """

    eio: ChatEngine
    manager_initialized: bool

    def __init__(
        self,
        *,
        connect_timeout: float,
        admit_timeout: float,
        explicit_accept: bool,
        namespaces: Collection[str] | Literal["*"] | None,
        client_manager: socketio.AsyncManager | None,
        **options: Any,
    ) -> None:
        super().__init__(client_manager=client_manager or ChatManager(), **options)
        self.admit_timeout = admit_timeout
        self.explicit_accept = explicit_accept
        # Namespaces that clients may enter although they have no handlers.
        self.namespaces = namespaces or ()
        self._bare = BareTransports(connect_timeout, admit_timeout, self._hang_up)
        self._leaving: dict[tuple[str, str], asyncio.Future[None]] = {}

    def eio_sid(self, sid: str, namespace: str) -> str | None:
        """The id of the transport of a client in a namespace; None if it is not there."""
        return self.manager.eio_sid_from_sid(sid, namespace)

    def _connected_sid(self, eio_sid: str, namespace: str) -> str | None:
        """The id of the transport's client in a namespace. None if it is not there, is still being
        admitted, or is leaving."""
        sid: str | None = self.manager.sid_from_eio_sid(eio_sid, namespace)
        for waiting in (self.manager.pending_connect, self.manager.pending_disconnect):
            if waiting and sid in waiting.get(namespace, ()):
                return None
        return sid

    # In

    async def _handle_connect(self, eio_sid: str, namespace: str | None, data: Any) -> None:
        namespace = namespace or "/"
        if not self._is_known(namespace):
            return await self._refuse(eio_sid, namespace, UNKNOWN_NAMESPACE)
        leaving = self._leaving.get((eio_sid, namespace))
        if leaving is not None:
            await asyncio.wait([leaving])
        if not self._is_open(eio_sid) or self.manager.sid_from_eio_sid(eio_sid, namespace):
            # The transport is closed, or this is a second CONNECT. A CONNECT_ERROR for the second
            # would make clients give up the first connection.
            return None
        sid = await self.manager.pre_connect(eio_sid, namespace)
        if self.always_connect:
            await self._welcome(eio_sid, sid, namespace)
        refusal = await self._admit(eio_sid, sid, namespace, data)
        if refusal is not None:
            return await self._refuse(eio_sid, namespace, refusal)
        self._bare.remove_transport(eio_sid)
        self.eio.sockets[eio_sid].admitted()
        await self.manager.connect(sid, namespace)
        if not self.always_connect:
            await self._welcome(eio_sid, sid, namespace)

    def _is_known(self, namespace: str) -> bool:
        return (
            namespace in self.namespace_handlers
            or namespace in self.handlers
            or self.namespaces == "*"
            or namespace in self.namespaces
        )

    async def _welcome(self, eio_sid: str, sid: str, namespace: str) -> None:
        await self._send_packet(
            eio_sid, self.packet_class(packet.CONNECT, {"sid": sid}, namespace=namespace)
        )

    async def _admit(
        self, eio_sid: str, sid: str, namespace: str, auth: Any
    ) -> dict[str, Any] | None:
        """Why the client is refused; None if it is admitted. A refused client is removed from all
        rooms and lists."""
        refusal: dict[str, Any] | None = handlers.INTERNAL
        try:
            with self._bare.admission(eio_sid):
                refusal = await handlers.admit(self, sid, namespace, auth)
        finally:
            still_here = self.manager.is_pre_connected(sid, namespace)
            if refusal is not None:
                await self._purge(sid, namespace)
        if refusal is None and not still_here:
            open_still = self._is_open(eio_sid)
            reason = self.reason.SERVER_DISCONNECT if open_still else self.reason.TRANSPORT_CLOSE
            await handlers.leave(self, sid, namespace, reason)
            # The connect handler may have put the client into rooms in the meantime.
            await self._purge(sid, namespace)
            return handlers.UNAVAILABLE
        return refusal

    async def _refuse(self, eio_sid: str, namespace: str, why: dict[str, Any]) -> None:
        refusal = self.packet_class(packet.CONNECT_ERROR, data=why, namespace=namespace)
        if self.always_connect and self._is_known(namespace):
            # The client was already told that it is connected.
            refusal = self.packet_class(packet.DISCONNECT, namespace=namespace)
        await self._send_packet(eio_sid, refusal)

    # Out

    async def disconnect(
        self, sid: str, namespace: str | None = None, ignore_queue: bool = False
    ) -> None:
        """Remove a client from a namespace with a DISCONNECT packet. Its SDK does not reconnect.

        If the client's connect handler still runs, the client is refused, whatever it returns.
        """
        namespace = namespace or "/"
        eio_sid = self.eio_sid(sid, namespace)
        if eio_sid is None:
            if not ignore_queue:
                # A manager for several nodes passes the request to the other nodes.
                await self.manager.can_disconnect(sid, namespace)
        elif self.manager.is_pre_connected(sid, namespace):
            await self._purge(sid, namespace)
        elif self.manager.is_connected(sid, namespace):
            farewell = self.packet_class(packet.DISCONNECT, namespace=namespace)
            await self._send_packet(eio_sid, farewell)
            await self._leave(eio_sid, sid, namespace, self.reason.SERVER_DISCONNECT)

    async def _handle_disconnect(
        self, eio_sid: str, namespace: str | None, reason: str | None = None
    ) -> None:
        namespace = namespace or "/"
        sid = self.manager.sid_from_eio_sid(eio_sid, namespace)
        if self.manager.is_connected(sid, namespace):
            reason = reason or self.reason.CLIENT_DISCONNECT
            await self._leave(eio_sid, sid, namespace, reason)

    async def _handle_eio_disconnect(self, eio_sid: str, reason: str) -> None:
        self._bare.remove_transport(eio_sid)
        namespaces = self._namespaces_of(eio_sid)
        for namespace in namespaces:
            sid = self.manager.sid_from_eio_sid(eio_sid, namespace)
            if self.manager.is_pre_connected(sid, namespace):
                await self._purge(sid, namespace)
        for namespace in namespaces:
            await self._handle_disconnect(eio_sid, namespace, reason)
        self.environ.pop(eio_sid, None)

    async def _leave(self, eio_sid: str, sid: str, namespace: str, reason: str) -> None:
        key = eio_sid, namespace
        self.manager.pre_disconnect(sid, namespace)
        self._leaving[key] = asyncio.get_running_loop().create_future()
        try:
            await handlers.leave(self, sid, namespace, reason)
        finally:
            await self._purge(sid, namespace)
            self._leaving.pop(key).set_result(None)
        if self._is_open(eio_sid) and not self._namespaces_of(eio_sid):
            self._bare.add_transport(eio_sid)

    async def _purge(self, sid: str, namespace: str) -> None:
        """Remove the client from all rooms and lists of this node."""
        await self.manager.disconnect(sid, namespace, ignore_queue=True)

    def _namespaces_of(self, eio_sid: str) -> list[str]:
        known = self.manager.get_namespaces()
        return [name for name in known if self.manager.sid_from_eio_sid(eio_sid, name)]

    def _is_open(self, eio_sid: str) -> bool:
        return eio_sid in self.eio.sockets and not self.eio.sockets[eio_sid].closing

    def _hang_up(self, eio_sid: str) -> None:
        if eio_sid in self.eio.sockets:
            self.eio.sockets[eio_sid].end(self.reason.SERVER_DISCONNECT)
