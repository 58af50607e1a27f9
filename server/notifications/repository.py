"""Notifications in the database. Most have a row for each user. A message to everybody (@all) has
one row for the whole room, and a user gets a row of their own when they read it (see
recording.py)."""

from __future__ import annotations

from typing import Any

from server.blocks.clauses import BLOCKED, OPEN_INVITATION
from server.kernel.clock import now_ms, timestamp, timestamp_or_none
from server.kernel.database import Database, Row
from server.notifications.recording import TOLD_AT, adopt, personal, read_notices
from server.notifications.usecase import Before, StoredNotification

PREVIEW = 140
# The most rows that one statement deletes.
FORGOTTEN_AT_ONCE = 1_000
# When a user sends a message, the messages to everybody among this many before it become read.
REACH = 200

_PREVIEW = f"CASE WHEN x.deleted_at IS NULL THEN NULLIF(substr(x.text, 1, {PREVIEW}), '') END"
# The statements that have a place for `now` (`{now}`) get the number of its parameter.
_OPEN = f"""
    FROM room_invitations i JOIN rooms r ON r.id = i.room_id
    WHERE i.room_id = n.room_id AND i.user_id = n.user_id AND r.deleted_at IS NULL
        AND {OPEN_INVITATION.format("{now}")}
"""
# The name of a room that the user is invited to.
_INVITED = f"(SELECT r.name {_OPEN})"
_FROM = """
    FROM notifications n
    LEFT JOIN room_members m ON m.room_id = n.room_id AND m.user_id = n.user_id
    LEFT JOIN messages x ON x.room_id = n.room_id AND x.seq = n.seq
"""
_OWN = f"""
    SELECT n.id, n.id AS place, n.user_id, n.kind, n.room_id, n.seq, n.actor_id, n.created_at,
        n.read_at, CASE WHEN n.kind = 'invitation' THEN {_INVITED} ELSE {_PREVIEW} END AS preview
    {_FROM}
"""
# The user is in the room, or may follow an invitation into it, which a block prevents as long as it
# lasts. There is nothing to be told of any other.
_SHOWN = f"""
    n.withdrawn_at IS NULL AND x.deleted_at IS NULL
    AND (m.active OR (n.kind = 'invitation' AND EXISTS (SELECT 1 {_OPEN})))
"""
# Messages to everybody, for each member of the room who has no row of their own for the message.
_FOR_ALL = f"""
    FROM room_members m
    JOIN room_notices n ON n.room_id = m.room_id
    JOIN messages x ON x.room_id = n.room_id AND x.seq = n.seq
    WHERE m.active AND x.deleted_at IS NULL AND {TOLD_AT} > m.joined_seq AND m.notify <> 'none'
        AND n.actor_id <> m.user_id AND NOT {BLOCKED.format("n.actor_id")}
        AND NOT EXISTS (SELECT 1 FROM notifications o WHERE o.user_id = m.user_id
            AND o.cause = 'm:' || n.room_id::text || ':' || n.seq::text)
"""
_NOTICES = f"""
    SELECT n.id AS place, m.user_id, 'mention' AS kind, n.room_id, n.seq, n.actor_id, n.created_at,
        CASE WHEN {TOLD_AT} <= m.last_read_seq THEN n.created_at END AS read_at,
        {_PREVIEW} AS preview
    {_FOR_ALL}
"""
_STILL_UNREAD = f"AND m.user_id = $1 AND {TOLD_AT} > m.last_read_seq"
_PAGE = """
    AND (n.created_at < $2 OR (n.created_at = $2 AND n.id < $3::uuid))
    ORDER BY n.created_at DESC, n.id DESC LIMIT $4
"""
_UNREAD = f"""
    SELECT (SELECT count(*) {_FROM} WHERE n.user_id = $1 AND n.read_at IS NULL AND {_SHOWN})
        + (SELECT count(*) {_FOR_ALL} {_STILL_UNREAD}) AS unread
""".format(now="$2")
_READ = """
    UPDATE notifications SET read_at = $3
    WHERE user_id = $1 AND id = ANY($2::uuid[]) AND read_at IS NULL RETURNING id
"""
_READ_ALL = """
    UPDATE notifications SET read_at = $2
    WHERE user_id = $1 AND read_at IS NULL AND created_at <= $2
"""
# The newest $2 notifications are kept.
_TRIM = f"""
    DELETE FROM notifications WHERE id IN (
        SELECT n.id FROM notifications n WHERE n.user_id = $1
        ORDER BY n.created_at DESC, n.id DESC LIMIT {FORGOTTEN_AT_ONCE} OFFSET $2
    ) RETURNING id
"""
# What the users had of a room that was deleted. Their seats are no longer active.
_ENDED = """
    SELECT n.id, n.user_id FROM notifications n
    WHERE n.user_id = ANY($1::uuid[]) AND n.room_id = $2 AND n.withdrawn_at IS NULL
"""
_ENDED_NOTICES = f"""
    SELECT n.id, m.user_id FROM room_members m JOIN room_notices n ON n.room_id = m.room_id
    WHERE m.room_id = $2 AND m.user_id = ANY($1::uuid[]) AND {TOLD_AT} > m.joined_seq
        AND {TOLD_AT} > m.last_read_seq AND n.actor_id <> m.user_id
"""
_LATELY = """
    SELECT n.id FROM notifications n
    WHERE n.user_id = $1 AND n.read_at >= $4 AND n.room_id = $2 AND n.seq <= $3
"""
_FORGET = f"""
    DELETE FROM notifications WHERE id IN (
        SELECT n.id FROM notifications n WHERE n.created_at < $1 AND n.read_at IS NOT NULL
        LIMIT {FORGOTTEN_AT_ONCE}
    ) RETURNING id
"""
# Messages to everybody are deleted even if a user has not read them: each list of notifications
# looks through those of all the user's rooms, so there must not be many.
_FORGET_NOTICES = f"""
    DELETE FROM room_notices WHERE id IN (
        SELECT n.id FROM room_notices n WHERE n.created_at < $1 LIMIT {FORGOTTEN_AT_ONCE}
    ) RETURNING id
"""


