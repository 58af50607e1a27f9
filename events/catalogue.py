"""The types of the events that sockets get, and of acks. The docstring of an event's type says when
it is sent.

The AsyncAPI description is generated from them, and the tests check every event they get against
that description.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from server.auth.entity import Ending, User
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
    """A stored change of a room. ``version`` is the room's version after the change."""

    version: int


class MessageCreated(Change, frozen=True, kw_only=True):
    """A message was sent. It moves its author's read mark to its ``seq``; no ``read`` follows."""

    message: Message


class MemberJoined(Change, frozen=True, kw_only=True):
    """A user became a member of a room. ``message`` is the system message in the history."""

    member: Member
    actor_id: str
    message: Message


class MemberLeft(Change, frozen=True, kw_only=True):
    """A user is no longer a member of a room. ``message`` is the system message in the history."""

    user_id: str
    actor_id: str
    reason: Reason
    message: Message


class MemberUpdated(Change, frozen=True, kw_only=True):
    """The role of a member changed."""

    member: Member


class RoomUpdated(Change, frozen=True, kw_only=True):
    """A room's name, topic, avatar or visibility changed. ``room.me`` and ``room.peer`` are null
    here."""

    room: Room
    message: Message | None


class RoomJoined(Struct, frozen=True):
    """You became a member of a room. Replace whatever you have stored of it."""

    room: Room


class RoomLeft(Change, frozen=True, kw_only=True):
    """You are no longer a member of a room."""

    reason: Gone


class RoomMeChanged(RoomEvent, frozen=True, kw_only=True):
    """You changed your notification or mute setting of a room, on this or another device."""

    me: RoomMe


class Read(RoomEvent, frozen=True, kw_only=True):
    """A user's read mark moved forward, by something else than a message of theirs (see
    ``message_created``). A mark below the one that you hold is old: ignore it."""

    user_id: str
    last_read_seq: int


class TypingChanged(RoomEvent, frozen=True, kw_only=True):
    """A user started or stopped typing."""

    user_id: str
    typing: bool


class PresenceChanged(Struct, frozen=True, kw_only=True):
    """A user whom you watch came online, went offline or became away."""

    user_id: str
    status: PresenceStatus
    last_seen_at: str | None


class UserUpdated(Struct, frozen=True):
    """A user whom you share a room with or watch changed their profile."""

    user: User


class AuthExpiring(Struct, frozen=True):
    """Your access token expires within a minute. Call ``refresh_auth``."""

    expires_at: str


class Closing(Struct, frozen=True):
    """The server is about to disconnect you for the reason ``code``. ``retry_after`` is in
    seconds. ``reason`` says why a session has ended; it is null where that is not known."""

    code: Goodbye
    retry_after: int | None
    reason: Ending | None


class Resync(Struct, frozen=True):
    """Your client may have missed events. Call ``sync``."""


class Notified(Struct, frozen=True):
    """Somebody mentioned you, replied to you, wrote to you directly, reacted to your message, or
    added or invited you to a group. At most 10 of these are sent in a second; if there are more, an
    ``unread`` event follows, and the list of notifications has the rest."""

    notification: Notification


class NotificationsRead(Struct, frozen=True, kw_only=True):
    """Your notifications were read on this or another device, or were deleted: those with ``ids``,
    or all up to the time ``up_to``."""

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
    """Only the new members."""

    members: list[Member]


class MemberAck(Struct, frozen=True):
    member: Member


class HistoryAck(Struct, frozen=True):
    """``version`` is the room's version just before the messages were read from the database."""

    messages: list[Message]
    has_more: bool
    version: int


class MessageAck(Struct, frozen=True):
    message: Message


class PresenceAck(Struct, frozen=True):
    """``presence`` is keyed by user id."""

    presence: dict[str, Presence]


class AuthAck(Struct, frozen=True):
    expires_at: str
