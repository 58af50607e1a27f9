"""The index of new messages on PostgreSQL, which is written after their commit: nothing is lost,
and what was edited or deleted in the meantime counts. SQLite's is in test_due.py."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from server.kernel.errors import TooSlow
from server.search.indexing import Indexing
from tests.support.client import PATIENCE, new_id
from tests.support.message_calls import HTTP
from tests.support.node import Node
from tests.support.search_calls import room_with_texts, search
from tests.support.services import Postgres
from tests.support.world import World

COLUMNS = "id, room_id, seq, version, ordinal, kind, author_id, text, created_at"

# How many messages the connection has read through indexes, some of them in transactions before.
READ = "SELECT sum(idx_tup_fetch) FROM pg_stat_xact_user_tables WHERE relname LIKE 'messages_p%'"


class Index:
    """The index of one room, on two connections of which one can hold a transaction open."""

    def __init__(self, one: asyncpg.Connection, other: asyncpg.Connection) -> None:
        self.one, self.other = one, other
        self.room_id = new_id()
        self.last = 0

    async def send(self, *texts: str) -> None:
        for text in texts:
            self.last += 1
            places = ", ".join(f"${n}" for n in range(1, 10))
            row = new_id(), self.room_id, self.last, self.last, 1, "text", new_id(), text, 7
            await self.one.execute(f"INSERT INTO messages ({COLUMNS}) VALUES ({places})", *row)

    async def edit(self, seq: int, text: str) -> None:
        await self.one.execute(
            "UPDATE messages SET text = $3 WHERE room_id = $1 AND seq = $2", self.room_id, seq, text
        )

    async def erase(self, seq: int) -> None:
        await self.one.execute(
            "UPDATE messages SET text = '', deleted_at = 9 WHERE room_id = $1 AND seq = $2",
            *(self.room_id, seq),
        )

    async def write(self, by: asyncpg.Connection | None = None, most: int = 100) -> int:
        done: int = await (by or self.one).fetchval("SELECT search_index_due($1)", most)
        return done

    async def found(self, word: str) -> list[int]:
        rows = await self.one.fetch(
            "SELECT seq FROM search_messages WHERE words @@ $1::tsquery AND room_id = $2"
            " ORDER BY seq",
            *(word, self.room_id),
        )
        return [row["seq"] for row in rows]


@pytest.fixture(scope="module")
def url(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> str:
    made = postgres.create_database(new_id())
    done = Node(tmp_path_factory.mktemp("index"), DATABASE_URL=made).run("migrate", "up")
    assert done.returncode == 0, done.stderr
    return made


@pytest.fixture
async def index(url: str) -> AsyncIterator[Index]:
    one, other = await asyncpg.connect(url), await asyncpg.connect(url)
    try:
        await one.execute("DELETE FROM search_due")
        yield Index(one, other)
    finally:
        await other.close()
        await one.close()


async def test_a_room_is_not_read_for_each_of_its_messages(index: Index) -> None:
    """Also when the statistics are those of an empty table, as on a new server: then every index
    that begins with the room looks as good as the key."""
    await index.one.execute("TRUNCATE messages; ANALYZE messages")
    await index.send(*["an early word"] * 300)
    assert await index.write(most=290) == 290
    await index.erase(1)
    async with index.one.transaction():
        before = await index.one.fetchval(READ)
        assert await index.write() == 11
        assert await index.one.fetchval(READ) - before <= 2 * 11
    assert len(await index.found("early")) == 299


async def test_what_waits_is_indexed_once_the_oldest_first(index: Index) -> None:
    await index.send("one apple", "two apples", "an apple", "")
    assert await index.found("apple") == []
    assert await index.write(most=2) == 2
    assert await index.found("apple") == [1]
    assert await index.write(most=2) == 1
    assert await index.write(most=2) == 0
    assert await index.found("apple") == [1, 3]


async def test_an_edit_is_in_the_index_at_once(index: Index) -> None:
    await index.send("first", "first")
    await index.edit(1, "second")
    assert await index.found("second") == [1]
    await index.write()
    await index.edit(2, "second")
    assert (await index.found("first"), await index.found("second")) == ([], [1, 2])


async def test_what_is_deleted_leaves_the_index_at_once(index: Index) -> None:
    await index.send("first", "first", "first")
    await index.erase(1)
    assert await index.write() == 4
    await index.erase(2)
    assert await index.found("first") == [3]
    await index.one.execute("DELETE FROM messages WHERE room_id = $1", index.room_id)
    assert await index.found("first") == []
    await index.write()
    assert await index.found("first") == []


async def test_what_is_deleted_while_it_is_indexed_is_taken_out(index: Index) -> None:
    await index.send("first", "first")
    async with index.other.transaction():
        assert await index.write(by=index.other) == 2
        await index.erase(1)
    # The next part, which may come right after.
    assert await index.write() == 1
    assert await index.found("first") == [2]


async def test_what_is_edited_while_it_is_indexed_has_its_new_words(index: Index) -> None:
    await index.send("first", "first")
    async with index.other.transaction():
        assert await index.write(by=index.other) == 2
        editing = asyncio.ensure_future(index.edit(1, "second"))
        # The edit waits for what is being written in its place.
        done, _ = await asyncio.wait([editing], timeout=0.2)
        assert not done
    await editing
    assert (await index.found("first"), await index.found("second")) == ([2], [1])


async def test_one_works_at_a_time(index: Index) -> None:
    await index.send("first")
    async with index.other.transaction():
        assert await index.write(by=index.other) == 1
        await index.send("second")
        assert await index.write() == 0
    assert await index.write() == 1
    assert (await index.found("first"), await index.found("second")) == ([1], [2])


async def test_what_a_crash_left_undone_is_done_by_another(index: Index) -> None:
    await index.send("first")
    transaction = index.other.transaction()
    await transaction.start()
    assert await index.write(by=index.other) == 1
    index.other.terminate()
    async with asyncio.timeout(PATIENCE):
        while await index.write() == 0:
            await asyncio.sleep(0.01)
    assert await index.found("first") == [1]


async def test_a_text_that_cannot_be_indexed_is_in_nobodys_way(index: Index) -> None:
    words = " ".join(f"word{n:06}" for n in range(150_000))
    await index.send("first", words, "third")
    assert await index.write() == 3
    assert (await index.found("first"), await index.found("third")) == ([1], [3])
    assert await index.write() == 0


class Slow:
    """A queue in which a part of more than two messages takes too long."""

    def __init__(self) -> None:
        self.left = 11
        self.asked: list[int] = []

    async def index_some(self, most: int) -> int:
        self.asked.append(most)
        if most > 2:
            raise TooSlow()
        done = min(most, self.left)
        self.left -= done
        return done


async def test_smaller_parts_are_tried_where_one_takes_too_long() -> None:
    queue = Slow()
    indexing = Indexing(queue, 16)
    async with asyncio.timeout(PATIENCE):
        task = asyncio.ensure_future(indexing.run())
        while queue.left:
            await asyncio.sleep(0.05)
        task.cancel()
    assert queue.asked == [16, 8, 4] + [2] * 7


async def test_a_message_is_found_within_a_second(shared_world: World) -> None:
    word = f"w{new_id()[:8]}"
    room_id, ann, bob = await room_with_texts(shared_world)
    await HTTP.send(ann, room_id, text=word)
    began = asyncio.get_running_loop().time()
    while not (await search(bob, word, at_once=True, room_id=room_id))["items"]:
        await asyncio.sleep(0.05)
    # The machine may be busy.
    assert asyncio.get_running_loop().time() - began < 5