class NotificationRepository:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def list_notifications(
        self, user_id: str, before: Before, limit: int
    ) -> list[StoredNotification]:
        own = f"{_OWN} WHERE n.user_id = $1 AND {_SHOWN} {_PAGE}".format(now="$5")
        rows = await self._db.fetch(own, user_id, *before, limit, now_ms())
        notices = f"{_NOTICES} AND m.user_id = $1 {_PAGE}"
        rows += await self._db.fetch(notices, user_id, *before, limit)
        rows.sort(key=lambda row: (row["created_at"], row["place"]), reverse=True)
        return [_stored(row) for row in rows[:limit]]

    async def of_cause(self, cause: str, user_ids: list[str]) -> list[StoredNotification]:
        sql = f"{_OWN} WHERE n.user_id = ANY($1::uuid[]) AND n.cause = $2 AND {_SHOWN}"
        rows = await self._db.fetch(sql.format(now="$3"), user_ids, cause, now_ms())
        return [_stored(row) for row in rows]

    async def of_notice(
        self, room_id: str, seq: int, user_ids: list[str]
    ) -> list[StoredNotification]:
        sql = f"{_NOTICES} AND m.user_id = ANY($1::uuid[]) AND m.room_id = $2 AND n.seq = $3"
        return [_stored(row) for row in await self._db.fetch(sql, user_ids, room_id, seq)]

    async def ended(self, room_id: str, user_ids: list[str]) -> dict[str, list[str]]:
        own = await self._db.fetch(_ENDED, user_ids, room_id)
        notices = await self._db.fetch(_ENDED_NOTICES, user_ids, room_id)
        ids = [(row["user_id"], row["id"]) for row in own]
        ids += [(row["user_id"], personal(row["id"], row["user_id"])) for row in notices]
        found: dict[str, list[str]] = {}
        for user_id, notification_id in ids:
            found.setdefault(user_id, []).append(notification_id)
        return found

    async def unread(self, user_id: str) -> int:
        row = await self._db.fetchrow(_UNREAD, user_id, now_ms())
        assert row is not None
        return int(row["unread"])

    async def mark_notifications_read(self, user_id: str, ids: list[str]) -> list[str]:
        rows = await self._db.fetch(_READ, user_id, ids, now_ms())
        notices = f"{_NOTICES} {_STILL_UNREAD} AND n.id = ANY($2::uuid[])"
        found = await self._db.fetch(notices, user_id, [personal(i, user_id) for i in ids])
        return [row["id"] for row in rows] + await adopt(self._db, user_id, found)

    async def read_all(self, user_id: str, up_to: int) -> None:
        await self._db.execute(_READ_ALL, user_id, up_to)
        notices = f"{_NOTICES} {_STILL_UNREAD} AND n.created_at <= $2"
        await adopt(self._db, user_id, await self._db.fetch(notices, user_id, up_to))

    async def read_lately(self, user_id: str, room_id: str, seq: int, since: int) -> list[str]:
        await read_notices(self._db, user_id, room_id, seq - REACH, seq)
        rows = await self._db.fetch(_LATELY, user_id, room_id, seq, since)
        return [row["id"] for row in rows]

    async def trim_notifications(self, user_id: str, most: int) -> None:
        while len(await self._db.fetch(_TRIM, user_id, most)) == FORGOTTEN_AT_ONCE:
            pass

    async def forget_notifications(self, before: int) -> None:
        for forget in (_FORGET, _FORGET_NOTICES):
            while len(await self._db.fetch(forget, before)) == FORGOTTEN_AT_ONCE:
                pass


def _stored(row: Row) -> StoredNotification:
    values: dict[str, Any] = dict(row)
    values.setdefault("id", personal(row["place"], row["user_id"]))
    values["before"] = values["created_at"], values.pop("place")
    values["created_at"] = timestamp(row["created_at"])
    values["read_at"] = timestamp_or_none(row["read_at"])
    return StoredNotification(**values)
