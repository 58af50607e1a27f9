"""Stores notifications in the transaction of the change that causes them. Each user has at most one
for each cause. A cause is ``m:<room>:<seq>`` (a message), ``r:<room>:<seq>:<actor>`` (one user's
reactions to a message), ``a:<room>`` (being added) or ``i:<room>`` (being invited)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal

from server.blocks.clauses import BLOCKED
from server.kernel.clock import now_ms
from server.kernel.database import DatabaseConnection, Row
from server.kernel.ids import new_id
from server.kernel.wire import MAX_INT
from server.notifications.entity import Withdrawn

Heard = Literal["mention", "reaction", "added_to_room"]
RecordedKind = Heard | Literal["invitation"]

# For each kind, the values of ``notify`` with which a member gets the notification.
LEVELS: dict[Heard, list[str]] = {
    "mention": ["all", "mentions"],
    "reaction": ["all"],
    "added_to_room": ["all"],
}
# The most rows of one statement.
RECORDED_AT_ONCE = 500
# A user who is added again within this time (ms) after they were removed is not notified again.
ADDED_AGAIN = 3_600_000

# A user and what they are notified of: (user_id, seq, cause).
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
# A message to everybody (@all) is one row for the whole room, a notice. A user who reads it gets a
# row of their own, unless they have a notification of that message already. One made by an edit is
# told where the next message would stand, so that it is news also for who has read the message.
TOLD_AT = "coalesce(n.told_at_seq, n.seq)"
_NOTICES = f"""
    SELECT n.id AS place, n.room_id, n.seq, n.actor_id, n.created_at FROM room_members m
    JOIN room_notices n ON n.room_id = m.room_id
    WHERE m.user_id = $1 AND m.room_id = $2 AND m.active
        AND {TOLD_AT} > $3 AND n.seq <= $4
        AND {TOLD_AT} > m.joined_seq AND m.notify <> 'none' AND n.actor_id <> m.user_id
        AND NOT {BLOCKED.format("n.actor_id")} AND NOT EXISTS (
            SELECT 1 FROM notifications o WHERE o.user_id = m.user_id
                AND o.cause = 'm:' || n.room_id::text || ':' || n.seq::text)
    ORDER BY n.seq DESC LIMIT {RECORDED_AT_ONCE}
"""
_PUT_NOTICE = """
    INSERT INTO room_notices (id, room_id, seq, actor_id, created_at, told_at_seq)
    VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING RETURNING id
"""
# Mentions that were edited out: the message tells their users anew.
_DROP_HIDDEN = """
    DELETE FROM notifications WHERE cause = $1 AND withdrawn_at IS NOT NULL
        AND user_id IN (SELECT m.user_id FROM room_members m WHERE m.room_id = $2)
"""
_PUSH_MESSAGE = """
    INSERT INTO push_jobs (room_id, seq, payload, attempts, due_at, created_at)
    SELECT $1::uuid, $2::bigint, '{"kind":"message"}', 0, $3::bigint, $3::bigint
    WHERE EXISTS (SELECT 1 FROM push_subscriptions)
"""
_MARK = "SELECT last_read_seq FROM room_members WHERE room_id = $1 AND user_id = $2"
_READ = """
    UPDATE notifications SET read_at = $4
    WHERE user_id = $1 AND room_id = $2 AND read_at IS NULL AND seq <= $3 RETURNING id
"""
# Notifications of being added that were hidden when the user was removed.
_LONG_GONE = """
    DELETE FROM notifications
    WHERE cause = $1 AND user_id = ANY($2::uuid[]) AND withdrawn_at < $3
"""
_HAVE = "SELECT user_id FROM notifications WHERE cause = $1 AND user_id = ANY($2::uuid[])"
# A notice has one id for the whole room. ``personal`` makes each user's own id of it.
_LOW = (1 << 62) - 1


def message_cause(room_id: str, seq: int) -> str:
    return f"m:{room_id}:{seq}"


def reaction_cause(room_id: str, seq: int, actor_id: str) -> str:
    return f"r:{room_id}:{seq}:{actor_id}"


def added_cause(room_id: str) -> str:
    return f"a:{room_id}"


def personal(notice_id: str, user_id: str) -> str:
    """The id that one user has for a notice; no other user has the same one. Called with that id,
    it returns the notice's id again."""
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
    """Stores a notification, and a push job for the devices, for each of the users who wants to be
    notified of this kind. Returns those who were notified.

    Idempotent: a user who already has a notification of this cause keeps it and is not notified
    again. A withdrawn one is restored, without another push job.
    """
    about = [(user_id, seq, cause) for user_id in user_ids]
    return await record_each(db, kind, room_id=room_id, actor_id=actor_id, about=about)


async def record_each(
    db: DatabaseConnection, kind: Heard, *, room_id: str, actor_id: str, about: Sequence[Recipient]
) -> list[str]:
    """Does the same as ``record_notifications``, with a seq and a cause for each user."""
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


