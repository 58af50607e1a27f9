"""Who may be given a seat, asked in the transaction that gives it.

The one who acts is locked before: what is counted of them is exact, and a block that was answered
is known. Of others the count may be off by what happens at the same moment.
"""

from __future__ import annotations

from collections.abc import Collection

from server.kernel.database import Connection
from server.kernel.errors import Blocked, Conflict
from server.kernel.limits import UNLIMITED, Quotas
from server.rooms import invitations
from server.rooms.locked import Locked

_HOLD = "SELECT u.id FROM users u WHERE u.id = $1 FOR NO KEY UPDATE"
_BLOCKED = """
    SELECT b.id FROM blocks b WHERE (b.user_id = $1 AND b.blocked_id = ANY($2::uuid[]))
        OR (b.blocked_id = $1 AND b.user_id = ANY($2::uuid[])) LIMIT 1
"""
_FULL = """
    SELECT m.user_id FROM room_members m WHERE m.user_id = ANY($1::uuid[]) AND m.active
    GROUP BY m.user_id HAVING count(*) >= $2 LIMIT 1
"""
_MADE = "SELECT count(*) AS n FROM rooms r WHERE r.created_by = $1 AND r.deleted_at IS NULL"
# A direct room makes acquainted once its other side has said something: anybody may open one.
_CHOOSY = """
    SELECT p.user_id FROM user_preferences p
    WHERE p.user_id = ANY($1::uuid[]) AND p.add_to_groups IS NOT NULL
        AND (p.add_to_groups = 'nobody' OR NOT EXISTS (
            SELECT 1 FROM room_members a JOIN rooms r ON r.id = a.room_id AND r.deleted_at IS NULL
            JOIN room_members m ON m.room_id = a.room_id AND m.user_id = p.user_id AND m.active
            WHERE a.user_id = $2 AND a.active AND (r.kind = 'group' OR r.created_by = p.user_id
                OR EXISTS (SELECT 1 FROM messages x
                    WHERE x.room_id = r.id AND x.author_id = p.user_id))))
"""


async def hold(db: Connection, user_id: str) -> None:
    """Until the transaction ends nobody blocks this user, nor takes or makes them a room."""
    await db.fetch(_HOLD, user_id)


async def check_blocks(db: Connection, actor_id: str, user_ids: list[str], field: str) -> None:
    if user_ids and await db.fetch(_BLOCKED, actor_id, user_ids):
        raise Blocked(field=field)


async def check_made(db: Connection, user_id: str, quotas: Quotas) -> None:
    """Whether the user may make one more room, and be in it."""
    row = await db.fetchrow(_MADE, user_id)
    if row and row["n"] >= quotas.rooms_made_per_user:
        raise Conflict(f"one may have made at most {quotas.rooms_made_per_user} rooms")
    await check_own_rooms(db, user_id, quotas)


async def check_own_rooms(db: Connection, user_id: str, quotas: Quotas) -> None:
    if await _full(db, [user_id], quotas):
        raise Conflict(f"one may be in at most {quotas.rooms_per_user} rooms: leave some first")


async def check_their_rooms(
    db: Connection, user_ids: list[str], quotas: Quotas, field: str
) -> None:
    if await _full(db, user_ids, quotas):
        raise Conflict("somebody of these is in as many rooms as one may be", field=field)


async def _full(db: Connection, user_ids: list[str], quotas: Quotas) -> bool:
    most = quotas.rooms_per_user
    return most < UNLIMITED and bool(user_ids) and bool(await db.fetch(_FULL, user_ids, most))


async def check_seats(db: Connection, room: Locked, wanted: int, quotas: Quotas) -> None:
    """Whether a group has so many seats left, those of who is invited set apart."""
    if wanted and quotas.seats_per_room < UNLIMITED:
        invited = await invitations.count(db, room.id)
        check_size(room.member_count + invited + wanted, quotas)


def check_size(count: int, quotas: Quotas, field: str | None = None) -> None:
    if count > quotas.seats_per_room:
        message = f"a group has at most {quotas.seats_per_room} members and invitations"
        raise Conflict(message, field=field)


async def choosy(db: Connection, actor_id: str, user_ids: Collection[str]) -> set[str]:
    """Those who do not let themselves be added to groups by the actor."""
    rows = await db.fetch(_CHOOSY, list(user_ids), actor_id) if user_ids else []
    return {row["user_id"] for row in rows}
