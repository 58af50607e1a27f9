"""The use cases of blocks between users."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from msgspec import Struct

from server.auth.entity import User
from server.kernel.errors import Invalid, NotFound
from server.kernel.wire import Page, make_cursor, read_cursor


class AddedBlock(Struct, frozen=True):
    """What a new block changes. ``room_id``: the direct room of the two, if there is one.
    ``hidden``: each one's notifications of invitations by the other, which are not shown as long as
    the block lasts."""

    room_id: str | None
    hidden: dict[str, list[str]]


class BlockStore(Protocol):
    """Stores blocks. Each change is one transaction and idempotent. All methods raise
    ``Unavailable`` when the database cannot be reached."""

    async def known(self, user_id: str) -> bool:
        """Whether the user exists and is not deleted."""
        ...

    async def add_block(self, user_id: str, blocked_id: str) -> AddedBlock | None:
        """Adds a block under the lock of the users' direct room, so that no message is stored in it
        after the block. Returns None if it existed before, or if either user is deleted."""
        ...

    async def remove_block(self, user_id: str, blocked_id: str) -> bool:
        """Removes a block. Returns False if there was none."""
        ...

    async def list_blocks(
        self, user_id: str, before: int | None, limit: int
    ) -> list[tuple[int, User]]:
        """The blocked users, the newest first, each with its place in the list. ``before`` is the
        place of the last one on the previous page."""
        ...

    async def among(self, user_id: str, user_ids: list[str]) -> set[str]: ...


class BlockNews(Protocol):
    async def blocks_changed(self, user_id: str, other_id: str) -> None:
        """Publishes, after the commit, that the two users may no longer see each other's presence,
        or may see it again. It is delivered at most once."""
        ...

    async def notifications_read(self, user_id: str, ids: list[str], up_to: str | None) -> None: ...

    async def parted(self, room_id: str) -> None:
        """Publishes, after the commit, that typing in the direct room of the two has ended. It is
        delivered at most once."""
        ...


class Blocks:
    def __init__(self, store: BlockStore, news: BlockNews) -> None:
        self._store = store
        self._news = news

    async def block(self, user_id: str, blocked_id: str) -> None:
        """Blocks a user. Idempotent. Raises ``Invalid`` for the user's own id, and ``NotFound`` for
        a user who does not exist."""
        await self._check(user_id, blocked_id)
        added = await self._store.add_block(user_id, blocked_id)
        if added is None:
            return
        if added.room_id:
            await self._news.parted(added.room_id)
        await self._news.blocks_changed(user_id, blocked_id)
        for invited_id, ids in added.hidden.items():
            await self._news.notifications_read(invited_id, ids, None)

    async def unblock(self, user_id: str, blocked_id: str) -> None:
        """Unblocks a user. Idempotent, with the same errors as ``block``."""
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
