"""Sends on PostgreSQL: one call of the database function ``send_messages``, which takes the steps
that README.md numbers. The migrations install the function from the files
``send_messages_<version>.sql``; the newest file is in force."""

from __future__ import annotations

from typing import Any

import msgspec

from server.kernel.database import Database
from server.messages.entity import Send, SendOutcome
from server.messages.send.group import Commit


def postgres_commit(db: Database) -> Commit:
    """Commits a whole group with one call of the database function ``send_messages``."""

    async def commit(sends: list[Send]) -> list[SendOutcome]:
        items = [_item(n, send) for n, send in enumerate(sends)]
        rows = await db.fetch(
            "SELECT * FROM send_messages($1::json)", msgspec.json.encode(items).decode()
        )
        outcomes = {row["item"]: _outcome(row) for row in rows}
        return [outcomes[n] for n in range(len(sends))]

    return commit


def _item(n: int, send: Send) -> dict[str, object]:
    """A send as the function reads it. A key without a value costs as much as one with a value, so
    what a send does not have is left out."""
    item: dict[str, object] = {
        "item": n,
        "id": send.id,
        "room_id": send.room_id,
        "author_id": send.author_id,
        "client_id": send.client_id,
        "body": send.text,
        "sent_at": send.sent_at,
    }
    if send.reply_to_seq is not None:
        item["reply_to_seq"] = send.reply_to_seq
    if send.names:
        item["names"] = send.names
    if send.attachment_ids:
        item["attachment_ids"] = send.attachment_ids
    if send.notice_id:
        item["notice_id"] = send.notice_id
    return item


def _outcome(row: Any) -> SendOutcome:
    return SendOutcome(
        outcome=row["outcome"],
        seq=row["at_seq"],
        version=row["at_version"],
        mentions=row["mentioned"],
        named=row["named"],
        reply_author=row["reply_author"],
        reply_text=row["reply_text"],
        reply_deleted=row["reply_deleted"],
        attachments=row["attached"],
        notified=row["notified"] or [],
        everyone=row["told_all"],
        read=row["read_some"],
    )
