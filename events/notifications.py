"""The events of ``/notifications``."""

from __future__ import annotations

from events.catalogue import AuthAck
from events.connections import NOTIFICATIONS, Client
from events.gate import Gate
from events.namespace import Door
from events.rooms import RefreshAuth
from server.kernel.clock import timestamp
from server.kernel.wire import Nothing, Page, PageQuery
from server.notifications.entity import Notification, UnreadNotifications
from server.notifications.usecase import MarkNotificationsRead, Notifications
from server.unread.entity import Unread
from server.unread.usecase import UnreadCounts


class NotificationEvents(Door):
    def __init__(self, gate: Gate, unread: UnreadCounts, notifications: Notifications) -> None:
        super().__init__(NOTIFICATIONS, gate)
        self._unread = unread
        self._notifications = notifications

    async def on_list_notifications(self, client: Client, payload: PageQuery) -> Page[Notification]:
        """Lists your notifications, newest first."""
        return await self._notifications.list_notifications(client.user_id, payload)

    async def on_mark_notifications_read(
        self, client: Client, payload: MarkNotificationsRead
    ) -> UnreadNotifications:
        """Marks some or all of your notifications as read."""
        return await self._notifications.mark_notifications_read(client.user_id, payload)

    async def on_get_unread(self, client: Client, payload: Nothing) -> Unread:
        """Returns the same as ``GET /unread``."""
        return await self._unread.summary(client.user_id)

    async def on_refresh_auth(self, client: Client, payload: RefreshAuth) -> AuthAck:
        """Does the same as on ``/rooms``."""
        return AuthAck(timestamp(await self._gate.refresh(client, payload.token)))
