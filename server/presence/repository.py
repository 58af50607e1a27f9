"""Stores when users were last online, to show it while they are offline."""

from __future__ import annotations

from server.kernel.database import Database

# Which of these users the viewer may see: themselves, and users who share a room with them if
# neither has blocked the other.
_VISIBLE = """
    SELECT v.user_id, s.last_seen_at FROM (
        SELECT o.user_id FROM room_members m
        JOIN room_members o ON o.room_id = m.room_id AND o.active
        WHERE m.user_id = $1 AND m.active AND o.user_id = ANY($2::uuid[])
        UNION SELECT u.id FROM users u WHERE u.id = $1 AND u.id = ANY($2::uuid[])
    ) v
    LEFT JOIN user_last_seen s ON s.user_id = v.user_id
    WHERE NOT EXISTS (SELECT 1 FROM blocks b WHERE b.user_id = $1 AND b.blocked_id = v.user_id)
        AND NOT EXISTS (SELECT 1 FROM blocks b WHERE b.user_id = v.user_id AND b.blocked_id = $1)
"""


class LastSeenRepository:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def read_last_seen(self, user_ids: list[str]) -> dict[str, int]:
        rows = await self._db.fetch(
            "SELECT user_id, last_seen_at FROM user_last_seen WHERE user_id = ANY($1::uuid[])",
            user_ids,
        )
        return {row["user_id"]: row["last_seen_at"] for row in rows}

    async def read_visible_last_seen(
        self, viewer_id: str, user_ids: list[str]
    ) -> dict[str, int | None]:
        rows = await self._db.fetch(_VISIBLE, viewer_id, user_ids)
        return {row["user_id"]: row["last_seen_at"] for row in rows}

    async def write_last_seen(self, user_id: str, at: int) -> None:
        await self._db.execute(
            "INSERT INTO user_last_seen (user_id, last_seen_at) SELECT u.id, $2::bigint"
            " FROM users u WHERE u.id = $1 AND u.deleted_at IS NULL"
            " ON CONFLICT (user_id) DO UPDATE SET last_seen_at = excluded.last_seen_at",
            user_id,
            at,
        )