async def record_added(
    db: DatabaseConnection, room_id: str, actor_id: str, arrivals: dict[str, int]
) -> list[str]:
    """Stores the notifications of users whom somebody has added: ``arrivals`` has the seq of the
    message about each. Returns those who are to be told. Who was removed and is added again, over
    and over, is told once."""
    users, cause = list(arrivals), added_cause(room_id)
    await db.execute(_LONG_GONE, cause, users, now_ms() - ADDED_AGAIN)
    rows = await db.fetch(_HAVE, cause, users)
    again = {row["user_id"] for row in rows}
    about = [(user_id, seq, cause) for user_id, seq in arrivals.items()]
    told = await record_each(db, "added_to_room", room_id=room_id, actor_id=actor_id, about=about)
    return [user_id for user_id in told if user_id not in again]


async def store(
    db: DatabaseConnection,
    kind: RecordedKind,
    *,
    room_id: str,
    actor_id: str,
    about: Sequence[Recipient],
) -> list[tuple[list[str], list[str]]]:
    """Stores notifications as ``record_each`` does, but for all of the users whatever they want to
    be notified of, and without push jobs. Returns, for each batch of RECORDED_AT_ONCE users, the
    ids of the new notifications, and the users who were notified."""
    now = now_ms()
    stored: list[tuple[list[str], list[str]]] = []
    for start in range(0, len(about), RECORDED_AT_ONCE):
        ids = {new_id(): each for each in about[start : start + RECORDED_AT_ONCE]}
        values = [value for id, each in ids.items() for value in (id, *each)]
        places = ", ".join(
            f"(${n}::uuid, ${n + 1}::uuid, $1, $2::uuid, ${n + 2}::bigint, $3::uuid,"
            f" ${n + 3}, $4::bigint)"
            for n in range(5, 5 + len(values), 4)
        )
        rows = await db.fetch(
            "INSERT INTO notifications (id, user_id, kind, room_id, seq, actor_id, cause,"
            f" created_at) VALUES {places} ON CONFLICT (user_id, cause) DO UPDATE"
            " SET withdrawn_at = NULL, seq = excluded.seq, actor_id = excluded.actor_id"
            " WHERE notifications.withdrawn_at IS NOT NULL"
            " RETURNING id, user_id",
            *(kind, room_id, actor_id, now),
            *values,
        )
        new = [row["id"] for row in rows if row["id"] in ids]
        stored.append((new, [row["user_id"] for row in rows]))
    return stored


async def record_notice(
    db: DatabaseConnection, room_id: str, seq: int, actor_id: str, told_at_seq: int
) -> bool:
    """Makes a message that is in the room already one to everybody there, with a push job. Returns
    whether it was none yet."""
    now = now_ms()
    row = await db.fetchrow(_PUT_NOTICE, new_id(), room_id, seq, actor_id, now, told_at_seq)
    if row is None:
        return False
    await db.execute(_DROP_HIDDEN, message_cause(room_id, seq), room_id)
    await db.execute(_PUSH_MESSAGE, room_id, seq, now)
    return True


async def remove(db: DatabaseConnection, cause: str, user_ids: list[str]) -> list[Withdrawn]:
    """Deletes the notifications of a cause that is gone for good."""
    rows = await db.fetch(
        "DELETE FROM notifications WHERE cause = $1 AND user_id = ANY($2::uuid[])"
        " RETURNING id, user_id",
        cause,
        user_ids,
    )
    return [Withdrawn(row["user_id"], row["id"]) for row in rows]


async def withdraw(db: DatabaseConnection, user_id: str, cause: str) -> list[Withdrawn]:
    """Hides the notification of a cause that was undone. Returns it if it was unread."""
    rows = await db.fetch(
        "UPDATE notifications SET withdrawn_at = $3"
        " WHERE user_id = $1 AND cause = $2 AND withdrawn_at IS NULL RETURNING id, read_at",
        user_id,
        cause,
        now_ms(),
    )
    return [Withdrawn(user_id, row["id"]) for row in rows if row["read_at"] is None]


async def read_up_to(
    db: DatabaseConnection, user_id: str, room_id: str, mark: int, seq: int
) -> list[str]:
    """Marks the user's notifications of the room as read, after their read mark has moved from
    ``mark`` to ``seq``. Returns the ids of those that were unread."""
    rows = await db.fetch(_READ, user_id, room_id, seq, now_ms())
    notices = await read_notices(db, user_id, room_id, mark, seq)
    return [row["id"] for row in rows] + notices


async def read_notices(
    db: DatabaseConnection, user_id: str, room_id: str, mark: int, seq: int
) -> list[str]:
    """The part of ``read_up_to`` that concerns messages to everybody; only the latest
    RECORDED_AT_ONCE."""
    return await adopt(db, user_id, await db.fetch(_NOTICES, user_id, room_id, mark, seq))


async def unread_notices(db: DatabaseConnection, user_id: str, room_id: str) -> list[str]:
    """The ids of the messages to everybody in a room that the user has not read; only the latest
    RECORDED_AT_ONCE."""
    row = await db.fetchrow(_MARK, room_id, user_id)
    mark = row["last_read_seq"] if row else 0
    rows = await db.fetch(_NOTICES, user_id, room_id, mark, MAX_INT)
    return [row["place"] for row in rows]


async def adopt(db: DatabaseConnection, user_id: str, notices: Sequence[Row]) -> list[str]:
    """Stores messages to everybody as the user's own notifications, marked as read. Returns the ids
    of those that were unread."""
    now = now_ms()
    ids: list[str] = []
    for start in range(0, len(notices), RECORDED_AT_ONCE):
        values: list[Any] = []
        for row in notices[start : start + RECORDED_AT_ONCE]:
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
