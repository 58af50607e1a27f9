"""Sends on SQLite: the steps that README.md numbers, in the same order as in the function
``send_messages`` on PostgreSQL."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from server.history.rows import REPLY_EXCERPT
from server.kernel.ids import new_id
from server.media.entity import StoredAttachment
from server.messages.entity import Send, SendOutcome
from server.messages.send.gathered import AuthorSeat, Counters, Gathered, look
from server.messages.send.group import Commit
from server.notifications.recording import message_cause

_BLOCKED = (
    "EXISTS (SELECT 1 FROM blocks b WHERE (b.user_id = :one AND b.blocked_id = :other)"
    " OR (b.user_id = :other AND b.blocked_id = :one))"
)
_USABLE = (
    f"SELECT {', '.join('a.' + name for name in StoredAttachment.__struct_fields__)}"
    " FROM attachments a WHERE a.id = ? AND (a.uploader_id = ? OR EXISTS ("
    " SELECT 1 FROM message_attachments x JOIN room_members m"
    " ON m.room_id = x.room_id AND m.active WHERE x.attachment_id = a.id AND m.user_id = ?))"
)


Run = Callable[[Callable[[sqlite3.Connection], list[SendOutcome]]], Awaitable[list[SendOutcome]]]


def sqlite_commit(run: Run) -> Commit:
    """Commits a whole group in one transaction, by one function on the connection's thread."""

    async def commit(sends: list[Send]) -> list[SendOutcome]:
        return await run(lambda raw: _Group(raw).send_all(sends))

    return commit


class _Refused(Exception):
    def __init__(self, outcome: SendOutcome) -> None:
        self.outcome = outcome


class _Group:
    """The sends of one transaction. Each takes the steps in turn; what the steps of most sends
    write is gathered, and written once for the whole group."""

    def __init__(self, raw: sqlite3.Connection) -> None:
        self.raw = raw
        self.gathered = Gathered(raw)
        # The messages of the group, by room, author and client_id.
        self.seqs: dict[tuple[str, str, str], int] = {}
        # The rooms in which the group has stored notifications for a user.
        self.noted: set[tuple[str, str]] = set()

    def send_all(self, sends: list[Send]) -> list[SendOutcome]:
        seats = look(self.raw, sends)
        outcomes = [self._send(send, seat) for send, seat in zip(sends, seats, strict=True)]
        self.gathered.write()
        return outcomes

    def _send(self, send: Send, seat: AuthorSeat | None) -> SendOutcome:
        try:
            return _Sending(self, send, seat).run()
        except _Refused as refused:
            return refused.outcome


