"""Rooms over HTTP."""

from __future__ import annotations

from server.kernel.caller import Identity
from server.kernel.errors import Blocked, Conflict
from server.kernel.routes import Reply, Route
from server.kernel.wire import Count, Id, Page, PageQuery, Payload
from server.rooms.entity import Member, Readers, Role, Room, RoomMe
from server.rooms.payloads import (
    CreateRoom,
    MembersQuery,
    PublicQuery,
    RoomChanges,
    RoomMeChanges,
    UserIds,
    cost_of_people,
)
from server.rooms.reading import Reading
from server.rooms.usecase import Rooms


class AddMembersBody(Payload):
    user_ids: UserIds

    @property
    def cost(self) -> int:
        return cost_of_people(self.user_ids)


class SetRoleBody(Payload):
    role: Role


class RoomRoutes:
    def __init__(self, rooms: Rooms, reading: Reading) -> None:
        self._rooms = rooms
        self._reading = reading

    def routes(self) -> list[Route]:
        member = "/rooms/{room_id}/members/{user_id}"
        return [
            Route("GET", "/rooms", self.list_rooms),
            Route(
                "POST",
                "/rooms",
                self.create_room,
                status=201,
                again=200,
                refuses=(Blocked, Conflict),
            ),
            Route("GET", "/rooms/public", self.list_public),
            Route("GET", "/rooms/{room_id}", self.get_room),
            Route("PATCH", "/rooms/{room_id}", self.update_room),
            Route("DELETE", "/rooms/{room_id}", self.delete_room),
            Route("POST", "/rooms/{room_id}/join", self.join_room, refuses=(Conflict,)),
            Route("DELETE", "/rooms/{room_id}/invitation", self.decline, status=204),
            Route("PATCH", "/rooms/{room_id}/me", self.set_me),
            Route("GET", "/rooms/{room_id}/members", self.list_members),
            Route(
                "POST",
                "/rooms/{room_id}/members",
                self.add_members,
                status=201,
                refuses=(Blocked, Conflict),
            ),
            Route("PATCH", member, self.set_role),
            Route("GET", "/rooms/{room_id}/messages/{seq}/readers", self.list_readers),
            Route("DELETE", member, self.remove_member),
        ]

    async def list_rooms(self, identity: Identity, query: PageQuery) -> Page[Room]:
        """Lists your rooms, the latest activity first."""
        return await self._rooms.list_rooms(identity.user_id, query)

    async def create_room(self, identity: Identity, body: CreateRoom) -> Reply[Room]:
        """Creates a group, or creates or finds a direct room."""
        room, new = await self._rooms.create_room(identity.user_id, body)
        return Reply(room, 201 if new else 200)

    async def list_public(self, identity: Identity, query: PublicQuery) -> Page[Room]:
        """Lists the public groups whose names begin with ``q``."""
        return await self._rooms.list_public(identity.user_id, query)

    async def get_room(self, identity: Identity, room_id: Id) -> Room:
        """Gets one room."""
        return await self._rooms.get_room(room_id, identity.user_id)

    async def update_room(self, identity: Identity, room_id: Id, body: RoomChanges) -> Room:
        """Changes a room's name, topic, avatar or visibility."""
        return await self._rooms.update_room(room_id, identity.user_id, body)

    async def delete_room(self, identity: Identity, room_id: Id) -> None:
        """Deletes the room for everybody."""
        await self._rooms.delete_room(room_id, identity.user_id)

    async def join_room(self, identity: Identity, room_id: Id) -> Room:
        """Joins a public group, or a group that you are invited to."""
        return await self._rooms.join_room(room_id, identity.user_id)

    async def decline(self, identity: Identity, room_id: Id) -> None:
        """Declines an invitation."""
        await self._rooms.decline_invitation(room_id, identity.user_id)

    async def set_me(self, identity: Identity, room_id: Id, body: RoomMeChanges) -> RoomMe:
        """Sets your own ``notify`` and ``muted_until`` in a room."""
        return await self._rooms.set_me(room_id, identity.user_id, body)

    async def list_members(
        self, identity: Identity, room_id: Id, query: MembersQuery
    ) -> Page[Member]:
        """Lists a room's members, or finds some of them by ``q``, the best match first."""
        return await self._rooms.list_members(room_id, identity.user_id, query)

    async def add_members(
        self, identity: Identity, room_id: Id, body: AddMembersBody
    ) -> Page[Member]:
        """Adds members; users whose preferences do not let you add them are invited instead."""
        members = await self._rooms.add_members(room_id, identity.user_id, body.user_ids)
        return Page(members, False, None)

    async def list_readers(
        self, identity: Identity, room_id: Id, seq: Count, query: PageQuery
    ) -> Readers:
        """Lists who has read a message, and how many have."""
        return await self._reading.list_readers(room_id, seq, identity.user_id, query)

    async def set_role(
        self, identity: Identity, room_id: Id, user_id: Id, body: SetRoleBody
    ) -> Member:
        """Sets a member's role."""
        return await self._rooms.set_role(room_id, identity.user_id, user_id, body.role)

    async def remove_member(self, identity: Identity, room_id: Id, user_id: Id) -> None:
        """Removes a member, or leaves the room when ``user_id`` is your own."""
        await self._rooms.remove_member(room_id, identity.user_id, user_id)
