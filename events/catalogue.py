"""What sockets are told, and what acks carry: a type for each, of which the first lines say when.

The AsyncAPI description is made of these; the tests hold every event that they hear against it.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from server.auth.entity import User
from server.history.entity import Message
from server.messages.entity import MessageUpdated
from server.notifications.entity import Notification
from server.presence.entity import Presence, PresenceStatus
from server.rooms.entity import Member, Room, RoomMe
from server.rooms.outcomes import Reason
from server.unread.entity import RoomUnread

Goodbye = Literal["token_expired", "unauthenticated", "draining", "overloaded"]
Gone = Literal["left", "removed", "deleted"]


class RoomEvent(Struct, frozen=True, kw_only=True):
    room_id: str


class Change(RoomEvent, frozen=True, kw_only=True):
    """A durable change of a room: ``version`` is the room's after it."""

    version: int


class MessageCreated(Change, frozen=True, kw_only=True):
    """Somebody has sent a message."""

    message: Message


class MemberJoined(Change, frozen=True, kw_only=True):
    """Somebody got into a room. ``message`` is the system message that stands in the history."""

    member: Member
    actor_id: str
    message: Message


class MemberLeft(Change, frozen=True, kw_only=True):
    """Somebody got out of a room. ``message`` is the system message that stands in the history."""

    user_id: str
    actor_id: str
    reason: Reason
    message: Message


class MemberUpdated(Change, frozen=True, kw_only=True):
    """Somebody has another role."""

    member: Member


class RoomUpdated(Change, frozen=True, kw_only=True):
    """Name, topic, avatar or visibility changed. ``room.me`` and ``room.peer`` are null."""

    room: Room
    message: Message | None


class RoomJoined(Struct, frozen=True):
    """Oneself got into a room: a fresh start of it."""

    room: Room


class RoomLeft(Change, frozen=True, kw_only=True):
    """Oneself got out of a room."""

    reason: Gone


class RoomMeChanged(RoomEvent, frozen=True, kw_only=True):
    """One's own notify or mute of a room changed, on any device."""

    me: RoomMe


class Read(RoomEvent, frozen=True, kw_only=True):
    """Somebody has read further."""

    user_id: str
    last_read_seq: int


class TypingChanged(RoomEvent, frozen=True, kw_only=True):
    """Somebody types, or has stopped."""

    user_id: str
    typing: bool


class PresenceChanged(Struct, frozen=True, kw_only=True):
    """A watched user came, went, or was away too long."""

    user_id: str
    status: PresenceStatus
    last_seen_at: str | None


class UserUpdated(Struct, frozen=True):
    """Somebody whom one shares a room with, or watches, has changed their profile."""

    user: User


class AuthExpiring(Struct, frozen=True):
    """The access token ends in a minute: call ``refresh_auth``."""

    expires_at: str


class Closing(Struct, frozen=True):
    """The server is about to disconnect, and why. ``retry_after`` is in seconds."""

    code: Goodbye
    retry_after: int | None


class Resync(Struct, frozen=True):
    """The server may have missed something: call ``sync``."""


class Notified(Struct, frozen=True):
    """One was mentioned, replied to, written to, reacted to, added or invited to a group. At most
    10 a second; then one ``unread`` tells that there is more to list."""

    notification: Notification


class NotificationsRead(Struct, frozen=True, kw_only=True):
    """One's notifications were read, on any device, or are no more: these, or all up to that
    time."""

    ids: list[str] | None
    up_to: str | None


COMMON: dict[str, type[Struct]] = {"auth_expiring": AuthExpiring, "closing": Closing}

ROOMS_TOLD: dict[str, type[Struct]] = {
    "message_created": MessageCreated,
    "message_updated": MessageUpdated,
    "member_joined": MemberJoined,
    "member_left": MemberLeft,
    "member_updated": MemberUpdated,
    "room_updated": RoomUpdated,
    "room_joined": RoomJoined,
    "room_left": RoomLeft,
    "room_me": RoomMeChanged,
    "read": Read,
    "typing": TypingChanged,
    "presence": PresenceChanged,
    "user_updated": UserUpdated,
    **COMMON,
    "resync": Resync,
}

NOTIFICATIONS_TOLD: dict[str, type[Struct]] = {
    "notification": Notified,
    "notifications_read": NotificationsRead,
    "unread": RoomUnread,
    **COMMON,
}


# --- Acks ---


class RoomAck(Struct, frozen=True):
    room: Room


class MembersAck(Struct, frozen=True):
    """Those who are new."""

    members: list[Member]


class MemberAck(Struct, frozen=True):
    member: Member


class HistoryAck(Struct, frozen=True):
    """``version`` is the room's from just before the messages were read."""

    messages: list[Message]
    has_more: bool
    version: int


class MessageAck(Struct, frozen=True):
    message: Message


class PresenceAck(Struct, frozen=True):
    """By user id."""

    presence: dict[str, Presence]


class AuthAck(Struct, frozen=True):
    expires_at: str
