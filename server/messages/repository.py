"""Messages in the database: sends, reads and changes them, and moves the users' read marks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from server.history.entity import Message
from server.history.rows import MESSAGES, to_message, to_messages, to_reactions
from server.kernel import wire
from server.kernel.clock import now_ms
from server.kernel.database import Database, DatabaseConnection, Row
from server.kernel.limits import Quotas
from server.media.links import FileLinks
from server.messages import rules
from server.messages.entity import (
    ALL_MEMBERS,
    Changed,
    Direction,
    FileKind,
    Marked,
    MessageChange,
    MessageUpdated,
    ReactionChange,
    ReadMark,
    Send,
    SendOutcome,
)
from server.messages.files import with_files
from server.messages.mentions import (
    others_concerned,
    remove_mentions,
    replace_mentions,
    stored_mentions,
)
from server.messages.reactions import (
    count_own,
    record_reaction,
    recount,
    set_reaction,
    withdraw_reaction,
)
from server.messages.rules import Attempt
from server.messages.send.group import GroupCommit
from server.notifications import ending, recording
from server.notifications.entity import NotificationKind, Withdrawn
from server.rooms.locked import Locked
from server.rooms.rows import UNREAD

_IN = "m.room_id = $1 AND m.user_id = $2 AND m.active"
_HELD = f"""
    SELECT m.last_read_seq FROM room_members m JOIN rooms r ON r.id = m.room_id
    WHERE {_IN} AND r.deleted_at IS NULL FOR NO KEY UPDATE OF m
"""
_MOVE = f"""
    UPDATE room_members AS m SET last_read_seq = x.seq, last_read_ordinal = x.ordinal
    FROM messages x JOIN rooms r ON r.id = x.room_id WHERE {_IN} AND x.room_id = $1
        AND x.seq = CASE WHEN $3::bigint < r.last_seq THEN $3::bigint ELSE r.last_seq END
        AND x.seq > m.last_read_seq
    RETURNING last_read_seq
"""
_MARK = f"""
    SELECT m.last_read_seq, {UNREAD} AS unread FROM room_members m JOIN rooms r ON r.id = m.room_id
    WHERE {_IN}
