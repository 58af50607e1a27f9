"""Turns rows of messages into entities. All code that reads messages uses these functions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from server.history.entity import Message, Reaction, ReplyTo
from server.kernel.clock import timestamp, timestamp_or_none
from server.kernel.database import DatabaseConnection, Row
from server.media.links import FileLinks

REPLY_EXCERPT = 140

MESSAGES = f"""
    SELECT m.id, m.room_id, m.seq, m.version, m.kind, m.author_id, m.client_id, m.text,
        m.reply_to_seq, m.mentions, m.mention_names, m.reactions, m.attachments, m.system,
        m.pinned_at, m.created_at, m.edited_at, m.deleted_at, o.author_id AS reply_author,
        substr(o.text, 1, {REPLY_EXCERPT}) AS reply_text, o.deleted_at AS reply_deleted,
        CASE WHEN o.text = '' THEN o.attachments END AS reply_attachments
    FROM messages m
    LEFT JOIN messages o ON o.room_id = m.room_id AND o.seq = m.reply_to_seq
"""


class _File(msgspec.Struct):
    """The part of a stored attachment that a reply tells."""

    content_type: str


_files = msgspec.json.Decoder(list[_File])
_names = msgspec.json.Decoder(dict[str, str])
_ids = msgspec.json.Decoder(list[str])
_reactions = msgspec.json.Decoder(list[Reaction])
_object = msgspec.json.Decoder(dict[str, Any])

# One user's own reactions, as (room_id, seq, emoji).
Mine = set[tuple[str, int, str]]


def to_message(row: Row, reactions: list[Reaction], links: FileLinks | None) -> Message:
    """``links`` signs the links to the attachments; None for messages that cannot have any."""
    return Message(
        id=row["id"],
        room_id=row["room_id"],
        seq=row["seq"],
        version=row["version"],
        kind=row["kind"],
        author_id=row["author_id"],
        client_id=row["client_id"],
        text=row["text"],
        attachments=links.attachments(row["attachments"]) if links else [],
        reply_to=None if row["reply_to_seq"] is None else _reply(row),
        mentions=_ids.decode(row["mentions"]) if row["mentions"] else [],
        mention_names=to_names(row["mention_names"]),
        reactions=reactions,
        pinned_at=timestamp_or_none(row["pinned_at"]),
        system=_object.decode(row["system"]) if row["system"] else None,
        created_at=timestamp(row["created_at"]),
        edited_at=timestamp_or_none(row["edited_at"]),
        deleted_at=timestamp_or_none(row["deleted_at"]),
    )


def to_names(stored: str | None) -> dict[str, str]:
    """The mentioned users by name, from the JSON that is stored with the message."""
    return _names.decode(stored) if stored else {}


def _reply(row: Row) -> ReplyTo:
    excerpt = None if row["reply_deleted"] is not None else row["reply_text"]
    files = _files.decode(row["reply_attachments"]) if row["reply_attachments"] else []
    content_type = files[0].content_type if files else None
    return ReplyTo(row["reply_to_seq"], row["reply_author"], excerpt, content_type)


async def to_messages(
    db: DatabaseConnection, rows: Sequence[Row], viewer_id: str | None, links: FileLinks
) -> list[Message]:
    """The messages as ``viewer_id`` sees them; with None, without personal fields."""
    reactions = [to_reactions(row) for row in rows]
    if viewer_id is not None:
        # The row names the first users who reacted. The database is asked only for messages that
        # more users reacted to.
        more = [row for row, those in zip(rows, reactions, strict=True) if any(map(_more, those))]
        mine = await _mine(db, viewer_id, more) if more else set()
        reactions = [
            _seen_by(viewer_id, those, row, mine) if those else those
            for row, those in zip(rows, reactions, strict=True)
        ]
    return [to_message(row, those, links) for row, those in zip(rows, reactions, strict=True)]


def to_reactions(row: Row) -> list[Reaction]:
    """The reactions as they are broadcast, without ``me``."""
    return _reactions.decode(row["reactions"]) if row["reactions"] else []


def _more(reaction: Reaction) -> bool:
    return reaction.count > len(reaction.user_ids)


def _seen_by(viewer_id: str, those: list[Reaction], row: Row, mine: Mine) -> list[Reaction]:
    at = (row["room_id"], row["seq"])
    return [
        Reaction(r.emoji, r.count, r.user_ids, viewer_id in r.user_ids or (*at, r.emoji) in mine)
        for r in those
    ]


async def _mine(db: DatabaseConnection, user_id: str, rows: Iterable[Row]) -> Mine:
    found = await db.fetch(
        "SELECT room_id, seq, emoji FROM reactions WHERE room_id = ANY($1::uuid[])"
        " AND seq = ANY($2::bigint[]) AND user_id = $3",
        list({row["room_id"] for row in rows}),
        list({row["seq"] for row in rows}),
        user_id,
    )
    return {(row["room_id"], row["seq"], row["emoji"]) for row in found}
