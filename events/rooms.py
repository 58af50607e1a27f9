"""The events of ``/rooms``: their payloads, and methods that call the use cases."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from events.catalogue import (
    AuthAck,
    HistoryAck,
    MemberAck,
    MembersAck,
    MessageAck,
    PresenceAck,
    RoomAck,
)
from events.connections import ROOMS, Client, Connections
from events.feeds import SMALL_ROOM
from events.gate import Gate
from events.namespace import Door
from events.presence import PresenceFeed
from events.publisher import Publisher
from server.kernel.clock import timestamp
from server.kernel.errors import Blocked
from server.kernel.wire import Count, Emoji, Id, Payload, Token
from server.messages.entity import ReadMark
from server.messages.queries import HistoryQuery
from server.messages.usecase import (
    Messages,
    MessageText,
    NewMessage,
    Sent,
    cost_of_text,
)
from server.rooms.entity import Role
from server.rooms.payloads import CreateRoom, RoomChanges, UserIds, cost_of_people
from server.rooms.usecase import RoomDetails, Rooms
from server.sync.entity import SyncAnswer
from server.sync.usecase import Sync, Synchronizer

MOST_WATCHED = 500


class InRoom(Payload):
    room_id: Id


class AddMembers(InRoom):
    user_ids: UserIds

    @property
    def cost(self) -> int:
        return cost_of_people(self.user_ids)


class OneMember(InRoom):
    user_id: Id


class SetRole(OneMember):
    role: Role


class UpdateRoom(RoomChanges, kw_only=True):
    room_id: Id


class GetMessages(HistoryQuery, kw_only=True):
    room_id: Id


class SendMessage(NewMessage, kw_only=True):
    room_id: Id


class OneMessage(InRoom):
    seq: Count


class EditMessage(OneMessage):
    text: MessageText

    @property
    def cost(self) -> int:
        return cost_of_text(self.text)


class React(OneMessage):
    emoji: Emoji
    on: bool


class PinMessage(OneMessage):
    on: bool


class Typing(InRoom):
    typing: bool


class WatchPresence(Payload):
    user_ids: Annotated[list[Id], Meta(max_length=MOST_WATCHED)]

    @property
    def cost(self) -> int:
        return 1 + len(self.user_ids) // 25


class RefreshAuth(Payload):
    token: Token


class RoomEvents(Door):
    def __init__(
        self,
        *,
        gate: Gate,
        connections: Connections,
        rooms: Rooms,
        messages: Messages,
        synchronizer: Synchronizer,
        presence: PresenceFeed,
        publisher: Publisher,
    ) -> None:
        super().__init__(ROOMS, gate)
        self._connections = connections
        self._rooms = rooms
        self._messages = messages
        self._synchronizer = synchronizer
        self._presence = presence
        self._publisher = publisher

    async def on_sync(self, client: Client, payload: Sync) -> SyncAnswer:
        """Returns what the client has missed. The payload says what the client has."""
        # The client's sockets enter all of its rooms, even if this node missed a signal about them.
        # So the client gets every event that follows the state returned here.
        await self._connections.load_rooms(client.user_id)
        return await self._synchronizer.sync(client.user_id, payload)

    async def on_create_room(self, client: Client, payload: CreateRoom) -> RoomAck:
        """Creates a room, as ``POST /rooms`` does."""
        room, _ = await self._rooms.create_room(client.user_id, payload)
        return RoomAck(room)

    async def on_join_room(self, client: Client, payload: InRoom) -> RoomAck:
        """Joins a public group, or one that you are invited to."""
        return RoomAck(await self._rooms.join_room(payload.room_id, client.user_id))

    async def on_leave_room(self, client: Client, payload: InRoom) -> None:
        """Leaves a group."""
        await self._rooms.leave_room(payload.room_id, client.user_id)

    async def on_add_members(self, client: Client, payload: AddMembers) -> MembersAck:
        """Adds members. Users who do not let you add them are invited instead."""
        members = await self._rooms.add_members(payload.room_id, client.user_id, payload.user_ids)
        return MembersAck(members)

    async def on_remove_member(self, client: Client, payload: OneMember) -> None:
        """Removes a member."""
        await self._rooms.remove_member(payload.room_id, client.user_id, payload.user_id)

    async def on_set_role(self, client: Client, payload: SetRole) -> MemberAck:
        """Sets a member's role."""
        member = await self._rooms.set_role(
            payload.room_id, client.user_id, payload.user_id, payload.role
        )
        return MemberAck(member)

    async def on_update_room(self, client: Client, payload: UpdateRoom) -> RoomAck:
        """Changes a room's name, topic, avatar or visibility."""
        return RoomAck(await self._rooms.update_room(payload.room_id, client.user_id, payload))

    async def on_get_room(self, client: Client, payload: InRoom) -> RoomDetails:
        """Returns a room with its first 100 members."""
        return await self._rooms.details(payload.room_id, client.user_id)

    async def on_get_messages(self, client: Client, payload: GetMessages) -> HistoryAck:
        """Returns a part of a room's history."""
        page = await self._messages.history(payload.room_id, client.user_id, payload)
        return HistoryAck(page.items, page.has_more, page.version)

    async def on_send_message(self, client: Client, payload: SendMessage) -> Sent:
        """Sends a message."""
        return await self._messages.send_message(payload.room_id, client.user_id, payload)

    async def on_edit_message(self, client: Client, payload: EditMessage) -> MessageAck:
        """Edits your own message."""
        message = await self._messages.edit_message(
            payload.room_id, payload.seq, client.user_id, payload.text
        )
        return MessageAck(message)

    async def on_delete_message(self, client: Client, payload: OneMessage) -> MessageAck:
        """Deletes your own message, or as an admin any message."""
        return MessageAck(
            await self._messages.delete_message(payload.room_id, payload.seq, client.user_id)
        )

    async def on_react(self, client: Client, payload: React) -> MessageAck:
        """Adds or removes your reaction to a message."""
        message = await self._messages.set_reaction(
            payload.room_id, payload.seq, client.user_id, payload.emoji, payload.on
        )
        return MessageAck(message)

    async def on_pin_message(self, client: Client, payload: PinMessage) -> MessageAck:
        """Pins or unpins a message."""
        message = await self._messages.pin_message(
            payload.room_id, payload.seq, client.user_id, payload.on
        )
        return MessageAck(message)

    async def on_mark_read(self, client: Client, payload: OneMessage) -> ReadMark:
        """Moves your read mark forward."""
        return await self._messages.mark_room_read(payload.room_id, client.user_id, payload.seq)

    async def on_typing(self, client: Client, payload: Typing) -> None:
        """Tells the others that you started or stopped typing. In a room of more than 100 members
        nobody is told."""
        access = await self._rooms.access(payload.room_id, client.user_id)
        if access.blocked:
            raise Blocked()
        if access.member_count <= SMALL_ROOM:
            await self._publisher.typing(
                payload.room_id, client.user_id, client.device, payload.typing
            )

    async def on_watch_presence(self, client: Client, payload: WatchPresence) -> PresenceAck:
        """Replaces the list of users whose presence you get."""
        return PresenceAck(await self._presence.watch(client, payload.user_ids))

    async def on_refresh_auth(self, client: Client, payload: RefreshAuth) -> AuthAck:
        """Gives the server a newer access token of the same session."""
        return AuthAck(timestamp(await self._gate.refresh(client, payload.token)))
