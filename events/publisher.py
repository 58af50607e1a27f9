"""Tells clients and nodes what has happened.

There are two ways. An *event* goes to the sockets of a room on every node. A *signal* goes to the
nodes that it concerns, or to all, which then tell their own sockets (see signal_catalogue.py and
signals.py).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Protocol

from msgspec import structs

from events import catalogue
from events.catalogue import Change
from events.connections import ROOMS, socket_room
from events.signal_catalogue import (
    SIGNAL_NAMES,
    BlocksSignal,
    CreatedSignal,
    JoinedSignal,
    LeftSignal,
    NoticeEndedSignal,
    NotificationsReadSignal,
    NotifiedSignal,
    PartedSignal,
    PresenceSignal,
    ReadSignal,
    RevokedSignal,
    RoomDeletedSignal,
    RoomMeSignal,
    Signal,
    TypingSignal,
    UserUpdatedSignal,
)
from server.auth.entity import Ending, User
from server.history.entity import Message
from server.kernel import wire
from server.messages.entity import MessageUpdated, ReadMark
from server.notifications import recording
from server.rooms.entity import Member, Room, RoomMe
from server.rooms.outcomes import JoinTold, RoomCreated, SeatLeft, UpdateTold


class Manager(Protocol):
    """The part of a client manager that publishes (see ``server/backends/managers.py``).

    ``emit`` sends an event to the sockets of a room on all nodes, ``signal`` sends a signal to all
    nodes, this one included. Both keep the order of their calls on each node, never wait for other
    nodes, and do not raise if those cannot be reached.
    """

    async def emit(self, event: str, data: Any, namespace: str, **options: Any) -> None: ...
    async def signal(
        self, name: str, data: dict[str, Any], about: Iterable[str] | None = None
    ) -> None: ...


class Publisher:
    """Publishes changes of rooms, messages, sessions, typing and presence. A change is published
    after it has been stored.

    The methods return once the news was handed to the sockets of this node and queued for the other
    nodes. They do not raise if Redis is away. The order in which one node publishes is kept on all
    nodes. Each node usually gets the news once, but may get it twice or miss it (see
    ``RedisManager``): clients drop changes whose version they know, and sync after ``resync``.
    """

    def __init__(
        self,
        manager: Manager,
        *,
        wake_pushes: Callable[[], None],
        on_notified: Callable[[list[str]], Awaitable[None]],
    ) -> None:
        """``wake_pushes`` is called when this node has stored a message or notifications, and with
        them the pushes that they cause. ``on_notified`` is called with the ids of the users for
        whom this node has stored a notification."""
        self._manager = manager
        self._wake_pushes = wake_pushes
        self._on_notified = on_notified

    async def message_created(self, message: Message) -> None:
        self._wake_pushes()
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
        # One signal for all members: the system message of the new room names them all.
        seats = {user_id: seen.me for user_id, seen in change.rooms.items() if seen.me}
        await self._signal(CreatedSignal(room=structs.replace(room, me=None), seats=seats))
        added = [user_id for user_id in change.rooms if user_id != room.created_by]
        await self.notified(change.room_id, recording.added_cause(change.room_id), added, None)

    async def member_joined(self, change: JoinTold) -> None:
        # First the new member's own sockets enter the room; they get the whole room.
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
        if change.room and change.noted:
            cause = recording.added_cause(change.room_id)
            await self.notified(change.room_id, cause, [change.member.user.id], None)

    async def member_left(self, change: SeatLeft) -> None:
        # First the user's own sockets leave the room, so that they get nothing after room_left.
        await self._signal(
            LeftSignal(
                user_id=change.user_id,
                room_id=change.room_id,
                version=change.version,
                reason=change.reason,
            )
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

    async def room_updated(self, change: UpdateTold) -> None:
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
        await self._signal(RoomDeletedSignal(room_id=room_id, version=version))

    async def read_marked(self, room_id: str, user_id: str, mark: ReadMark) -> None:
        await self._signal(
            ReadSignal(room_id=room_id, user_id=user_id, last_read_seq=mark.last_read_seq),
            [room_id, user_id],
        )

    async def room_me(self, room_id: str, user_id: str, me: RoomMe) -> None:
        await self._signal(RoomMeSignal(room_id=room_id, user_id=user_id, me=me), [user_id])

    async def notified(
        self, room_id: str, cause: str, user_ids: list[str], everyone: int | None
    ) -> None:
        """Notifications were stored for ``user_ids``, or for all members if ``everyone`` is the seq
        of a message to the whole room."""
        self._wake_pushes()
        await self._on_notified(user_ids)
        await self._signal(
            NotifiedSignal(room_id=room_id, cause=cause, user_ids=user_ids, everyone=everyone),
            user_ids if everyone is None else [room_id, *user_ids],
        )

    async def notifications_read(
        self, user_id: str, ids: list[str] | None, up_to: str | None
    ) -> None:
        await self._signal(
            NotificationsReadSignal(user_id=user_id, ids=ids, up_to=up_to), [user_id]
        )

    async def notice_ended(self, room_id: str, notice_id: str) -> None:
        await self._signal(NoticeEndedSignal(room_id=room_id, notice_id=notice_id), [room_id])

    async def typing(self, room_id: str, user_id: str, device: str, typing: bool) -> None:
        await self._signal(
            TypingSignal(room_id=room_id, user_id=user_id, device=device, typing=typing), [room_id]
        )

    async def presence(self, user_id: str) -> None:
        await self._signal(PresenceSignal(user_id=user_id))

    async def blocks_changed(self, user_id: str, other_id: str) -> None:
        await self._signal(BlocksSignal(user_id=user_id, other_id=other_id))

    async def parted(self, room_id: str) -> None:
        """One member of a direct room has blocked the other."""
        await self._signal(PartedSignal(room_id=room_id), [room_id])

    async def user_updated(self, user: User, room_ids: list[str]) -> None:
        await self._signal(UserUpdatedSignal(user=user, room_ids=room_ids))

    async def revoked(self, session_ids: Iterable[str], why: Ending | None) -> None:
        await self._signal(RevokedSignal(session_ids=list(session_ids), why=why))

    async def _joined(self, user_id: str, version: int, room: Room) -> None:
        await self._signal(
            JoinedSignal(user_id=user_id, room_id=room.id, version=version, room=room)
        )

    async def _signal(self, signal: Signal, about: Iterable[str] | None = None) -> None:
        """Only nodes with users, or with members of rooms, among the ids ``about`` have to hear
        it; None: all nodes."""
        await self._manager.signal(SIGNAL_NAMES[type(signal)], wire.plain(signal), about)

    async def _tell(self, event: str, change: Change | MessageUpdated) -> None:
        room = socket_room(change.room_id)
        await self._manager.emit(event, change, ROOMS, room=room, about=[change.room_id])
