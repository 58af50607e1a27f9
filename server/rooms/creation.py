"""Creating rooms: what a caller may ask for, and which room they get if it exists already."""

from __future__ import annotations

from server.kernel.errors import Invalid
from server.rooms.outcomes import Created
from server.rooms.payloads import (
    CreateRoom,
    checked_room_name,
    checked_room_topic,
    room_name_key,
)
from server.rooms.ports import RoomsMake, SeatRates
from server.rooms.users import RoomUsers


class RoomCreation:
    """Both methods raise ``Invalid`` or ``NotFound`` with the wrong field, and ``RateLimited`` if
    the user has taken too many seats."""

    def __init__(self, maker: RoomsMake, users: RoomUsers, seats: SeatRates) -> None:
        self._maker = maker
        self._users = users
        self._seats = seats

    async def create_direct(self, user_id: str, wanted: CreateRoom) -> Created:
        for name in ("name", "topic", "visibility", "member_ids", "client_id"):
            if getattr(wanted, name) is not None:
                raise Invalid(f"{name} is not allowed in a direct room.", field=name)
        if wanted.user_id is None:
            raise Invalid("user_id is required.", field="user_id")
        if wanted.user_id == user_id:
            raise Invalid("user_id must be another user.", field="user_id")
        await self._users.check_known([wanted.user_id], "user_id")
        if found := await self._maker.find_direct(user_id, wanted.user_id):
            return Created(found, new=False)
        await self._seats.take_seats(user_id, 2)
        return await self._maker.create_direct(user_id, wanted.user_id)

    async def create_group(self, user_id: str, wanted: CreateRoom) -> Created:
        if wanted.user_id is not None:
            raise Invalid("user_id is not allowed in a group: use member_ids.", field="user_id")
        name = checked_room_name(wanted.name)
        member_ids = [m for m in dict.fromkeys(wanted.member_ids or []) if m != user_id]
        topic = checked_room_topic(wanted.topic)
        if wanted.client_id and (found := await self._maker.find_made(user_id, wanted.client_id)):
            return Created(found, new=False)
        await self._seats.take_seats(user_id, 1 + len(member_ids))
        await self._users.check_known(member_ids, "member_ids")
        return await self._maker.create_group(
            user_id,
            member_ids,
            wanted.client_id,
            name=name,
            name_key=room_name_key(name),
            topic=topic,
            visibility=wanted.visibility or "private",
        )
