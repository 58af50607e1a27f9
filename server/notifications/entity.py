"""Notifications as clients receive them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from msgspec import Struct

from server.auth.entity import User

NotificationKind = Literal[
    "mention", "direct_message", "reply", "reaction", "added_to_room", "invitation"
]


class Notification(Struct, frozen=True, kw_only=True):
    """``preview`` is the beginning of the message, made each time it is read. It is None if the
    message has no text. For an invitation,
    ``preview`` is the room's name as long as the invitation can be accepted."""

    id: str
    kind: NotificationKind
    room_id: str
    seq: int | None
    actor: User
    preview: str | None
    created_at: str
    read_at: str | None


class UnreadNotifications(Struct, frozen=True):
    """The number of unread notifications."""

    unread: int


class Withdrawn(Struct, frozen=True):
    """A notification that was removed."""

    user_id: str
    notification_id: str


def ids_by_user(withdrawn: Iterable[Withdrawn]) -> dict[str, list[str]]:
    """The ids of removed notifications, for each user whose they were."""
    found: dict[str, list[str]] = {}
    for each in withdrawn:
        found.setdefault(each.user_id, []).append(each.notification_id)
    return found
