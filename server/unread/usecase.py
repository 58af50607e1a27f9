"""Unread counts. They are always computed from read marks and messages, so they cannot drift."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from server.unread.entity import RoomUnread, Unread


class UnreadStore(Protocol):
    """Counts unread messages; it changes nothing. Users without any are left out. All methods raise
    ``Unavailable`` when the database cannot be reached."""

    async def by_room(self, user_id: str) -> dict[str, int]: ...

    async def mentions(self, user_ids: list[str]) -> dict[str, int]: ...

    async def read_totals(self, user_ids: list[str]) -> dict[str, int]: ...

    async def marks(
        self, room_id: str, user_ids: list[str]
    ) -> tuple[int, dict[str, tuple[int, int]]]:
        """The room's version, and (last_read_seq, unread_count) by user id, of those of the users
        who are or were members."""
        ...


class UnreadCounts:
    def __init__(self, store: UnreadStore) -> None:
        self._store = store

    async def summary(self, user_id: str) -> Unread:
        rooms = await self._store.by_room(user_id)
        mentions = await self._store.mentions([user_id])
        return Unread(sum(rooms.values()), mentions.get(user_id, 0), rooms)

    async def in_room(self, room_id: str, user_ids: Iterable[str]) -> dict[str, RoomUnread]:
        """The unread count of one room for each of several users. The number of statements does not
        grow with the number of users."""
        wanted = list(user_ids)
        version, marks = await self._store.marks(room_id, wanted)
        totals = await self._store.read_totals(wanted)
        mentions = await self._store.mentions(wanted)
        found = {}
        for user_id in wanted:
            last_read_seq, unread_count = marks.get(user_id, (0, 0))
            found[user_id] = RoomUnread(
                room_id=room_id,
                version=version,
                last_read_seq=last_read_seq,
                unread_count=unread_count,
                total=totals.get(user_id, 0),
                mentions=mentions.get(user_id, 0),
            )
        return found
