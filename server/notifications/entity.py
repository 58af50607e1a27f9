"""How much one has not read."""

from __future__ import annotations

from msgspec import Struct


class Unread(Struct, frozen=True):
    """``rooms``: every room with unread messages, muted ones too."""

    total: int
    mentions: int
    rooms: dict[str, int]


class RoomUnread(Struct, frozen=True, kw_only=True):
    """One room's count, and the user's totals beside it. For who is not (any more) in the room
    ``last_read_seq`` and ``unread_count`` are 0."""

    room_id: str
    version: int
    last_read_seq: int
    unread_count: int
    total: int
    mentions: int
