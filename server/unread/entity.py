"""How many messages one has not read."""

from __future__ import annotations

from msgspec import Struct


class Unread(Struct, frozen=True):
    """``rooms``: every room with unread messages, muted ones too."""

    total: int
    mentions: int
    rooms: dict[str, int]


class RoomUnread(Struct, frozen=True, kw_only=True):
    """One room's count, and the user's totals beside it. For who is no more in the room the
    mark is where it was, and nothing is unread."""

    room_id: str
    version: int
    last_read_seq: int
    unread_count: int
    total: int
    mentions: int
