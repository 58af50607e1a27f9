"""Sends events to the sockets of this node, and closes them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from events.catalogue import AuthExpiring, Closing, Goodbye
from events.connections import LOBBY, ROOMS, Client, Connections
from server.auth.entity import Ending
from server.kernel import wire
from server.kernel.clock import timestamp


class Sockets:
    """Sends events to the sockets of this node, and closes them.

    Each socket gets an event at most once, in the order in which this node sends them. The methods
    return once the packets are queued, not when clients have received them. Sockets that are gone
    are skipped without an error.
    """

    def __init__(self, server: Any, manager: Any, connections: Connections) -> None:
        self._server = server
        self._manager = manager
        self._connections = connections

    async def tell(self, event: str, data: Any, namespace: str, **options: Any) -> None:
        """Send an event to sockets of this node only. ``options`` are those of
        ``Membership.deliver``, such as ``room`` and ``skip_sid``."""
        await self._manager.emit_here(event, data, namespace, **options)

    async def tell_user(self, event: str, data: Any, user_id: str, namespace: str = ROOMS) -> None:
        """Send an event to a user's sockets on this node."""
        if sids := [client.sid for client in self._connections.of_user(user_id, namespace)]:
            await self.tell(event, data, namespace, room=sids)

    def device(self, sid: str, namespace: str) -> str:
        """The id of the connection that a socket belongs to."""
        return str(self._server.eio_sid(sid, namespace))

    async def warn(self, client: Client) -> None:
        data = wire.plain(AuthExpiring(timestamp(client.expires_at)))
        await self._tell("auth_expiring", data, client)

    async def _tell(self, event: str, data: Any, client: Client) -> None:
        """Send an event that every namespace has, to one socket."""
        if client.namespace != LOBBY:
            await self.tell(event, data, client.namespace, room=client.sid)

    async def close(
        self,
        clients: Iterable[Client],
        code: Goodbye,
        *,
        retry_after: int | None = None,
        reason: Ending | None = None,
    ) -> None:
        """Send ``closing``, then disconnect. The client decides whether it comes back.
        ``retry_after`` is in seconds; ``reason`` says why the session has ended."""
        data = wire.plain(Closing(code, retry_after, reason))
        chosen = list(clients)
        for client in chosen:
            client.closing = True
        for client in chosen:
            await self._tell("closing", data, client)
        # For "overloaded" only the transport is closed, so that SDKs reconnect by themselves.
        for client in chosen if code != "overloaded" else []:
            await self._server.disconnect(client.sid, namespace=client.namespace, ignore_queue=True)
        for device in {client.device for client in chosen}:
            await self._server.drop(device)

    async def drain(self, retry_after: int) -> None:
        """Tell all clients that this node shuts down, and close their transports, so that SDKs
        reconnect to another node. ``retry_after`` is in seconds."""
        data = wire.plain(Closing("draining", retry_after, None))
        for client in list(self._connections.clients.values()):
            await self._tell("closing", data, client)
        await self._server.drop_all()
