"""Finds the messages of a room that have files."""

from __future__ import annotations

from server.history.rows import MESSAGES
from server.kernel import wire
from server.kernel.database import DatabaseConnection, Row
from server.messages.entity import FileKind


async def with_files(
    db: DatabaseConnection, room_id: str, kind: FileKind | None, before: int | None, limit: int
) -> list[Row]:
    """The rows of the latest messages before ``before`` with files of the kind; None stands for any
    message, and any kind. The rows of ``message_attachments`` are read from an index, in order."""
    args = [room_id, wire.MAX_INT if before is None else before, limit]
    of_kind = ""
    if kind is not None:
        args.append(kind)
        of_kind = " AND f.kind = $4"
    return await db.fetch(
        f"{MESSAGES} WHERE m.room_id = $1 AND m.seq IN (SELECT DISTINCT f.seq"
        f" FROM message_attachments f WHERE f.room_id = $1 AND f.seq < $2{of_kind}"
        " ORDER BY f.seq DESC LIMIT $3) ORDER BY m.seq DESC",
        *args,
    )
