"""Reactions in the database: each has a row of its own, and the message's row has their counts.

All functions run inside the transaction that has locked the message's room.
"""

from __future__ import annotations

import msgspec

from server.history.entity import Reaction
from server.kernel.clock import now_ms
from server.kernel.database import DatabaseConnection, Row
from server.notifications import recording
from server.notifications.entity import Withdrawn

FIRST_REACTORS = 10


async def set_reaction(
    db: DatabaseConnection, room_id: str, seq: int, user_id: str, emoji: str, on: bool
) -> bool:
    """Adds or removes a reaction. Returns whether this changed anything."""
    if on:
        rows = await db.fetch(
            "INSERT INTO reactions (room_id, seq, user_id, emoji, created_at)"
            " VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING RETURNING id",
            room_id,
            seq,
            user_id,
            emoji,
            now_ms(),
        )
    else:
        rows = await db.fetch(
            "DELETE FROM reactions WHERE room_id = $1 AND seq = $2 AND user_id = $3"
            " AND emoji = $4 RETURNING id",
            room_id,
            seq,
            user_id,
            emoji,
        )
    return bool(rows)


async def count_own(db: DatabaseConnection, room_id: str, seq: int, user_id: str) -> int:
    """The number of the user's reactions to the message. They are few, because the quota is checked
    after each new one."""
    own = await db.fetch(
        "SELECT id FROM reactions WHERE room_id = $1 AND seq = $2 AND user_id = $3",
        room_id,
        seq,
        user_id,
    )
    return len(own)


async def recount(db: DatabaseConnection, row: Row, emoji: str) -> list[Reaction]:
    """The message's reactions with one emoji counted again, in the order in which each emoji was
    first used."""
    kinds = msgspec.json.decode(row["reactions"], type=list[Reaction]) if row["reactions"] else []
    at = (row["room_id"], row["seq"], emoji)
    where = "room_id = $1 AND seq = $2 AND emoji = $3"
    counted = await db.fetchrow(f"SELECT count(*) AS n FROM reactions WHERE {where}", *at)
    first = await db.fetch(
        f"SELECT user_id FROM reactions WHERE {where} ORDER BY id LIMIT {FIRST_REACTORS}", *at
    )
    assert counted is not None
    fresh = Reaction(emoji, counted["n"], [each["user_id"] for each in first])
    if not any(kind.emoji == emoji for kind in kinds):
        return [*kinds, fresh]
    kinds = [fresh if kind.emoji == emoji else kind for kind in kinds]
    return [kind for kind in kinds if kind.count]


async def record_reaction(db: DatabaseConnection, row: Row, actor_id: str, cause: str) -> list[str]:
    """Records a notification for the message's author at the actor's first reaction. Returns the
    users who were notified, as ``recording.record_notifications`` does."""
    return await recording.record_notifications(
        db,
        "reaction",
        room_id=row["room_id"],
        seq=row["seq"],
        actor_id=actor_id,
        cause=cause,
        user_ids=[row["author_id"]],
    )


async def withdraw_reaction(
    db: DatabaseConnection, row: Row, actor_id: str, cause: str
) -> list[Withdrawn]:
    """Withdraws the author's notification once the actor has removed their last reaction. Returns
    what ``recording.withdraw`` returns."""
    left = await db.fetchrow(
        "SELECT id FROM reactions WHERE room_id = $1 AND seq = $2 AND user_id = $3 LIMIT 1",
        row["room_id"],
        row["seq"],
        actor_id,
    )
    return [] if left else await recording.withdraw(db, row["author_id"], cause)
