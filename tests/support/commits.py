"""Rooms whose sends are committed from inside a node, so that tests can look at single commits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import asyncpg

from server.backends.database import (
    SqliteDatabase,
)
from server.kernel.database import Database
from server.kernel.errors import Unavailable
from server.kernel.limits import Quotas
from server.messages.entity import Send, SendOutcome
from server.messages.send.group import Commit, GroupCommit
from server.messages.send.postgres import postgres_commit
from server.messages.send.sqlite import sqlite_commit
from server.rooms.creating import RoomMaker
from tests.support.client import new_id
from tests.support.node import Node


@dataclass
class Room:
    """A room with one member, and the sends of that member into it."""

    database: Database
    id: str
    author_id: str
    # The sizes of the groups that were tried, in order.
    groups: list[int] = field(default_factory=list)

    def send(self, text: Any = "hello", **more: Any) -> Send:
        values: dict[str, Any] = {
            "id": new_id(),
            "room_id": self.id,
            "author_id": self.author_id,
            "client_id": new_id(),
            "text": text,
            "reply_to_seq": None,
            "names": [],
            "sent_at": 1,
        }
        return Send(**values | more)

    def commits(
        self, at_once: int = 1, gone_after: int | None = None, first: asyncio.Event | None = None
    ) -> GroupCommit:
        """As a node has them; the sizes of the groups are written down. After ``gone_after`` of
        them the database is away. The first one waits for ``first``."""
        database = self.database
        commit: Commit = (
            sqlite_commit(database.run)
            if isinstance(database, SqliteDatabase)
            else postgres_commit(database)
        )

        async def watched(sends: list[Send]) -> list[SendOutcome]:
            if len(self.groups) == gone_after:
                raise Unavailable()
            self.groups.append(len(sends))
            if first and len(self.groups) == 1:
                await first.wait()
            return await commit(sends)

        return GroupCommit(watched, at_once)

    async def stored(self) -> dict[str, tuple[int, int]]:
        """client_id → (seq, version) of what is in the database."""
        rows = await self.database.fetch(
            "SELECT client_id, seq, version FROM messages"
            " WHERE room_id = $1 AND kind = 'text' ORDER BY seq",
            self.id,
        )
        return {row["client_id"]: (row["seq"], row["version"]) for row in rows}

    async def counters(self) -> tuple[int, int]:
        row = await self.database.fetchrow(
            "SELECT last_seq, version FROM rooms WHERE id = $1", self.id
        )
        assert row is not None
        return row["last_seq"], row["version"]


async def make_room(database: Database) -> Room:
    author_id = new_id()
    await database.execute(
        "INSERT INTO users (id, username, username_key, display_name, display_key, bio, created_at)"
        " VALUES ($1, $2, $2, 'Ann', 'ann', '', 0)",
        author_id,
        author_id[:32],
    )
    made = await RoomMaker(database, Quotas()).create_group(
        author_id, [], None, name="a group", name_key="a group", visibility="private"
    )
    return Room(database, made.room_id, author_id)


async def submitted(commits: GroupCommit, sends: list[Send]) -> list[SendOutcome | BaseException]:
    return await asyncio.gather(*map(commits.submit, sends), return_exceptions=True)


@asynccontextmanager
async def locked(node: Node, room: Room) -> AsyncIterator[None]:
    """A transaction of somebody else holds the room's row."""
    operator = await asyncpg.connect(node.settings["DATABASE_URL"])
    try:
        async with operator.transaction():
            await operator.execute("SELECT 1 FROM rooms WHERE id = $1 FOR UPDATE", room.id)
            yield
    finally:
        await operator.close()
