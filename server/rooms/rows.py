"""Rows of members as entities, and what is unread in a room."""

from __future__ import annotations

from typing import Any

from server.kernel.clock import timestamp, timestamp_or_none
from server.kernel.database import Row
from server.rooms.entity import RoomMe

# The messages by others after the mark: a difference of ordinals, less what was deleted there.
# One's own messages are never after one's mark, since sending moves it.
UNREAD = """
    r.ordinal - m.last_read_ordinal - (
        SELECT count(*) FROM messages d WHERE d.room_id = r.id AND d.seq > m.last_read_seq
            AND d.deleted_at IS NOT NULL
    )
"""


def to_room_me(row: Row) -> RoomMe:
    """From a row of ``room_members`` that has ``unread`` too."""
    return RoomMe(**room_me_fields(row))


def room_me_fields(row: Row) -> dict[str, Any]:
    return {
        "role": row["role"],
        "joined_at": timestamp(row["joined_at"]),
        "last_read_seq": row["last_read_seq"],
        "unread_count": row["unread"],
        "notify": row["notify"],
        "muted_until": timestamp_or_none(row["muted_until"]),
    }
