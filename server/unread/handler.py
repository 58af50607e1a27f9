"""Unread counts over HTTP."""

from __future__ import annotations

from server.kernel.caller import Identity
from server.kernel.routes import Route
from server.unread.entity import Unread
from server.unread.usecase import UnreadCounts


class UnreadRoutes:
    def __init__(self, unread: UnreadCounts) -> None:
        self._unread = unread

    def routes(self) -> list[Route]:
        return [Route("GET", "/unread", self.get_unread)]

    async def get_unread(self, identity: Identity) -> Unread:
        """Gets the unread counts of all your rooms."""
        return await self._unread.summary(identity.user_id)
