"""The use cases of rooms. HTTP and sockets call the same methods."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import UNSET, Struct, structs

from server.auth.rules import display_key
from server.kernel import audit, wire
from server.kernel.database import escape_like
from server.kernel.errors import Forbidden, Invalid, NotFound
from server.kernel.ids import peer_id
from server.kernel.wire import Id, Page, PageQuery
from server.notifications import recording
from server.notifications.entity import Withdrawn
from server.rooms.entity import Access, Member, Role, Room, RoomMe
from server.rooms.outcomes import (
    Admitted,
    Created,
    JoinTold,
    RoomCreated,
    Seat,
    SeatChanged,
    SeatTaken,
    UpdateTold,
)
from server.rooms.payloads import (
    MOST_FIRST_MEMBERS,
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
        self._maker = maker
        self._writer = writer
        self._seats = seats
        self._people = people
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
        return (await self._with_peers([found], user_id))[0]

    async def details(self, room_id: str, user_id: str) -> RoomDetails:
        room = await self.get_room(room_id, user_id)
        if room.me is None:
            return RoomDetails(room, [])
        found = await self._reader.members(room_id, FIRST_MEMBERS, 0)
        seats = [seat for seat, _ in found]
        if room.peer and await self._blocks.among(user_id, [room.peer.id]):
            seats = seen_blocked(seats, user_id)
        return RoomDetails(room, await self._members(seats))

    async def list_rooms(self, user_id: str, query: PageQuery) -> Page[Room]:
        limit = query.size
        after = wire.read_cursor(query.cursor, int, Id)
        found = await self._reader.mine(user_id, limit + 1, after)
        rooms = await self._with_peers([(room, key) for room, key, _ in found[:limit]], user_id)
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
        members = await self._members(seen_blocked(seats, user_id) if access.blocked else seats)
        return Page(members, more, wire.make_cursor(page[-1][1]) if more else None)

    async def _find_members(
        self, room_id: str, user_id: str, key: str, query: MembersQuery, blocked: bool
    ) -> Page[Member]:
        after = wire.read_cursor(query.cursor, int, str) or (0, "")
        found = await self._reader.find_members(room_id, key, query.size + 1, (after[0], after[1]))
        page = found[: query.size]
        seats = [seat for seat, _ in page]
        members = await self._members(seen_blocked(seats, user_id) if blocked else seats)
        more = len(found) > query.size
        return Page(members, more, wire.make_cursor(*page[-1][1]) if more else None)

    async def create_room(self, user_id: str, wanted: CreateRoom) -> tuple[Room, bool]:
        """The room, and whether it is new."""
        direct = wanted.kind == "direct"
        made = await (self._create_direct if direct else self._create_group)(user_id, wanted)
        if made.new:
            await self._tell_created(made.room_id)
            await self._tell_invited(made.room_id, made.invited, made.withdrawn)
        return await self.get_room(made.room_id, user_id), made.new

    async def _create_direct(self, user_id: str, wanted: CreateRoom) -> Created:
        for name in ("name", "topic", "visibility", "member_ids", "client_id"):
            if getattr(wanted, name) is not None:
                raise Invalid(f"{name} is not allowed in a direct room.", field=name)
        if wanted.user_id is None:
            raise Invalid("user_id is required.", field="user_id")
        if wanted.user_id == user_id:
            raise Invalid("user_id must be another user.", field="user_id")
        await self._known([wanted.user_id], "user_id")
        if found := await self._maker.find_direct(user_id, wanted.user_id):
            return Created(found, new=False)
        await self._seats.take_seats(user_id, 2)
        return await self._maker.create_direct(user_id, wanted.user_id)

    async def _create_group(self, user_id: str, wanted: CreateRoom) -> Created:
        if wanted.user_id is not None:
            raise Invalid("user_id is not allowed in a group: use member_ids.", field="user_id")
        name = checked_room_name(wanted.name)
        member_ids = [m for m in dict.fromkeys(wanted.member_ids or []) if m != user_id]
        topic = checked_room_topic(wanted.topic)
        if wanted.client_id and (found := await self._maker.find_made(user_id, wanted.client_id)):
            return Created(found, new=False)
        await self._seats.take_seats(user_id, 1 + len(member_ids))
        await self._known(member_ids, "member_ids")
        return await self._maker.create_group(
            user_id,
            member_ids,
            wanted.client_id,
            name=name,
            name_key=room_name_key(name),
            topic=topic,
            visibility=wanted.visibility or "private",
        )

    async def _tell_created(self, room_id: str) -> None:
        seats = await self._reader.members(room_id, MOST_FIRST_MEMBERS + 1, 0)
        user_ids = [seat.user_id for seat, _ in seats]
        rooms = await self._reader.seen_by(room_id, user_ids)
        if any(room.kind == "direct" for room in rooms.values()):
            users = await self._people.find_users(user_ids)
            rooms = {
                me: structs.replace(room, peer=next(users[u] for u in user_ids if u != me))
                for me, room in rooms.items()
            }
        await self._news.room_created(RoomCreated(room_id, rooms))

    async def _tell_invited(
        self, room_id: str, invited: list[str], withdrawn: list[Withdrawn]
    ) -> None:
        await self._tell_withdrawn(withdrawn)
        if invited:
            cause = recording.invitation_cause(room_id)
            await self._news.notified(room_id, cause, invited, None)

    async def _tell_withdrawn(self, withdrawn: list[Withdrawn]) -> None:
        for each in withdrawn:
            await self._news.notifications_read(each.user_id, [each.notification_id], None)

    async def join_room(self, room_id: str, user_id: str) -> Room:
        """Adds the user to a public group, or to a group that the user is invited to, and publishes
        it. Changes nothing if the user is a member already. Raises ``NotFound`` if the user may not
        see the room."""
        door = await self._reader.door(room_id, user_id)
        if door is None:
            raise NotFound()
        if door == "open":
            await self._seats.take_seats(user_id, 1)
            await self.tell_admitted(room_id, await self._writer.join_room(room_id, user_id))
        return await self.get_room(room_id, user_id)

    async def decline_invitation(self, room_id: str, user_id: str) -> None:
        """Declines the user's invitation into a room. Raises ``NotFound`` if there is none."""
        await self._tell_withdrawn(await self._writer.decline_invitation(room_id, user_id))

    async def add_members(self, room_id: str, actor_id: str, user_ids: list[str]) -> list[Member]:
        """Adds users to a group, invites those whose preferences do not let the actor add them, and
        returns the new members."""
        await self.access(room_id, actor_id)
        wanted = list(dict.fromkeys(user_ids))
        await self._seats.take_seats(actor_id, len(wanted))
        await self._known(wanted, "user_ids")
        admitted = await self._writer.add_members(room_id, actor_id, wanted)
        return await self.tell_admitted(room_id, admitted)

    async def tell_admitted(self, room_id: str, admitted: Admitted) -> list[Member]:
        members = await self._tell_joined(room_id, admitted.taken) if admitted.taken else []
        await self._tell_invited(room_id, admitted.invited, admitted.withdrawn)
        return members

    async def _tell_joined(self, room_id: str, taken: list[SeatTaken]) -> list[Member]:
        rooms = await self._reader.seen_by(room_id, [each.seat.user_id for each in taken])
        members = await self._members([each.seat for each in taken])
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
                )
            )
        return members

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
        await self._tell_withdrawn(left.withdrawn)
        if handed:
            heir = handed.seat.user_id
            audit.note("owner_changed", user_id=actor_id, room_id=room_id, target_id=heir)
            await self._tell_changed(handed)

    async def set_role(self, room_id: str, actor_id: str, user_id: str, role: Role) -> Member:
        await self.access(room_id, actor_id)
        changed, new = await self._writer.set_role(room_id, actor_id, user_id, role)
        if new:
            audit.note(
                "role_changed", user_id=actor_id, room_id=room_id, target_id=user_id, role=role
            )
            return await self._tell_changed(changed)
        return (await self._members([changed.seat]))[0]

    async def _tell_changed(self, changed: SeatChanged) -> Member:
        member = (await self._members([changed.seat]))[0]
        await self._news.member_updated(changed.room_id, changed.version, member)
        return member

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
        await self._tell_withdrawn(withdrawn)
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

    async def _known(self, user_ids: Iterable[str], field: str) -> None:
        wanted = list(user_ids)
        users = await self._people.find_users(wanted) if wanted else {}
        if any(i not in users or users[i].deleted for i in wanted):
            raise NotFound(field=field)

    async def _members(self, seats: Iterable[Seat]) -> list[Member]:
        found = list(seats)
        users = await self._people.find_users(seat.user_id for seat in found)
        return [seat.member(users[seat.user_id]) for seat in found]

    async def _with_peers(
        self, found: Iterable[tuple[Room, str | None]], user_id: str
    ) -> list[Room]:
        rooms = [room for room, _ in found]
        peer_of = {room.id: peer_id(key, user_id) for room, key in found if key}
        users = await self._people.find_users(peer_of.values()) if peer_of else {}
        return [
            structs.replace(room, peer=users[peer_of[room.id]]) if room.id in peer_of else room
            for room in rooms
        ]
