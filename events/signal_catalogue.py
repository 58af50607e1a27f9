"""The signals that nodes send each other. The docstring of a signal's type says when it is sent.

A newer node may send additional fields, and signals that are not listed here; both are ignored. So
fields may be added at any time. A field must not be removed or change its meaning as long as nodes
of two versions run together.
"""

from __future__ import annotations

from msgspec import Struct

from events.catalogue import Gone
from server.auth.entity import Ending, User
from server.rooms.entity import Room, RoomMe


class Signal(Struct, frozen=True, kw_only=True):
    """The base of all signals. Unknown fields are ignored."""


class CreatedSignal(Signal, frozen=True, kw_only=True):
    """A group was created. ``seats`` holds the ``RoomMe`` of each of its first members, by user
    id."""

    room: Room
    seats: dict[str, RoomMe]


class JoinedSignal(Signal, frozen=True, kw_only=True):
    """A user became a member of a room. ``version`` is the version of their seat; ``room`` is the
    room as they see it."""

    user_id: str
    room_id: str
    version: int
    room: Room


class LeftSignal(Signal, frozen=True, kw_only=True):
    """A user is no longer a member of a room. ``version`` is the version of their seat."""

    user_id: str
    room_id: str
    version: int
    reason: Gone


class RoomDeletedSignal(Signal, frozen=True, kw_only=True):
    """A room was deleted for everybody."""

    room_id: str
    version: int


class ReadSignal(Signal, frozen=True, kw_only=True):
    """A user's read mark moved forward."""

    room_id: str
    user_id: str
    last_read_seq: int


class RoomMeSignal(Signal, frozen=True, kw_only=True):
    """A user changed their own notification or mute setting of a room."""

    room_id: str
    user_id: str
    me: RoomMe


class NotifiedSignal(Signal, frozen=True, kw_only=True):
    """Notifications were stored for ``user_ids``. If ``everyone`` is the seq of a message to the
    whole room, they were stored for all of its members."""

    room_id: str
    cause: str
    user_ids: list[str]
    everyone: int | None


class NotificationsReadSignal(Signal, frozen=True, kw_only=True):
    """A user's notifications were read: those with ``ids``, or if that is None all up to the time
    ``up_to``."""

    user_id: str
    ids: list[str] | None
    up_to: str | None


class NoticeEndedSignal(Signal, frozen=True, kw_only=True):
    """A message to the whole room was deleted, or edited so that it is one no more."""

    room_id: str
    notice_id: str


class TypingSignal(Signal, frozen=True, kw_only=True):
    """A user started or stopped typing on one device."""

    room_id: str
    user_id: str
    device: str
    typing: bool


class PresenceSignal(Signal, frozen=True, kw_only=True):
    """A user's presence may have changed."""

    user_id: str


class BlocksSignal(Signal, frozen=True, kw_only=True):
    """One of two users blocked or unblocked the other."""

    user_id: str
    other_id: str


class PartedSignal(Signal, frozen=True, kw_only=True):
    """One member of a direct room blocked the other."""

    room_id: str


class UserUpdatedSignal(Signal, frozen=True, kw_only=True):
    """A user's profile changed. ``room_ids`` are the rooms that they are in."""

    user: User
    room_ids: list[str]


class RevokedSignal(Signal, frozen=True, kw_only=True):
    """Sessions were ended before they expired. ``why`` is None where only the database said so."""

    session_ids: list[str]
    why: Ending | None = None


class ResyncSignal(Signal, frozen=True, kw_only=True):
    """The sending node dropped events and signals that were meant for the other nodes."""


class SentFacts(Struct, frozen=True):
    """What nodes need of a new message."""

    author_id: str | None


class MessageCreatedFacts(Struct, frozen=True):
    """What nodes need of the event ``message_created``."""

    room_id: str
    message: SentFacts


class MessageUpdatedFacts(Struct, frozen=True):
    """What nodes need of the event ``message_updated``."""

    room_id: str
    change: str


NODES_TOLD: dict[str, type[Signal]] = {
    "created": CreatedSignal,
    "joined": JoinedSignal,
    "left": LeftSignal,
    "room_deleted": RoomDeletedSignal,
    "read": ReadSignal,
    "room_me": RoomMeSignal,
    "notified": NotifiedSignal,
    "notifications_read": NotificationsReadSignal,
    "notice_ended": NoticeEndedSignal,
    "typing": TypingSignal,
    "presence": PresenceSignal,
    "blocks": BlocksSignal,
    "parted": PartedSignal,
    "user_updated": UserUpdatedSignal,
    "revoked": RevokedSignal,
    "resync": ResyncSignal,
}

SIGNAL_NAMES: dict[type[Signal], str] = {kind: name for name, kind in NODES_TOLD.items()}
