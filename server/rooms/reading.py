"""The use case of who has read a message."""

from __future__ import annotations

from typing import Protocol

from server.kernel import wire
from server.kernel.errors import NotFound
from server.kernel.wire import PageQuery
from server.rooms.entity import Access, Readers
from server.rooms.outcomes import Seat
from server.rooms.ports import RoomPeople


class ReadersRead(Protocol):
    """Raises ``Unavailable`` when the database cannot be reached."""

    async def readers(
        self, room_id: str, seq: int, limit: int, after: int
    ) -> tuple[list[tuple[Seat, int]], int]:
        """The members who have read a message by somebody else that was sent after they came, each
        with their cursor, and how many they are in all."""
        ...


class ReadersAccess(Protocol):
    """A member's access to a room. Raises ``NotFound`` if the user is not a member."""

    async def access(self, room_id: str, user_id: str) -> Access: ...


class Reading:
    def __init__(self, reader: ReadersRead, rooms: ReadersAccess, people: RoomPeople) -> None:
        self._reader = reader
        self._rooms = rooms
        self._people = people

    async def list_readers(self, room_id: str, seq: int, user_id: str, query: PageQuery) -> Readers:
        """Who has read a message. Raises ``NotFound`` if there is no such message. In a direct room
        where either user has blocked the other, nobody is seen to have read anything."""
        access = await self._rooms.access(room_id, user_id)
        if not 1 <= seq <= access.last_seq:
            raise NotFound()
        after = (wire.read_cursor(query.cursor, int) or (0,))[0]
        if access.blocked:
            return Readers(0, [], False, None)
        limit = query.size
        found, count = await self._reader.readers(room_id, seq, limit + 1, after)
        page, more = found[:limit], len(found) > limit
        users = await self._people.find_users(seat.user_id for seat, _ in page)
        members = [seat.member(users[seat.user_id]) for seat, _ in page]
        return Readers(count, members, more, wire.make_cursor(page[-1][1]) if more else None)