class _Sending:
    def __init__(self, group: _Group, send: Send, seat: AuthorSeat | None) -> None:
        self._group = group
        self._raw = group.raw
        self._send = send
        self._found = seat

    def run(self) -> SendOutcome:
        """Takes the steps in order. The steps that may refuse come first, so that nothing has to be
        rolled back."""
        seat = self._seat()
        self._repeated(seat)
        room = self._group.gathered.counters(self._send.room_id, seat)
        peer_id = self._peer() if seat.kind == "direct" else None
        reply_author, reply_text, reply_deleted = self._original(room)
        attachments = self._attachments()
        mentions, named = self._mentioned()
        self._number(room)
        self._store(room, mentions, named, attachments)
        self._mark(room)
        read = self._read(room.seq, seat)
        self._link(room.seq, mentions)
        notified = self._notify(room.seq, mentions, reply_author, peer_id)
        everyone = seat.kind == "group" and seat.role != "member" and self._notice(room.seq)
        self._push(room.seq)
        return SendOutcome(
            outcome="sent",
            seq=room.seq,
            version=room.version,
            mentions=mentions,
            named=named,
            reply_author=reply_author,
            reply_text=reply_text,
            reply_deleted=bool(reply_deleted),
            attachments=attachments,
            notified=notified,
            everyone=everyone,
            read=read,
        )

    def _row(self, sql: str, *values: Any) -> Any:
        return self._raw.execute(sql, values).fetchone()

    def _seat(self) -> AuthorSeat:
        if self._found is None:
            raise _Refused(SendOutcome(outcome="not_found"))
        return self._found

    def _repeated(self, seat: AuthorSeat) -> None:
        send = self._send
        first = seat.first
        if first is None:
            first = self._group.seqs.get((send.room_id, send.author_id, send.client_id))
        if first is not None:
            raise _Refused(SendOutcome(outcome="duplicate", seq=first))

    def _peer(self) -> str:
        send = self._send
        peer_id, deleted_at = self._row(
            "SELECT u.id, u.deleted_at FROM room_members m JOIN users u ON u.id = m.user_id"
            " WHERE m.room_id = ? AND m.user_id <> ?",
            *(send.room_id, send.author_id),
        )
        if deleted_at is not None:
            raise _Refused(SendOutcome(outcome="forbidden"))
        if self._blocked(peer_id):
            raise _Refused(SendOutcome(outcome="blocked"))
        return str(peer_id)

    def _blocked(self, user_id: str) -> bool:
        between = {"one": user_id, "other": self._send.author_id}
        return bool(self._raw.execute(f"SELECT {_BLOCKED}", between).fetchone()[0])

    def _original(self, room: Counters) -> tuple[str | None, str | None, bool | None]:
        send = self._send
        if send.reply_to_seq is None:
            return None, None, None
        if send.reply_to_seq > room.began:
            self._group.gathered.write_messages()
        found = self._row(
            f"SELECT author_id, substr(text, 1, {REPLY_EXCERPT}), deleted_at IS NOT NULL"
            " FROM messages WHERE room_id = ? AND seq = ?",
            *(send.room_id, send.reply_to_seq),
        )
        if found is None:
            raise _Refused(SendOutcome(outcome="no_original"))
        author_id, text, deleted = found
        return author_id, text, deleted

    def _attachments(self) -> str | None:
        """The attachments in the JSON that is stored with the message; None without any."""
        send, found = self._send, []
        for attachment_id in send.attachment_ids:
            row = self._row(_USABLE, attachment_id, send.author_id, send.author_id)
            if row is None:
                raise _Refused(SendOutcome(outcome="no_attachment"))
            found.append(dict(zip(StoredAttachment.__struct_fields__, row, strict=True)))
        return msgspec.json.encode(found).decode() if found else None

    def _mentioned(self) -> tuple[list[str], str | None]:
        """The ids of the mentioned members, and the JSON of their names in the text, if any."""
        if not self._send.names:
            return [], None
        rows = self._raw.execute(
            "SELECT u.username_key, u.id FROM users u JOIN room_members m ON m.user_id = u.id"
            " WHERE m.room_id = ? AND m.active"
            " AND u.username_key IN (SELECT value FROM json_each(?)) ORDER BY u.id",
            (self._send.room_id, msgspec.json.encode(self._send.names).decode()),
        )
        names = dict(rows)
        return list(names.values()), msgspec.json.encode(names).decode() if names else None

    def _number(self, room: Counters) -> None:
        room.version += 1
        room.seq += 1
        room.ordinal += 1
        room.active_at = self._send.sent_at

    def _store(
        self, room: Counters, mentions: list[str], named: str | None, attachments: str | None
    ) -> None:
        send = self._send
        self._group.seqs[send.room_id, send.author_id, send.client_id] = room.seq
        self._group.gathered.add_message(
            (
                send.id,
                send.room_id,
                room.seq,
                room.version,
                room.ordinal,
                "text",
                send.author_id,
                send.client_id,
                send.text,
                send.reply_to_seq,
                msgspec.json.encode(mentions).decode() if mentions else None,
                named,
                attachments,
                send.sent_at,
            )
        )

    def _mark(self, room: Counters) -> None:
        """Moves the author's read mark to their own message."""
        send = self._send
        self._group.gathered.add_mark(send.room_id, send.author_id, room.seq, room.ordinal)

    def _read(self, seq: int, seat: AuthorSeat) -> bool:
        """Marks the author's notifications of the room as read. Returns whether any was unread."""
        send = self._send
        if not seat.unread and (send.author_id, send.room_id) not in self._group.noted:
            return False
        done = self._raw.execute(
            "UPDATE notifications SET read_at = ? WHERE user_id = ? AND room_id = ?"
            " AND read_at IS NULL AND seq < ?",
            (send.sent_at, send.author_id, send.room_id, seq),
        )
        return done.rowcount > 0

    def _link(self, seq: int, mentions: list[str]) -> None:
        """Inserts the rows by which the message is found from a mentioned user or a file."""
        raw, send = self._raw, self._send
        if mentions:
            raw.executemany(
                "INSERT INTO mentions (user_id, room_id, seq) VALUES (?, ?, ?)",
                [(user_id, send.room_id, seq) for user_id in mentions],
            )
        if send.attachment_ids:
            raw.executemany(
                "INSERT INTO message_attachments (room_id, seq, attachment_id) VALUES (?, ?, ?)",
                [(send.room_id, seq, attachment_id) for attachment_id in send.attachment_ids],
            )

    def _notify(
        self, seq: int, mentions: list[str], reply_author: str | None, peer_id: str | None
    ) -> list[str]:
        """Inserts at most one notification for each user: a mention rather than a reply, and a
        reply rather than any other kind."""
        if not (mentions or reply_author or peer_id):
            return []
        kinds = {peer_id: "direct_message"} | {reply_author: "reply"}
        kinds |= dict.fromkeys(mentions, "mention")
        send = self._send
        return [
            user_id
            for user_id, kind in kinds.items()
            if user_id not in (None, send.author_id) and self._note(seq, user_id, kind)
        ]

    def _note(self, seq: int, user_id: str, kind: str) -> bool:
        send = self._send
        seat = self._row(
            "SELECT notify FROM room_members WHERE room_id = ? AND user_id = ? AND active",
            *(send.room_id, user_id),
        )
        wanted = ("all",) if kind == "direct_message" else ("all", "mentions")
        if seat is None or seat[0] not in wanted or self._blocked(user_id):
            return False
        cause = message_cause(send.room_id, seq)
        self._raw.execute(
            "INSERT INTO notifications (id, user_id, kind, room_id, seq, actor_id, cause,"
            " created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (new_id(), user_id, kind, send.room_id, seq, send.author_id, cause, send.sent_at),
        )
        self._group.noted.add((user_id, send.room_id))
        return True

    def _notice(self, seq: int) -> bool:
        """Inserts one row for the whole room, if the message mentions ``@all``."""
        send = self._send
        if send.notice_id is None:
            return False
        self._raw.execute(
            "INSERT INTO room_notices (id, room_id, seq, actor_id, created_at)"
            " VALUES (?, ?, ?, ?, ?)",
            (send.notice_id, send.room_id, seq, send.author_id, send.sent_at),
        )
        return True

    def _push(self, seq: int) -> None:
        """Inserts a push job for the devices of the room's members, if any member has one."""
        send = self._send
        self._group.gathered.add_push(send.room_id, seq, send.sent_at)
