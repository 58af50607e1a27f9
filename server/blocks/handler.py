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
        """Lists the users whom you block, the latest first."""
        return await self._blocks.list_blocks(identity.user_id, query.cursor, query.size)

    async def block(self, identity: Identity, user_id: Id) -> None:
        """Blocks a user. Neither of you can then create a direct room with the other, add the other
        to groups, or see the other's presence. In an existing direct room there are no sends,
        edits, reactions, pins, typing or read marks."""
        await self._blocks.block(identity.user_id, user_id)

    async def unblock(self, identity: Identity, user_id: Id) -> None:
        """Unblocks a user."""
        await self._blocks.unblock(identity.user_id, user_id)
