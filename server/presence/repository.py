"""When people were last there, kept for when they are not."""

from __future__ import annotations

from server.database import Database


class LastSeenRepository:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def read(self, user_ids: list[str]) -> dict[str, int]:
        rows = await self._db.fetch(
            "SELECT user_id, last_seen_at FROM user_last_seen WHERE user_id = ANY($1::uuid[])",
            user_ids,
        )
        return {row["user_id"]: row["last_seen_at"] for row in rows}

    async def write(self, user_id: str, at: int) -> None:
        await self._db.execute(
            "INSERT INTO user_last_seen (user_id, last_seen_at) SELECT u.id, $2::bigint"
            " FROM users u WHERE u.id = $1 AND u.deleted_at IS NULL"
            " ON CONFLICT (user_id) DO UPDATE SET last_seen_at = excluded.last_seen_at",
            user_id,
            at,
        )
