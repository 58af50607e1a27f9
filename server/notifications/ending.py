"""Ends notifications whose cause is gone, in the transaction of the change that ends it.

A cause that may come back leaves its notification hidden, so that the user is not notified again: a
mention that was edited out, and being added by somebody. All others are deleted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from server.kernel.clock import now_ms
from server.kernel.database import DatabaseConnection
from server.notifications.entity import NotificationKind, Withdrawn
from server.notifications.recording import added_cause, message_cause, personal, unread_notices

_UNMENTION = """
    UPDATE notifications SET withdrawn_at = $3 WHERE cause = $1 AND user_id = ANY($2::uuid[])
        AND kind = 'mention' AND withdrawn_at IS NULL RETURNING id, user_id
"""
_TURN = """
    UPDATE notifications SET kind = $3
    WHERE cause = $1 AND user_id = $2 AND kind = 'mention' AND withdrawn_at IS NULL
"""
_OF_MESSAGE = """
    DELETE FROM notifications WHERE cause = $1 AND user_id = ANY($2::uuid[])
    RETURNING id, user_id, withdrawn_at
"""
_OF_REACTIONS = """
    DELETE FROM notifications WHERE user_id = $1 AND room_id = $2 AND seq = $3
        AND kind = 'reaction' RETURNING id, user_id, withdrawn_at
"""
_NOTICE = "DELETE FROM room_notices WHERE room_id = $1 AND seq = $2 RETURNING id"
# Users who have read a message to everybody have a row of their own for it.
_OF_NOTICE = """
    DELETE FROM notifications WHERE cause = $1 AND kind = 'mention'
        AND NOT (user_id = ANY($3::uuid[]))
        AND user_id IN (SELECT m.user_id FROM room_members m WHERE m.room_id = $2)
"""
_OF_SEAT = """
    DELETE FROM notifications WHERE user_id = $1 AND room_id = $2 AND cause <> $3
    RETURNING id, withdrawn_at
"""
_HIDE = """
    UPDATE notifications SET withdrawn_at = $3
    WHERE user_id = $1 AND cause = $2 AND withdrawn_at IS NULL RETURNING id
"""


async def end_mentions(
    db: DatabaseConnection,
    room_id: str,
    seq: int,
    user_ids: Iterable[str],
    others: Mapping[str, NotificationKind],
) -> list[Withdrawn]:
    """Ends the mentions that a message has no more. ``others`` maps those users whom the message
    notifies all the same to the kind of that notification: theirs stays, as that kind."""
    cause = message_cause(room_id, seq)
    for user_id, kind in others.items():
        await db.execute(_TURN, cause, user_id, kind)
    gone = [user_id for user_id in user_ids if user_id not in others]
    rows = await db.fetch(_UNMENTION, cause, gone, now_ms()) if gone else []
    return [Withdrawn(row["user_id"], row["id"]) for row in rows]


async def end_message(
    db: DatabaseConnection, room_id: str, seq: int, user_ids: Iterable[str], author_id: str
) -> list[Withdrawn]:
    """Deletes the notifications of a deleted message: those that ``user_ids`` have of the message,
    and those that its author has of reactions."""
    cause = message_cause(room_id, seq)
    rows = await db.fetch(_OF_MESSAGE, cause, list(user_ids))
    rows += await db.fetch(_OF_REACTIONS, author_id, room_id, seq)
    return [Withdrawn(row["user_id"], row["id"]) for row in rows if row["withdrawn_at"] is None]


async def end_notice(
    db: DatabaseConnection, room_id: str, seq: int, mentioned: Iterable[str]
) -> str | None:
    """Deletes a notification of the whole room, and returns its id; None if there was none. Those
    whom the message mentions by name (``mentioned``) keep the notification of that."""
    row = await db.fetchrow(_NOTICE, room_id, seq)
    if row is None:
        return None
    await db.execute(_OF_NOTICE, message_cause(room_id, seq), room_id, list(mentioned))
    return str(row["id"])


async def end_seat(db: DatabaseConnection, room_id: str, user_id: str) -> list[Withdrawn]:
    """Ends all notifications that a user has of a room. It is called before the user loses their
    seat, as long as messages to everybody are for them too."""
    notices = await unread_notices(db, user_id, room_id)
    added = added_cause(room_id)
    rows = await db.fetch(_OF_SEAT, user_id, room_id, added)
    gone = [row["id"] for row in rows if row["withdrawn_at"] is None]
    gone += [row["id"] for row in await db.fetch(_HIDE, user_id, added, now_ms())]
    gone += [personal(notice_id, user_id) for notice_id in notices]
    return [Withdrawn(user_id, each) for each in gone]
