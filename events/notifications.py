"""The events of ``/notifications``."""

from __future__ import annotations

from events.catalogue import AuthAck
from events.connections import NOTIFICATIONS, Client
from events.gate import Gate
from events.namespace import Door
from events.rooms import RefreshAuth
from server.clock import timestamp
from server.notifications.entity import Unread
from server.notifications.usecase import UnreadCounts
from server.wire import Nothing


class NotificationEvents(Door):
    def __init__(self, gate: Gate, unread: UnreadCounts) -> None:
        super().__init__(NOTIFICATIONS, gate)
        self._unread = unread

    async def on_get_unread(self, client: Client, payload: Nothing) -> Unread:
        """As ``GET /unread``."""
        return await self._unread.summary(client.user_id)

    async def on_refresh_auth(self, client: Client, payload: RefreshAuth) -> AuthAck:
        """As on ``/rooms``."""
        return AuthAck(timestamp(await self._gate.refresh(client, payload.token)))
