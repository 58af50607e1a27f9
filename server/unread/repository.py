"""Counts unread messages in the database."""

from __future__ import annotations

from server.blocks.clauses import BLOCKED
from server.kernel.database import Database
from server.rooms.rows import UNREAD

_MENTIONS = f"""
    SELECT c.user_id, count(*) AS mentions FROM (
        SELECT n.user_id FROM mentions n
        JOIN room_members m ON m.user_id = n.user_id AND m.room_id = n.room_id
        WHERE n.user_id = ANY($1::uuid[]) AND m.active AND n.seq > m.last_read_seq
        UNION ALL
        SELECT m.user_id FROM room_members m
        JOIN room_notices n ON n.room_id = m.room_id AND n.seq > m.last_read_seq
        JOIN messages x ON x.room_id = n.room_id AND x.seq = n.seq AND x.deleted_at IS NULL
        WHERE m.user_id = ANY($1::uuid[]) AND m.active AND n.seq > m.joined_seq
            AND m.notify <> 'none' AND n.actor_id <> m.user_id
            AND NOT {BLOCKED.format("n.actor_id")} AND NOT EXISTS (SELECT 1 FROM mentions o
                WHERE o.user_id = m.user_id AND o.room_id = n.room_id AND o.seq = n.seq)
    ) AS c GROUP BY c.user_id
"""


class UnreadRepository:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def by_room(self, user_id: str) -> dict[str, int]:
        rows = await self._db.fetch(
            f"SELECT m.room_id, {UNREAD} AS unread FROM room_members m"
            " JOIN rooms r ON r.id = m.room_id"
            " WHERE m.user_id = $1 AND m.active AND r.deleted_at IS NULL"
            " AND r.ordinal > m.last_read_ordinal",
            user_id,
        )
        return {row["room_id"]: row["unread"] for row in rows if row["unread"]}

    async def read_totals(self, user_ids: list[str]) -> dict[str, int]:
        rows = await self._db.fetch(
            f"SELECT u.user_id, sum(u.unread)::bigint AS total FROM (SELECT m.user_id,"
            f" {UNREAD} AS unread FROM room_members m JOIN rooms r ON r.id = m.room_id"
            " WHERE m.user_id = ANY($1::uuid[]) AND m.active AND r.deleted_at IS NULL"
            " AND r.ordinal > m.last_read_ordinal) AS u GROUP BY u.user_id",
            user_ids,
        )
        return {row["user_id"]: row["total"] for row in rows}

    async def mentions(self, user_ids: list[str]) -> dict[str, int]:
        """The number of unread mentions of each user, including messages to everybody."""
        rows = await self._db.fetch(_MENTIONS, user_ids)
        return {row["user_id"]: row["mentions"] for row in rows}

    async def marks(
        self, room_id: str, user_ids: list[str]
    ) -> tuple[int, dict[str, tuple[int, int]]]:
        room = await self._db.fetchrow("SELECT version FROM rooms WHERE id = $1", room_id)
        rows = await self._db.fetch(
            f"SELECT m.user_id, m.last_read_seq, m.active, {UNREAD} AS unread FROM room_members m"
            " JOIN rooms r ON r.id = m.room_id"
            " WHERE m.room_id = $1 AND m.user_id = ANY($2::uuid[])",
            room_id,
            user_ids,
        )
        marks = {
            row["user_id"]: (row["last_read_seq"], row["unread"] if row["active"] else 0)
            for row in rows
        }
        return (room["version"] if room else 0), marks
