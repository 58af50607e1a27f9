"""What happened, told to whom it concerns: entity → wire → recipients.

Two ways out. An *event* goes to the sockets of a room, on every node. A *signal* goes to every
node, which does the rest for its own sockets (see signals.py).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Protocol

from msgspec import structs

from events import catalogue
from events.catalogue import Change
from events.connections import ROOMS, room_name
from server.auth.entity import User
from server.history.entity import Message
from server.kernel import wire
from server.messages.entity import MessageUpdated, ReadMark
from server.notifications import noting
from server.rooms.changes import MemberJoined, RoomCreated, RoomUpdated, SeatLeft
from server.rooms.entity import Member, RoomMe


class Manager(Protocol):
    async def emit(self, event: str, data: Any, namespace: str, **options: Any) -> None: ...
    async def signal(self, name: str, data: dict[str, Any]) -> None: ...


class Publisher:
    """The news of rooms and messages, of sessions, of typing and of presence."""

    def __init__(self, manager: Manager) -> None:
        self._manager = manager
        # Called when this node has stored a message, and with it the pushes that it causes.
        self.on_message: Callable[[], None] = lambda: None
        # Called with those of whom it has stored a notification.
        self.on_notified: Callable[[list[str]], Awaitable[None]] = _nothing

    async def message_created(self, message: Message) -> None:
        self.on_message()
        await self._tell(
            "message_created",
            catalogue.MessageCreated(
                room_id=message.room_id, version=message.version, message=message
            ),
        )

    async def message_updated(self, change: MessageUpdated) -> None:
        await self._tell("message_updated", change)

    async def room_created(self, change: RoomCreated) -> None:
        room = next(iter(change.rooms.values()), None)
        if room is None:
            return
        if room.kind == "direct":
            for user_id, seen in change.rooms.items():
                await self._joined(user_id, seen.version, seen)
            return
        # Once for all: its last message names everybody.
        seats = {user_id: wire.plain(seen.me) for user_id, seen in change.rooms.items()}
        data = {"room": wire.plain(structs.replace(room, me=None)), "seats": seats}
        await self._manager.signal("created", data)
        added = [user_id for user_id in change.rooms if user_id != room.created_by]
        # The first version of a group is its creation.
        await self.notified(change.room_id, noting.added_cause(change.room_id, 1), added, None)

    async def member_joined(self, change: MemberJoined) -> None:
        # First their own sockets come in, which hear of the room as a whole.
        if change.room:
            await self._joined(change.member.user.id, change.version, change.room)
        await self._tell(
            "member_joined",
            catalogue.MemberJoined(
                room_id=change.room_id,
                version=change.version,
                member=change.member,
                actor_id=change.actor_id,
                message=change.message,
            ),
        )
        if change.room and change.actor_id != change.member.user.id:
            cause = noting.added_cause(change.room_id, change.version)
            await self.notified(change.room_id, cause, [change.member.user.id], None)

    async def member_left(self, change: SeatLeft) -> None:
        # First their own sockets go out, so that they hear nothing later than room_left.
        await self._manager.signal(
            "left",
            {
                "user_id": change.user_id,
                "room_id": change.room_id,
                "version": change.version,
                "reason": change.reason,
            },
        )
        if not change.empty:
            await self._tell(
                "member_left",
                catalogue.MemberLeft(
                    room_id=change.room_id,
                    version=change.version,
                    user_id=change.user_id,
                    actor_id=change.actor_id,
                    reason=change.reason,
                    message=change.message,
                ),
            )

    async def member_updated(self, room_id: str, version: int, member: Member) -> None:
        await self._tell(
            "member_updated",
            catalogue.MemberUpdated(room_id=room_id, version=version, member=member),
        )

    async def room_updated(self, change: RoomUpdated) -> None:
        await self._tell(
            "room_updated",
            catalogue.RoomUpdated(
                room_id=change.room_id,
                version=change.version,
                room=change.room,
                message=change.message,
            ),
        )

    async def room_deleted(self, room_id: str, version: int) -> None:
        await self._manager.signal("room_deleted", {"room_id": room_id, "version": version})

    async def read(self, room_id: str, user_id: str, mark: ReadMark) -> None:
        await self._manager.signal(
            "read", {"room_id": room_id, "user_id": user_id, "last_read_seq": mark.last_read_seq}
        )

    async def room_me(self, room_id: str, user_id: str, me: RoomMe) -> None:
        data = {"room_id": room_id, "user_id": user_id, "me": wire.plain(me)}
        await self._manager.signal("room_me", data)

    async def notified(
        self, room_id: str, cause: str, user_ids: list[str], everyone: int | None
    ) -> None:
        """``everyone``: the seq of a message to the whole room."""
        self.on_message()
        await self.on_notified(user_ids)
        await self._manager.signal(
            "notified",
            {"room_id": room_id, "cause": cause, "user_ids": user_ids, "everyone": everyone},
        )

    async def notifications_read(
        self, user_id: str, ids: list[str] | None, up_to: str | None
    ) -> None:
        await self._manager.signal(
            "notifications_read", {"user_id": user_id, "ids": ids, "up_to": up_to}
        )

    async def typing(self, room_id: str, user_id: str, device: str, typing: bool) -> None:
        await self._manager.signal(
            "typing", {"room_id": room_id, "user_id": user_id, "device": device, "typing": typing}
        )

    async def presence(self, user_id: str) -> None:
        await self._manager.signal("presence", {"user_id": user_id})

    async def blocks_changed(self, user_id: str, other_id: str) -> None:
        await self._manager.signal("blocks", {"user_id": user_id, "other_id": other_id})

    async def parted(self, room_id: str) -> None:
        """The two of a direct room."""
        await self._manager.signal("parted", {"room_id": room_id})

    async def user_updated(self, user: User, room_ids: list[str]) -> None:
        await self._manager.signal("user_updated", {"user": wire.plain(user), "room_ids": room_ids})

    async def revoked(self, session_ids: Iterable[str]) -> None:
        await self._manager.signal("revoked", {"session_ids": list(session_ids)})

    async def _joined(self, user_id: str, version: int, room: Any) -> None:
        data = {"user_id": user_id, "room_id": room.id, "version": version}
        await self._manager.signal("joined", data | {"room": wire.plain(room)})

    async def _tell(self, event: str, change: Change | MessageUpdated) -> None:
        data, name = wire.plain(change), room_name(change.room_id)
        await self._manager.emit(event, data, ROOMS, room=name)


async def _nothing(user_ids: list[str]) -> None:
    return
