"""Notifications as they are stored: in the transaction of what they tell of, one for each user and
cause. A cause is ``m:<room>:<seq>`` (a message), ``r:<room>:<seq>:<actor>`` (somebody's reactions
to it), ``a:<room>:<version>`` (having been added) or ``i:<room>`` (being invited)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal

from server.blocks.clauses import BLOCKED
from server.kernel.clock import now_ms
from server.kernel.database import DatabaseConnection, Row
from server.kernel.ids import new_id
from server.notifications.entity import Withdrawn

Heard = Literal["mention", "reaction", "added_to_room"]
RecordedKind = Heard | Literal["invitation"]

# Who has chosen to hear of what.
LEVELS: dict[Heard, list[str]] = {
    "mention": ["all", "mentions"],
    "reaction": ["all"],
    "added_to_room": ["all"],
}
# Rows of one statement.
SOME = 500

# Who is told of what: (user_id, seq, cause).
Recipient = tuple[str, int | None, str]

_LISTENERS = f"""
    SELECT m.user_id FROM room_members m
    WHERE m.room_id = $1 AND m.active AND m.user_id = ANY($2::uuid[]) AND m.user_id <> $3::uuid
        AND m.notify = ANY($4::text[]) AND NOT {BLOCKED.format("$3::uuid")}
"""
_PUSH = """
    INSERT INTO push_jobs (room_id, seq, payload, attempts, due_at, created_at)
    SELECT n.room_id, n.seq,
        '{"kind":"' || n.kind || '","notification_id":"' || n.id::text || '"}', 0, $2::bigint,
        $2::bigint
    FROM notifications n WHERE n.id = ANY($1::uuid[])
        AND EXISTS (SELECT 1 FROM push_subscriptions s WHERE s.user_id = n.user_id)
"""
# Messages to everybody (@all) are one row for the whole room; who reads one gets a row of their
# own, unless they have one of that message already.
_NOTICES = f"""
    SELECT n.id AS place, n.room_id, n.seq, n.actor_id, n.created_at FROM room_members m
    JOIN room_notices n ON n.room_id = m.room_id
    WHERE m.user_id = $1 AND m.room_id = $2 AND m.active
        AND n.seq > $3 AND n.seq <= $4
        AND m.joined_at <= n.created_at AND m.notify <> 'none' AND n.actor_id <> m.user_id
        AND NOT {BLOCKED.format("n.actor_id")} AND NOT EXISTS (
            SELECT 1 FROM notifications o WHERE o.user_id = m.user_id
                AND o.cause = 'm:' || n.room_id::text || ':' || n.seq::text)
    ORDER BY n.seq DESC LIMIT {SOME}
"""
_READ = """
    UPDATE notifications SET read_at = $4
    WHERE user_id = $1 AND room_id = $2 AND read_at IS NULL AND seq <= $3 RETURNING id
