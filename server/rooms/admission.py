"""Checks whether users may be given a seat, in the transaction that gives it. This module reads
the facts from the database, and rules.py decides by them.

The acting user's row is locked first. So the counts for the acting user are exact, and every block
whose call was answered before is seen. The counts for other users are read without a lock, so they
may miss what happens at the same moment.
"""

from __future__ import annotations

from collections.abc import Collection

from server.kernel.database import DatabaseConnection
from server.kernel.limits import UNLIMITED, Quotas
from server.rooms import invitations, rules
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
# Two users are acquainted if they share a group, or a direct room that the added user has created
# or written in. A direct room that only the actor has used does not count, because any user may
# create one. Common rooms are not searched for users who let no user add them.
_CHOOSY = """
    SELECT p.user_id, p.add_to_groups, (p.add_to_groups <> 'nobody' AND EXISTS (
            SELECT 1 FROM room_members a JOIN rooms r ON r.id = a.room_id AND r.deleted_at IS NULL
            JOIN room_members m ON m.room_id = a.room_id AND m.user_id = p.user_id AND m.active
            WHERE a.user_id = $2 AND a.active AND (r.kind = 'group' OR r.created_by = p.user_id
                OR EXISTS (SELECT 1 FROM messages x
                    WHERE x.room_id = r.id AND x.author_id = p.user_id)))) AS acquainted
    FROM user_preferences p
    WHERE p.user_id = ANY($1::uuid[]) AND p.add_to_groups IS NOT NULL
"""


async def hold(db: DatabaseConnection, user_id: str) -> None:
    """Locks the user's row until the transaction ends. Meanwhile no other transaction can create a
    block with this user, or a room or seat that counts against the user's quotas."""
    await db.fetch(_HOLD, user_id)


async def check_blocks(
    db: DatabaseConnection, actor_id: str, user_ids: list[str], field: str
) -> None:
    blocked = bool(user_ids) and bool(await db.fetch(_BLOCKED, actor_id, user_ids))
    rules.check_no_block(blocked, field)


async def admit_made(db: DatabaseConnection, user_id: str, quotas: Quotas) -> None:
    """Raises ``Conflict`` unless the user may create one more room and be a member of it."""
    row = await db.fetchrow(_MADE, user_id)
    rules.check_made(row["n"] if row else 0, quotas)
    await admit_own_rooms(db, user_id, quotas)


async def admit_own_rooms(db: DatabaseConnection, user_id: str, quotas: Quotas) -> None:
    rules.check_own_rooms(await _full(db, [user_id], quotas), quotas)


async def admit_their_rooms(
    db: DatabaseConnection, user_ids: list[str], quotas: Quotas, field: str
) -> None:
    rules.check_their_rooms(await _full(db, user_ids, quotas), field)


async def _full(db: DatabaseConnection, user_ids: list[str], quotas: Quotas) -> bool:
    most = quotas.rooms_per_user
    return most < UNLIMITED and bool(user_ids) and bool(await db.fetch(_FULL, user_ids, most))


async def check_seats(db: DatabaseConnection, room: Locked, wanted: int, quotas: Quotas) -> None:
    """Raises ``Conflict`` unless the group has ``wanted`` free seats. Each open invitation counts
    as a taken seat."""
    if wanted and quotas.seats_per_room < UNLIMITED:
        invited = await invitations.count(db, room.id)
        rules.check_size(room.member_count + invited + wanted, quotas)


async def choosy(db: DatabaseConnection, actor_id: str, user_ids: Collection[str]) -> set[str]:
    """The users whose preferences do not let the actor add them to groups."""
    rows = await db.fetch(_CHOOSY, list(user_ids), actor_id) if user_ids else []
    return {
        row["user_id"]
        for row in rows
        if rules.is_to_be_invited(row["add_to_groups"], bool(row["acquainted"]))
    }
