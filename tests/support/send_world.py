"""A small world written directly into a database. It has the same ids in every database, so that
what two databases return and store can be compared."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import msgspec

from server.backends.database import SqliteDatabase, close_database, open_database
from server.kernel.database import Database, insertion
from server.kernel.ids import pair_key
from server.messages.entity import Send, SendOutcome
from server.messages.send.group import Commit
from server.messages.send.postgres import postgres_commit
from server.messages.send.sqlite import sqlite_commit

Json = dict[str, Any]

PEOPLE = ("ann", "bob", "cat", "eve", "lea")
# The sender. Bob and cat are in the group with her, lea has left it, and eve was never in it.
AUTHOR = "ann"

# Everything that a send may write, by room. Ids that each database assigns itself are left out.
STORED = {
    "rooms": "SELECT kind, version, last_seq, ordinal, active_at FROM rooms WHERE id = $1",
    "messages": (
        "SELECT id, seq, version, ordinal, kind, author_id, client_id, text, reply_to_seq,"
        " mentions, mention_names, attachments, created_at FROM messages"
        " WHERE room_id = $1 ORDER BY seq"
    ),
    "room_members": (
        "SELECT user_id, last_read_seq, last_read_ordinal FROM room_members WHERE room_id = $1"
        " ORDER BY user_id"
    ),
    "mentions": "SELECT user_id, seq FROM mentions WHERE room_id = $1 ORDER BY seq, user_id",
    "message_attachments": (
        "SELECT seq, attachment_id FROM message_attachments WHERE room_id = $1"
        " ORDER BY seq, attachment_id"
    ),
    "notifications": (
        "SELECT user_id, kind, seq, actor_id, cause, created_at, read_at FROM notifications"
        " WHERE room_id = $1 ORDER BY seq, user_id"
    ),
    "room_notices": (
        "SELECT id, seq, actor_id, created_at FROM room_notices WHERE room_id = $1 ORDER BY seq"
    ),
    "push_jobs": "SELECT seq, payload, due_at FROM push_jobs WHERE room_id = $1 ORDER BY seq",
}


@dataclass
class SendWorld:
    """A small world. ``case`` makes its ids different from those of other worlds."""

    database: Database
    case: str
    rooms: list[str] = field(default_factory=list)

    def id(self, name: str) -> str:
        return str(uuid5(NAMESPACE_URL, f"{self.case}/{name}"))

    def name_of(self, id: str) -> str:
        return next((name for name in PEOPLE if self.id(name) == id), id)

    async def insert(self, table: str, **row: Any) -> None:
        await self.database.execute(insertion(table, row), *row.values())

    async def make(self, role: str) -> None:
        """Create the rooms ``group`` (ann in that role, bob and cat), ``direct`` (ann and bob) and
        ``elsewhere`` (bob)."""
        await self.database.execute("DELETE FROM push_subscriptions")
        for name in PEOPLE:
            await self.person(name)
        await self.room("group", {"ann": role, "bob": "owner", "cat": "member"})
        await self.seat("group", "lea", active=False)
        await self.direct("direct", "ann", "bob")
        await self.room("elsewhere", {"bob": "owner"})

    async def person(self, name: str, **more: Any) -> None:
        key = self.username(name)
        row = {"username": key, "username_key": key, "display_name": name, "display_key": name}
        await self.insert("users", id=self.id(name), bio="", created_at=0, **row, **more)

    def username(self, name: str) -> str:
        return f"{name}-{self.id(name)[:8]}"

    async def room(self, name: str, seats: dict[str, str], **more: Any) -> None:
        self.rooms.append(name)
        row: Json = {"version": 3, "last_seq": 0, "ordinal": 0, "active_at": 1, "created_at": 1}
        row |= {"kind": "direct" if "direct_key" in more else "group", "visibility": "private"}
        row |= {"created_by": self.id("bob"), "member_count": len(seats), **more}
        await self.insert("rooms", id=self.id(name), **row)
        for user, role in seats.items():
            await self.seat(name, user, role=role)

    async def direct(self, name: str, one: str, other: str) -> None:
        key = pair_key(self.id(one), self.id(other))
        await self.room(name, {one: "member", other: "member"}, direct_key=key)

    async def seat(self, room: str, user: str, **more: Any) -> None:
        row: Json = {"active": True, "role": "member", "joined_at": 1, "version": 1}
        row |= {"last_read_seq": 0, "last_read_ordinal": 0, "notify": "all", **more}
        await self.insert("room_members", room_id=self.id(room), user_id=self.id(user), **row)

    async def set_seat(self, room: str, user: str, column: str, value: Any) -> None:
        sql = f"UPDATE room_members SET {column} = $3 WHERE room_id = $1 AND user_id = $2"
        await self.database.execute(sql, self.id(room), self.id(user), value)

    async def set_room(self, room: str, column: str, value: Any) -> None:
        await self.database.execute(
            f"UPDATE rooms SET {column} = $2 WHERE id = $1", self.id(room), value
        )

    async def message(self, room: str, author: str | None, text: str, **more: Any) -> None:
        """Insert a message at the room's next seq."""
        found = await self.database.fetchrow(
            "UPDATE rooms SET last_seq = last_seq + 1, ordinal = ordinal + 1 WHERE id = $1"
            " RETURNING last_seq, ordinal",
            self.id(room),
        )
        assert found is not None
        seq = found["last_seq"]
        row: Json = {"seq": seq, "version": 1, "ordinal": found["ordinal"], "created_at": 1}
        row |= {"kind": "text" if author else "system", "text": text, **more}
        if author:
            row |= {"author_id": self.id(author), "client_id": self.id(f"{room} {seq}")}
        await self.insert("messages", id=self.id(f"{room}/{seq}"), room_id=self.id(room), **row)

    async def erased(self, room: str, author: str) -> None:
        await self.message(room, author, "", deleted_at=5)

    async def delete(self, user: str) -> None:
        await self.database.execute("UPDATE users SET deleted_at = 5 WHERE id = $1", self.id(user))

    async def upload(self, name: str, uploader: str) -> None:
        row: Json = {"name": f"{name}.png", "content_type": "image/png", "size": 3, "width": 2}
        row |= {"height": 1, "key": f"{name}.png", "created_at": 1}
        await self.insert("attachments", id=self.id(name), uploader_id=self.id(uploader), **row)

    async def use(self, name: str, room: str, seq: int) -> None:
        await self.insert(
            "message_attachments", room_id=self.id(room), seq=seq, attachment_id=self.id(name)
        )

    async def block(self, user: str, other: str) -> None:
        row = {"user_id": self.id(user), "blocked_id": self.id(other), "created_at": 1}
        await self.insert("blocks", **row)

    async def notification(self, user: str, room: str, seq: int) -> None:
        row: Json = {"user_id": self.id(user), "room_id": self.id(room), "seq": seq}
        row |= {"kind": "mention", "actor_id": self.id("bob"), "created_at": 1}
        cause = f"m:{self.id(room)}:{seq}"
        await self.insert("notifications", id=self.id(f"{user} {seq}"), cause=cause, **row)

    async def subscription(self, user: str) -> None:
        row: Json = {"session_id": self.id("session"), "endpoint": "https://push", "p256dh": "p"}
        row |= {"endpoint_key": self.id("endpoint"), "auth": "a", "created_at": 1}
        row |= {"id": self.id("device"), "user_id": self.id(user)}
        await self.insert("push_subscriptions", **row)

    def send(self, number: int, wanted: Json) -> Send:
        """A ``Send`` made from a row of the table of sends, which uses names for ids."""
        return Send(
            id=self.id(f"message {number}"),
            room_id=self.id(wanted.get("room", "group")),
            author_id=self.id(wanted.get("author", AUTHOR)),
            client_id=self.id(wanted.get("client", f"client {number}")),
            text=wanted.get("text", "hello"),
            reply_to_seq=wanted.get("reply"),
            names=[self.username(name) for name in wanted.get("names", ())],
            sent_at=1000 + number,
            attachment_ids=[self.id(name) for name in wanted.get("files", ())],
            notice_id=self.id(f"notice {number}") if wanted.get("all") else None,
        )

    def shown(self, outcome: SendOutcome) -> Json:
        """An outcome with names instead of ids. Values that one of the databases leaves out are
        replaced by the same word."""
        if outcome.outcome != "sent":
            return {"outcome": outcome.outcome, "seq": outcome.seq}
        files = msgspec.json.decode(outcome.attachments) if outcome.attachments else []
        return msgspec.structs.asdict(outcome) | {
            "mentions": [self.name_of(id) for id in outcome.mentions or []],
            "reply_author": outcome.reply_author and self.name_of(outcome.reply_author),
            "reply_deleted": bool(outcome.reply_deleted),
            "attachments": files,
            "notified": sorted(self.name_of(id) for id in outcome.notified),
        }

    async def stored(self) -> Json:
        found: Json = {}
        for room in self.rooms:
            for table, sql in STORED.items():
                rows = await self.database.fetch(sql, self.id(room))
                found[f"{table} of {room}"] = [_comparable(dict(row)) for row in rows]
        return found


def _comparable(row: Json) -> Json:
    """Parse the JSON in a row, because each database formats JSON with different spaces."""
    return {
        name: msgspec.json.decode(value) if name in ("mentions", "attachments") and value else value
        for name, value in row.items()
    }


@asynccontextmanager
async def opened_for_sends(url: str) -> AsyncIterator[tuple[Database, Commit]]:
    """A database, and what commits sends to it."""
    database = await open_database(url)
    try:
        yield (
            database,
            sqlite_commit(database.run)
            if isinstance(database, SqliteDatabase)
            else postgres_commit(database),
        )
    finally:
        await close_database()
