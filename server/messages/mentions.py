"""A message's mentions in the database.

A name in a text means the user who has it when it is written. It goes on meaning that user as long
as it stands in the text, even if the user takes another name, and another user this one.
"""

from __future__ import annotations

import msgspec

from server.history.rows import to_names
from server.kernel.database import DatabaseConnection, Row
from server.notifications.entity import NotificationKind
from server.rooms.entity import Notify

_DELETE = "DELETE FROM mentions WHERE room_id = $1 AND seq = $2 RETURNING user_id"
_ADD = """
    INSERT INTO mentions (user_id, room_id, seq)
    SELECT u.id, $2::uuid, $3::bigint FROM users u WHERE u.id = ANY($1::uuid[])
"""
_MEMBERS = """
    SELECT u.username_key, u.id FROM users u JOIN room_members m ON m.user_id = u.id
    WHERE m.room_id = $1 AND m.active AND u.username_key = ANY($2::text[])
"""
_PEER = "SELECT user_id, notify FROM room_members WHERE room_id = $1 AND user_id <> $2"
_REPLIED_TO = """
    SELECT m.user_id, m.notify FROM messages x
    JOIN room_members m ON m.room_id = x.room_id AND m.user_id = x.author_id
    WHERE x.room_id = $1 AND x.seq = $2
"""
# Names that users have, or gave up lately.
_NAMES = """
    SELECT f.username_key, f.user_id AS id FROM freed_usernames f
    WHERE f.user_id = ANY($1::uuid[]) AND f.username_key = ANY($2::text[])
    UNION ALL
    SELECT u.username_key, u.id FROM users u
    WHERE u.id = ANY($1::uuid[]) AND u.username_key = ANY($2::text[])
"""


async def replace_mentions(
    db: DatabaseConnection, row: Row, names: list[str]
) -> tuple[set[str], dict[str, str]]:
    """Stores whom the message of ``row`` mentions, now that its text has these names. Returns the
    users mentioned before, and those mentioned now by their names in the text."""
    before = await remove_mentions(db, row)
    held = await _held(db, row, before, names)
    named = {name: held[name] for name in names if name in held}
    fresh = [name for name in names if name not in held]
    if fresh:
        rows = await db.fetch(_MEMBERS, row["room_id"], fresh)
        named |= {each["username_key"]: each["id"] for each in rows}
    if named:
        await db.execute(_ADD, list(set(named.values())), row["room_id"], row["seq"])
    return before, named


async def remove_mentions(db: DatabaseConnection, row: Row) -> set[str]:
    """Removes the message's mentions. Returns the users who were mentioned."""
    rows = await db.fetch(_DELETE, row["room_id"], row["seq"])
    return {each["user_id"] for each in rows}


async def _held(
    db: DatabaseConnection, row: Row, before: set[str], names: list[str]
) -> dict[str, str]:
    """Whom the names in the text meant so far."""
    if row["mention_names"] or not before or not names:
        return to_names(row["mention_names"])
    # The message is older than the column: the names are those that its users have or had.
    rows = await db.fetch(_NAMES, list(before), names)
    return {each["username_key"]: each["id"] for each in rows}


def stored_mentions(named: dict[str, str]) -> dict[str, str | None]:
    """Mentions as they are stored in the message's row: JSON, or None if there are none."""
    ids = sorted(set(named.values()))
    return {
        "mentions": msgspec.json.encode(ids).decode() if ids else None,
        "mention_names": msgspec.json.encode(named).decode() if named else None,
    }


async def others_concerned(
    db: DatabaseConnection, row: Row, direct: bool
) -> dict[str, tuple[NotificationKind, Notify]]:
    """Whom a message notifies even if it mentions nobody: the author of the message that it
    replies to, and the peer in a direct room; with the kind of their notification, and their
    setting ``notify``."""
    rows = await db.fetch(_PEER, row["room_id"], row["author_id"]) if direct else []
    found: dict[str, tuple[NotificationKind, Notify]]
    found = {each["user_id"]: ("direct_message", each["notify"]) for each in rows}
    if row["reply_to_seq"] is not None:
        rows = await db.fetch(_REPLIED_TO, row["room_id"], row["reply_to_seq"])
        found |= {each["user_id"]: ("reply", each["notify"]) for each in rows}
    return found
