"""What the use cases of rooms tell after a commit: the events about rooms and members."""

from __future__ import annotations

from msgspec import structs

from server.notifications import recording
from server.notifications.entity import Withdrawn, ids_by_user
from server.rooms.entity import Member
from server.rooms.outcomes import Admitted, JoinTold, RoomCreated, SeatChanged, SeatTaken
from server.rooms.payloads import MOST_FIRST_MEMBERS
from server.rooms.ports import RoomNews, RoomsRead
from server.rooms.users import RoomUsers


class RoomTelling:
    """Nothing is stored here, so each event is published at most once. If the database cannot be
    read, the methods raise ``Unavailable``, and clients learn the change from ``sync``."""

    def __init__(self, reader: RoomsRead, users: RoomUsers, news: RoomNews) -> None:
        self._reader = reader
        self._users = users
        self._news = news

    async def tell_created(self, room_id: str) -> None:
        seats = await self._reader.members(room_id, MOST_FIRST_MEMBERS + 1, 0)
        user_ids = [seat.user_id for seat, _ in seats]
        rooms = await self._reader.seen_by(room_id, user_ids)
        if any(room.kind == "direct" for room in rooms.values()):
            users = await self._users.find_users(user_ids)
            rooms = {
                me: structs.replace(room, peer=next(users[u] for u in user_ids if u != me))
                for me, room in rooms.items()
            }
        await self._news.room_created(RoomCreated(room_id, rooms))

    async def tell_invited(
        self, room_id: str, invited: list[str], withdrawn: list[Withdrawn]
    ) -> None:
        await self.tell_withdrawn(withdrawn)
        if invited:
            cause = recording.invitation_cause(room_id)
            await self._news.notified(room_id, cause, invited, None)

    async def tell_withdrawn(self, withdrawn: list[Withdrawn]) -> None:
        for user_id, ids in ids_by_user(withdrawn).items():
            await self._news.notifications_read(user_id, ids, None)

    async def tell_admitted(self, room_id: str, admitted: Admitted) -> list[Member]:
        """Publishes who has joined and who is invited. Returns the new members."""
        members = await self._tell_joined(room_id, admitted.taken) if admitted.taken else []
        await self.tell_invited(room_id, admitted.invited, admitted.withdrawn)
        return members

    async def _tell_joined(self, room_id: str, taken: list[SeatTaken]) -> list[Member]:
        rooms = await self._reader.seen_by(room_id, [each.seat.user_id for each in taken])
        members = await self._users.members([each.seat for each in taken])
        for each, member in zip(taken, members, strict=True):
            # A user who has left again in the meantime gets no room. The event is published
            # all the same, so that the other members miss no version.
            room = rooms.get(member.user.id)
            await self._news.member_joined(
                JoinTold(
                    room_id=room_id,
                    version=each.version,
                    member=member,
                    actor_id=each.actor_id,
                    message=each.message,
                    room=room,
                    noted=each.noted,
                )
            )
        return members

    async def tell_changed(self, changed: SeatChanged) -> Member:
        member = (await self._users.members([changed.seat]))[0]
        await self._news.member_updated(changed.room_id, changed.version, member)
        return member
