"""Search over HTTP."""

from __future__ import annotations

from server.kernel.caller import Identity
from server.kernel.errors import NotFound
from server.kernel.routes import Route
from server.kernel.wire import Page
from server.search.entity import Found
from server.search.usecase import Search, SearchQuery


class SearchRoutes:
    def __init__(self, search: Search) -> None:
        self._search = search

    def routes(self) -> list[Route]:
        route = Route(
            "GET", "/search/messages", self.search_messages, limit="search", refuses=(NotFound,)
        )
        return [route]

    async def search_messages(self, identity: Identity, query: SearchQuery) -> Page[Found]:
        """Searches the messages of your rooms by words, the best match first."""
        return await self._search.search_messages(identity.user_id, query)
