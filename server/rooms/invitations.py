"""Invitations into groups, for users who do not let others add them. A user has at most one
invitation into each group.

An invitation lets the invited user see and join the group. It ends when it expires, when the
inviting member leaves the group, or when either of the two blocks the other. A declined invitation
is kept until then, so that the user is not invited again.
"""

from __future__ import annotations

from server.blocks.clauses import OPEN_INVITATION
from server.kernel.clock import now_ms
from server.kernel.database import Database, DatabaseConnection, Row
from server.kernel.errors import NotFound
from server.notifications import recording
from server.notifications.entity import Withdrawn

# How long an invitation lasts, in milliseconds.
INVITATION_LIFE = 30 * 24 * 3600 * 1000
# The most rows that one statement deletes.
INVITATIONS_AT_ONCE = 500

_GOOD_ONE = f"""
    SELECT i.id FROM room_invitations i
    WHERE i.room_id = $1 AND i.user_id = $2 AND {OPEN_INVITATION.format("$3")}
"""
_EXPIRED = """
    DELETE FROM room_invitations WHERE room_id = $1 AND user_id = ANY($2::uuid[])
        AND expires_at <= $3 RETURNING room_id, user_id
"""
_ADD = """
    INSERT INTO room_invitations (room_id, user_id, actor_id, created_at, expires_at)
    SELECT $1::uuid, u.id, $2::uuid, $3::bigint, $4::bigint FROM users u
    WHERE u.id = ANY($5::uuid[]) AND u.deleted_at IS NULL ORDER BY u.id
    ON CONFLICT (room_id, user_id) DO NOTHING RETURNING user_id
"""
_EXCESS = """
    DELETE FROM room_invitations WHERE id IN (
        SELECT x.id FROM (
            SELECT i.id, row_number() OVER (PARTITION BY i.user_id ORDER BY i.id DESC) AS place
            FROM room_invitations i WHERE i.user_id = ANY($1::uuid[])
        ) AS x WHERE x.place > $2
    ) RETURNING room_id, user_id
"""
_SPEND = """
    DELETE FROM room_invitations WHERE room_id = $1 AND user_id = ANY($2::uuid[])
    RETURNING room_id, user_id
"""
_OF_ROOM = "DELETE FROM room_invitations WHERE room_id = $1 RETURNING room_id, user_id"
_BY_ACTOR = """
    DELETE FROM room_invitations WHERE room_id = $1 AND actor_id = $2 RETURNING room_id, user_id
"""
_DECLINE = """
    UPDATE room_invitations SET declined_at = $3 WHERE room_id = $1 AND user_id = $2
        AND declined_at IS NULL AND expires_at > $3 RETURNING room_id, user_id
"""
_OLD = f"""
    DELETE FROM room_invitations WHERE id IN (
        SELECT i.id FROM room_invitations i WHERE i.expires_at <= $1 LIMIT {INVITATIONS_AT_ONCE}
    ) RETURNING room_id, user_id
"""


async def is_good(db: DatabaseConnection, room_id: str, user_id: str) -> bool:
    return bool(await db.fetch(_GOOD_ONE, room_id, user_id, now_ms()))


async def count(db: DatabaseConnection, room_id: str) -> int:
    """The number of a room's invitations that have not expired, including declined ones."""
    row = await db.fetchrow(
        "SELECT count(*) AS n FROM room_invitations i WHERE i.room_id = $1 AND i.expires_at > $2",
        room_id,
        now_ms(),
    )
    return row["n"] if row else 0


async def among(db: DatabaseConnection, room_id: str, user_ids: list[str]) -> set[str]:
    """Which of these users have an unexpired invitation into the room, including declined ones."""
    rows = await db.fetch(
        "SELECT i.user_id FROM room_invitations i WHERE i.room_id = $1"
        " AND i.user_id = ANY($2::uuid[]) AND i.expires_at > $3",
        room_id,
        user_ids,
        now_ms(),
    )
    return {row["user_id"] for row in rows}


async def invite(
    db: DatabaseConnection, room_id: str, actor_id: str, user_ids: list[str], most: int
) -> tuple[list[str], list[Withdrawn]]:
    """Invites users into a room and stores their notifications. Returns the users who are newly
    invited, and the notifications of invitations that were removed: expired ones, and a user's
    oldest ones beyond ``most``."""
    now = now_ms()
    gone = await _withdraw(db, await db.fetch(_EXPIRED, room_id, user_ids, now))
    rows = await db.fetch(_ADD, room_id, actor_id, now, now + INVITATION_LIFE, user_ids)
    new = [row["user_id"] for row in rows]
    if not new:
        return [], gone
    gone += await _withdraw(db, await db.fetch(_EXCESS, new, most))
    await recording.store(
        db,
        "invitation",
        room_id=room_id,
        actor_id=actor_id,
        about=[(user_id, None, recording.invitation_cause(room_id)) for user_id in new],
    )
    return new, gone


async def spend(db: DatabaseConnection, room_id: str, user_ids: list[str]) -> list[Withdrawn]:
    """Removes the invitations of users who have become members of the room."""
    return await _withdraw(db, await db.fetch(_SPEND, room_id, user_ids))


async def end_all(db: DatabaseConnection, room_id: str) -> list[Withdrawn]:
    """Removes all invitations into a room that is deleted."""
    return await _withdraw(db, await db.fetch(_OF_ROOM, room_id))


async def end_of(db: DatabaseConnection, room_id: str, actor_id: str) -> list[Withdrawn]:
    """Removes the invitations into the room that ``actor_id``, who has left it, had made."""
    return await _withdraw(db, await db.fetch(_BY_ACTOR, room_id, actor_id))


async def decline(db: Database, room_id: str, user_id: str) -> list[Withdrawn]:
    """Marks an invitation as declined. Raises ``NotFound`` if the user has none that is open."""
    async with db.transaction() as tx:
        declined = await tx.fetch(_DECLINE, room_id, user_id, now_ms())
        if not declined:
            raise NotFound()
        return await _withdraw(tx, declined)


async def forget(db: Database) -> None:
    """Deletes the expired invitations, up to ``INVITATIONS_AT_ONCE`` in each transaction."""
    while True:
        async with db.transaction() as tx:
            old = await tx.fetch(_OLD, now_ms())
            await _withdraw(tx, old)
        if len(old) < INVITATIONS_AT_ONCE:
            return


async def _withdraw(db: DatabaseConnection, ended: list[Row]) -> list[Withdrawn]:
    """Deletes the notifications of invitations that have ended."""
    by_room: dict[str, list[str]] = {}
    for row in ended:
        by_room.setdefault(row["room_id"], []).append(row["user_id"])
    gone: list[Withdrawn] = []
    for room_id, user_ids in by_room.items():
        gone += await recording.remove(db, recording.invitation_cause(room_id), user_ids)
    return gone
