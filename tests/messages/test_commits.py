"""What an acknowledged send rests on, seen from inside a node: how safely its connections commit,
and what becomes of sends that share a commit with one that fails."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import pytest

from server.backends.database import (
    SqliteDatabase,
)
from server.kernel.database import Database
from server.kernel.errors import Busy, Unavailable
from server.kernel.limits import Quotas
from server.messages.entity import Send, SendOutcome
from server.messages.send.group import Commit, GroupCommit
from server.messages.send.lane import MOST_IN_A_GROUP
from server.messages.send.postgres import postgres_commit
from server.messages.send.sqlite import sqlite_commit
from server.rooms.creating import RoomMaker
from tests.support.client import new_id
from tests.support.database import opened_database
from tests.support.node import Node

# Sends that share a commit


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

    def commits(self, lanes: int = 1, gone_after: int | None = None) -> GroupCommit:
        """As a node has them; the sizes of the groups are written down. After ``gone_after`` of
        them the database is away."""
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
            return await commit(sends)

        return GroupCommit(watched, lanes)

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


@pytest.fixture
async def room(database: Database) -> Room:
    return await make_room(database)


async def submitted(commits: GroupCommit, sends: list[Send]) -> list[SendOutcome | BaseException]:
    return await asyncio.gather(*map(commits.submit, sends), return_exceptions=True)


async def test_sends_that_wait_share_a_commit(room: Room) -> None:
    commits = room.commits()
    sends = [room.send(f"message {n}") for n in range(MOST_IN_A_GROUP + 50)]
    outcomes = await submitted(commits, sends)
    assert room.groups == [MOST_IN_A_GROUP, 50]
    assert all(isinstance(each, SendOutcome) and each.outcome == "sent" for each in outcomes)
    expected = {send.client_id: (n, n) for n, send in enumerate(sends, start=2)}
    assert await room.stored() == expected
    assert commits.committed == len(sends)


async def test_a_short_text_passes_long_ones_of_others(room: Room) -> None:
    """And one author's keep their order, however long each is."""
    commits = room.commits()
    long = [room.send("東" * (8000 if n % 2 else 100)) for n in range(40)]
    waiting = [asyncio.ensure_future(commits.submit(send)) for send in long]
    await asyncio.sleep(0)
    # Of somebody who is not in the room: what matters is when the answer comes.
    short = await commits.submit(room.send("short", author_id=new_id()))
    assert short.outcome == "not_found"
    assert sum(each.done() for each in waiting) <= 4
    await asyncio.gather(*waiting)
    assert list(await room.stored()) == [send.client_id for send in long]
    assert max(room.groups) < 20


# By dialect: what a database refuses of a send that the server's own checks did not see.
POISON: dict[str, dict[str, dict[str, Any]]] = {
    "sqlite": {
        "no text": {"text": None},
        "a text that is no UTF-8": {"text": "\ud800"},
        "a number that is too big": {"reply_to_seq": 2**63},
    },
    "postgres": {
        "no text": {"text": None},
        "a text that is no UTF-8": {"text": "\ud800"},
        "a number that is too big": {"reply_to_seq": 2**63},
        "a NUL": {"text": "a\0b"},
        "an author that is no id": {"author_id": "nobody"},
    },
}


@pytest.mark.parametrize("place", (0, 5, 9), ids=("first", "amid", "last"))
async def test_a_send_that_the_database_refuses_fails_alone(database: Database, place: int) -> None:
    for what, values in POISON[database.dialect].items():
        room = await make_room(database)
        commits = room.commits()
        sends = [room.send(f"message {n}") for n in range(10)]
        sends[place] = room.send(**values)

        outcomes = await submitted(commits, sends)

        assert isinstance(outcomes.pop(place), Exception), what
        assert all(isinstance(each, SendOutcome) and each.outcome == "sent" for each in outcomes), (
            what
        )
        assert room.groups == [10, *[1] * 10], what
        sends.pop(place)
        expected = {send.client_id: (n, n) for n, send in enumerate(sends, start=2)}
        assert await room.stored() == expected, what
        assert await room.counters() == (10, 10), what
        assert commits.committed == 9, what
        # And whoever comes later finds nothing of it in the way.
        late = await commits.submit(room.send("late"))
        assert (late.outcome, late.seq, late.version) == ("sent", 11, 11), what


