"""Turns rows of users into entities: as other users see them, and as they see themselves."""

from __future__ import annotations

from typing import Any

import msgspec

from server.auth.entity import Me, Status, User
from server.auth.pending import PENDING
from server.kernel.clock import now_ms, timestamp, timestamp_or_none
from server.kernel.database import DatabaseConnection, Row

# Columns of the table users, with the alias u.
USER_COLUMNS = (
    "u.id, u.username, u.display_name, u.bio, u.avatar_url, u.status, u.created_at, u.deleted_at"
)
_ME = f"""
    SELECT {USER_COLUMNS}, c.email, {PENDING} AS pending_email, p.preferences FROM users u
    JOIN user_credentials c ON c.user_id = u.id
    LEFT JOIN user_preferences p ON p.user_id = u.id
    WHERE u.id = $1 AND u.deleted_at IS NULL
"""


class _StoredStatus(msgspec.Struct):
    """``expires_at`` is in ms."""

    emoji: str | None = None
    text: str | None = None
    expires_at: int | None = None


def to_user(row: Row) -> User:
    """``row`` must have the USER_COLUMNS."""
    return User(**_fields(row))


async def find_me(db: DatabaseConnection, user_id: str) -> Me | None:
    """The user as they see themselves; None if there is no such user or it was deleted."""
    row = await db.fetchrow(_ME, user_id, now_ms())
    if row is None:
        return None
    return Me(
        **_fields(row),
        email=row["email"],
        pending_email=row["pending_email"],
        preferences=msgspec.json.decode(row["preferences"] or "{}"),
    )


def _fields(row: Row) -> dict[str, Any]:
    deleted = row["deleted_at"] is not None
    return {
        "id": row["id"],
        "username": "" if deleted else row["username"],
        "display_name": "" if deleted else row["display_name"],
        "bio": None if deleted else row["bio"] or None,
        "avatar_url": None if deleted else row["avatar_url"],
        "status": None if deleted else to_status(row["status"]),
        "deleted": deleted,
        "created_at": timestamp(row["created_at"]),
    }


def to_status(stored: str | None) -> Status | None:
    """The status from its stored JSON; None if there is none or it has expired."""
    if not stored:
        return None
    status = msgspec.json.decode(stored, type=_StoredStatus)
    if status.expires_at is not None and status.expires_at <= now_ms():
        return None
    return Status(status.emoji, status.text, timestamp_or_none(status.expires_at))
