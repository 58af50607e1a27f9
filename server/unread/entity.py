"""Unread counts as clients receive them."""

from __future__ import annotations

from msgspec import Struct


class Unread(Struct, frozen=True):
    """``rooms`` has every room with unread messages, including muted ones."""

    total: int
    mentions: int
    rooms: dict[str, int]


class RoomUnread(Struct, frozen=True, kw_only=True):
    """The unread count of one room, and the user's totals. For a user who has left the room, the
    read mark stays and nothing is unread."""

    room_id: str
    version: int
    last_read_seq: int
    unread_count: int
    total: int
    mentions: int