async def test_a_send_that_is_refused_takes_no_number(room: Room) -> None:
    """A duplicate, a stranger's, one to a room that is not there, a reply to nothing: each gets
    its answer in the same commit as the others."""
    commits = room.commits()
    first = room.send("first")
    await commits.submit(first)
    sends = [
        room.send("second"),
        first,
        room.send(author_id=new_id()),
        room.send(room_id=new_id()),
        room.send(reply_to_seq=99),
        room.send("third", reply_to_seq=2),
    ]
    sends.append(sends[0])
    outcomes = await submitted(commits, sends)
    assert room.groups == [1, 7]
    assert [(each.outcome, each.seq) for each in outcomes if isinstance(each, SendOutcome)] == [
        ("sent", 3),
        ("duplicate", 2),
        ("not_found", None),
        ("not_found", None),
        ("no_original", None),
        ("sent", 4),
        ("duplicate", 3),
    ]
    assert await room.counters() == (4, 4)
    assert commits.committed == 3


async def test_a_send_that_nobody_waits_for_any_more_is_not_begun(room: Room) -> None:
    """Its client was told that it failed; it may come again."""
    commits = room.commits()
    sends = [room.send(f"message {n}") for n in range(3)]
    waiting = [asyncio.ensure_future(commits.submit(send)) for send in sends]
    # One turn of the loop: they are in the queue, and none is under way.
    await asyncio.sleep(0)
    waiting[1].cancel()
    done = await asyncio.gather(*waiting, return_exceptions=True)
    assert isinstance(done[1], asyncio.CancelledError)
    assert list(await room.stored()) == [sends[0].client_id, sends[2].client_id]
    again = await commits.submit(sends[1])
    assert (again.outcome, again.seq) == ("sent", 4)


async def test_rooms_in_different_lanes_are_numbered_each_for_itself(database: Database) -> None:
    rooms = [await make_room(database) for _ in range(5)]
    commits = rooms[0].commits(lanes=4 if database.dialect == "postgres" else 1)
    sends = [room.send(f"message {n}") for n in range(20) for room in rooms]
    outcomes = await submitted(commits, sends)
    assert all(isinstance(each, SendOutcome) and each.outcome == "sent" for each in outcomes)
    for room in rooms:
        own = [send.client_id for send in sends if send.room_id == room.id]
        assert await room.stored() == {each: (n, n) for n, each in enumerate(own, start=2)}


async def test_sends_while_the_database_is_away_fail_together() -> None:
    """None of them is tried alone, nor those that wait behind them: there is nobody to answer."""
    async with opened_database("postgres://nobody@127.0.0.1:1/nowhere") as database:
        room = Room(database, new_id(), new_id())
        sends = [room.send(f"message {n}") for n in range(MOST_IN_A_GROUP + 5)]
        outcomes = await submitted(room.commits(), sends)
    assert {type(each) for each in outcomes} == {Unavailable}
    assert room.groups == [MOST_IN_A_GROUP]


async def test_once_the_database_goes_away_nobody_else_is_tried(room: Room) -> None:
    """While each of a group that failed has a try of its own."""
    commits = room.commits(gone_after=3)
    sends = [room.send(None), *(room.send(f"message {n}") for n in range(MOST_IN_A_GROUP + 5))]
    poison, first, *others = await submitted(commits, sends)
    assert isinstance(poison, Exception) and not isinstance(poison, Unavailable)
    assert isinstance(first, SendOutcome) and (first.outcome, first.seq) == ("sent", 2)
    assert {type(each) for each in others} == {Unavailable}
    assert room.groups == [MOST_IN_A_GROUP, 1, 1]
    assert list(await room.stored()) == [sends[1].client_id]


@pytest.mark.parametrize("kind", ("postgres",))
async def test_a_room_that_is_locked_does_not_hold_up_the_others(
    node: Node, database: Database
) -> None:
    """Its sends are refused, for a client to try again; those to other rooms are committed."""
    locked, free = await make_room(database), await make_room(database)
    commits = free.commits()
    sends = [room.send(f"message {n}") for n in range(3) for room in (locked, free)]
    operator = await asyncpg.connect(node.settings["DATABASE_URL"])
    async with operator.transaction():
        await operator.execute("SELECT 1 FROM rooms WHERE id = $1 FOR UPDATE", locked.id)
        outcomes = await submitted(commits, sends)
    await operator.close()
    assert [type(each) for each in outcomes] == [Busy, SendOutcome] * 3
    assert free.groups == [6, 3, 3]
    assert list(await free.stored()) == [send.client_id for send in sends[1::2]]
    again = await submitted(commits, sends[::2])
    assert [each.seq for each in again if isinstance(each, SendOutcome)] == [2, 3, 4]
