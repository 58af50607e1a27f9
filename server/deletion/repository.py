"""Deleted users in the database. The user's row stays, because their messages refer to it, but
everything personal in it is removed."""

from __future__ import annotations

from server.auth.people import USER_COLUMNS, to_user
from server.auth.usernames import free_deleted
from server.deletion.usecase import Deleted
from server.kernel.database import Database, DatabaseConnection

# The order of locks is the same as for a change of a profile. Opening a session locks the
# credentials, so a session is either revoked below or not opened at all.
_LOCK = """
    SELECT u.id, u.username_key, u.avatar_url FROM users u WHERE u.id = $1 AND u.deleted_at IS NULL
    FOR NO KEY UPDATE
"""
_FORGET = "DELETE FROM user_credentials WHERE user_id = $1"
_REVOKE = """
    UPDATE sessions SET revoked_at = $2
    WHERE user_id = $1 AND revoked_at IS NULL AND expires_at > $2 RETURNING id
"""
_NAMELESS = "UPDATE sessions SET device = NULL, address = NULL WHERE user_id = $1"
# The id becomes the unique key, which no username can equal, since none is as long.
_BLANK = """
    UPDATE users SET username = '', username_key = CAST(id AS text), display_name = '',
        display_key = '', bio = '', avatar_url = NULL, status = NULL, deleted_at = $2
    WHERE id = $1
"""
_USER = f"SELECT {USER_COLUMNS} FROM users u WHERE u.id = $1"
_PERSONAL = (
    ("email_tokens", "user_id"),
    ("user_preferences", "user_id"),
    ("user_last_seen", "user_id"),
    ("push_subscriptions", "user_id"),
    ("notifications", "user_id"),
    ("room_invitations", "user_id"),
    ("blocks", "user_id"),
    ("blocks", "blocked_id"),
)
_ANY = "SELECT u.id FROM users u WHERE u.deleted_at >= $1 LIMIT 1"
_GROUPS = """
    SELECT m.room_id FROM room_members m JOIN rooms r ON r.id = m.room_id
    WHERE m.user_id = $1 AND m.active AND r.kind = 'group' AND r.deleted_at IS NULL
"""
_SEATS = """
    SELECT m.user_id, m.room_id FROM users u
    JOIN room_members m ON m.user_id = u.id AND m.active
    JOIN rooms r ON r.id = m.room_id
    WHERE u.deleted_at >= $1 AND r.kind = 'group' AND r.deleted_at IS NULL
"""


class DeletionRepository:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def delete_account(self, user_id: str, now: int) -> Deleted | None:
        async with self._db.transaction() as tx:
            before = await tx.fetchrow(_LOCK, user_id)
            if before is None:
                return None
            await tx.execute(_FORGET, user_id)
            ended = [row["id"] for row in await tx.fetch(_REVOKE, user_id, now)]
            await tx.execute(_NAMELESS, user_id)
            await tx.execute(_BLANK, user_id, now)
            await free_deleted(tx, before["username_key"], user_id, now)
            await _remove_personal(tx, "= $1", user_id)
            row = await tx.fetchrow(_USER, user_id)
            assert row is not None
            return Deleted(to_user(row), ended, before["avatar_url"])

    async def any(self, since: int) -> bool:
        return await self._db.fetchrow(_ANY, since) is not None

    async def tidy_deletions(self, since: int) -> None:
        deleted = "IN (SELECT u.id FROM users u WHERE u.deleted_at >= $1)"
        async with self._db.transaction() as tx:
            await _remove_personal(tx, deleted, since)

    async def seats(self, since: int) -> list[tuple[str, str]]:
        rows = await self._db.fetch(_SEATS, since)
        return [(row["user_id"], row["room_id"]) for row in rows]

    async def groups(self, user_id: str) -> list[str]:
        return [row["room_id"] for row in await self._db.fetch(_GROUPS, user_id)]


async def _remove_personal(tx: DatabaseConnection, whose: str, value: str | int) -> None:
    for table, column in _PERSONAL:
        await tx.execute(f"DELETE FROM {table} WHERE {column} {whose}", value)