"""
# A message to everybody has the same id for all until it is somebody's own: see ``personal``.
_LOW = (1 << 62) - 1


def message_cause(room_id: str, seq: int) -> str:
    return f"m:{room_id}:{seq}"


def reaction_cause(room_id: str, seq: int, actor_id: str) -> str:
    return f"r:{room_id}:{seq}:{actor_id}"


def added_cause(room_id: str, version: int) -> str:
    return f"a:{room_id}:{version}"


def personal(notice_id: str, user_id: str) -> str:
    """A notice's id as one user has it: nobody else's, and the other way back."""
    low = int(user_id.replace("-", ""), 16) & _LOW
    digits = f"{int(notice_id.replace('-', ''), 16) ^ low:032x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def invitation_cause(room_id: str) -> str:
    return f"i:{room_id}"


async def record_notifications(
    db: DatabaseConnection,
    kind: Heard,
    *,
    room_id: str,
    seq: int,
    actor_id: str,
    cause: str,
    user_ids: Iterable[str],
) -> list[str]:
    """Stores it for those who want to hear of that, and for their devices; answers who they are.
    Who has a notification of this cause keeps it, and gets one back that was withdrawn: no device
    is told of that again."""
    about = [(user_id, seq, cause) for user_id in user_ids]
    return await record_each(db, kind, room_id=room_id, actor_id=actor_id, about=about)


async def record_each(
    db: DatabaseConnection, kind: Heard, *, room_id: str, actor_id: str, about: Sequence[Recipient]
) -> list[str]:
    """As ``note``, where each is told of something else."""
    if not about:
        return []
    wanted = [user_id for user_id, _, _ in about]
    rows = await db.fetch(_LISTENERS, room_id, wanted, actor_id, LEVELS[kind])
    listeners = {row["user_id"] for row in rows}
    heard = [each for each in about if each[0] in listeners]
    told: list[str] = []
    for new, some in await store(db, kind, room_id=room_id, actor_id=actor_id, about=heard):
        told += some
        await db.execute(_PUSH, new, now_ms())
    return told


async def store(
    db: DatabaseConnection,
    kind: RecordedKind,
    *,
    room_id: str,
    actor_id: str,
    about: Sequence[Recipient],
) -> list[tuple[list[str], list[str]]]:
    """As ``note_each``, for whoever it is, and for no devices. Answers for SOME at a time the ids
    of those that are new, and all users who are told."""
    now = now_ms()
    stored: list[tuple[list[str], list[str]]] = []
    for start in range(0, len(about), SOME):
        ids = {new_id(): each for each in about[start : start + SOME]}
        values = [value for id, each in ids.items() for value in (id, *each)]
        places = ", ".join(
            f"(${n}::uuid, ${n + 1}::uuid, $1, $2::uuid, ${n + 2}::bigint, $3::uuid,"
            f" ${n + 3}, $4::bigint)"
            for n in range(5, 5 + len(values), 4)
        )
        rows = await db.fetch(
            "INSERT INTO notifications (id, user_id, kind, room_id, seq, actor_id, cause,"
            f" created_at) VALUES {places} ON CONFLICT (user_id, cause) DO UPDATE"
            " SET withdrawn_at = NULL WHERE notifications.withdrawn_at IS NOT NULL"
            " RETURNING id, user_id",
            *(kind, room_id, actor_id, now),
            *values,
        )
        new = [row["id"] for row in rows if row["id"] in ids]
        stored.append((new, [row["user_id"] for row in rows]))
    return stored


async def remove(db: DatabaseConnection, cause: str, user_ids: list[str]) -> list[Withdrawn]:
    """What it told of is gone for good."""
    rows = await db.fetch(
        "DELETE FROM notifications WHERE cause = $1 AND user_id = ANY($2::uuid[])"
        " RETURNING id, user_id",
        cause,
        user_ids,
    )
    return [Withdrawn(row["user_id"], row["id"]) for row in rows]


async def withdraw(db: DatabaseConnection, user_id: str, cause: str) -> list[str]:
    """Its cause has been taken back: nobody sees it any more. Answers its id if it was not read."""
    rows = await db.fetch(
        "UPDATE notifications SET withdrawn_at = $3"
        " WHERE user_id = $1 AND cause = $2 AND withdrawn_at IS NULL RETURNING id, read_at",
        user_id,
        cause,
        now_ms(),
    )
    return [row["id"] for row in rows if row["read_at"] is None]


async def read_up_to(
    db: DatabaseConnection, user_id: str, room_id: str, mark: int, seq: int
) -> list[str]:
    """The user's read mark moved from ``mark`` to ``seq``: their notifications of the room are
    read; answers those that were not."""
    rows = await db.fetch(_READ, user_id, room_id, seq, now_ms())
    notices = await read_notices(db, user_id, room_id, mark, seq)
    return [row["id"] for row in rows] + notices


async def read_notices(
    db: DatabaseConnection, user_id: str, room_id: str, mark: int, seq: int
) -> list[str]:
    """Of ``read_up_to``, messages to everybody alone: the latest SOME."""
    return await adopt(db, user_id, await db.fetch(_NOTICES, user_id, room_id, mark, seq))


async def adopt(db: DatabaseConnection, user_id: str, notices: Sequence[Row]) -> list[str]:
    """Makes messages to everybody the user's own, as read; answers those that were not."""
    now = now_ms()
    ids: list[str] = []
    for start in range(0, len(notices), SOME):
        values: list[Any] = []
        for row in notices[start : start + SOME]:
            room_id, seq = row["room_id"], row["seq"]
            values += personal(row["place"], user_id), room_id, seq, row["actor_id"]
            values += message_cause(room_id, seq), row["created_at"]
        places = ", ".join(
            f"(${n}::uuid, $1::uuid, 'mention', ${n + 1}::uuid, ${n + 2}::bigint,"
            f" ${n + 3}::uuid, ${n + 4}, ${n + 5}::bigint, $2::bigint)"
            for n in range(3, 3 + len(values), 6)
        )
        rows = await db.fetch(
            "INSERT INTO notifications (id, user_id, kind, room_id, seq, actor_id, cause,"
            f" created_at, read_at) VALUES {places} ON CONFLICT DO NOTHING RETURNING id",
            *(user_id, now, *values),
        )
        ids += [row["id"] for row in rows]
    return ids
