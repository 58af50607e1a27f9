"""Uploads in the database."""

from __future__ import annotations

from typing import Any

from msgspec import structs

from server.kernel.clock import now_ms
from server.kernel.database import Database, DatabaseConnection, insertion
from server.media.entity import StoredAttachment
from server.media.rules import has_room

ATTACHMENT_COLUMNS = "a.id, a.name, a.content_type, a.size, a.width, a.height, a.duration, a.key"
ATTACHMENTS_AT_ONCE = 100


class UploadsRepository:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def stored_bytes(self, user_id: str) -> int:
        return await _stored_bytes(self._db, user_id)

    async def add_upload(self, user_id: str, stored: StoredAttachment, quota: int | None) -> bool:
        async with self._db.transaction() as db:
            # The lock on the user's row makes the user's uploads count one after another.
            await db.fetchrow("SELECT u.id FROM users u WHERE u.id = $1 FOR NO KEY UPDATE", user_id)
            used = 0 if quota is None else await _stored_bytes(db, user_id)
            if not has_room(used, stored.size, quota):
                return False
            row: dict[str, Any] = structs.asdict(stored)
            row |= {"uploader_id": user_id, "created_at": now_ms()}
            await db.execute(insertion("attachments", row), *row.values())
            return True

    async def find_upload(self, user_id: str, attachment_id: str) -> StoredAttachment | None:
        """One of the user's own uploads; None if the user has no upload with this id."""
        row = await self._db.fetchrow(
            f"SELECT {ATTACHMENT_COLUMNS}, a.thumbnail_key FROM attachments a"
            " WHERE a.id = $1 AND a.uploader_id = $2",
            attachment_id,
            user_id,
        )
        return StoredAttachment(**dict(row)) if row else None

    async def take_unused(self, before: int) -> list[str]:
        async with self._db.transaction() as db:
            rows = await db.fetch(
                "SELECT a.id FROM attachments a WHERE a.created_at < $1 AND NOT EXISTS"
                " (SELECT 1 FROM message_attachments m WHERE m.attachment_id = a.id)"
                f" ORDER BY a.created_at LIMIT {ATTACHMENTS_AT_ONCE} FOR UPDATE SKIP LOCKED",
                before,
            )
            # This is checked again under the lock, because a message may have used one of them
            # just before.
            gone = await db.fetch(
                "DELETE FROM attachments WHERE id = ANY($1::uuid[]) AND NOT EXISTS"
                " (SELECT 1 FROM message_attachments m WHERE m.attachment_id = attachments.id)"
                " RETURNING key, thumbnail_key",
                [row["id"] for row in rows],
            )
        return [key for row in gone for key in (row["key"], row["thumbnail_key"]) if key]


async def _stored_bytes(db: DatabaseConnection, user_id: str) -> int:
    row = await db.fetchrow(
        "SELECT coalesce(sum(a.size), 0)::bigint AS size FROM attachments a"
        " WHERE a.uploader_id = $1",
        user_id,
    )
    return int(row["size"]) if row else 0