"""
# The columns that are emptied when a message is deleted.
GONE = ("mentions", "mention_names", "reactions", "attachments", "pinned_at")


class MessageRepository:
    def __init__(self, db: Database, sends: GroupCommit, links: FileLinks, quotas: Quotas) -> None:
        self._db = db
        self._quotas = quotas
        self._links = links
        self._sends = sends

    async def append_message(self, send: Send) -> SendOutcome:
        return await self._sends.submit(send)

    async def find_message(self, room_id: str, seq: int, viewer_id: str) -> Message | None:
        rows = await self._db.fetch(f"{MESSAGES} WHERE m.room_id = $1 AND m.seq = $2", room_id, seq)
        found = await to_messages(self._db, rows, viewer_id, self._links)
        return found[0] if found else None

    async def list_messages(
        self, room_id: str, viewer_id: str, direction: Direction, seq: int | None, limit: int
    ) -> tuple[list[Message], bool]:
        """Messages, and whether there are more in that direction. If the messages around ``seq`` do
        not fit into one answer, those farthest from ``seq`` are left out."""
        compare, order = ("<", "DESC") if direction == "before" else (">", "ASC")
        start = wire.MAX_INT if seq is None else seq
        # Seqs have no gaps, so the page around ``seq`` begins half a page before it.
        begin = max(start - limit // 2, 1) - 1 if direction == "around" else start
        rows = await self._db.fetch(
            f"{MESSAGES} WHERE m.room_id = $1 AND m.seq {compare} $2"
            f" ORDER BY m.seq {order} LIMIT $3",
            room_id,
            begin,
            limit + 1,
        )
        messages = await to_messages(self._db, rows[:limit], viewer_id, self._links)
        kept = wire.fitting(messages)
        if kept < len(messages) and direction == "around":
            messages.sort(key=lambda message: abs(message.seq - start))
            messages = sorted(messages[: wire.fitting(messages)], key=lambda message: message.seq)
            return messages, messages[-1].seq < rows[-1]["seq"]
        return messages[:kept], len(rows) > kept

    async def list_pins(
        self, room_id: str, viewer_id: str, limit: int, after: tuple[int, int] | None
    ) -> tuple[list[Message], tuple[int, int] | None]:
        """Pinned messages, the latest pin first, and the (pinned_at, seq) after which the next page
        begins; None on the last page."""
        pinned_at, seq = after or (wire.MAX_INT, 0)
        rows = await self._db.fetch(
            f"{MESSAGES} WHERE m.room_id = $1 AND m.pinned_at IS NOT NULL"
            " AND (m.pinned_at < $2 OR (m.pinned_at = $2 AND m.seq < $3))"
            " ORDER BY m.pinned_at DESC, m.seq DESC LIMIT $4",
            room_id,
            pinned_at,
            seq,
            limit + 1,
        )
        messages = await to_messages(self._db, rows[:limit], viewer_id, self._links)
        kept = wire.fitting(messages)
        last = rows[kept - 1] if len(rows) > kept else None
        return messages[:kept], (last["pinned_at"], last["seq"]) if last else None

    async def list_attachments(
        self, room_id: str, viewer_id: str, kind: FileKind | None, before: int | None, limit: int
    ) -> tuple[list[Message], bool]:
        rows = await with_files(self._db, room_id, kind, before, limit + 1)
        messages = await to_messages(self._db, rows[:limit], viewer_id, self._links)
        kept = wire.fitting(messages)
        return messages[:kept], len(rows) > kept

    async def edit_message(
        self, room_id: str, seq: int, actor_id: str, text: str, names: list[str]
    ) -> Changed | None:
        async with self._db.transaction() as db:
            room, row = await _open(db, room_id, seq, actor_id, rules.check_edit)
            if row["text"] == text:
                return None
            before, named = await replace_mentions(db, row, names)
            values = {"text": text, "edited_at": now_ms(), **stored_mentions(named)}
            cause = recording.message_cause(room_id, seq)
            about = [(user_id, seq, cause) for user_id in set(named.values()) - before]
            noted = await recording.record_each(
                db, "mention", room_id=room_id, actor_id=actor_id, about=about
            )
            gone = before - set(named.values())
            withdrawn = await _end_mentions(room, row, gone)
            everyone, notice_id = False, None
            if ALL_MEMBERS not in names:
                notice_id = await ending.end_notice(db, room_id, seq, named.values())
            elif rules.may_tell_all(room.kind, await room.role(actor_id), row["text"]):
                told_at = room.last_seq + 1
                everyone = await recording.record_notice(db, room_id, seq, actor_id, told_at)
            update = await self._change(room, seq, actor_id, "edited", values)
            return Changed(update, cause, noted, withdrawn, notice_id, everyone)

    async def delete_message(self, room_id: str, seq: int, actor_id: str) -> Changed | None:
        async with self._db.transaction() as db:
            room, row = await _open(db, room_id, seq, actor_id, rules.check_delete_message)
            if row["deleted_at"] is not None:
                return None
            others = await others_concerned(db, row, room.kind == "direct")
            told = await remove_mentions(db, row) | others.keys()
            withdrawn = await ending.end_message(db, room_id, seq, told, row["author_id"])
            notice_id = await ending.end_notice(db, room_id, seq, [])
            for table in ("reactions", "message_attachments"):
                where = "room_id = $1 AND seq = $2"
                await db.execute(f"DELETE FROM {table} WHERE {where}", room_id, seq)
            values = {"text": "", "deleted_at": now_ms()} | dict.fromkeys(GONE)
            update = await self._change(room, seq, actor_id, "deleted", values)
            return Changed(update, withdrawn=withdrawn, notice_id=notice_id)

    async def pin_message(self, room_id: str, seq: int, actor_id: str, on: bool) -> Changed | None:
        async with self._db.transaction() as db:
            room, row = await _open(db, room_id, seq, actor_id, rules.check_pin)
            if (row["pinned_at"] is not None) == on:
                return None
            change: MessageChange = "pinned" if on else "unpinned"
            values = {"pinned_at": now_ms() if on else None}
            return Changed(await self._change(room, seq, actor_id, change, values))

    async def set_reaction(
        self, room_id: str, seq: int, actor_id: str, emoji: str, on: bool
    ) -> Changed | None:
        async with self._db.transaction() as db:
            room, row = await _open(db, room_id, seq, actor_id, rules.check_react)
            if not await set_reaction(db, room_id, seq, actor_id, emoji, on):
                return None
            if on:
                own = await count_own(db, room_id, seq, actor_id)
                rules.check_own_reactions(own, self._quotas.reactions_per_user)
            kinds = await recount(db, row, emoji)
            if on:
                rules.check_emoji(len(kinds), self._quotas.emoji_per_message)
            values = {"reactions": msgspec.json.encode(kinds).decode() if kinds else None}
            done = [ReactionChange(actor_id, emoji, on)]
            cause = recording.reaction_cause(room_id, seq, actor_id)
            about = db, row, actor_id, cause
            noted = await record_reaction(*about) if on else []
            withdrawn = [] if on else await withdraw_reaction(*about)
            update = await self._change(room, seq, actor_id, "reacted", values, done)
            return Changed(update, cause, noted, withdrawn)

    async def mark_room_read(self, room_id: str, user_id: str, seq: int) -> Marked | None:
        async with self._db.transaction() as db:
            held = await db.fetchrow(_HELD, room_id, user_id)
            if held is None:
                return None
            moved = await db.fetchrow(_MOVE, room_id, user_id, seq)
            read = []
            if moved:
                marks = held["last_read_seq"], moved["last_read_seq"]
                read = await recording.read_up_to(db, user_id, room_id, *marks)
            row = await db.fetchrow(_MARK, room_id, user_id)
            assert row is not None
            return Marked(ReadMark(row["last_read_seq"], row["unread"]), bool(moved), read)

    async def _change(
        self,
        room: Locked,
        seq: int,
        actor_id: str,
        change: MessageChange,
        values: dict[str, Any],
        reactions_changed: list[ReactionChange] | None = None,
    ) -> MessageUpdated:
        room.version += 1
        sets = "".join(f", {name} = ${n}" for n, name in enumerate(values, start=4))
        await room.db.execute(
            f"UPDATE messages SET version = $3{sets} WHERE room_id = $1 AND seq = $2",
            room.id,
            seq,
            room.version,
            *values.values(),
        )
        await room.save()
        row = await room.db.fetchrow(
            f"{MESSAGES} WHERE m.room_id = $1 AND m.seq = $2", room.id, seq
        )
        assert row is not None
        return MessageUpdated(
            room_id=room.id,
            version=room.version,
            message=to_message(row, to_reactions(row), self._links),
            change=change,
            actor_id=actor_id,
            reactions_changed=reactions_changed or [],
        )


async def _open(
    db: DatabaseConnection, room_id: str, seq: int, actor_id: str, rule: Callable[[Attempt], None]
) -> tuple[Locked, Row]:
    """Locks the room, and returns it with the message's row. Raises the refusal of ``rule`` if the
    actor may not change the message."""
    room = await Locked.lock_room(db, room_id)
    role = await room.role(actor_id)
    row = await db.fetchrow(
        "SELECT m.room_id, m.seq, m.kind, m.author_id, m.text, m.reply_to_seq,"
        " m.mention_names, m.reactions, m.pinned_at, m.deleted_at FROM messages m"
        " WHERE m.room_id = $1 AND m.seq = $2",
        room_id,
        seq,
    )
    here = role is not None and row is not None
    attempt = Attempt(
        room.kind,
        role,
        blocked=here and await room.estranged(),
        found=row is not None,
        own=row is not None and row["author_id"] == actor_id,
        system=row is not None and row["kind"] == "system",
        deleted=row is not None and row["deleted_at"] is not None,
    )
    rule(attempt)
    # Every rule refuses a message that does not exist.
    assert row is not None
    return room, row


async def _end_mentions(room: Locked, row: Row, gone: set[str]) -> list[Withdrawn]:
    """Ends the notifications of those whom an edited message mentions no more, unless it notifies
    them for another reason."""
    if not gone:
        return []
    kinds: dict[str, NotificationKind] = {}
    others = await others_concerned(room.db, row, room.kind == "direct")
    for user_id, (kind, notify) in others.items():
        if user_id in gone and (notify == "all" or kind == "reply"):
            kinds[user_id] = kind
    return await ending.end_mentions(room.db, room.id, row["seq"], gone, kinds)
