"""What a group of sends takes on SQLite: as many statements as one send, whatever its rooms are."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from server.backends.database import SqliteDatabase, close_database, open_database
from server.messages.entity import Send, SendOutcome
from server.messages.send.sqlite import sqlite_commit
from tests.support.node import Node
from tests.support.send_world import SendWorld


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[SendWorld]:
    node = Node(tmp_path)
    done = node.run("migrate", "up")
    assert done.returncode == 0, done.stderr
    database = await open_database(node.database_url)
    try:
        world = SendWorld(database, "gathered")
        await world.make("member")
        yield world
    finally:
        await close_database()


async def commit(world: SendWorld, sends: list[Send]) -> tuple[list[SendOutcome], list[str]]:
    """The outcomes, and the statements that their transaction took."""
    database = world.database
    taken: list[str] = []
    assert isinstance(database, SqliteDatabase)

    async def traced(work: Any) -> Any:
        def whole(raw: sqlite3.Connection) -> Any:
            raw.set_trace_callback(taken.append)
            try:
                return work(raw)
            finally:
                raw.set_trace_callback(None)

        return await database.run(whole)

    outcomes = await sqlite_commit(traced)(sends)
    # SQLite tells a statement again for each time that a trigger of it runs.
    return outcomes, list(dict.fromkeys(taken))


async def test_a_group_takes_as_many_statements_as_one_send(world: SendWorld) -> None:
    for room in range(16):
        await world.room(f"room {room}", {"ann": "member", "bob": "owner"})
    one = await commit(world, [world.send(0, {"room": "room 0"})])
    sends = [
        world.send(n + 1, {"room": f"room {n % 8}", "author": ("ann", "bob")[n % 3 % 2]})
        for n in range(16)
    ]
    many = await commit(world, sends)
    assert {each.outcome for each in one[0] + many[0]} == {"sent"}
    assert [each.seq for each in many[0]] == [2] + [1] * 7 + [3] + [2] * 7
    assert len(one[1]) <= len(many[1]) <= len(one[1]) + 3, many[1]
    assert len(one[1]) <= 5


async def test_a_group_of_any_size_is_stored_in_its_order(world: SendWorld) -> None:
    sends = [world.send(n, {"text": f"text {n}"}) for n in range(1, 200)]
    outcomes, _ = await commit(world, sends)
    assert [each.seq for each in outcomes] == list(range(1, 200))
    stored = await world.stored()
    assert [row["text"] for row in stored["messages of group"]] == [each.text for each in sends]
    assert stored["rooms of group"][0]["last_seq"] == 199
    marks = {row["user_id"]: row["last_read_seq"] for row in stored["room_members of group"]}
    assert marks[world.id("ann")] == 199 and marks[world.id("bob")] == 0


async def test_who_is_mentioned_in_a_group_reads_it_by_a_send_of_the_same_group(
    world: SendWorld,
) -> None:
    sends = [
        world.send(1, {"author": "bob", "names": ["ann"]}),
        world.send(2, {"author": "cat"}),
        world.send(3, {}),
        world.send(4, {}),
    ]
    outcomes, _ = await commit(world, sends)
    assert [each.read for each in outcomes] == [False, False, True, False]


async def test_a_failing_send_leaves_nothing_of_its_group(world: SendWorld) -> None:
    sends = [world.send(n, {}) for n in range(1, 10)]
    # Its id is taken.
    same = msgspec.structs.replace(sends[4], client_id=world.id("other"))
    with pytest.raises(sqlite3.IntegrityError):
        await commit(world, [*sends, same])
    stored = await world.stored()
    assert stored["messages of group"] == [] and stored["rooms of group"][0]["last_seq"] == 0
    outcomes, _ = await commit(world, sends)
    assert [each.seq for each in outcomes] == list(range(1, 10))
