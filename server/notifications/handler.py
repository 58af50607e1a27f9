"""Notifications over HTTP."""

from __future__ import annotations

from server.kernel.caller import Identity
from server.kernel.routes import Route
from server.kernel.wire import Page, PageQuery
from server.notifications.entity import Notification, UnreadNotifications
from server.notifications.usecase import MarkNotificationsRead, Notifications


class NotificationRoutes:
    def __init__(self, notifications: Notifications) -> None:
        self._notifications = notifications

    def routes(self) -> list[Route]:
        return [
            Route("GET", "/notifications", self.list_notifications),
            Route("POST", "/notifications/read", self.mark_notifications_read),
        ]

    async def list_notifications(self, identity: Identity, query: PageQuery) -> Page[Notification]:
        """Lists your notifications, the newest first."""
        return await self._notifications.list_notifications(identity.user_id, query)

    async def mark_notifications_read(
        self, identity: Identity, body: MarkNotificationsRead
    ) -> UnreadNotifications:
        """Marks some or all of your notifications as read."""
        return await self._notifications.mark_notifications_read(identity.user_id, body)
