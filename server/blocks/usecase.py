"""Who does not want to hear from whom."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from server.auth.entity import User
from server.kernel.errors import Invalid, NotFound
from server.kernel.wire import Page, make_cursor, read_cursor


class BlockStore(Protocol):
    async def known(self, user_id: str) -> bool:
        """Whether there is such a user, who is not deleted."""
        ...

    async def add_block(self, user_id: str, blocked_id: str) -> tuple[bool, str | None]:
        """(whether it is new, the direct room of the two if there is one). It is not new when it
        was there already, or either is deleted."""
        ...

    async def remove_block(self, user_id: str, blocked_id: str) -> bool:
        """False when there was none."""
        ...

    async def list_blocks(
        self, user_id: str, before: int | None, limit: int
    ) -> list[tuple[int, User]]:
        """Newest first, each with its place, before the place of the last page's end."""
        ...

    async def among(self, user_id: str, user_ids: list[str]) -> set[str]: ...


class BlockNews(Protocol):
    async def blocks_changed(self, user_id: str, other_id: str) -> None:
        """Told after the commit: the two may see each other's presence no more, or again."""
        ...

    async def parted(self, room_id: str) -> None:
        """Told after the commit: in their direct room nobody types any more."""
        ...


class Blocks:
    def __init__(self, store: BlockStore, news: BlockNews) -> None:
        self._store = store
        self._news = news

    async def block(self, user_id: str, blocked_id: str) -> None:
        """May be repeated. ``Invalid`` for oneself, ``NotFound`` for who is not there."""
        await self._check(user_id, blocked_id)
        new, room_id = await self._store.add_block(user_id, blocked_id)
        if new and room_id:
            await self._news.parted(room_id)
        if new:
            await self._news.blocks_changed(user_id, blocked_id)

    async def unblock(self, user_id: str, blocked_id: str) -> None:
        """As ``block``."""
        await self._check(user_id, blocked_id)
        if await self._store.remove_block(user_id, blocked_id):
            await self._news.blocks_changed(user_id, blocked_id)

    async def _check(self, user_id: str, other_id: str) -> None:
        if user_id == other_id:
            raise Invalid("user_id must be another user.", field="user_id")
        if not await self._store.known(other_id):
            raise NotFound()

    async def list_blocks(self, user_id: str, cursor: str | None, limit: int) -> Page[User]:
        before = read_cursor(cursor, int)
        found = await self._store.list_blocks(user_id, before[0] if before else None, limit + 1)
        shown, more = found[:limit], len(found) > limit
        users = [user for _, user in shown]
        return Page(users, more, make_cursor(shown[-1][0]) if more else None)

    async def among(self, user_id: str, user_ids: Iterable[str]) -> set[str]:
        """Those of ``user_ids`` whom the user blocks, or who block the user."""
        wanted = list(user_ids)
        return await self._store.among(user_id, wanted) if wanted else set()
