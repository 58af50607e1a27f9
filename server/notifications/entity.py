"""What one is told of."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from server.auth.entity import User

NotificationKind = Literal[
    "mention", "direct_message", "reply", "reaction", "added_to_room", "invitation"
]


class Notification(Struct, frozen=True, kw_only=True):
    """``preview``: how the message begins, made when it is read; None where it is deleted, has no
    text, or stands in a room that one has left. Of an invitation it is the room's name, while one
    may come in."""

    id: str
    kind: NotificationKind
    room_id: str
    seq: int | None
    actor: User
    preview: str | None
    created_at: str
    read_at: str | None


class UnreadNotifications(Struct, frozen=True):
    """How many notifications are not read yet."""

    unread: int


class Withdrawn(Struct, frozen=True):
    """A notification that is no more."""

    user_id: str
    notification_id: str
