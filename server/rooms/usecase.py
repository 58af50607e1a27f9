"""The use cases of rooms. HTTP and sockets call the same methods."""

from __future__ import annotations

from msgspec import UNSET, Struct

from server.auth.rules import display_key
from server.kernel import audit, wire
from server.kernel.database import escape_like
from server.kernel.errors import Forbidden, NotFound
from server.kernel.wire import Id, Page, PageQuery
from server.rooms.creation import RoomCreation
from server.rooms.entity import Access, Member, Role, Room, RoomMe
from server.rooms.outcomes import (
    Admitted,
    UpdateTold,
)
from server.rooms.payloads import (
    CreateRoom,
    MembersQuery,
    PublicQuery,
    RoomChanges,
    RoomMeChanges,
    checked_room_name,
    checked_room_topic,
    moment,
    room_name_key,
)
from server.rooms.ports import (
    RoomAvatars,
    RoomBlocks,
    RoomNews,
    RoomPeople,
    RoomsMake,
    RoomsRead,
    RoomsWrite,
    SeatRates,
)
from server.rooms.rules import leads, seen_blocked
from server.rooms.telling import RoomTelling
from server.rooms.users import RoomUsers

# How many members ``details`` returns with the room.
FIRST_MEMBERS = 100


class RoomDetails(Struct, frozen=True):
    room: Room
    members: list[Member]


