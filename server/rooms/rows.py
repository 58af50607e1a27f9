"""Turns rows of members into entities, and counts what is unread in a room."""

from __future__ import annotations

from typing import Any

from server.kernel.clock import timestamp, timestamp_or_none
from server.kernel.database import Row
from server.rooms.entity import RoomMe

# The number of messages after the read mark: a difference of ordinals, less the messages deleted
# after the mark. All of them are by other users, since sending moves the sender's mark.
UNREAD = """
    r.ordinal - m.last_read_ordinal - (
        SELECT count(*) FROM messages d WHERE d.room_id = r.id AND d.seq > m.last_read_seq
            AND d.deleted_at IS NOT NULL
    )
"""


def to_room_me(row: Row) -> RoomMe:
    """Takes a row of ``room_members`` with the additional column ``unread``."""
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
