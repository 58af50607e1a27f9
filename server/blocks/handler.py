"""/users/me/blocks over HTTP."""

from __future__ import annotations

from server.auth.entity import User
from server.blocks.usecase import Blocks
from server.kernel.caller import Identity
from server.kernel.routes import Route
from server.kernel.wire import Id, Page, PageQuery


class BlockRoutes:
    def __init__(self, blocks: Blocks) -> None:
        self._blocks = blocks

    def routes(self) -> list[Route]:
        one = "/users/me/blocks/{user_id}"
        return [
            Route("GET", "/users/me/blocks", self.list_blocks),
            Route("PUT", one, self.block, status=204),
            Route("DELETE", one, self.unblock, status=204),
        ]

    async def list_blocks(self, identity: Identity, query: PageQuery) -> Page[User]:
        """Whom one blocks, latest first."""
        return await self._blocks.list_blocks(identity.user_id, query.cursor, query.size)

    async def block(self, identity: Identity, user_id: Id) -> None:
        """Blocks: no direct room, no adding to groups, no presence, either way. In a direct room
        that is there: no sends, edits, reactions, pins, typing and read marks."""
        await self._blocks.block(identity.user_id, user_id)

    async def unblock(self, identity: Identity, user_id: Id) -> None:
        """Blocks no more."""
        await self._blocks.unblock(identity.user_id, user_id)