class Rooms:
    def __init__(
        self,
        *,
        reader: RoomsRead,
        maker: RoomsMake,
        writer: RoomsWrite,
        people: RoomPeople,
        news: RoomNews,
        avatars: RoomAvatars,
        blocks: RoomBlocks,
        seats: SeatRates,
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._seats = seats
        self._users = RoomUsers(people)
        self._creation = RoomCreation(maker, self._users, seats)
        self._telling = RoomTelling(reader, self._users, news)
        self._news = news
        self._avatars = avatars
        self._blocks = blocks

    async def access(self, room_id: str, user_id: str) -> Access:
        """The member's access to a room. Raises ``NotFound`` if the user is not a member."""
        access = await self._reader.access(room_id, user_id)
        if access is None:
            raise NotFound()
        return access

    async def get_room(self, room_id: str, user_id: str) -> Room:
        found = await self._reader.find_room(room_id, user_id)
        if found is None:
            raise NotFound()
        return (await self._users.with_peers([found], user_id))[0]

    async def details(self, room_id: str, user_id: str) -> RoomDetails:
        room = await self.get_room(room_id, user_id)
        if room.me is None:
            return RoomDetails(room, [])
        found = await self._reader.members(room_id, FIRST_MEMBERS, 0)
        seats = [seat for seat, _ in found]
        if room.peer and await self._blocks.among(user_id, [room.peer.id]):
            seats = seen_blocked(seats, user_id)
        return RoomDetails(room, await self._users.members(seats))

    async def list_rooms(self, user_id: str, query: PageQuery) -> Page[Room]:
        limit = query.size
        after = wire.read_cursor(query.cursor, int, Id)
        found = await self._reader.mine(user_id, limit + 1, after)
        rooms = await self._users.with_peers(
            [(room, key) for room, key, _ in found[:limit]], user_id
        )
        kept = wire.fitting(rooms)
        more = len(found) > kept
        last = wire.make_cursor(found[kept - 1][2], rooms[kept - 1].id) if more else None
        return Page(rooms[:kept], more, last)

    async def list_public(self, user_id: str, query: PublicQuery) -> Page[Room]:
        limit = query.size
        after = wire.read_cursor(query.cursor, str, Id)
        like = escape_like(room_name_key(query.q or "")) + "%"
        found = await self._reader.list_public_rooms(user_id, like, limit + 1, after)
        page = found[:limit]
        more = len(found) > limit
        last = wire.make_cursor(page[-1][1], page[-1][0].id) if more else None
        return Page([room for room, _ in page], more, last)

    async def list_members(self, room_id: str, user_id: str, query: MembersQuery) -> Page[Member]:
        access = await self.access(room_id, user_id)
        if key := display_key(query.q or "").lstrip("@ "):
            return await self._find_members(room_id, user_id, key, query, access.blocked)
        limit = query.size
        after = (wire.read_cursor(query.cursor, int) or (0,))[0]
        found = await self._reader.members(room_id, limit + 1, after)
        page = found[:limit]
        more = len(found) > limit
        seats = [seat for seat, _ in page]
        members = await self._users.members(
            seen_blocked(seats, user_id) if access.blocked else seats
        )
        return Page(members, more, wire.make_cursor(page[-1][1]) if more else None)

    async def _find_members(
        self, room_id: str, user_id: str, key: str, query: MembersQuery, blocked: bool
    ) -> Page[Member]:
        after = wire.read_cursor(query.cursor, int, str) or (0, "")
        found = await self._reader.find_members(room_id, key, query.size + 1, (after[0], after[1]))
        page = found[: query.size]
        seats = [seat for seat, _ in page]
        members = await self._users.members(seen_blocked(seats, user_id) if blocked else seats)
        more = len(found) > query.size
        return Page(members, more, wire.make_cursor(*page[-1][1]) if more else None)

    async def create_room(self, user_id: str, wanted: CreateRoom) -> tuple[Room, bool]:
        """The room, and whether it is new."""
        direct = wanted.kind == "direct"
        creation = self._creation
        made = await (creation.create_direct if direct else creation.create_group)(user_id, wanted)
        if made.new:
            await self._telling.tell_created(made.room_id)
            await self._telling.tell_invited(made.room_id, made.invited, made.withdrawn)
        return await self.get_room(made.room_id, user_id), made.new

    async def join_room(self, room_id: str, user_id: str) -> Room:
        """Adds the user to a public group, or to a group that the user is invited to, and publishes
        it. Changes nothing if the user is a member already. Raises ``NotFound`` if the user may not
        see the room."""
        door = await self._reader.door(room_id, user_id)
        if door is None:
            raise NotFound()
        if door == "open":
            await self._seats.take_seats(user_id, 1)
            await self._telling.tell_admitted(
                room_id, await self._writer.join_room(room_id, user_id)
            )
        return await self.get_room(room_id, user_id)

    async def decline_invitation(self, room_id: str, user_id: str) -> None:
        """Declines the user's invitation into a room. Raises ``NotFound`` if there is none."""
        await self._telling.tell_withdrawn(await self._writer.decline_invitation(room_id, user_id))

    async def add_members(self, room_id: str, actor_id: str, user_ids: list[str]) -> list[Member]:
        """Adds users to a group, invites those whose preferences do not let the actor add them, and
        returns the new members."""
        await self.access(room_id, actor_id)
        wanted = list(dict.fromkeys(user_ids))
        await self._seats.take_seats(actor_id, len(wanted))
        await self._users.check_known(wanted, "user_ids")
        admitted = await self._writer.add_members(room_id, actor_id, wanted)
        return await self._telling.tell_admitted(room_id, admitted)

    async def tell_admitted(self, room_id: str, admitted: Admitted) -> list[Member]:
        return await self._telling.tell_admitted(room_id, admitted)

    async def leave_room(self, room_id: str, user_id: str) -> None:
        await self.remove_member(room_id, user_id, user_id)

    async def remove_member(self, room_id: str, actor_id: str, user_id: str) -> None:
        await self.access(room_id, actor_id)
        handed, left = await self._writer.remove_member(room_id, actor_id, user_id)
        # This event comes first because it needs nothing more from the database: a failed read
        # would otherwise lose it.
        await self._news.member_left(left)
        if left.empty:
            audit.note("room_deleted", room_id=room_id)
        await self._telling.tell_withdrawn(left.withdrawn)
        if handed:
            heir = handed.seat.user_id
            audit.note("owner_changed", user_id=actor_id, room_id=room_id, target_id=heir)
            await self._telling.tell_changed(handed)

    async def set_role(self, room_id: str, actor_id: str, user_id: str, role: Role) -> Member:
        await self.access(room_id, actor_id)
        changed, new = await self._writer.set_role(room_id, actor_id, user_id, role)
        if new:
            audit.note(
                "role_changed", user_id=actor_id, room_id=room_id, target_id=user_id, role=role
            )
            return await self._telling.tell_changed(changed)
        return (await self._users.members([changed.seat]))[0]

    async def update_room(self, room_id: str, actor_id: str, changes: RoomChanges) -> Room:
        access = await self.access(room_id, actor_id)
        values: dict[str, str | None] = {}
        if changes.name is not UNSET:
            values["name"] = checked_room_name(changes.name)
        if changes.topic is not UNSET:
            values["topic"] = checked_room_topic(changes.topic)
        if changes.visibility is not UNSET:
            values["visibility"] = changes.visibility
        if changes.avatar_id is not UNSET:
            values["avatar_url"] = await self._make_avatar(access, changes.avatar_id)
        try:
            updated = await self._writer.update_room(room_id, actor_id, values)
        except BaseException:
            await self._avatars.drop_avatar(values.get("avatar_url"))
            raise
        plain = await self._reader.plain(room_id) if updated else None
        if updated and plain:
            version, message, _ = updated
            await self._news.room_updated(UpdateTold(room_id, version, plain, message))
        if updated and "avatar_url" in values:
            await self._avatars.drop_avatar(updated[2])
        return await self.get_room(room_id, actor_id)

    async def _make_avatar(self, access: Access, attachment_id: str | None) -> str | None:
        """Makes the room's avatar, if the user may change the room. The role is checked again later
        under the room's lock; this first check keeps other users from making the server decode
        images."""
        if attachment_id is None:
            return None
        if not leads(access.kind, access.role):
            raise Forbidden()
        return await self._avatars.make_avatar(attachment_id, access.user_id)

    async def delete_room(self, room_id: str, actor_id: str) -> None:
        await self.access(room_id, actor_id)
        room = await self._reader.plain(room_id)
        version, withdrawn = await self._writer.delete_room(room_id, actor_id)
        audit.note("room_deleted", user_id=actor_id, room_id=room_id)
        await self._news.room_deleted(room_id, version)
        await self._telling.tell_withdrawn(withdrawn)
        await self._avatars.drop_avatar(room.avatar_url if room else None)

    async def set_me(self, room_id: str, user_id: str, changes: RoomMeChanges) -> RoomMe:
        """Changes the user's own settings in a room. They concern no other user, so the room's
        version does not change."""
        await self.access(room_id, user_id)
        values: dict[str, str | int | None] = {}
        if changes.notify is not UNSET:
            values["notify"] = changes.notify
        if changes.muted_until is not UNSET:
            values["muted_until"] = moment(changes.muted_until)
        changed = await self._writer.set_me(room_id, user_id, values)
        me = (await self.get_room(room_id, user_id)).me
        if me is None:
            # The user has left this public room in the meantime.
            raise NotFound()
        if changed:
            await self._news.room_me(room_id, user_id, me)
        return me
