"""The users of a room: those behind its seats, and the peer of a direct room."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import structs

from server.auth.entity import User
from server.kernel.errors import NotFound
from server.kernel.ids import peer_id
from server.rooms.entity import Member, Room
from server.rooms.outcomes import Seat
from server.rooms.ports import RoomPeople


class RoomUsers:
    def __init__(self, people: RoomPeople) -> None:
        self._people = people

    async def find_users(self, user_ids: Iterable[str]) -> dict[str, User]:
        return await self._people.find_users(user_ids)

    async def check_known(self, user_ids: Iterable[str], field: str) -> None:
        """Raises ``NotFound`` with the field unless all of these users exist."""
        wanted = list(user_ids)
        users = await self._people.find_users(wanted) if wanted else {}
        if any(i not in users or users[i].deleted for i in wanted):
            raise NotFound(field=field)

    async def members(self, seats: Iterable[Seat]) -> list[Member]:
        """The seats as clients see them, in the same order."""
        found = list(seats)
        users = await self._people.find_users(seat.user_id for seat in found)
        return [seat.member(users[seat.user_id]) for seat in found]

    async def with_peers(
        self, found: Iterable[tuple[Room, str | None]], user_id: str
    ) -> list[Room]:
        """The rooms, direct ones with the other user. Each room comes with its direct key."""
        rooms = [room for room, _ in found]
        peer_of = {room.id: peer_id(key, user_id) for room, key in found if key}
        users = await self._people.find_users(peer_of.values()) if peer_of else {}
        return [
            structs.replace(room, peer=users[peer_of[room.id]]) if room.id in peer_of else room
            for room in rooms
        ]
