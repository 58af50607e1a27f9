"""SQLite's index of new messages, which is written after their commit: what became of them in the
meantime counts."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import pytest

from server.backends.database import SqliteDatabase, close_database, open_database
from server.backends.migrations import MIGRATIONS_FOLDER
from server.search import due
from server.search.due import SqliteQueue, index_due
from server.search.indexing import Indexing
from server.search.refolding import Refolding
from server.search.words import fold_words
from tests.support.client import PATIENCE, new_id
from tests.support.database import query
from tests.support.node import Node

T = TypeVar("T")
MODELS = MIGRATIONS_FOLDER / "models"
COLUMNS = "id, room_id, seq, version, ordinal, kind, author_id, text, created_at"


class Index:
    """The index of one room, seen from the database."""

    def __init__(self, database: SqliteDatabase) -> None:
        self.database = database
        self.room_id = new_id()
        self.last = 0

    async def send(self, *texts: str, at: int = 7) -> None:
        for text in texts:
            self.last += 1
            row = new_id(), self.room_id, self.last, self.last, 1, "text", new_id(), text, at
            places = ", ".join(f"${n}" for n in range(1, 10))
            await self.database.execute(f"INSERT INTO messages ({COLUMNS}) VALUES ({places})", *row)

    async def change(self, change: str, seq: int) -> None:
        where = "WHERE room_id = $1 AND seq = $2"
        await self.database.execute(f"{change} {where}", self.room_id, seq)

    async def edit(self, seq: int, text: str) -> None:
        await self.change(f"UPDATE messages SET text = '{text}'", seq)

    async def erase(self, seq: int) -> None:
        await self.change("UPDATE messages SET text = '', deleted_at = 9", seq)

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        return await self.database.run(work)

    async def index(self, most: int = 100) -> int:
        return await self.run(lambda raw: index_due(raw, most))

    async def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return await self.run(lambda raw: [tuple(row) for row in raw.execute(sql)])

    async def found(self, word: str) -> list[int]:
        sql = (
            "SELECT d.seq FROM search_words w JOIN search_messages d ON d.id = w.rowid"
            f" WHERE w.search_words MATCH '\"{word}\"' ORDER BY w.rowid"
        )
        return [seq for (seq,) in await self.rows(sql)]

    async def words(self) -> set[str]:
        """All words that are in the index, as FTS5 has them."""

        def vocabulary(raw: sqlite3.Connection) -> set[str]:
            raw.execute("CREATE VIRTUAL TABLE temp.terms USING fts5vocab(main, search_words, row)")
            found = {row[0] for row in raw.execute("SELECT term FROM temp.terms")}
            raw.execute("DROP TABLE temp.terms")
            return found

        return await self.run(vocabulary)


@asynccontextmanager
async def opened(node: Node) -> AsyncIterator[Index]:
    database = await open_database(node.database_url)
    assert isinstance(database, SqliteDatabase)
    try:
        yield Index(database)
    finally:
        await close_database()


@pytest.fixture
async def index(tmp_path: Path) -> AsyncIterator[Index]:
    node = Node(tmp_path)
    done = node.run("migrate", "up")
    assert done.returncode == 0, done.stderr
    async with opened(node) as index:
        yield index


async def test_a_message_waits_for_its_words(index: Index) -> None:
    await index.send("plain words", "Łódź", "東京")
    assert await index.found("plain") == []
    assert await index.index() == 3
    assert await index.index() == 0
    assert await index.found("plain") == [1]
    assert await index.found("lodz") == [2]
    assert await index.found("東 京") == [3]
    assert await index.rows("SELECT * FROM search_due") == []


async def test_what_was_edited_in_the_meantime_has_its_new_words_alone(index: Index) -> None:
    await index.send("before", "kept")
    await index.edit(1, "Gdańsk")
    assert await index.found("gdansk") == [1]
    assert await index.index() == 2
    assert await index.found("gdansk") == [1]
    assert await index.words() == {"gdansk", "kept"}
    assert await index.rows("SELECT * FROM search_folded") == []


async def test_what_was_erased_in_the_meantime_leaves_no_word(index: Index) -> None:
    await index.send("secret one", "secret two", "kept")
    await index.erase(1)
    await index.change("DELETE FROM messages", 2)
    assert await index.index() == 3
    assert await index.words() == {"kept"}
    assert await index.rows("SELECT seq FROM search_messages") == [(3,)]


async def test_a_text_that_was_taken_and_given_again_is_indexed_once(index: Index) -> None:
    await index.send("first", "other")
    await index.edit(1, "")
    await index.edit(1, "second")
    assert await index.found("second") == [1]
    assert await index.index() == 2
    assert await index.found("second") == [1]
    assert await index.words() == {"second", "other"}


async def test_an_edit_and_an_erasure_change_the_index_at_once(index: Index) -> None:
    await index.send("before", "erased")
    await index.index()
    await index.edit(1, "afterwards")
    await index.erase(2)
    assert await index.words() == {"afterwards"}
    assert await index.index() == 0


async def test_messages_of_one_millisecond_have_numbers_in_their_order(index: Index) -> None:
    await index.send("word one", "word two", at=8)
    await index.send("word three", at=7)
    await index.index()
    await index.send("word four", "word five", at=8)
    await index.index()
    assert await index.found("word") == [3, 1, 2, 4, 5]
    numbers = await index.rows("SELECT id FROM search_messages ORDER BY id")
    assert numbers == [(7 << 22,), *[((8 << 22) + n,) for n in range(4)]]


async def test_a_part_has_a_bound_of_messages_and_of_text(index: Index) -> None:
    await index.send(*["short"] * 5)
    assert [await index.index(2) for _ in range(4)] == [2, 2, 1, 0]
    long = "東" * (due.MOST_DUE_CHARACTERS // due.BEYOND_ASCII)
    await index.send("short", long, long, "x" * (due.MOST_DUE_CHARACTERS // 2), "short")
    assert [await index.index() for _ in range(5)] == [1, 1, 1, 2, 0]


async def test_a_text_that_cannot_be_indexed_is_in_nobodys_way(index: Index) -> None:
    def fold(text: str) -> str:
        if text.startswith("poison"):
            raise ValueError(text)
        return fold_words(text)

    await index.run(lambda raw: raw.create_function("fold_words", 1, fold, deterministic=True))
    await index.send(*["plain"] * 9, "poison é", "Łódź", *["plain"] * 3)
    indexing = Indexing(SqliteQueue(index.database.run), 8)
    task = asyncio.ensure_future(indexing.run())
    async with asyncio.timeout(PATIENCE):
        while await index.rows("SELECT * FROM search_due"):
            await asyncio.sleep(0.05)
    task.cancel()
    assert await index.words() == {"plain", "lodz"}


async def test_what_a_crash_left_is_indexed_by_the_next_start(tmp_path: Path) -> None:
    node = Node(tmp_path, AUTO_MIGRATE="on")
    assert node.run("migrate", "up").returncode == 0
    async with opened(node) as index:
        await index.send("before the crash")
    node.start()
    try:
        async with asyncio.timeout(PATIENCE):
            while await query(node, "SELECT 1 AS waits FROM search_due"):
                await asyncio.sleep(0.05)
        found = await query(node, "SELECT rowid FROM search_words WHERE search_words MATCH 'crash'")
        assert len(found) == 1
    finally:
        node.stop()


async def test_what_waits_is_found_after_the_migration_was_taken_back(tmp_path: Path) -> None:
    node = Node(tmp_path)
    assert node.run("migrate", "up").returncode == 0
    async with opened(node) as index:
        await index.send("Gdańsk", "indexed")
        await index.index()
        await index.send("Łódź", "plain", "erased")
        await index.erase(5)
    later = sum(1 for path in MODELS.glob("[0-9]*.py") if int(path.name.partition("_")[0]) >= 11)
    for step in (("down", str(later)), ("up",)):
        assert node.run("migrate", *step).returncode == 0
    async with opened(node) as index, asyncio.timeout(PATIENCE):
        await Refolding(index.database).run()
        assert await index.words() == {"gdansk", "indexed", "lodz", "plain"}
